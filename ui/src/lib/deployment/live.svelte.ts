// One deployment, live: loaded once, then replaced by every message of its stream.
import type { ApiError, DeploymentView } from '../bindings/contract';
import { asApiError, host } from '../host';

export class Live {
  view = $state.raw<DeploymentView | null>(null);
  error = $state.raw<ApiError | null>(null);

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
      },
      (thrown: unknown) => (this.error = asApiError(thrown)),
    );
    return stop;
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
