// The switchback track: y is time, x is how far forward. Pure; knows nothing of rows on a screen or of colours.

export interface Point { x: number; y: number }
export interface Metrics { row: number; lane: number; first: number }

export const ROW = 44;
/** No stretch grows wider than this; beyond it the lanes start again. */
export const MAX_LANES = 24;

/** The drawing's; the words of a row begin there. */
export const WIDTH = 350;
/** Whether something of this width that begins at `x` ends before the words do begin. */
export const hasRoom = (x: number, width: number) => x + width <= WIDTH;

/** Six lanes of 43 px fit beside the text column; more share 240 px, never below 13 each, so that the last one's halo has room. */
export function metrics(lanes: number): Metrics {
  return { row: ROW, lane: lanes <= 6 ? 43 : Math.max(13, 240 / lanes), first: 24 };
}

/** Unit tangent at a station: from its predecessor to its successor; straight up where the track turns. */
export function tangent(before: Point | null, at: Point, after: Point | null): Point {
  const turns = before && after && Math.sign(at.x - before.x) !== Math.sign(after.x - at.x);
  if (turns) return { x: 0, y: -1 };
  const a = before ?? at;
  const b = after ?? at;
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  return length === 0 ? { x: 0, y: -1 } : { x: (b.x - a.x) / length, y: (b.y - a.y) / length };
}

/** One cubic between neighbours. A control never leaves the two rows the curve joins. */
export function curve(a: Point, ta: Point, b: Point, tb: Point, row: number): string {
  const length = Math.min(0.46 * Math.hypot(b.x - a.x, b.y - a.y), row);
  const n = (value: number) => +value.toFixed(1);
  return `M${n(a.x)} ${n(a.y)}C${n(a.x + ta.x * length)} ${n(a.y + ta.y * length)} ${n(b.x - tb.x * length)} ${n(b.y - tb.y * length)} ${n(b.x)} ${n(b.y)}`;
}

/** The curve from `points[i]` to `points[i + 1]`; points run from old (bottom) to new (top). */
export function leg(points: readonly Point[], i: number, row: number): string {
  const [before, a, b, after] = [points[i - 1] ?? null, points[i], points[i + 1], points[i + 2] ?? null];
  if (!a || !b) return '';
  return curve(a, tangent(before, a, b), b, tangent(a, b, after), row);
}

/** Middle and heading (degrees) of a leg, where the chevron of a turn stands. */
export function middle(a: Point, b: Point): { at: Point; degrees: number } {
  const ends = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  const slope = Math.abs(b.x - a.x) > (Math.abs(b.y - a.y) * 3) / 2 ? 0 : Math.sign(b.y - a.y) * 20;
  return { at: ends, degrees: b.x < a.x ? 180 - slope : slope };
}
