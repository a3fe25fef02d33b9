// Keys that work everywhere. A key typed into a field is text, and nothing here sees it.
import { router, to } from './router.svelte';
import { session } from './session.svelte';

let goUntil = 0;

export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  return event.isComposing || (target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)));
}

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
  if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  if (event.key === '?') session.overlay = { kind: 'keys' };
  else if (event.key === 'g') goUntil = performance.now() + 1200;
  else if (performance.now() < goUntil) {
    const place = ({ b: to.board, r: to.releases, c: to.calendar(), m: to.migrations(), a: to.audit, s: to.settings } as Record<string, string>)[event.key];
    goUntil = 0;
    if (place) {
      event.preventDefault();
      event.stopImmediatePropagation();
      router.go(place);
    }
  }
}

/** F6: between the list and the panel. A region says so with `data-region`. */
function swapRegion(): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')];
  const here = regions.findIndex((r) => r.contains(document.activeElement));
  const next = regions[(here + 1) % regions.length];
  const target = next?.matches('[tabindex]') ? next : next?.querySelector<HTMLElement>('[tabindex="0"], button:not([disabled]), input, a[href]');
  target?.focus();
}

/** A screen's first place for the keys takes the focus, unless somebody put it elsewhere on this screen. */
export function landing(node: HTMLElement): void {
  const before = document.activeElement;
  if (!before || before === document.body || before.closest('.rail')) node.focus({ preventScroll: true });
}
