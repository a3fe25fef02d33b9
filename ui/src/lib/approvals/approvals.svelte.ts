// Who said yes to a plan, and the texts that are carried between desks.
import type { ApiError, ApprovalsView, RequestView } from '../bindings/contract';
import { asApiError, host } from '../host';

export class Approvals {
  view = $state.raw<ApprovalsView | null>(null);
  request = $state('');
  error = $state.raw<ApiError | null>(null);
  busy = $state(false);

  constructor(readonly target: string, readonly version: string) {}

  load = () => this.#go(async () => (this.view = await host().call('approvals', this.#of)));
  ask = () => this.#go(async () => (this.request = (await host().call('approval_request', this.#of)).text));
  approve = (note: string) => this.#go(async () => {
    await host().call('approve', { ...this.#of, note, planHash: this.view?.planHash ?? null });
    this.view = await host().call('approvals', this.#of);
  });
  take = (text: string) => this.#go(async () => {
    await host().call('approval_import', { text });
    this.view = await host().call('approvals', this.#of);
  });

  get #of() {
    return { target: this.target, version: this.version };
  }

  async #go(act: () => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    this.error = null;
    try {
      await act();
      return true;
    } catch (thrown) {
      this.error = asApiError(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** Somebody else's request, looked at and signed here. */
export class Signing {
  looked = $state.raw<RequestView | null>(null);
  signed = $state('');
  error = $state.raw<ApiError | null>(null);
  #request = '';

  async look(request: string): Promise<void> {
    this.#request = request;
    this.looked = null;
    this.signed = '';
    await this.#go(async () => (this.looked = await host().call('approval_look', { request })));
  }

  async sign(note: string): Promise<void> {
    const { looked } = this;
    if (looked) await this.#go(async () => (this.signed = (await host().call('approval_sign', { request: this.#request, note, seen: looked.planHash })).text));
  }

  async #go(act: () => Promise<unknown>): Promise<void> {
    this.error = null;
    try {
      await act();
    } catch (thrown) {
      this.error = asApiError(thrown);
    }
  }
}
