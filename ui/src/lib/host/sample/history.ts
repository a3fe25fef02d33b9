// Sample histories: a believable past, the same on every run.
import type { HistoryEntry, Week } from '../../bindings/contract';

const people = ['amara', 'jonas', 'li.wei'];
const notes = ['Faster address lookup', 'Order totals view', 'Index on customer', 'Gift notes on cart', 'Retry card capture', 'Split shipping quotes', 'Locale in receipts', 'Gift note column', 'Tax rounding', 'Address book'];
const HOUR = 3_600_000;

export interface Recipe { target: string; count: number; last: string; revision: number; now: number; newestHoursAgo: number; turns: number[]; failures: number[] }

function random(seed: string): () => number {
  let state = [...seed].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) >>> 0, 7);
  return () => (state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32;
}

function earlier(version: string, steps: number): string {
  const [major = 1, minor = 0, patch = 0] = version.split('.').map(Number);
  const at = minor * 4 + Math.min(patch, 3) - steps;
  return at >= 0 ? `${major}.${Math.floor(at / 4)}.${at % 4}` : `${Math.max(0, major - 1 - Math.floor(-at / 120))}.${(((at % 120) + 120) % 120) >> 2}.${((at % 4) + 4) % 4}`;
}

/** Newest first. `turns` and `failures` are indexes from the newest; the same pattern repeats sparsely in the far past. */
export function sampleHistory(recipe: Recipe): HistoryEntry[] {
  const dice = random(recipe.target);
  const entries: HistoryEntry[] = [];
  const chain: { revision: number; version: string; notes: string }[] = [];
  const failed = (i: number) => recipe.failures.includes(i) || (i > 22 && i % 43 === 0);
  const back = (i: number) => recipe.turns.includes(i) || (i > 22 && i % 17 === 0);
  const acts = Array.from({ length: recipe.count }, (_, i) => recipe.count - 1 - i);
  let revision = recipe.revision - acts.filter((i) => !back(i)).length;
  let at = recipe.now - recipe.newestHoursAgo * HOUR - recipe.count * 13 * HOUR;
  for (const i of acts) {
    at = i === 0 ? recipe.now - recipe.newestHoursAgo * HOUR : at + 13 * HOUR * (0.5 + dice());
    if (i > 0) at = Math.min(at, recipe.now - (recipe.newestHoursAgo + i * 2) * HOUR);
    const by = people[Math.floor(dice() * people.length)] ?? 'amara';
    const from = chain.at(-1)?.revision ?? null;
    const base = { deployment: `${recipe.target.replace('/', '-')}-${i}`, from, by, at: new Date(at).toISOString(), failure: null, quarantined: false };
    const tookMs = Math.round(38_000 + dice() * 20_000);
    if (back(i) && chain.length > 2) {
      const gone = chain.splice(-1 - (i % 2));
      for (const g of gone) for (const e of entries) if (e.revision === g.revision) { e.quarantined = g === gone.at(-1); e.wayBack = e.quarantined ? { kind: 'quarantined' } : { kind: 'safe' }; }
      const target = chain.at(-1);
      if (target) entries.push({ ...base, ...target, kind: 'rollback', tookMs, outcome: { kind: 'succeeded' }, wayBack: { kind: 'asBelow' } });
      continue;
    }
    revision += 1;
    const version = i === 0 ? recipe.last : earlier(recipe.last, Math.max(1, recipe.revision - revision));
    const what = { revision, version, notes: notes[revision % notes.length] ?? '' };
    if (failed(i)) {
      entries.push({ ...base, ...what, kind: 'deploy', tookMs: 5900, failure: 'exited', outcome: { kind: 'rolledBack', why: 'Exited (1) after 0.5 s', undoMs: 1800 }, wayBack: { kind: 'neverRan' } });
      continue;
    }
    chain.push(what);
    entries.push({ ...base, ...what, kind: 'deploy', tookMs, outcome: { kind: 'succeeded' }, wayBack: { kind: 'safe' } });
  }
  entries.reverse();
  return refresh(entries);
}

/** What runs now, and what pressing "roll back" on each would mean. */
export function refresh(entries: HistoryEntry[]): HistoryEntry[] {
  const current = entries.find((e) => e.outcome.kind === 'succeeded');
  entries.forEach((entry, i) => {
    if (entry.wayBack.kind === 'runsNow') entry.wayBack = { kind: 'safe' };
    if (entry === current) entry.wayBack = { kind: 'runsNow' };
    else if (entry.kind === 'rollback' && entry.outcome.kind === 'succeeded') entry.wayBack = { kind: 'asBelow' };
    else if (i > 60 && entry.wayBack.kind === 'safe') entry.wayBack = { kind: 'impossible', why: 'image is gone' };
  });
  return entries;
}

/** Counted as the store does: by the Monday of the week, UTC. */
export function weeksOf(history: HistoryEntry[]): Week[] {
  const DAY = 86_400_000;
  const weeks = new Map<number, Week>();
  for (const entry of history) {
    const number = Math.floor((Math.floor(Date.parse(entry.at) / DAY) + 3) / 7);
    const week = weeks.get(number) ?? { since: new Date((number * 7 - 3) * DAY).toISOString(), deployments: 0, rolledBack: 0, failed: 0 };
    week.deployments++;
    if (entry.kind === 'rollback') week.rolledBack++;
    if (entry.outcome.kind === 'rolledBack' || entry.outcome.kind === 'stuck') week.failed++;
    weeks.set(number, week);
  }
  return [...weeks.values()].sort((a, b) => b.since.localeCompare(a.since));
}
