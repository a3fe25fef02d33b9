// Trains as they go: one that is watched, and all that have not ended. Loaded again with every tick of the board's stream.
import type { ApiError, TrainView } from '../bindings/contract';
import { asApiError, host } from '../host';

/** Calls something now and at every tick; ticks during a call are one more call, not many. */
function follow(load: () => Promise<void>): () => void {
  let [loading, again] = [false, false];
  const tick = async () => {
    if (loading) {
      again = true;
      return;
    }
    loading = true;
    await load();
    loading = false;
    if (again) {
      again = false;
      void tick();
    }
  };
  void tick();
  return host().subscribe('board', () => void tick());
}

export class LiveTrain {
  view = $state.raw<TrainView | null>(null);
  error = $state.raw<ApiError | null>(null);

  constructor(readonly name: string) {}

  follow(): () => void {
    return follow(() => this.#load());
  }
  abort = (reason: string) => this.#act(() => host().call('abort_train', { train: this.name, reason }));
  resume = () => this.#act(() => host().call('resume', { loss: null }));

  async #load(): Promise<void> {
    try {
      this.view = await host().call('train', { train: this.name });
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
  }
  async #act(act: () => Promise<unknown>): Promise<void> {
    this.error = null;
    try {
      await act();
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
  }
}

export class OpenTrains {
  /** Those under way, and those that are stuck. */
  all = $state.raw<TrainView[]>([]);

  follow(): () => void {
    return follow(async () => {
      try {
        this.all = await host().call('trains', { waiting: true });
      } catch {
        // The board says what is wrong with the history.
        this.all = [];
      }
    });
  }
}
