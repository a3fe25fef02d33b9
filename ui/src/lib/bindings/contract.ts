// The contract between the window and the core. Generated types replace this file once the api crate exports them
// (ts-rs, camelCase fields, enums tagged by `kind`, instants as RFC 3339 strings, durations as whole milliseconds).

export type RuntimeKind = 'process' | 'docker' | 'kubernetes';
export type DeploymentKind = 'deploy' | 'rollback' | 'promotion' | 'drill';

/** An error a client can act on: the UI translates `code` with `params`, never matches on text. */
export interface ApiError { code: string; params: Record<string, string>; causes: string[]; hint: string | null }

export interface Board { environments: EnvironmentHead[]; rows: BoardRow[]; checkedAt: string; demo: boolean; actor: string }
export interface EnvironmentHead { name: string; zone: string; protected: boolean }
export interface BoardRow { service: string; runtime: RuntimeKind; cells: Cell[] }
/** One service in one environment. */
export interface Cell {
  target: string; // "checkout/production"
  environment: string;
  current: CurrentRevision | null;
  health: Health;
  readiness: Readiness;
  deploying: Deploying | null;
  quarantined: string[]; // versions
  paused: Pause | null;
  drift: string[]; // one line per difference, empty when none
  track: HistoryEntry[]; // newest first, at most 8
  error: ApiError | null; // e.g. engine absent
}
export interface CurrentRevision { revision: number; version: string; by: string; at: string; instances: number }
export type Health =
  | { kind: 'healthy' } | { kind: 'unhealthy'; why: string } | { kind: 'noData'; why: string } | { kind: 'absent' };
export type Readiness =
  | { kind: 'ready'; revision: number; estimateMs: number | null }
  | { kind: 'partly'; revision: number; why: string }
  | { kind: 'notReady'; revision: number; why: string }
  | { kind: 'none' }; // nothing to go back to yet
export interface Deploying { deployment: string; from: string | null; to: string; step: number; steps: number; phase: string; startedAt: string }
export interface Pause { since: string; by: string; reason: string }

/** One deployment in a target's history; keyset page, newest first. */
export interface HistoryPage { entries: HistoryEntry[]; next: string | null; total: number; rolledBack: number; failed: number }
export interface HistoryEntry {
  deployment: string;
  kind: DeploymentKind;
  revision: number; // the revision it made; a rollback to r41 arrives at 41 again
  from: number | null; // revision that ran before
  version: string;
  notes: string;
  by: string;
  at: string;
  tookMs: number | null;
  outcome: Outcome;
  quarantined: boolean;
  wayBack: WayBack; // what pressing "roll back to this" would mean
}
export type Outcome =
  | { kind: 'running' } | { kind: 'succeeded' } | { kind: 'rolledBack'; why: string; undoMs: number | null }
  | { kind: 'stuck'; why: string } | { kind: 'aborted'; why: string };
export type WayBack =
  | { kind: 'runsNow' } | { kind: 'safe' } | { kind: 'neverRan' } | { kind: 'quarantined' }
  | { kind: 'asBelow' } // the same revision stands further down
  | { kind: 'needsDowns'; count: number } | { kind: 'dataLoss'; what: string } | { kind: 'impossible'; why: string };

/** What a deployment will do, computed before anything changes. `planHash` must be handed back to start it. */
export interface PlanView {
  planHash: string;
  target: string;
  kind: DeploymentKind;
  protected: boolean;
  fromRevision: number | null; fromVersion: string | null;
  toRevision: number; toVersion: string;
  undoesReleases: number;
  image: { before: string | null; after: string };
  config: Change[]; configKeys: number;
  secrets: Change[]; secretKeys: number; // fingerprints, never values
  settings: Change[]; // ports, mounts, limits, command
  checks: Check[]; // "image pullable", "secrets present", "target reachable"
  steps: PlanStep[];
  estimateMs: number | null; pastRunsMs: number[];
  warnings: string[];
}
export interface Change { key: string; before: string | null; after: string | null }
export interface Check { id: string; verdict: Verdict; evidence: string }
export type Verdict = 'pass' | 'fail' | 'noData' | 'overridden';
export interface PlanStep { number: number; action: string; detail: string; undo: string | null }

