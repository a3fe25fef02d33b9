// From rows to shapes: every shape knows which rows it touches, so that a window can leave the rest out. Pure.
import { hasRoom, leg, metrics, middle, type Metrics, type Point } from './geometry';
import type { Leg } from './lanes';
import type { Row } from './rows';

export interface Stroke { from: number; until: number; d: string; style: Leg; chevron: { at: Point; degrees: number } | null }
export interface Plumb { from: number; until: number; x: number; y1: number; y2: number; revision: number }
export interface Station { row: number; at: Point; label: string; left: boolean }
export interface Drawing { metrics: Metrics; strokes: Stroke[]; plumbs: Plumb[]; stations: Map<number, Station> }

/** Where the track enters a tunnel: beside its last station, and wide enough for the words between the portals. */
export const tunnelMouth = (x: number) => Math.max(150, x + 16);

/** From a station to its label, and the width of a letter of it. */
const [ASIDE, LETTER] = [16, 7];

type Stop = { row: number; at: Point; leg: Leg };

export function draw(rows: readonly Row[]): Drawing {
  const lanes = 1 + Math.max(0, ...rows.map((r) => (r.kind === 'node' ? r.node.lane : r.kind === 'preview' ? r.lane : r.enter)));
  const m = metrics(lanes);
  const at = (row: number, lane: number): Point => ({ x: m.first + lane * m.lane, y: row * m.row + m.row / 2 });
  const stations = new Map<number, Station>();
  const strokes: Stroke[] = [];
  let section: Stop[] = []; // newest first
  const close = () => {
    strokes.push(...legsOf(section.toReversed(), m.row));
    section = [];
  };
  rows.forEach((row, i) => {
    if (row.kind === 'tunnel') {
      close();
      const exit = at(i, row.exit);
      const above = rows[i - 1];
      if (above?.kind === 'node') {
        const to = at(i - 1, above.node.lane);
        strokes.push({ from: i - 1, until: i, style: 'live', chevron: null, d: `M${exit.x - 14} ${exit.y - 9}C${exit.x - 14} ${exit.y - 24} ${to.x - 6} ${to.y + 20} ${to.x} ${to.y}` });
      }
      const below = rows[i + 1];
      if (below?.kind === 'node') {
        const to = at(i + 1, below.node.lane);
        const mouth = tunnelMouth(to.x);
        strokes.push({ from: i, until: i + 1, style: 'live', chevron: null, d: `M${to.x} ${to.y}C${to.x} ${to.y - 24} ${mouth} ${to.y - 18} ${mouth} ${exit.y + 10}` });
      }
      return;
    }
    const lane = row.kind === 'preview' ? row.lane : row.node.lane;
    const point = at(i, lane);
    const again = row.kind === 'preview' || row.node.again;
    const label = `r${row.kind === 'preview' ? row.revision : row.node.entry.revision}`;
    stations.set(i, { row: i, at: point, label, left: (again && point.x > 60) || !hasRoom(point.x + ASIDE, label.length * LETTER) });
    section.push({ row: i, at: point, leg: row.kind === 'preview' ? 'ghost' : row.node.leg });
  });
  close();
  return { metrics: m, strokes, plumbs: plumbsOf(rows, stations), stations };
}

function legsOf(stops: Stop[], row: number): Stroke[] {
  const points = stops.map((s) => s.at);
  // A turn that is the last thing on the track ends as it would go on: straight up.
  const last = stops.at(-1);
  if (last && (last.leg === 'turn' || last.leg === 'ghost')) points.push({ x: last.at.x, y: last.at.y - row });
  return stops.slice(1).map((to, i): Stroke => {
    const from = stops[i] ?? to;
    const turning = to.at.x < from.at.x && (to.leg === 'turn' || to.leg === 'ghost');
    const d = to.leg === 'break' ? `M${to.at.x} ${to.at.y + row / 2}V${to.at.y}` : leg(points, i, row);
    return { from: to.row, until: from.row, d, style: to.leg, chevron: turning ? middle(from.at, to.at) : null };
  });
}

/** Dotted verticals joining stations of one revision. They share a lane, so they are straight. */
function plumbsOf(rows: readonly Row[], stations: Map<number, Station>): Plumb[] {
  const last = new Map<number, Station>();
  const plumbs: Plumb[] = [];
  rows.forEach((row, i) => {
    if (row.kind === 'tunnel') return;
    if (row.kind === 'node' && row.node.mark === 'failed') return;
    const revision = row.kind === 'preview' ? row.revision : row.node.entry.revision;
    const here = stations.get(i);
    const above = last.get(revision);
    if (!here) return;
    if (above && above.at.x === here.at.x) plumbs.push({ from: above.row, until: i, x: here.at.x, y1: above.at.y, y2: here.at.y, revision });
    last.set(revision, here);
  });
  return plumbs;
}
