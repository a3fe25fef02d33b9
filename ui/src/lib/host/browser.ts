// A host for tests and design work: sample data and a simulated deployment, all in memory. Nothing it does is real.
import type { AuditEntry, Board, Cell, Commands, DeploymentView, FreezeView, HistoryEntry, PlanView, ScheduleView } from '../bindings/contract';
import type { Command, Host, Request, Response, Stream } from './host';
import { fold, planned, type Event } from './sample/fold';
import { current, drift, fail, placeOf, planAdopt, planDeploy, planRevert, planRollback, rehearsed } from './sample/plans';
import { fakeHash } from './sample/audit';
import { calendarOf, gatesOf, openings, windowAnswer } from './sample/gates';
import { checklistOf, type Ticks } from './sample/checklist';
import { acceptanceOf, migrationsOf } from './sample/migrations';
import { refresh, weeksOf } from './sample/history';
import { compared } from './sample/compared';
import { logsOf } from './sample/logs';
import { script, undoing, type Beat } from './sample/simulate';
import { failedView } from './sample/past';
import { trainPlan, Trains } from './sample/trains';
import { sampleWorld, type Place, type World } from './sample/world';

type Handlers = { [K in Command]: (request: Commands[K][0]) => Commands[K][1] };
export interface BrowserOptions { empty?: boolean; world?: World; /** 0 makes the simulation run at once. */ pace?: number }

export function browserHost(options: BrowserOptions = {}): Host {
  return new Browser(options);
}

class Browser implements Host {
  readonly kind = 'browser';
  #world: World;
  #pace: number;
  #plans = new Map<string, PlanView>();
  #freezes: FreezeView[] = [];
  #scheduled: ScheduleView[] = [];
  #ticks: Ticks = new Map();
  #proven: string | null = null;
  #views = new Map<string, DeploymentView>();
  #aborted = new Map<string, string>();
  #trains: Trains;
  #listeners = new Map<string, Set<(message: never) => void>>();

  constructor(options: BrowserOptions) {
    this.#world = options.world ?? sampleWorld();
    if (options.empty) this.#world.places = [];
    this.#pace = options.pace ?? 1;
    this.#trains = new Trains(() => this.#tell('board', null), this.#pace);
  }