export interface DeploymentView {
  id: string; target: string; protected: boolean; kind: DeploymentKind;
  revision: number; fromVersion: string | null; toVersion: string;
  by: string; startedAt: string; endedAt: string | null;
  state: DeploymentState;
  steps: StepView[];
  probes: Probe[]; probesWanted: number;
  log: LogLine[];
  diagnosis: Diagnosis | null;
  told: string[]; leftOpen: string[];
}
export type DeploymentState =
  | { kind: 'planned' } | { kind: 'running'; step: number } | { kind: 'verifying'; step: number }
  | { kind: 'rollingBack'; step: number; cause: string } | { kind: 'succeeded' } | { kind: 'rolledBack'; cause: string }
  | { kind: 'stuck'; cause: string; instructions: string[] } | { kind: 'aborted'; cause: string };
export interface StepView {
  number: number; action: string; detail: string; undo: boolean;
  status: 'waiting' | 'running' | 'done' | 'failed' | 'skipped'; tookMs: number | null; result: string | null;
}
export interface Probe { at: string; verdict: Verdict; detail: string }
export interface LogLine { at: string | null; stream: 'stdout' | 'stderr'; text: string; evidence: boolean }
export interface Diagnosis { cause: string; summary: string; params: Record<string, string>; evidence: { line: number; text: string }[]; ruledOut: string[]; hint: string; confidence: 'high' | 'medium' | 'low' }

export interface AuditPage { entries: AuditEntry[]; next: string | null; total: number; matching: number }
export interface AuditEntry {
  seq: number; at: string; who: string; from: string; action: string; subject: string; environment: string | null;
  why: string; before: unknown; after: unknown; prevHash: string; hash: string; signedBy: string | null;
}
export interface AuditFilter { search: string; who: string | null; action: string | null; environment: string | null; since: string | null; until: string | null; cursor: string | null; /** Also single steps and probes. */ everyStep?: boolean }
export type AuditVerdict =
  | { kind: 'intact'; entries: number; at: string; head: string } | { kind: 'broken'; seq: number; why: string };

export interface Settings {
  home: string; version: string; language: 'en' | 'zh' | null;
  keychain: { available: boolean; detail: string };
  engines: { name: string; endpoint: string; reachable: boolean; detail: string }[];
  targets: { target: string; runtime: RuntimeKind; strategy: string; detail: string }[];
  secrets: { name: string; fingerprint: string; setAt: string }[];
  notify: { kind: string; on: string[]; detail: string }[];
  agent: { on: boolean; lastSeen: string | null };
}
export interface ReleaseView { version: string; artifact: string; addedAt: string; by: string; notes: string; commit: string | null; quarantined: boolean }
export interface QuarantineView { service: string; version: string; since: string; why: string }

/** Every command a client may call: request and response. One list on both sides. */
export interface Commands {
  board: [Record<string, never>, Board];
  history: [{ target: string; cursor: string | null; limit: number }, HistoryPage];
  releases: [{ service: string }, ReleaseView[]];
  plan_deploy: [{ target: string; version: string }, PlanView];
  plan_rollback: [{ target: string; revision: number }, PlanView];
  start: [{ planHash: string; reason: string; confirm: string }, { deployment: string }];
  abort: [{ deployment: string; reason: string }, null];
  confirm: [{ deployment: string }, null];
  deployment: [{ deployment: string }, DeploymentView];
  audit: [AuditFilter, AuditPage];
  audit_verify: [Record<string, never>, AuditVerdict];
  settings: [Record<string, never>, Settings];
  apply: [{ yaml: string; dryRun: boolean }, { changes: string[] }];
  export: [Record<string, never>, { yaml: string }];
  secret_set: [{ name: string; value: string }, { fingerprint: string }];
  secret_remove: [{ name: string }, null];
  quarantine_list: [Record<string, never>, QuarantineView[]];
  quarantine_clear: [{ service: string; version: string; reason: string }, null];
  pause_release: [{ target: string; reason: string }, null];
  load_demo: [Record<string, never>, { targets: string[] }];
}
/** Streams: `board` ticks whenever anything changed; `deployment:<id>` sends the whole DeploymentView after every event. */
