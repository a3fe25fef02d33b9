// What is cut off by an ellipsis is told whole by its title, wherever it stands and without each place saying so.

/** For the pointer over anything: what it says under it, as long as a part of that is not seen. */
export function tellWhole(event: Event): void {
  const cut = event.target instanceof Element ? event.target.closest<HTMLElement>('.cut, td, th, dd, small') : null;
  // A title that somebody wrote says more, also one of what it stands in.
  if (!cut || cut.closest('[title]:not([data-whole])')) return;
  if (cut.scrollWidth > cut.clientWidth) {
    cut.title = (cut.textContent ?? '').trim().replace(/\s+/g, ' ');
    cut.dataset.whole = '';
  } else if (cut.dataset.whole !== undefined) {
    cut.removeAttribute('title');
    delete cut.dataset.whole;
  }
}
