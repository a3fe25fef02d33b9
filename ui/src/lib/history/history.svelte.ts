// One target's history: pages loaded so far, what is selected, which tunnels are open.
import { SvelteSet } from 'svelte/reactivity';
import type { ApiError, HistoryEntry } from '../bindings/contract';
import { asApiError, host } from '../host';
import { isBack } from '../track/lanes';
import { canReturn, layout, type Row } from '../track/rows';

const PAGE = 200;

export class History {
  entries = $state.raw<HistoryEntry[]>([]);
  counts = $state.raw({ total: 0, rolledBack: 0, failed: 0 });
  next = $state.raw<string | null>(null);
  loading = $state(false);
  loaded = $state(false);
  error = $state.raw<ApiError | null>(null);
  selected = $state<string | null>(null);
  readonly opened = new SvelteSet<string>();

  constructor(readonly target: string) {}

  readonly rows = $derived.by<Row[]>(() => layout(this.entries, { opened: this.opened, selected: this.selected, preview: true }));
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
    await this.#load(null, (fresh) => {
      const ids = new Set(fresh.map((e) => e.deployment));
      const older = this.entries.slice(this.entries.findLastIndex((e) => ids.has(e.deployment)) + 1);
      const overlap = this.entries.some((e) => ids.has(e.deployment));
      return overlap ? [...fresh, ...older] : fresh;
    });
  }

  async more(): Promise<void> {
    if (this.next !== null && !this.loading) await this.#load(this.next, (older) => [...this.entries, ...older]);
  }

  async #load(cursor: string | null, join: (page: HistoryEntry[]) => HistoryEntry[]): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    try {
      const page = await host().call('history', { target: this.target, cursor, limit: PAGE });
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

  /** Up and down the rows; the preview is not a stop. */
  move(by: number): void {
    const stops = this.rows.filter((r) => r.kind !== 'preview');
    const at = stops.findIndex((r) => rowKey(r) === this.selected);
    const row = stops[Math.max(0, Math.min(stops.length - 1, at < 0 ? 0 : at + by))];
    if (row) this.selected = rowKey(row);
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
