// A target's migrations as the core has them. A proof takes a while: each one is seen as soon as it is kept.
import type { ApiError, FindingView, MigrationsView, MigrationView } from '../bindings/contract';
import { asApiError, host } from '../host';

export class Migrations {
  view = $state.raw<MigrationsView | null>(null);
  error = $state.raw<ApiError | null>(null);
  proving = $state(false);
  /** When the proving that goes on began. */
  #since = '';
  #chosen = $state<string | null>(null);
  readonly versions = $derived(this.view?.versions.toReversed() ?? []);
  readonly chosen = $derived(this.versions.find((one) => one.version === this.#chosen) ?? this.versions[0] ?? null);
  /** Its service has none: nothing failed, there is something to do. */
  readonly none = $derived(this.view === null && this.error?.code === 'not_found' && this.error.causes.some((cause) => cause.endsWith(' has no migrations')));
  /** Versions whose file is not what was applied. */
  readonly edited = $derived(new Set(this.view?.edited.map((one) => one.version)));
  /** Of those that are proven now, so many are done. */
  readonly done = $derived(this.versions.filter((one) => one.proof !== null && one.proof.at >= this.#since).length);

  constructor(readonly target: string) {}

  choose(version: string): void {
    this.#chosen = version;
  }

  move(step: number): void {
    const next = this.versions[this.versions.findIndex((one) => one.version === this.chosen?.version) + step];
    if (next) this.#chosen = next.version;
  }

  async load(): Promise<void> {
    try {
      this.view = await host().call('migrations', { target: this.target });
      this.error = null;
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
  }

  async prove(): Promise<void> {
    if (this.proving) return;
    this.proving = true;
    this.#since = new Date().toISOString();
    try {
      this.view = await host().call('prove_migrations', { target: this.target });
      this.error = null;
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
    this.proving = false;
  }

  /** Every proof that is kept is a write, and every write is told. */
  follow(): () => void {
    void this.load();
    return host().subscribe('board', () => void (this.proving && this.load()));
  }
}

/** Whether a finding may be accepted in its file: one that is applied is left as it was. */
export function mayAccept(view: MigrationsView, one: MigrationView): boolean {
  return view.readable && one.state === 'pending';
}

/** Findings of one script, by line. Those of the pair stand beside the way up. */
export function beside(one: MigrationView, side: 'up' | 'down'): FindingView[] {
  const script = one[side];
  const own = (found: FindingView) => (side === 'down' ? found.place === 'down' || (found.place === 'pair' && found.path === script?.path && found.path !== one.up?.path) : found.place === 'up' || (found.place === 'pair' && found.path === script?.path));
  return one.findings.filter(own).sort((a, b) => a.line - b.line);
}

/** A script's lines with their numbers in the file; those of others are left out at both ends. */
export function lines(sql: string): { number: number; text: string }[] {
  const all = sql.split('\n').map((text, index) => ({ number: index + 1, text }));
  const first = all.findIndex((line) => line.text.trim());
  const last = all.findLastIndex((line) => line.text.trim());
  return first < 0 ? [] : all.slice(first, last + 1);
}
