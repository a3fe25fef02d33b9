// Tab goes round: past the last place it is at the first again. Left alone it goes to the window itself, where nothing shows it.

const PLACES = 'a[href], button, input, select, textarea, summary, [tabindex]';

/** A radio button that is not the chosen one of its group is reached by arrows. */
const passed = (node: HTMLElement, root: HTMLElement) =>
  node instanceof HTMLInputElement && node.type === 'radio' && !node.checked && [...root.querySelectorAll<HTMLInputElement>('input[type=radio]:checked')].some((one) => one.name === node.name);

/** Where Tab stops, in order. */
export function stops(root: HTMLElement): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>(PLACES)].filter((node) => node.tabIndex >= 0 && !node.matches(':disabled') && (node.checkVisibility?.() ?? true) && !passed(node, root));
}

/** WebKitGTK names it no more as soon as Shift is held. */
export const isTab = (event: KeyboardEvent) => event.key === 'Tab' || event.code === 'Tab';

/** Takes a Tab that would leave `root`, and one from outside of a dialog. From nowhere the window's own Tab begins, which shows where it is. */
export function goRound(event: KeyboardEvent, root: HTMLElement): void {
  if (!isTab(event) || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  const all = stops(root);
  const here = document.activeElement;
  const side = event.shiftKey ? Node.DOCUMENT_POSITION_PRECEDING : Node.DOCUMENT_POSITION_FOLLOWING;
  if (root === document.body && (here === null || here === root)) return;
  const inside = here !== null && here !== root && root.contains(here);
  if (inside && all.some((node) => node !== here && (here.compareDocumentPosition(node) & side) !== 0)) return;
  event.preventDefault();
  (event.shiftKey ? all.at(-1) : all[0])?.focus({ focusVisible: true } as FocusOptions);
}
