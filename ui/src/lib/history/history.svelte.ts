// One target's history: pages loaded so far, what is selected, which tunnels are open.
import { SvelteSet } from 'svelte/reactivity';
import type { ApiError, HistoryEntry, Week } from '../bindings/contract';
import { asApiError, host } from '../host';
import { lang } from '../i18n/lang.svelte';
import { isBack } from '../track/lanes';
import { canReturn, layout, type Row } from '../track/rows';

const PAGE = 200;
/** On the way to the end. */
const OLDER = 500;
/** From so many deployments on, the overview is worth its place. */
export const LONG = 400;

export class History {
  entries = $state.raw<HistoryEntry[]>([]);
  counts = $state.raw({ total: 0, rolledBack: 0, failed: 0 });
  weeks = $state.raw<Week[]>([]);
  next = $state.raw<string | null>(null);
  loading = $state(false);
  loaded = $state(false);
  error = $state.raw<ApiError | null>(null);
  selected = $state<string | null>(null);
  readonly opened = new SvelteSet<string>();
  #last = Promise.resolve();
  #waiting = false;

  constructor(readonly target: string) {}

  readonly rows = $derived.by<Row[]>(() => layout(this.entries, { opened: this.opened, selected: this.selected, preview: true, zone: lang.zone }));
  readonly current = $derived(this.entries.find((e) => e.wayBack.kind === 'runsNow') ?? null);
  readonly selectedEntry = $derived(this.entries.find((e) => e.deployment === this.selected) ?? null);
  /** The revision a rollback would go to, when the selection has one. */
  readonly goal = $derived(this.selectedEntry && canReturn(this.selectedEntry) ? this.selectedEntry.revision : null);

  follow(): () => void {
    void this.refresh();
    return host().subscribe('board', () => void this.refresh());
  }

  /** The newest page again; what was loaded further down stays. */
  async refresh(): Promise<void> {
    if (this.#waiting) return;
    this.#waiting = true;
    await this.#turn(async () => {
      this.#waiting = false;
      await this.#load(null, (fresh) => {
        const ids = new Set(fresh.map((e) => e.deployment));
        const older = this.entries.slice(this.entries.findLastIndex((e) => ids.has(e.deployment)) + 1);
        const overlap = this.entries.some((e) => ids.has(e.deployment));
        return overlap ? [...fresh, ...older] : fresh;
      });
      if (this.counts.total >= LONG && !this.error) await this.#count();
    });
  }

  async #count(): Promise<void> {
    try {
      this.weeks = await host().call('weeks', { target: this.target });
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
  }

  /** The next older page, unless one is on its way. */
  async more(): Promise<void> {
    if (!this.loading) await this.#older();
  }

  /** Older pages until `enough` says so or there are none. */
  async #until(enough: () => boolean): Promise<void> {
    while (!enough() && this.next !== null && !this.error) await this.#older();
  }

  #older(): Promise<void> {
    return this.#turn(async () => {
      if (this.next !== null) await this.#load(this.next, (older) => [...this.entries, ...older]);
    });
  }

  /** One load after the other: each begins where the one before it ended. */
  #turn(work: () => Promise<void>): Promise<void> {
    return (this.#last = this.#last.then(work));
  }

  async #load(cursor: string | null, join: (page: HistoryEntry[]) => HistoryEntry[]): Promise<void> {
    this.loading = true;
    try {
      const page = await host().call('history', { target: this.target, cursor, limit: cursor === null ? PAGE : OLDER });
      const joined = join(page.entries);
      // A refreshed first page says nothing about the end of what was loaded before.
      if (cursor !== null || joined.length === page.entries.length) this.next = page.next;
      this.entries = joined;
      this.counts = { total: page.total, rolledBack: page.rolledBack, failed: page.failed };
      this.error = null;
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
    this.loading = false;
    this.loaded = true;
  }

  select(deployment: string | null): void {
    this.selected = deployment;
  }

  /** The newest deployment that arrived at this revision and can be gone back to, however far down it stands; where the
   *  way there is known to be shut, the next older one whose is not. */
  async choose(revision: number): Promise<void> {
    const found = () => this.entries.find((e) => e.revision === revision && canReturn(e)) ?? this.entries.find((e) => e.revision === revision);
    await this.#until(() => found() !== undefined);
    const wanted = found();
    const shut = (e: HistoryEntry) => e.wayBack.kind === 'impossible' || e.wayBack.kind === 'quarantined';
    const older = wanted && shut(wanted) ? this.entries.slice(this.entries.indexOf(wanted)) : [];
    this.selected = (older.find((e) => canReturn(e) && !shut(e)) ?? wanted)?.deployment ?? null;
  }

  /** Loads back to an instant (milliseconds). */
  async reach(at: number): Promise<void> {
    await this.#until(() => Date.parse(this.entries.at(-1)?.at ?? '') <= at);
  }

  /** The oldest row; what lies between is loaded on the way. */
  async last(along: 'track' | 'table' = 'track'): Promise<void> {
    await this.#until(() => false);
    const row = this.rows.at(-1);
    this.selected = (along === 'table' || !row ? this.entries.at(-1)?.deployment : rowKey(row)) ?? this.selected;
  }

  /** Up and down: along the rows of the track, where the preview is not a stop, or along all entries of the table. */
  move(by: number, along: 'track' | 'table' = 'track'): void {
    const stops = along === 'table' ? this.entries.map((e) => e.deployment) : this.rows.filter((r) => r.kind !== 'preview').map(rowKey);
    const at = this.selected === null ? -1 : stops.indexOf(this.selected);
    this.selected = stops[Math.max(0, Math.min(stops.length - 1, at < 0 ? 0 : at + by))] ?? this.selected;
  }

  /** Left and right along the track: to the previous or next turn. */
  jump(by: 1 | -1): void {
    const at = this.entries.findIndex((e) => e.deployment === this.selected);
    for (let i = at + by; i >= 0 && i < this.entries.length; i += by) {
      const entry = this.entries[i];
      if (entry && isBack(entry)) {
        this.selected = entry.deployment;
        return;
      }
    }
  }
}

export const rowKey = (row: Row) => (row.kind === 'node' ? row.node.entry.deployment : row.kind === 'tunnel' ? row.key : 'preview');
