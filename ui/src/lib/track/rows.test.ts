import { describe, expect, test } from 'vitest';
import type { HistoryEntry } from '../bindings/contract';
import { sampleHistory } from '../host/sample/history';
import { draw } from './draw';
import { MAX_LANES } from './geometry';
import { placeNodes } from './lanes';
import { layout, NEWEST, type Row } from './rows';

const DAY = 86_400_000;
let serial = 0;
function entry(revision: number, over: Partial<HistoryEntry> = {}): HistoryEntry {
  serial++;
  return {
    deployment: `d${serial}`, kind: 'deploy', revision, from: null, version: `1.${revision}.0`, notes: '', by: 'amara', at: new Date(serial * DAY).toISOString(),
    tookMs: 1000, outcome: { kind: 'succeeded' }, failure: null, quarantined: false, wayBack: { kind: 'safe' }, ...over,
  };
}
const back = (revision: number, from: number) => entry(revision, { kind: 'rollback', from });
const failed = (revision: number) => entry(revision, { outcome: { kind: 'rolledBack', why: 'exited', undoMs: 10 } });
const place = (entries: HistoryEntry[]) => placeNodes([entries])[0] ?? [];
const none = { opened: new Set<string>(), selected: null, preview: true };
const nodes = (rows: Row[]) => rows.flatMap((r) => (r.kind === 'node' ? [r.node] : []));

describe('lanes', () => {
  test('forward is one lane right, a rollback goes back to the lane of its target', () => {
    expect(place([entry(1), entry(2), entry(3), back(1, 3), entry(4)]).map((n) => n.lane)).toEqual([0, 1, 2, 0, 1]);
  });
  test('what a rollback left is undone, its target and what follows are in effect', () => {
    expect(place([entry(1), entry(2), entry(3), back(1, 3), entry(4)]).map((n) => n.mark)).toEqual(['live', 'undone', 'undone', 'live', 'live']);
  });
  test('a failure takes no lane and never becomes anything but a failure', () => {
    const placed = place([entry(1), failed(2), entry(3), back(1, 3)]);
    expect(placed.map((n) => n.lane)).toEqual([0, 0, 1, 0]);
    expect(placed[1]?.mark).toBe('failed');
  });
  test('no stretch grows beyond its widest', () => {
    expect(Math.max(...place(Array.from({ length: 90 }, (_, i) => entry(i + 1))).map((n) => n.lane))).toBeLessThan(MAX_LANES);
  });
  test('a running deployment is neither in effect nor undone', () => {
    expect(place([entry(1), entry(2, { outcome: { kind: 'running' } })])[1]?.mark).toBe('running');
  });
});

describe('rows', () => {
  const quiet = () => Array.from({ length: 40 }, (_, i) => entry(i + 1)).toReversed();
  test('quiet days beyond the newest rows are one tunnel', () => {
    const rows = layout(quiet(), none);
    expect(rows.filter((r) => r.kind === 'tunnel')).toMatchObject([{ count: 40 - NEWEST }]);
    expect(nodes(rows)).toHaveLength(NEWEST);
  });
  test('rollbacks, their targets, what they left, and failures are never hidden', () => {
    const old = [entry(1), entry(2), entry(3), back(2, 3), failed(4), entry(5), entry(6), entry(7)];
    const rows = layout([...Array.from({ length: 20 }, (_, i) => entry(10 + i)).toReversed(), ...old.toReversed()], none);
    const shown = nodes(rows).map((n) => n.entry);
    for (const e of old.slice(1, 5)) expect(shown).toContain(e);
  });
  test('an opened tunnel of more than 24 is cut by day, and each day opens by itself', () => {
    const entries = Array.from({ length: 80 }, (_, i) => entry(i + 1, { at: new Date(Math.floor(i / 8) * DAY + DAY / 2).toISOString() })).toReversed();
    const [tunnel] = layout(entries, none).filter((r) => r.kind === 'tunnel');
    const opened = layout(entries, { ...none, opened: new Set([tunnel?.kind === 'tunnel' ? tunnel.key : '']) });
    expect(opened.filter((r) => r.kind === 'tunnel').length).toBeGreaterThan(3);
  });
  test('selecting a revision puts the preview on top, in the lane it would return to; the current one has none', () => {
    const entries = [entry(1), entry(2), entry(3, { wayBack: { kind: 'runsNow' } })].toReversed();
    expect(layout(entries, { ...none, selected: entries[2]?.deployment ?? null })[0]).toMatchObject({ kind: 'preview', revision: 1, lane: 0 });
    expect(layout(entries, { ...none, selected: entries[0]?.deployment ?? null })[0]?.kind).toBe('node');
  });
  test('no deployment is lost or shown twice, whatever the history', () => {
    for (const count of [1, 8, 30, 412]) {
      const entries = sampleHistory({ target: `t/${count}`, count, last: '2.14.1', revision: count, now: 1e12, newestHoursAgo: 1, turns: [4, 9], failures: [3] });
      const sum = layout(entries, none).reduce((n, r) => n + (r.kind === 'node' ? 1 : r.kind === 'tunnel' ? r.count : 0), 0);
      expect(sum).toBe(entries.length);
    }
  });
  test('the cost of laying out and drawing grows with the rows, not with their square', () => {
    let reads = 0;
    const watched = <T,>(all: T[]) => new Proxy(all, {
      get: (of, key, self) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) reads += 1;
        return Reflect.get(of, key, self) as unknown;
      },
    });
    const cost = (count: number) => {
      const entries = sampleHistory({ target: 'big/one', count, last: '2.14.1', revision: count, now: 1e12, newestHoursAgo: 1, turns: [], failures: [] });
      reads = 0;
      expect(draw(watched(layout(watched(entries), none))).strokes.length).toBeGreaterThan(0);
      return reads;
    };
    const [thousand, tenThousand] = [cost(1000), cost(10_000)];
    console.log(`1,000 rows ${thousand} reads, 10,000 rows ${tenThousand} reads`);
    expect(thousand).toBeGreaterThan(1000);
    expect(tenThousand / thousand).toBeLessThan(12);
  });
  test('a tunnel stays whole when it is selected, and opens by its key', () => {
    const entries = Array.from({ length: 30 }, (_, i) => entry(30 - i, { at: new Date(1e12 - i * 90_000_000).toISOString() }));
    const tunnel = layout(entries, none).find((r) => r.kind === 'tunnel');
    const key = tunnel?.kind === 'tunnel' ? tunnel.key : '';
    expect(layout(entries, { ...none, selected: key })).toEqual(layout(entries, none));
    expect(layout(entries, { ...none, opened: new Set([key]), selected: key }).some((r) => r.kind === 'tunnel')).toBe(false);
  });
  test('plumb lines are vertical and join one revision', () => {
    const { plumbs, stations } = draw(layout([entry(1), entry(2), back(1, 2)].toReversed(), none));
    expect(plumbs).toHaveLength(1);
    expect(stations.get(plumbs[0]?.from ?? -1)?.at.x).toBe(stations.get(plumbs[0]?.until ?? -1)?.at.x);
  });
});
