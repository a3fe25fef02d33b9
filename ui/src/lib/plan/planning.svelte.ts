// A plan being looked at, and what is still missing before it may start. The core checks all of it again.
import type { ApiError, PlanView, RollbackOptions } from '../bindings/contract';
import { asApiError, host } from '../host';
import { session } from '../shell/session.svelte';
import { overriding, type Breakable, type Confirmable, type Glass, type Missing } from './confirmable';
import { holds } from './verdict';

export type Wanted = { kind: 'deploy'; target: string; version: string } | { kind: 'rollback'; target: string; revision: number; way?: RollbackOptions }
  /** What was changed by hand: put back, or kept as a revision. */
  | { kind: 'revert'; target: string } | { kind: 'adopt'; target: string; keychain: boolean };

function planned(wanted: Wanted): Promise<PlanView> {
  switch (wanted.kind) {
    case 'deploy': return host().call('plan_deploy', { target: wanted.target, version: wanted.version });
    case 'rollback': return host().call('plan_rollback', { target: wanted.target, revision: wanted.revision, way: wanted.way ?? null });
    case 'revert': return host().call('plan_revert', { target: wanted.target });
    case 'adopt': return host().call('plan_adopt', { target: wanted.target, taking: { keychain: wanted.keychain, plain: [] } });
  }
}

export class Planning implements Confirmable, Breakable {
  plan = $state.raw<PlanView | null>(null);
  error = $state.raw<ApiError | null>(null);
  reason = $state('');
  typed = $state('');
  glass = $state<Glass | null>(null);
  /** It is to begin by itself: at an instant (empty while none is chosen), or when the window opens. */
  later = $state.raw<{ at: string | null } | null>(null);
  busy = $state(false);
  #asked = 0;
  #wanted: Wanted | null = null;

  readonly environment = $derived(this.plan?.target.split('/')[1] ?? '');
  /** Gates that hold this plan back: no data holds too. */
  readonly held = $derived(this.plan?.gates.filter((gate) => holds(gate.verdict)) ?? []);
  /** Two deployments at once is nothing a reason makes good. */
  readonly breakable = $derived(this.held.length > 0 && this.held.every((gate) => gate.kind !== 'lock'));
  /** What closes by the hour opens by itself; a way back is never closed by it. */
  readonly waitable = $derived(this.plan?.kind === 'deploy' && this.held.some((gate) => gate.kind === 'window' || gate.kind === 'freeze'));
  readonly opens = $derived(this.held.map((gate) => gate.opens).filter((at) => at !== null).sort().at(-1) ?? null);
  readonly missing = $derived.by<Missing[]>(() => {
    const { plan } = this;
    if (!plan) return [];
    const list: Missing[] = [];
    if (plan.protected && !session.isUnlocked(this.environment)) list.push('locked');
    if (plan.checks.some((c) => c.verdict === 'fail')) list.push('checks');
    // The core asks every gate when the hour has come.
    if (this.later) { if (this.later.at === '') list.push('hour'); }
    else if (this.held.length && !(this.glass && this.breakable)) list.push('gates');
    else if (this.held.length && !this.glass?.reason.trim()) list.push('glass');
    if (!this.reason.trim()) list.push('reason');
    if (plan.protected && this.typed !== this.environment) list.push('name');
    return list;
  });
  readonly ready = $derived(this.plan !== null && this.missing.length === 0 && !this.busy);

  async ask(wanted: Wanted | null): Promise<void> {
    const asked = ++this.#asked;
    this.#wanted = wanted;
    this.plan = null;
    this.error = null;
    this.glass = null;
    this.later = null;
    if (!wanted) return;
    try {
      const plan = await planned(wanted);
      if (asked === this.#asked) this.plan = plan;
    } catch (thrown) {
      if (asked === this.#asked) this.error = asApiError(thrown);
    }
  }

  /** The same once more: something that held it may be gone. */
  again = () => this.ask(this.#wanted);

  /** Whether it will begin by itself. */
  async schedule(): Promise<boolean> {
    return (await this.#go((planHash, reason) => host().call('schedule', { planHash, reason, confirm: this.typed, at: this.later?.at ?? null }))) !== null;
  }

  /** The deployment that began, or null when the core said no. */
  async start(): Promise<string | null> {
    const passing = this.glass && this.held.length ? overriding(this.glass) : null;
    const started = await this.#go((planHash, reason) => host().call('start', { planHash, reason, confirm: this.typed, overriding: passing }));
    return started?.deployment ?? null;
  }

  /** What the core answered, or null when it said no. */
  async #go<T>(ask: (planHash: string, reason: string) => Promise<T>): Promise<T | null> {
    if (!this.plan || !this.ready) return null;
    this.busy = true;
    this.error = null;
    try {
      return await ask(this.plan.planHash, this.reason.trim());
    } catch (thrown) {
      this.error = asApiError(thrown);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
