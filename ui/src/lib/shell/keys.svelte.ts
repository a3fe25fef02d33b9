// Keys that work everywhere. A key typed into a field is text, and nothing here sees it.
import { goRound, isTab } from '../ui/tab';
import { parse, router, to } from './router.svelte';
import { session } from './session.svelte';

let goUntil = 0;
/** How long after a letter in a field the next key is still meant for it, should the field be taken away meanwhile (ms). */
const STILL_TYPING = 1500;
let typedAt = -Infinity;

const isField = (target: EventTarget | null) => target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
const takesText = (target: EventTarget | null) => isField(target) && !(target as HTMLElement).matches('select, [type=checkbox], [type=radio]');

// Before everybody else. What a person does to leave a field ends the typing; a field that goes away by itself does not.
addEventListener('pointerdown', () => (typedAt = -Infinity), true);
addEventListener('keydown', (event) => {
  const letter = event.isComposing || (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey);
  const lost = !isField(event.target) && performance.now() - typedAt < STILL_TYPING;
  if (lost && (letter || event.key === 'Enter')) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  if (letter && (lost || takesText(event.target))) typedAt = performance.now();
  else if (isTab(event) || event.key === 'Enter' || event.key === 'Escape') typedAt = -Infinity;
}, true);

/** A key into a field. */
export const isTyping = (event: KeyboardEvent): boolean => event.isComposing || isField(event.target);

/** True when a screen may take this key: nothing lies over the window and nobody is typing. */
export const plain = (event: KeyboardEvent) => !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event) && session.overlay === null && !document.querySelector('dialog[open]') && performance.now() > goUntil;

export function globalKeys(event: KeyboardEvent): void {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    session.overlay = session.overlay?.kind === 'palette' ? null : { kind: 'palette' };
    return;
  }
  if (event.key === 'F6') {
    event.preventDefault();
    swapRegion();
    return;
  }
  const over = [...document.querySelectorAll<HTMLElement>('dialog[open]')].at(-1);
  goRound(event, over ?? document.body);
  if (over) return;
  if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '?') session.overlay = { kind: 'keys' };
  else if (event.key === 'g') goUntil = performance.now() + 1200;
  else if (performance.now() < goUntil) {
    const place = ({ b: to.board, r: to.releases, c: to.calendar(), m: to.migrations(), a: to.audit, s: to.settings } as Record<string, string>)[event.key];
    goUntil = 0;
    if (place) {
      event.preventDefault();
      event.stopImmediatePropagation();
      // A screen that is there already does not land again.
      if (parse(place).name === router.route.name) enter(document.querySelector<HTMLElement>('[data-region=list]'));
      router.go(place);
    }
  }
}

/** F6: between the list and the panel. A region says so with `data-region`. */
function swapRegion(): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')];
  const here = regions.findIndex((r) => r.contains(document.activeElement));
  enter(regions[(here + 1) % regions.length]);
}

/** To a region's first place for the keys. */
function enter(region: HTMLElement | null | undefined): void {
  const target = region?.matches('[tabindex]') ? region : region?.querySelector<HTMLElement>('[tabindex="0"], button:not([disabled]), input, a[href]');
  target?.focus();
}

/** A screen's first place for the keys takes the focus, unless somebody put it elsewhere on this screen. */
export function landing(node: HTMLElement): void {
  const before = document.activeElement;
  if (!before || before === document.body || before.closest('.rail')) node.focus({ preventScroll: true });
}