  async call<K extends Command>(command: K, request: Request<K>): Promise<Response<K>> {
    await Promise.resolve();
    // The window gets copies, as it does from the core.
    return structuredClone(this.#handlers[command](structuredClone(request)));
  }

  subscribe<S extends Stream>(stream: S, onMessage: (message: never) => void): () => void {
    const set = this.#listeners.get(stream) ?? new Set();
    this.#listeners.set(stream, set.add(onMessage));
    return () => set.delete(onMessage);
  }

  #tell(stream: string, message: unknown): void {
    for (const listener of this.#listeners.get(stream) ?? []) listener(structuredClone(message) as never);
  }

  #record(action: string, subject: string, environment: string | null, why: string, before: unknown = null, after: unknown = null): void {
    const seq = (this.#world.audit[0]?.seq ?? 0) + 1;
    const entry: AuditEntry = { seq, at: new Date().toISOString(), who: this.#world.actor, from: 'browser', action, subject, environment, why, before, after, prevHash: fakeHash(seq - 1), hash: fakeHash(seq), signedBy: null };
    this.#world.audit.unshift(entry);
    this.#tell('board', null);
  }

  #handlers: Handlers = {
    board: () => this.#board(),
    history: ({ target, cursor, limit }) => {
      const { history } = placeOf(this.#world, target);
      const start = cursor ? Number(cursor) : 0;
      const end = start + limit;
      const rolledBack = history.filter((e) => e.kind === 'rollback').length;
      const failed = history.filter((e) => !['succeeded', 'running'].includes(e.outcome.kind)).length;
      return { entries: history.slice(start, end), next: end < history.length ? String(end) : null, total: history.length, rolledBack, failed };
    },
    weeks: ({ target }) => weeksOf(placeOf(this.#world, target).history),
    releases: ({ service }) => this.#world.releases.get(service) ?? [],
    plan_deploy: ({ target, version }) => this.#remember(planDeploy(this.#world, target, version)),
    plan_rollback: ({ target, revision }) => this.#remember(planRollback(this.#world, target, revision)),
    compare: ({ from, to, version }) => compared(this.#world, from, to, version),
    logs: ({ target }) => logsOf(placeOf(this.#world, target)),
    drills: () => [],
    drill: ({ target, revision }) => rehearsed(this.#world, target, revision),
    migrations: ({ target }) => {
      const [service] = target.split('/');
      if (service === 'web') throw fail('not_found', [`${service} has no migrations`], 'Name their folder under `services:`, as `migrations:`.');
      return migrationsOf(target, this.#proven);
    },
    accept_finding: ({ target, asked }) => acceptanceOf(target, asked),
    prove_migrations: ({ target }) => {
      this.#proven = new Date().toISOString();
      return migrationsOf(target, this.#proven);
    },
    start: ({ planHash, reason, confirm, overriding }) => this.#start(planHash, reason, confirm, overriding !== null),
    resume: () => ({ deployments: [], trains: [], underWay: [] }),
    abort: ({ deployment, reason }) => {
      this.#aborted.set(deployment, reason);
      return null;
    },
    confirm: () => null,
    deployment: ({ deployment }) => {
      const view = this.#views.get(deployment) ?? failedView(this.#world, deployment);
      if (!view) throw fail('unknown_deployment', [deployment]);
      return view;
    },
    audit: (filter) => {
      const has = (e: AuditEntry) => JSON.stringify([e.who, e.action, e.subject, e.why]).toLowerCase().includes(filter.search.toLowerCase());
      const all = this.#world.audit.filter((e) => has(e) && (!filter.who || e.who === filter.who) && (!filter.action || e.action === filter.action) && (!filter.environment || e.environment === filter.environment) && (!filter.since || e.at >= filter.since));
      const start = filter.cursor ? all.findIndex((e) => e.seq < Number(filter.cursor)) : 0;
      const entries = start < 0 ? [] : all.slice(start, start + 60);
      const last = entries.at(-1);
      return { entries, next: last && last !== all.at(-1) ? String(last.seq) : null, total: this.#world.audit.length, matching: filter.cursor ? null : all.length, countedAll: !filter.cursor };
    },
    audit_export: ({ format }) => ({ path: `~/.local/share/switchback/exports/audit.${format}`, entries: this.#world.audit.length }),
    audit_verify: () => ({ kind: 'intact', entries: this.#world.audit.length, unsigned: 0, at: new Date().toISOString(), head: this.#world.audit[0]?.hash ?? '' }),
    settings: () => this.#world.settings,
    apply: ({ yaml, dryRun }) => {
      if (!yaml.trim()) throw fail('invalid_config', ['line 1: the file is empty'], 'Start from what Export gives.');
      if (!dryRun) this.#record('policy_applied', 'switchback.yaml', null, '');
      return { changes: ['+ service checkout', '~ checkout/production: strategy recreate → blue-green'] };
    },
    policy_approve: () => { throw fail('bad_input', ['sample data asks for no approvals']); },
    policy_request: () => { throw fail('keychain_missing', ['sample data has no keychain']); },
    export: () => ({ yaml: 'version: 1\nservices:\n  checkout:\n    environments: [staging, production]\n' }),
    secret_set: ({ name }) => {
      const fingerprint = fakeHash(name.length + Date.now()).slice(0, 6).replace(/(..)(..)(..)/, '$1:$2:$3');
      this.#world.settings.secrets = [...this.#world.settings.secrets.filter((s) => s.name !== name), { name, fingerprint, setAt: new Date().toISOString() }];
      this.#record('secret_set', name, null, '');
      return { fingerprint };
    },
    notify_test: () => {
      const arrived = { kind: 'arrived' as const, at: new Date().toISOString() };
      for (const one of this.#world.settings.notify) one.last = { channel: `${one.kind}:${one.detail}`, topic: 'started', attempts: 1, state: arrived };
      return null;
    },
    secret_remove: ({ name }) => {
      this.#world.settings.secrets = this.#world.settings.secrets.filter((s) => s.name !== name);
      this.#record('secret_removed', name, null, '');
      return null;
    },
    drift: () => drift(this.#world),
    plan_adopt: ({ target }) => this.#remember(planAdopt(this.#world, target)),
    plan_revert: ({ target }) => this.#remember(planRevert(this.#world, target)),
    // The sample has no engine on which somebody else's containers could run.
    importable: () => [],
    import_preview: ({ import: asked }) => { throw fail('not_found', [asked.container]); },
    cluster_ways: () => [],
    cluster_namespaces: () => [],
    cluster_workloads: () => ({ workloads: [], unread: [] }),
    import_workload_preview: ({ import: asked }) => { throw fail('not_found', [asked.workload]); },
    import_workload: ({ import: asked }) => { throw fail('not_found', [asked.workload]); },
    import: ({ import: asked }) => { throw fail('not_found', [asked.container]); },
    gates: ({ target, version }) => {
      const place = placeOf(this.#world, target);
      const quarantined = this.#world.quarantine.some((q) => q.service === place.service && q.version === version);
      const gates = gatesOf(place, version, quarantined);
      const missing = version ? checklistOf(target, version, this.#ticks).lines.filter((line) => line.phase === 'before' && line.required && line.verdict !== 'pass') : [];
      if (version) gates.push({ kind: 'checklist', verdict: missing.length ? 'fail' : 'pass', evidence: [`production: ${missing.length} open`, ...missing.map((line) => `${line.id}: ${line.evidence}`)], by: null, since: null, opens: null, zone: null, wayOut: null });
      return { target, version, open: gates.every((g) => g.verdict === 'pass'), at: new Date().toISOString(), gates };
    },
    checklist: ({ target, version }) => checklistOf(target, version, this.#ticks),
    evaluate: ({ target, version, item }) => {
      const line = checklistOf(target, version, this.#ticks).lines.find((one) => one.id === item && one.auto !== null);
      if (!line) throw fail('not_found', [item]);
      return { ...line, at: new Date().toISOString() };
    },
    tick: ({ target, version, item, ticked, note, seen }) => {
      const key = `${target} ${version} ${item}`;
      const before = this.#ticks.get(key);
      if (seen !== null && seen !== (before?.seen ?? 0)) throw fail('plan_stale', [`${item} was ticked or unticked meanwhile: look at it again`]);
      this.#ticks.set(key, { ticked, note, by: this.#world.actor, at: new Date().toISOString(), seen: (before?.seen ?? 0) + 1 });
      this.#record(ticked ? 'checklist.ticked' : 'checklist.unticked', `${target} ${version}: ${item}`, target.split('/')[1] ?? null, note);
      return checklistOf(target, version, this.#ticks);
    },
    approve: ({ target, version, note }) => {
      const at = new Date().toISOString();
      this.#record('deploy.approved', `${target} ${version}`, target.split('/')[1] ?? null, note);
      return { subject: `${target} ${version}`, planHash: '', by: this.#world.actor, at, expires: new Date(Date.now() + 86_400_000).toISOString() };
    },
    approvals: ({ target, version }) => ({ target, version, planHash: fakeHash(version.length), need: 1, of: ['amara', 'jonas'], mayApprove: true, given: [] }),
    // The sample has no keychain, so that nothing of it can be signed.
    approval_key: () => { throw fail('keychain_missing', ['sample data has no keychain']); },
    approval_request: () => { throw fail('keychain_missing', ['sample data has no keychain']); },
    approval_look: () => { throw fail('bad_input', ['sample data takes no requests']); },
    approval_sign: () => { throw fail('keychain_missing', ['sample data has no keychain']); },
    approval_import: () => { throw fail('bad_input', ['sample data takes no approvals']); },
    approval_save: () => { throw fail('home_unusable', ['sample data writes no files']); },
    openings: () => openings(),
    window_when: () => windowAnswer,
    calendar: ({ environment, from, to }) => calendarOf(environment, from, to),
    freeze_add: ({ environment, from, to, reason }) => {
      const freeze = { id: fakeHash(this.#freezes.length + Date.now()).slice(0, 8), environment, from: from ?? new Date().toISOString(), to, written: `${from ?? ''} to ${to}`, why: reason, by: this.#world.actor };
      this.#freezes.push(freeze);
      this.#record('freeze.added', freeze.written, environment, reason);
      return freeze;
    },
    freezes: () => this.#freezes,
    freeze_remove: ({ id, reason }) => {
      this.#freezes = this.#freezes.filter((f) => f.id !== id);
      this.#record('freeze.removed', id, null, reason);
      return null;
    },
    schedule: ({ planHash, reason }) => {
      const plan = this.#plans.get(planHash);
      if (!plan) throw fail('plan_stale', [planHash]);
      const at = new Date().toISOString();
      const row: ScheduleView = { id: fakeHash(this.#scheduled.length + Date.now()).slice(0, 8), target: plan.target, version: plan.toVersion, planHash, by: this.#world.actor, reason, at, zone: 'UTC', due: at, lapses: new Date(Date.now() + 86_400_000).toISOString(), state: { kind: 'waiting', why: '' } };
      this.#scheduled.push(row);
      this.#record('schedule.added', `${plan.target} ${plan.toVersion}`, plan.target.split('/')[1] ?? null, reason);
      return row;
    },
    scheduled: () => this.#scheduled,
    unschedule: ({ id, reason }) => {
      this.#scheduled = this.#scheduled.filter((row) => row.id !== id);
      this.#record('schedule.cancelled', id, null, reason);
      return null;
    },
    plan_train: ({ environment, cars }) => trainPlan(environment, cars.map((car) => this.#remember(planDeploy(this.#world, `${car.service}/${environment}`, car.version)))),
    start_train: ({ plans, reason, overriding }) => {
      const cars = plans.map((hash) => this.#plans.get(hash)).filter((plan) => plan !== undefined);
      const held = cars.flatMap((car) => car.gates).find((gate) => gate.verdict === 'fail');
      if (held && !overriding) throw fail('quarantined', held.evidence);
      return this.#trains.depart(trainPlan(cars[0]?.target.split('/')[1] ?? '', cars), reason, this.#world.actor);
    },
    trains: ({ waiting }) => this.#trains.list(waiting),
    train: ({ train }) => this.#trains.find(train),
    abort_train: ({ train, reason }) => {
      this.#trains.turn(this.#trains.find(train), reason, false);
      return null;
    },
    plan_train_rollback: ({ train }) => {
      const { environment, cars } = this.#trains.find(train);
      return trainPlan(environment, [...cars].reverse().map((car) => this.#remember(planRollback(this.#world, car.target, car.fromRevision ?? 0))));
    },
    rollback_train: ({ train, reason }) => {
      this.#trains.turn(this.#trains.find(train), reason, true);
      return { train };
    },
    overrides: () => [],
    follow_up: ({ id }) => {
      throw fail('not_found', [id]);
    },
    quarantine_list: () => this.#world.quarantine,
    quarantine_clear: ({ service, version, reason }) => {
      this.#world.quarantine = this.#world.quarantine.filter((q) => q.service !== service || q.version !== version);
      for (const r of this.#world.releases.get(service) ?? []) if (r.version === version) r.quarantined = false;
      for (const p of this.#world.places) if (p.service === service && p.over.quarantined) p.over.quarantined = p.over.quarantined.filter((v) => v !== version);
      this.#record('quarantine_cleared', `${service} ${version}`, null, reason);
      return null;
    },
    lock_release: ({ target, reason }) => {
      const { deploying, environment } = placeOf(this.#world, target);
      if (!deploying) throw fail('not_found', [target]);
      this.#aborted.set(deploying.deployment, reason);
      this.#record('lock.released', target, environment, reason);
      return { deployment: deploying.deployment };
    },
    pause_release: ({ target, reason }) => {
      const place = placeOf(this.#world, target);
      place.over.paused = null;
      this.#record('pause_released', target, place.environment, reason);
      return null;
    },
    load_demo: () => {
      this.#world = sampleWorld();
      this.#tell('board', null);
      return { targets: this.#world.places.map((p) => p.target) };
    },
  };

  #board(): Board {
    const services = [...new Set(this.#world.places.map((p) => p.service))];
    const environments = [...new Set(this.#world.places.map((p) => p.environment))].map((name) => ({ name, zone: 'Europe/Berlin', protected: name === 'production' }));
    const rows = services.map((service) => {
      const places = this.#world.places.filter((p) => p.service === service);
      return { service, runtime: places[0]?.runtime ?? ('process' as const), cells: places.map((p) => this.#cell(p)) };
    });
    return { environments, rows, overrides: [], checkedAt: new Date(Date.now() - 4000).toISOString(), demo: this.#world.demo, actor: this.#world.actor };
  }

  #cell(place: Place): Cell {
    const now = current(place);
    const before = place.history.find((e) => e.outcome.kind === 'succeeded' && e.revision !== now?.revision);
    return {
      target: place.target, environment: place.environment, health: { kind: 'healthy' }, readiness: before ? { kind: 'ready', revision: before.revision, estimateMs: null } : { kind: 'none' },
      quarantined: [], stuck: null, paused: null, scheduled: null, overrides: [], drift: [], error: null, foreign: null, track: place.history.slice(0, 8), deploying: place.deploying,
      current: now && { revision: now.revision, version: now.version, by: now.by, at: now.at, instances: place.environment === 'production' ? 4 : 2 }, ...place.over,
    };
  }

  #remember(plan: PlanView): PlanView {
    this.#plans.set(plan.planHash, plan);
    return plan;
  }

  #start(planHash: string, reason: string, confirm: string, overriding: boolean): { deployment: string } {
    const plan = this.#plans.get(planHash);
    if (!plan) throw fail('plan_unknown');
    const place = placeOf(this.#world, plan.target);
    if (!reason.trim()) throw fail('reason_required');
    if (plan.protected && confirm !== place.environment) throw fail('confirm_mismatch');
    if (plan.checks.some((c) => c.verdict === 'fail')) throw fail('checks_failed');
    const held = plan.gates.find((gate) => gate.verdict === 'fail');
    if (held && !overriding) throw fail(held.kind === 'quarantine' ? 'quarantined' : 'paused', held.evidence);
    if (place.deploying) throw fail('already_running');
    const id = `${plan.target.replace('/', '-')}-r${plan.toRevision}-${Date.now().toString(36)}`;
    const at = new Date().toISOString();
    this.#views.set(id, planned(plan, id, this.#world.actor, at));
    const entry: HistoryEntry = { deployment: id, kind: plan.kind, revision: plan.toRevision, from: plan.fromRevision, version: plan.toVersion, notes: reason, by: this.#world.actor, at, tookMs: null, outcome: { kind: 'running' }, failure: null, quarantined: false, wayBack: { kind: 'neverRan' } };
    place.history.unshift(entry);
    place.deploying = { deployment: id, from: plan.fromVersion, to: plan.toVersion, step: 0, steps: plan.steps.length, phase: 'prepare', held: true, startedAt: at };
    this.#record(plan.kind === 'rollback' ? 'rollback_started' : 'deployment_started', `${place.service} ${plan.toVersion}`, place.environment, reason);
    void this.#run(id, place, entry, plan);
    return { deployment: id };
  }

  async #run(id: string, place: Place, entry: HistoryEntry, plan: PlanView): Promise<void> {
    let beats: Iterator<Beat> = script(plan);
    for (let next = beats.next(); !next.done; next = beats.next()) {
      await new Promise((resolve) => setTimeout(resolve, next.value ? next.value.after * this.#pace : 0));
      this.#apply(id, place, next.value.event);
      const why = this.#aborted.get(id);
      if (why !== undefined && this.#aborted.delete(id)) beats = undoing('aborted', why, plan.steps.length, { kind: 'aborted', cause: why }, []);
    }
    this.#finish(id, place, entry);
  }

  #apply(id: string, place: Place, event: Event): void {
    const before = this.#views.get(id);
    if (!before) return;
    const view = fold(before, event);
    this.#views.set(id, view);
    const step = 'step' in view.state ? view.state.step : 0;
    if (place.deploying) place.deploying = { ...place.deploying, step, steps: view.steps.length, phase: view.steps[step - 1]?.action ?? 'prepare' };
    this.#tell(`deployment:${id}`, view);
    this.#tell('board', null);
  }

  #finish(id: string, place: Place, entry: HistoryEntry): void {
    const view = this.#views.get(id);
    if (!view) return;
    place.deploying = null;
    entry.tookMs = Date.now() - Date.parse(entry.at);
    if (view.state.kind === 'succeeded') entry.outcome = { kind: 'succeeded' };
    else if (view.state.kind === 'aborted') entry.outcome = { kind: 'aborted', why: view.state.cause };
    else {
      entry.outcome = { kind: 'rolledBack', why: 'cause' in view.state ? view.state.cause : '', undoMs: 1800 };
      entry.failure = 'code' in view.state ? view.state.code : null;
      place.over.paused = { since: new Date().toISOString(), by: 'switchback', reason: entry.outcome.why };
      place.over.quarantined = [...(place.over.quarantined ?? []), entry.version];
      this.#world.quarantine.push({ service: place.service, version: entry.version, since: new Date().toISOString(), by: this.#world.actor, why: entry.outcome.why });
      for (const r of this.#world.releases.get(place.service) ?? []) if (r.version === entry.version) r.quarantined = true;
    }
    refresh(place.history);
    const act = { succeeded: entry.kind === 'rollback' ? 'rolled_back' : 'deployment_succeeded', aborted: 'deployment_aborted' }[view.state.kind as string] ?? 'deployment_rolled_back';
    this.#record(act, `${place.service} ${entry.version}`, place.environment, entry.notes);
  }
}
