// Which lane every row of a history stands on, and which of its legs led to what runs now.
import type { HistoryEntry } from '../bindings/contract';
import { MAX_LANES } from './geometry';

export type Mark =
  | 'live' /* led to what runs now */
  | 'undone' /* ran, then undone */
  | 'failed' /* never took effect: a spur from the lane it left */
  | 'running';
export type Leg = 'live' | 'undone' | 'turn' | 'ghost' | 'break';

export interface Node {
  entry: HistoryEntry;
  lane: number;
  mark: Mark;
  /** Arrived here by a rollback: that revision again. */
  again: boolean;
  /** How the track came to this row from the row below it. */
  leg: Leg;
}

export const tookEffect = (entry: HistoryEntry) => entry.outcome.kind === 'succeeded';
export const isBack = (entry: HistoryEntry) => (entry.kind === 'rollback' || entry.kind === 'withdraw') && tookEffect(entry);

/** `sections` run from old to new; lanes start again with each, as they do behind a tunnel. */
export function placeNodes(sections: readonly (readonly HistoryEntry[])[]): Node[][] {
  const laneOf = new Map<number, number>();
  const inEffect: Node[] = [];
  return sections.map((entries) => {
    let here = -1;
    return entries.map((entry, index): Node => {
      const first = index === 0 && here < 0;
      const node = place(entry, first, here, laneOf, inEffect);
      here = node.lane;
      return node;
    });
  });
}

function place(entry: HistoryEntry, first: boolean, here: number, laneOf: Map<number, number>, inEffect: Node[]): Node {
  if (entry.outcome.kind === 'running') {
    const lane = entry.kind === 'rollback' ? (laneOf.get(entry.revision) ?? Math.max(0, here)) : forward(here);
    return { entry, lane, mark: 'running', again: false, leg: 'ghost' };
  }
  if (!tookEffect(entry)) {
    const spur: Node = { entry, lane: Math.max(0, here), mark: 'failed', again: false, leg: first ? 'break' : 'live' };
    inEffect.push(spur); // the track runs on past it, and is undone with what stands around it
    return spur;
  }
  const back = isBack(entry) && laneOf.has(entry.revision);
  const lane = back ? (laneOf.get(entry.revision) ?? 0) : forward(here);
  const reset = !back && here >= 0 && lane <= here;
  const node: Node = { entry, lane, mark: 'live', again: back, leg: back ? 'turn' : reset ? 'break' : 'live' };
  if (back) undo(inEffect, entry.revision);
  laneOf.set(entry.revision, lane);
  inEffect.push(node);
  return node;
}

function forward(here: number): number {
  return here + 1 >= MAX_LANES ? 0 : here + 1;
}

/** Everything since the target ran is undone; a target that was itself undone undoes nothing more. */
function undo(inEffect: Node[], revision: number): void {
  const target = inEffect.findLastIndex((node) => node.mark === 'live' && node.entry.revision === revision);
  if (target < 0) return;
  for (const node of inEffect.splice(target + 1)) {
    if (node.mark === 'live') node.mark = 'undone';
    if (node.leg === 'live') node.leg = 'undone';
  }
}
