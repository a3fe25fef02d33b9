// The board as last loaded. Every tick of the stream loads it again; ticks during a load are one more load, not many.
import type { ApiError, Board, Cell } from '../bindings/contract';
import { asApiError, host } from '../host';
import { readinessOf } from './ready';

export type Filter = 'deploying' | 'unhealthy' | 'noData' | 'drifted' | 'quarantined' | 'paused' | 'notReady';

export const matches: Record<Filter, (cell: Cell) => boolean> = {
  deploying: (c) => c.deploying !== null,
  unhealthy: (c) => c.health.kind === 'unhealthy' && c.error === null,
  noData: (c) => c.health.kind === 'noData' || c.error !== null,
  drifted: (c) => c.drift.length > 0,
  quarantined: (c) => c.quarantined.length > 0,
  paused: (c) => c.paused !== null,
  notReady: (c) => ['notReady', 'unknown'].includes(readinessOf(c).kind),
};

class BoardStore {
  board = $state.raw<Board | null>(null);
  error = $state.raw<ApiError | null>(null);
  #loading = false;
  #again = false;

  get cells(): Cell[] {
    return this.board?.rows.flatMap((row) => row.cells) ?? [];
  }
  cell(target: string): Cell | null {
    return this.cells.find((c) => c.target === target) ?? null;
  }
  zone(environment: string | null): string | undefined {
    return this.board?.environments.find((e) => e.name === environment)?.zone;
  }
  /** Of all environments, where they have one. */
  get commonZone(): string | undefined {
    const zones = new Set(this.board?.environments.map((e) => e.zone));
    return zones.size === 1 ? [...zones][0] : undefined;
  }
  isProtected(environment: string): boolean {
    return this.board?.environments.find((e) => e.name === environment)?.protected ?? false;
  }
  count(filter: Filter): number {
    return this.cells.filter(matches[filter]).length;
  }

  follow(): () => void {
    void this.load();
    return host().subscribe('board', () => void this.load());
  }

  /** Finishes or undoes what a process that died left behind. */
  async resume(): Promise<void> {
    try {
      await host().call('resume', { loss: null });
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
    await this.load();
  }

  async load(): Promise<void> {
    if (this.#loading) {
      this.#again = true;
      return;
    }
    this.#loading = true;
    try {
      this.board = await host().call('board', {});
      this.error = null;
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
    this.#loading = false;
    if (this.#again) {
      this.#again = false;
      await this.load();
    }
  }
}

export const boardStore = new BoardStore();
