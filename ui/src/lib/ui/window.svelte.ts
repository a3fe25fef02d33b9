// A long list shows what is in view and a little more. Heights are known beforehand, so nothing is measured.

/** Which rows of fixed or mixed height a scroll position shows. `offsets[i]` is where row i begins; one more than rows. */
export function visible(offsets: readonly number[], top: number, height: number, spare = 8): { from: number; until: number } {
  const find = (y: number) => {
    let low = 0;
    let high = Math.max(0, offsets.length - 2);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((offsets[middle] ?? 0) <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const count = Math.max(0, offsets.length - 1);
  return { from: Math.max(0, find(top) - spare), until: Math.min(count, find(top + height) + 1 + spare) };
}

export function offsetsOf(heights: readonly number[]): number[] {
  const out = [0];
  for (const height of heights) out.push((out.at(-1) ?? 0) + height);
  return out;
}

/** The scroll position of one element, followed. */
export class Viewport {
  top = $state(0);
  height = $state(600);
  node: HTMLElement | null = null;

  attach = (node: HTMLElement) => {
    this.node = node;
    const read = () => {
      this.top = node.scrollTop;
      if (node.clientHeight > 0) this.height = node.clientHeight;
    };
    read();
    node.addEventListener('scroll', read, { passive: true });
    const observer = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(read);
    observer?.observe(node);
    return () => {
      node.removeEventListener('scroll', read);
      observer?.disconnect();
    };
  };

  /** Brings the stretch from `y` to `y + size` into view, moving as little as possible. */
  reveal(y: number, size: number): void {
    if (!this.node) return;
    if (y < this.node.scrollTop) this.node.scrollTop = y;
    else if (y + size > this.node.scrollTop + this.height) this.node.scrollTop = y + size - this.height;
    // The event comes a frame later; the rows are wanted now.
    this.top = this.node.scrollTop;
  }
}
