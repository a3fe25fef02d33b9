// A plan being looked at, and what is still missing before it may start. The core checks all of it again.
import type { ApiError, Overriding, PlanView, RollbackOptions } from '../bindings/contract';
import { asApiError, host } from '../host';
import { session } from '../shell/session.svelte';
import type { Confirmable, Missing } from './confirmable';
import { holds } from './verdict';

export type Wanted = { kind: 'deploy'; target: string; version: string } | { kind: 'rollback'; target: string; revision: number; way?: RollbackOptions };
/** What a person says who passes closed gates; `until` is empty for this one deployment. */
export type Glass = { reason: string; risk: string; task: string; until: string };

export class Planning implements Confirmable {
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
      const plan = wanted.kind === 'deploy'
        ? await host().call('plan_deploy', { target: wanted.target, version: wanted.version })
        : await host().call('plan_rollback', { target: wanted.target, revision: wanted.revision, way: wanted.way ?? null });
      if (asked === this.#asked) this.plan = plan;
    } catch (thrown) {
      if (asked === this.#asked) this.error = asApiError(thrown);
    }
  }

  /** The same once more: something that held it may be gone. */
  again = () => this.ask(this.#wanted);

  #overriding(): Overriding | null {
    const { glass, held } = this;
    if (!glass || !held.length) return null;
    return { reason: glass.reason.trim(), until: glass.until || null, risk: glass.risk.trim(), task: glass.task.trim() };
  }

  /** Whether it will begin by itself. */
  async schedule(): Promise<boolean> {
    return (await this.#go((planHash, reason) => host().call('schedule', { planHash, reason, confirm: this.typed, at: this.later?.at ?? null }))) !== null;
  }

  /** The deployment that began, or null when the core said no. */
  async start(): Promise<string | null> {
    const started = await this.#go((planHash, reason) => host().call('start', { planHash, reason, confirm: this.typed, overriding: this.#overriding() }));
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
