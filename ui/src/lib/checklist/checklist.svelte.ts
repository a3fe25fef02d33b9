// A version's checklist and its gates, as they stand now. The core decides; this asks and ticks.
import type { ApiError, ChecklistLine, ChecklistView, GatesView, Phase } from '../bindings/contract';
import { asApiError, host } from '../host';
import { holds } from '../plan/verdict';

export const PHASES: Phase[] = ['before', 'during', 'after'];

/** How long changes gather before everything is asked again, in ms. */
const CALM = 1000;

export class Checklist {
  view = $state.raw<ChecklistView | null>(null);
  gates = $state.raw<GatesView | null>(null);
  error = $state.raw<ApiError | null>(null);
  busy = $state(false);
  readonly held = $derived(this.gates?.gates.filter((gate) => holds(gate.verdict)) ?? []);

  /** How often the person did something. */
  #turn = 0;
  #soon: ReturnType<typeof setTimeout> | null = null;

  constructor(readonly target: string, readonly version: string) {}

  lines(phase: Phase): ChecklistLine[] {
    return this.view?.lines.filter((line) => line.phase === phase) ?? [];
  }

  /** Everything is asked anew; items that evaluate themselves look again. */
  async load(): Promise<void> {
    await this.#act(() => host().call('checklist', { target: this.target, version: this.version }));
  }

  /** Something changed somewhere: what is shown stays until the answer is there, and what is being done goes first. */
  follow(): void {
    // Items may ask far away: a deployment that writes a line a moment does not make them do so as often.
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      void this.#look();
    }, CALM);
  }

  /** Behind what the person does: nothing is locked, and an answer that was overtaken is dropped. */
  async #look(): Promise<void> {
    const turn = this.#turn;
    try {
      const view = await host().call('checklist', { target: this.target, version: this.version });
      const gates = await host().call('gates', { target: this.target, version: this.version });
      if (this.#turn === turn) {
        this.view = view;
        this.gates = gates;
      } else this.follow();
    } catch {
      // What is shown stays; whoever acts is told why that does not work.
    }
  }

  /** One item that evaluates itself looks again. */
  async again(line: ChecklistLine): Promise<void> {
    await this.#act(async () => {
      const fresh = await host().call('evaluate', { target: this.target, version: this.version, item: line.id });
      const { view } = this;
      if (!view) throw new Error('nothing is shown yet');
      return { ...view, lines: view.lines.map((one) => (one.id === fresh.id ? fresh : one)) };
    });
  }

  /** Whoever was quicker is not undone: the core refuses, and what they did is shown. */
  async tick(line: ChecklistLine, ticked: boolean, note = ''): Promise<void> {
    const done = await this.#act(() => host().call('tick', { target: this.target, version: this.version, item: line.id, ticked, note, seen: line.seen }));
    if (done) return;
    const { error } = this;
    await this.load();
    this.error = error;
  }

  async #act(ask: () => Promise<ChecklistView>): Promise<boolean> {
    this.#turn += 1;
    this.busy = true;
    this.error = null;
    try {
      this.view = await ask();
      this.gates = await host().call('gates', { target: this.target, version: this.version });
      return true;
    } catch (thrown) {
      this.error = asApiError(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
