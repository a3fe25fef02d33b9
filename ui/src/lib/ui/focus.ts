// Where the keys go when something that lay over the window is gone: to where they were, or, should that be gone too, as near
// to it as may be. Left to the browser they would be nowhere, and the next Tab at the rail.
import { tick } from 'svelte';
import { stops } from './tab';

/** A place and what it stands in, innermost first. */
type Path = HTMLElement[];

function pathOf(node: Element | null): Path {
  const path: Path = [];
  for (let at = node; at instanceof HTMLElement && at !== document.body; at = at.parentElement) path.push(at);
  return path;
}

/** The last place outside of any dialog: one that opens another and goes is nothing to come back to. */
let outside: Path = [];
addEventListener('focusin', (event) => {
  if (event.target instanceof Element && !event.target.closest('dialog')) outside = pathOf(event.target);
});

const lost = () => document.activeElement === null || document.activeElement === document.body || !document.activeElement.isConnected;

/** To the place itself, else to the nearest thing around it that takes keys or has something in it that does. */
function back(path: Path): void {
  path[0]?.focus();
  for (const around of path) {
    if (!lost()) return;
    if (!around.isConnected) continue;
    // One of several in a group, as cells of a grid, may be no stop of Tab and takes the keys all the same.
    if (around.hasAttribute('tabindex')) around.focus();
    if (lost()) stops(around)[0]?.focus();
  }
}

/** Notes where the keys are; what it gives brings them back there. */
export function remember(): () => void {
  const paths = [pathOf(document.activeElement), outside];
  return () => {
    paths[0]?.[0]?.focus();
    // What it was opened by may go with what was done in it, in the same stroke.
    void tick().then(() => {
      for (const path of paths) if (lost()) back(path);
    });
  };
}
