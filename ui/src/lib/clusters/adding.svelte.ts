// What a person has chosen so far of a cluster, and what the core says to it.
import type { ApiError, CandidateView, ImportWorkload, WayInView, WorkloadImportView } from '../bindings/contract';
import { asApiError, host } from '../host';

/** What people call the environment that is to be touched with care. */
export const careful = (environment: string): boolean => /^(prod|production|live)$/i.test(environment.trim());

export class Adding {
  kubeconfig = $state('');
  context = $state('');
  namespace = $state('');
  workload = $state('');
  service = $state('');
  environment = $state('');
  takeOver = $state(false);
  keychain = $state(false);
  /** As somebody chose; by its name until then. */
  protect = $state<boolean | null>(null);
  reason = $state('');
  typed = $state('');
  ways = $state.raw<WayInView[] | null>(null);
  namespaces = $state.raw<string[]>([]);
  workloads = $state.raw<CandidateView[] | null>(null);
  /** Kinds of workloads that the login may not list. */
  unread = $state.raw<string[]>([]);
  view = $state.raw<WorkloadImportView | null>(null);
  error = $state.raw<ApiError | null>(null);
  busy = $state(false);

  readonly way = $derived(this.ways?.find((way) => way.context === this.context) ?? null);
  readonly candidate = $derived(this.workloads?.find((one) => one.workload === this.workload) ?? null);
  readonly protects = $derived(this.protect ?? careful(this.environment));
  readonly complete = $derived(Boolean(this.candidate && !this.candidate.ours && this.service.trim() && this.environment.trim()));

  /** Only the newest question counts. */
  #asked = 0;

  async #ask<T>(question: () => Promise<T>): Promise<T | null> {
    const mine = ++this.#asked;
    this.busy = true;
    this.error = null;
    this.view = null;
    try {
      const answer = await question();
      return mine === this.#asked ? answer : null;
    } catch (thrown) {
      if (mine === this.#asked) this.error = asApiError(thrown);
      return null;
    } finally {
      if (mine === this.#asked) this.busy = false;
    }
  }

  get #place() {
    return { kubeconfig: this.kubeconfig.trim() || null, context: this.context || null };
  }
  get #import(): ImportWorkload {
    const target = `${this.service.trim()}/${this.environment.trim()}`;
    return { ...this.#place, namespace: this.namespace, workload: this.workload, container: null, takeOver: this.takeOver, target, protect: this.protects, taking: { keychain: this.keychain, plain: [] } };
  }

  async read(): Promise<void> {
    this.ways = null;
    this.workloads = null;
    this.unread = [];
    this.namespaces = [];
    const ways = await this.#ask(() => host().call('cluster_ways', { kubeconfig: this.#place.kubeconfig }));
    if (!ways) return;
    this.ways = ways;
    const first = ways.find((way) => way.current) ?? ways[0];
    if (first) await this.enter(first.context);
  }

  async enter(context: string): Promise<void> {
    this.context = context;
    this.workloads = null;
    this.unread = [];
    this.namespaces = [];
    const own = this.way?.namespace ?? 'default';
    const all = await this.#ask(() => host().call('cluster_namespaces', this.#place));
    if (!all) return;
    this.namespaces = all;
    const first = all.includes(own) ? own : all[0];
    if (first) await this.stand(first);
  }

  async stand(namespace: string): Promise<void> {
    this.namespace = namespace;
    this.workloads = null;
    this.unread = [];
    const all = await this.#ask(() => host().call('cluster_workloads', { ...this.#place, namespace }));
    if (!all) return;
    this.workloads = all.workloads;
    this.unread = all.unread;
    this.choose(all.workloads.find((one) => !one.ours)?.workload ?? '');
  }

  choose(workload: string): void {
    this.workload = workload;
    this.service = workload.split('/')[1] ?? '';
    this.takeOver = false;
    this.stale();
  }
  /** What was looked at is not what is asked for any more. */
  stale(): void {
    this.view = null;
    this.error = null;
  }

  async look(): Promise<void> {
    const view = await this.#ask(() => host().call('import_workload_preview', { import: this.#import }));
    this.view = view;
  }

  async go(): Promise<boolean> {
    const view = await this.#ask(() => host().call('import_workload', { import: this.#import, reason: this.reason.trim(), confirm: this.typed.trim() }));
    return view !== null;
  }
}
