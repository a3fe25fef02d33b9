// Which rows a history has: deployments, tunnels for stretches where nothing happened, and a preview on top. Pure.
import type { HistoryEntry } from '../bindings/contract';
import { dayKey } from '../i18n/format';
import { MAX_LANES } from './geometry';
import { placeNodes, tookEffect, type Node } from './lanes';

/** Rows that are always shown one by one. */
export const NEWEST = 14;
/** A stretch shorter than this is not worth a tunnel. */
export const SHORTEST = 3;

export type Row =
  | { kind: 'preview'; revision: number; version: string; lane: number }
  | { kind: 'node'; node: Node }
  | { kind: 'tunnel'; key: string; newest: HistoryEntry; oldest: HistoryEntry; count: number; exit: number; enter: number };

interface Options { opened: ReadonlySet<string>; selected: string | null; preview: boolean; /** In whose days. */ zone?: string | undefined }
type Piece = { kind: 'entries'; entries: HistoryEntry[] } | { kind: 'tunnel'; key: string; entries: HistoryEntry[] };

/** `entries` newest first; rows newest first. Rollbacks, failures, and what they left are never inside a tunnel. */
export function layout(entries: readonly HistoryEntry[], options: Options): Row[] {
  const pieces = cut(entries, options);
  const open = pieces.filter((p) => p.kind === 'entries');
  const placed = placeNodes(open.map((p) => p.entries.toReversed()).toReversed()).toReversed();
  let section = 0;
  const rows: Row[] = [];
  for (const piece of pieces) {
    if (piece.kind === 'entries') {
      for (const node of (placed[section++] ?? []).toReversed()) rows.push({ kind: 'node', node });
      continue;
    }
    const below = placed[section]?.at(-1);
    const [newest, oldest] = [piece.entries[0], piece.entries.at(-1)];
    if (!newest || !oldest) continue;
    rows.push({ kind: 'tunnel', key: piece.key, newest, oldest, count: piece.entries.length, exit: 0, enter: below?.lane ?? 5 });
  }
  const preview = options.preview ? previewOf(rows, options.selected) : null;
  return preview ? [preview, ...rows] : rows;
}

function previewOf(rows: readonly Row[], selected: string | null): Row | null {
  const row = rows.find((r) => r.kind === 'node' && r.node.entry.deployment === selected);
  if (row?.kind !== 'node') return null;
  const { entry, lane } = row.node;
  return canReturn(entry) ? { kind: 'preview', revision: entry.revision, version: entry.version, lane } : null;
}

/** Whether pressing "roll back" on this row makes sense at all. */
export function canReturn(entry: HistoryEntry): boolean {
  return tookEffect(entry) && entry.wayBack.kind !== 'runsNow' && entry.wayBack.kind !== 'neverRan';
}

function cut(entries: readonly HistoryEntry[], options: Options): Piece[] {
  const pieces: Piece[] = [];
  const near = new Set(entries.slice(0, NEWEST).map((e) => dayKey(e.at, options.zone)));
  const goals = new Set(entries.filter((e) => e.kind === 'rollback').map((e) => e.revision));
  const left = undoneRevisions(entries);
  const quiet = (entry: HistoryEntry, i: number) =>
    i >= NEWEST && tookEffect(entry) && entry.kind !== 'rollback' && !near.has(dayKey(entry.at, options.zone)) && !goals.has(entry.revision) &&
    !left.has(entry.revision) && entry.deployment !== options.selected && entry.wayBack.kind !== 'runsNow';

  let run: HistoryEntry[] = [];
  const flush = () => {
    if (run.length < SHORTEST) show(pieces, run);
    else for (const piece of stretch(run, options)) add(pieces, piece);
    run = [];
  };
  entries.forEach((entry, i) => {
    if (quiet(entry, i)) run.push(entry);
    else {
      flush();
      show(pieces, [entry]);
    }
  });
  flush();
  return pieces;
}

function stretch(run: HistoryEntry[], { opened, zone }: Options): Piece[] {
  // Not the bare deployment: selecting a tunnel must not select, and so uncover, what lies in it.
  const key = `tunnel:${run[0]?.deployment ?? ''}`;
  if (!opened.has(key)) return [{ kind: 'tunnel', key, entries: run }];
  if (run.length <= MAX_LANES) return [{ kind: 'entries', entries: run }];
  const days = groupByDay(run, zone);
  return [...days].map(([day, entries]): Piece => {
    const inner = `${key}/${day}`;
    return opened.has(inner) || entries.length < 2 ? { kind: 'entries', entries } : { kind: 'tunnel', key: inner, entries };
  });
}

function groupByDay(run: HistoryEntry[], zone: string | undefined): Map<string, HistoryEntry[]> {
  const days = new Map<string, HistoryEntry[]>();
  for (const entry of run) days.set(dayKey(entry.at, zone), [...(days.get(dayKey(entry.at, zone)) ?? []), entry]);
  return days;
}

const show = (pieces: Piece[], entries: HistoryEntry[]) => add(pieces, { kind: 'entries', entries });

function add(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (piece.entries.length === 0) return;
  if (last?.kind === 'entries' && piece.kind === 'entries') last.entries.push(...piece.entries);
  else pieces.push(piece.kind === 'entries' ? { kind: 'entries', entries: [...piece.entries] } : piece);
}

/** What a rollback left behind: it ran, and then it did not. */
function undoneRevisions(entries: readonly HistoryEntry[]): Set<number> {
  const undone = new Set<number>();
  entries.forEach((entry) => {
    if (entry.kind === 'rollback' && entry.from !== null) undone.add(entry.from);
  });
  return undone;
}
