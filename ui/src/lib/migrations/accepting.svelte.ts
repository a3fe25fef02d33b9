// Accepting one finding: what would be written is looked at first, and is written only as it was looked at.
import type { AcceptanceView, ApiError, FindingView } from '../bindings/contract';
import { asApiError, host } from '../host';

/** How long an acceptance lasts when nobody says otherwise. */
const MONTHS = 3;

export class Accepting {
  reason = $state('');
  until = $state('');
  busy = $state(false);
  error = $state.raw<ApiError | null>(null);
  #shown = $state.raw<{ of: string; view: AcceptanceView } | null>(null);
  readonly ready = $derived(this.reason.trim() !== '' && this.until !== '');
  /** What was looked at, as long as nothing was changed since. */
  readonly shown = $derived(this.#shown?.of === this.#asked ? this.#shown.view : null);

  constructor(
    readonly target: string,
    readonly finding: FindingView,
    today = new Date(),
  ) {
    this.until = new Date(Date.UTC(today.getFullYear(), today.getMonth() + MONTHS, today.getDate())).toISOString().slice(0, 10);
  }

  get #asked(): string {
    return `${this.until} ${this.reason.trim()}`;
  }

  /** Shows what would be written, or writes what is shown; true once it is written. */
  async go(): Promise<boolean> {
    if (this.busy || !this.ready) return false;
    this.busy = true;
    const { rule, path, line } = this.finding;
    const of = this.#asked;
    try {
      const asked = { rule, path, line, until: this.until, reason: this.reason.trim(), sure: this.shown?.hash ?? null };
      this.#shown = { of, view: await host().call('accept_finding', { target: this.target, asked }) };
      this.error = null;
    } catch (thrown) {
      this.#shown = null;
      this.error = asApiError(thrown);
    }
    this.busy = false;
    return this.#shown?.view.written ?? false;
  }
}
