// A plan being looked at, and what is still missing before it may start. The core checks all of it again.
import type { ApiError, Overriding, PlanView } from '../bindings/contract';
import { asApiError, host } from '../host';
import { session } from '../shell/session.svelte';

export type Wanted = { kind: 'deploy'; target: string; version: string } | { kind: 'rollback'; target: string; revision: number };
export type Missing = 'locked' | 'checks' | 'gates' | 'glass' | 'reason' | 'name';
/** What a person says who passes closed gates; `until` is empty for this one deployment. */
export type Glass = { reason: string; risk: string; task: string; until: string };

export class Planning {
  plan = $state.raw<PlanView | null>(null);
  error = $state.raw<ApiError | null>(null);
  reason = $state('');
  typed = $state('');
  glass = $state<Glass | null>(null);
  busy = $state(false);
  #asked = 0;

  readonly environment = $derived(this.plan?.target.split('/')[1] ?? '');
  /** Gates that hold this plan back: no data holds too. */
  readonly held = $derived(this.plan?.gates.filter((gate) => gate.verdict === 'fail' || gate.verdict === 'noData') ?? []);
  /** Two deployments at once is nothing a reason makes good. */
  readonly breakable = $derived(this.held.length > 0 && this.held.every((gate) => gate.kind !== 'lock'));
  readonly missing = $derived.by<Missing[]>(() => {
    const { plan } = this;
    if (!plan) return [];
    const list: Missing[] = [];
    if (plan.protected && !session.isUnlocked(this.environment)) list.push('locked');
    if (plan.checks.some((c) => c.verdict === 'fail')) list.push('checks');
    if (this.held.length && !(this.glass && this.breakable)) list.push('gates');
    else if (this.held.length && !this.glass?.reason.trim()) list.push('glass');
    if (!this.reason.trim()) list.push('reason');
    if (plan.protected && this.typed !== this.environment) list.push('name');
    return list;
  });
  readonly ready = $derived(this.plan !== null && this.missing.length === 0 && !this.busy);

  async ask(wanted: Wanted | null): Promise<void> {
    const asked = ++this.#asked;
    this.plan = null;
    this.error = null;
    this.glass = null;
    if (!wanted) return;
    try {
      const plan = wanted.kind === 'deploy'
        ? await host().call('plan_deploy', { target: wanted.target, version: wanted.version })
        : await host().call('plan_rollback', { target: wanted.target, revision: wanted.revision });
      if (asked === this.#asked) this.plan = plan;
    } catch (thrown) {
      if (asked === this.#asked) this.error = asApiError(thrown);
    }
  }

  #overriding(): Overriding | null {
    const { glass, held } = this;
    if (!glass || !held.length) return null;
    return { reason: glass.reason.trim(), until: glass.until || null, risk: glass.risk.trim(), task: glass.task.trim() };
  }

  /** The deployment that began, or null when the core said no. */
  async start(): Promise<string | null> {
    if (!this.plan || !this.ready) return null;
    this.busy = true;
    this.error = null;
    try {
      const { deployment } = await host().call('start', { planHash: this.plan.planHash, reason: this.reason.trim(), confirm: this.typed, overriding: this.#overriding() });
      return deployment;
    } catch (thrown) {
      this.error = asApiError(thrown);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
