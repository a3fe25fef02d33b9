// One environment's week: what is open, what closes it and why, and the freezes that are set.
import type { ApiError, CalendarBlock, CalendarView, FreezeView, ScheduleView } from '../bindings/contract';
import { asApiError, host } from '../host';
import { addDays, begins, clock, monday, pieces, type Piece } from './zoned';

export interface Drawn extends Piece { block: CalendarBlock }

export class Calendar {
  view = $state.raw<CalendarView | null>(null);
  freezes = $state.raw<FreezeView[]>([]);
  scheduled = $state.raw<ScheduleView[]>([]);
  error = $state.raw<ApiError | null>(null);
  /** The week's Monday, in the environment's zone. */
  week = $state(monday(new Date().toISOString().slice(0, 10)));
  readonly days = $derived(Array.from({ length: 7 }, (_, day) => addDays(this.week, day)));
  readonly drawn = $derived.by<Drawn[]>(() => {
    const { view } = this;
    if (!view) return [];
    return view.blocks.flatMap((block) => pieces(Date.parse(block.from), Date.parse(block.to), view.zone).map((piece) => ({ ...piece, block })));
  });
  /** Where scheduled deployments begin, by the environment's clocks. */
  readonly marks = $derived(this.view ? this.scheduled.filter((one) => one.state.kind === 'waiting').map((one) => ({ ...clock(Date.parse(one.due), this.view?.zone ?? this.zone), word: `${one.target} ${one.version}` })) : []);
  readonly now = $derived(this.view ? clock(Date.parse(this.view.now), this.view.zone) : null);

  constructor(readonly environment: string, readonly zone: string) {}

  async load(): Promise<void> {
    this.error = null;
    const week = this.week;
    const at = (date: string) => new Date(begins(date, this.zone)).toISOString();
    try {
      const [view, freezes, scheduled] = await Promise.all([
        host().call('calendar', { environment: this.environment, from: at(week), to: at(addDays(week, 7)) }), host().call('freezes', {}), host().call('scheduled', { waiting: false }),
      ]);
      if (week !== this.week) return;
      this.view = view;
      this.scheduled = scheduled.filter((one) => one.target.endsWith(`/${this.environment}`));
      this.freezes = freezes.filter((freeze) => freeze.environment === this.environment);
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
  }

  async freeze(from: string, to: string, reason: string): Promise<boolean> {
    return this.#act(() => host().call('freeze_add', { environment: this.environment, from: from || null, to, reason }));
  }

  async thaw(id: string, reason: string): Promise<boolean> {
    return this.#act(() => host().call('freeze_remove', { id, reason }));
  }

  async unschedule(id: string, reason: string): Promise<boolean> {
    return this.#act(() => host().call('unschedule', { id, reason }));
  }

  async #act(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
    } catch (thrown) {
      this.error = asApiError(thrown);
      return false;
    }
    await this.load();
    return true;
  }
}
