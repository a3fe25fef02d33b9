// One deployment, live: loaded once, then replaced by every message of its stream.
import type { ApiError, DeploymentView, HistoryEntry } from '../bindings/contract';
import { asApiError, host } from '../host';

/** So far back, in deployments. */
const PAST = 100;

export class Live {
  view = $state.raw<DeploymentView | null>(null);
  error = $state.raw<ApiError | null>(null);
  /** The target's last deployments, newest first: by what was before it is told what may come. */
  past = $state.raw<HistoryEntry[]>([]);

  constructor(readonly id: string) {}

  follow(): () => void {
    let heard = false;
    const stop = host().subscribe(`deployment:${this.id}`, (view) => {
      heard = true;
      this.view = view;
    });
    host().call('deployment', { deployment: this.id }).then(
      (view) => {
        // The stream may already have said something newer.
        if (!heard) this.view = view;
        if (view.endedAt === null) void this.#look(view.target);
      },
      (thrown: unknown) => (this.error = asApiError(thrown)),
    );
    return stop;
  }

  /** Without it nothing is estimated; that is no failure of the deployment. */
  async #look(target: string): Promise<void> {
    this.past = await host().call('history', { target, cursor: null, limit: PAST }).then((page) => page.entries, () => []);
  }

  async abort(reason: string): Promise<boolean> {
    return this.#act(() => host().call('abort', { deployment: this.id, reason }));
  }
  async resume(): Promise<boolean> {
    return this.#act(() => host().call('resume', { loss: null }));
  }
  async release(target: string, reason: string): Promise<boolean> {
    return this.#act(() => host().call('pause_release', { target, reason }));
  }

  async #act(act: () => Promise<unknown>): Promise<boolean> {
    this.error = null;
    try {
      await act();
      return true;
    } catch (thrown) {
      this.error = asApiError(thrown);
      return false;
    }
  }
}
