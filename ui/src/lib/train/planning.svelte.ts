// A train being looked at, on its way there or back, and what is still missing before it may start. The core checks all
// of it again.
import type { ApiError, TrainPlanView } from '../bindings/contract';
import { asApiError, host } from '../host';
import { overriding, type Breakable, type Confirmable, type Glass, type Missing } from '../plan/confirmable';
import { holds } from '../plan/verdict';
import { session } from '../shell/session.svelte';

export type Wanted = { kind: 'there'; environment: string; cars: { service: string; version: string }[] } | { kind: 'back'; train: string };

export class TrainPlanning implements Confirmable, Breakable {
  plan = $state.raw<TrainPlanView | null>(null);
  error = $state.raw<ApiError | null>(null);
  reason = $state('');
  typed = $state('');
  glass = $state<Glass | null>(null);
  busy = $state(false);
  /** A train begins when a person starts it. */
  readonly later = null;
  #asked = 0;
  #wanted: Wanted | null = null;

  readonly environment = $derived(this.plan?.environment ?? '');
  /** Gates of any car that hold it back: no data holds too. */
  readonly held = $derived(this.plan?.cars.flatMap((car) => car.gates).filter((gate) => holds(gate.verdict)) ?? []);
  /** Two deployments at once is nothing a reason makes good. */
  readonly breakable = $derived(this.held.length > 0 && this.held.every((gate) => gate.kind !== 'lock'));
  readonly missing = $derived.by<Missing[]>(() => {
    const { plan } = this;
    if (!plan) return [];
    const list: Missing[] = [];
    if (plan.protected && !session.isUnlocked(plan.environment)) list.push('locked');
    if (plan.cars.some((car) => car.checks.some((check) => check.verdict === 'fail'))) list.push('checks');
    if (this.held.length && !(this.glass && this.breakable)) list.push('gates');
    else if (this.held.length && !this.glass?.reason.trim()) list.push('glass');
    if (!this.reason.trim()) list.push('reason');
    if (plan.protected && this.typed !== plan.environment) list.push('name');
    return list;
  });
  readonly ready = $derived(this.plan !== null && this.missing.length === 0 && !this.busy);

  async ask(wanted: Wanted | null): Promise<void> {
    const asked = ++this.#asked;
    this.#wanted = wanted;
    this.plan = null;
    this.error = null;
    this.glass = null;
    if (!wanted) return;
    try {
      const plan = wanted.kind === 'there'
        ? await host().call('plan_train', { environment: wanted.environment, cars: wanted.cars })
        : await host().call('plan_train_rollback', { train: wanted.train });
      if (asked === this.#asked) this.plan = plan;
    } catch (thrown) {
      if (asked === this.#asked) this.error = asApiError(thrown);
    }
  }

  /** The same once more: something that held it may be gone. */
  again = () => this.ask(this.#wanted);

  /** The train that began, or null when the core said no. */
  async start(): Promise<string | null> {
    const wanted = this.#wanted;
    if (!this.plan || !this.ready || !wanted) return null;
    this.busy = true;
    this.error = null;
    const [reason, confirm] = [this.reason.trim(), this.typed];
    const passing = this.glass && this.held.length ? overriding(this.glass) : null;
    try {
      const departed = wanted.kind === 'there'
        ? await host().call('start_train', { plans: this.plan.cars.map((car) => car.planHash), reason, confirm, overriding: passing })
        : await host().call('rollback_train', { train: wanted.train, reason, confirm });
      return departed.train;
    } catch (thrown) {
      this.error = asApiError(thrown);
      return null;
    } finally {
      this.busy = false;
    }
  }

  schedule = () => Promise.resolve(false);
}
