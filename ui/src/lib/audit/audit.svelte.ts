// The audit as searched: pages by cursor, what is selected, whether the chain holds.
import type { ApiError, AuditEntry, Commands } from '../bindings/contract';
import { asApiError, host } from '../host';
import { lang } from '../i18n/lang.svelte';
import { chain } from './chain.svelte';
import { offsetsOf } from '../ui/window.svelte';

type AuditFilter = Commands['audit'][0];
export type When = 'any' | 'day' | 'week' | 'month';
const DAYS: Record<When, number | null> = { any: null, day: 1, week: 7, month: 30 };
export type AuditRow = { kind: 'day'; at: string } | { kind: 'entry'; entry: AuditEntry } | { kind: 'missing'; seq: number };
export const DAY_ROW = 28;
export const ENTRY_ROW = 36;
/** So many entries are shown above one that is gone to. */
const ABOVE = 6;

export class Audit {
  search = $state('');
  who = $state('');
  action = $state('');
  environment = $state('');
  when = $state<When>('any');
  /** Steps of deployments too, not only what came of them. */
  everyStep = $state(false);
  /** The list begins a little above this entry, whatever it is. */
  at = $state<number | null>(null);
  entries = $state.raw<AuditEntry[]>([]);
  counts = $state.raw<{ total: number; matching: number | null; all: boolean }>({ total: 0, matching: null, all: true });
  next = $state.raw<string | null>(null);
  loading = $state(false);
  loaded = $state(false);
  error = $state.raw<ApiError | null>(null);
  selected = $state<number | null>(null);
  /** Names seen so far: what the filters offer. */
  seen = $state.raw({ who: [] as string[], action: [] as string[], environment: [] as string[] });
  #asked = 0;

  readonly rows = $derived.by<AuditRow[]>(() => {
    const rows: AuditRow[] = [];
    let day = '';
    let above: number | null = null;
    const gone = this.at === null ? null : (chain.broken?.seq ?? null);
    for (const entry of this.entries) {
      const key = lang.dayKey(entry.at);
      if (gone !== null && above !== null && above > gone && entry.seq < gone) rows.push({ kind: 'missing', seq: gone });
      above = entry.seq;
      if (key !== day) rows.push({ kind: 'day', at: entry.at });
      day = key;
      rows.push({ kind: 'entry', entry });
    }
    return rows;
  });
  readonly offsets = $derived(offsetsOf(this.rows.map((r) => (r.kind === 'day' ? DAY_ROW : ENTRY_ROW))));
  readonly open = $derived(this.entries.find((e) => e.seq === this.selected) ?? null);
  readonly filtered = $derived(Boolean(this.search || this.who || this.action || this.environment || this.when !== 'any' || this.at !== null));

  get filter(): AuditFilter {
    const days = DAYS[this.when];
    const since = days === null ? null : new Date(Date.now() - days * 86_400_000).toISOString();
    return { search: this.search.trim(), who: this.who || null, action: this.action || null, environment: this.environment || null, since, until: null, cursor: this.at === null ? null : String(this.at + ABOVE), everyStep: this.everyStep || this.at !== null };
  }

  async load(): Promise<void> {
    await this.#page(null);
  }
  async more(): Promise<void> {
    if (this.next !== null && !this.loading) await this.#page(this.next);
  }

  async #page(cursor: string | null): Promise<void> {
    const asked = ++this.#asked;
    this.loading = true;
    try {
      const page = await host().call('audit', cursor === null ? this.filter : { ...this.filter, cursor });
      if (asked !== this.#asked) return;
      this.entries = cursor === null ? page.entries : [...this.entries, ...page.entries];
      this.next = page.next;
      if (cursor === null) this.counts = { total: page.total, matching: page.matching, all: page.countedAll };
      this.#remember(page.entries);
      this.error = null;
    } catch (thrown) {
      if (asked === this.#asked) this.error = asApiError(thrown);
    }
    this.loading = false;
    this.loaded = true;
  }

  #remember(entries: AuditEntry[]): void {
    const join = (old: string[], fresh: (string | null)[]) => [...new Set([...old, ...fresh.filter((v) => v !== null)])].sort();
    this.seen = {
      who: join(this.seen.who, entries.map((e) => e.who)), action: join(this.seen.action, entries.map((e) => e.action)),
      environment: join(this.seen.environment, entries.map((e) => e.environment)),
    };
  }

  async verify(): Promise<void> {
    chain.verdict = null;
    try {
      await chain.verify();
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
  }

  /** The newest of what is searched for now, whatever was loaded before. */
  async first(): Promise<void> {
    await this.load();
    this.selected = this.entries[0]?.seq ?? null;
  }

  move(by: number): void {
    const at = this.entries.findIndex((e) => e.seq === this.selected);
    this.selected = this.entries[Math.max(0, Math.min(this.entries.length - 1, at < 0 ? 0 : at + by))]?.seq ?? null;
  }

  clear(): void {
    this.search = this.who = this.action = this.environment = '';
    this.when = 'any';
    this.at = null;
  }
}
