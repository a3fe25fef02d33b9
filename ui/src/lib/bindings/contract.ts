// Written by `cargo test -p switchback-api` from its types: change those, not this.

/** What accepting a finding writes into its file. */
export type AcceptanceView = {
  /** The file, from the folder. */
  path: string,
  /** The line it is, or would be. */
  line: number,
  /** What stands before it. */
  before: Array<string>,
  /** The line. */
  comment: string,
  /** What stands behind it. */
  after: Array<string>,
  /** Names the file with this line, for whoever is sure. */
  hash: string,
  /** Whether it is written. */
  written: boolean,
};

/** Which finding, until when, and why. */
export type Accepting = {
  /** The rule's name. */
  rule: string,
  /** The file, from the folder of the migrations. */
  path: string,
  /** The line it was found in. */
  line: number,
  /** The last day. */
  until: string,
  /** Why. */
  reason: string,
  /** The hash of what was shown: it is written then, and only shown without. */
  sure: string | null,
};

/** The agent. */
export type AgentView = {
  /** It runs. */
  on: boolean,
  /** It was last seen. */
  lastSeen: string | null,
};

/** What a client gets instead of an answer. Clients switch on `code` and never match on text. */
export type ApiError = {
  /** Stable; see [`ApiError::exit_code`] for what the command line makes of it. */
  code: string,
  /** Facts for the translated sentence. */
  params: { [key in string]: string },
  /** In English, outermost first: evidence, not the sentence itself. */
  causes: Array<string>,
  /** The way out, in English. */
  hint: string | null,
};

/** The answer to `apply`. */
export type Applied = {
  /** A line per semantic difference. */
  changes: Array<string>,
};

/** A yes to a plan. */
export type ApprovalView = {
  /** `checkout/production 2.15.0`, or `policy`. */
  subject: string,
  /** The plan it was given to. */
  planHash: string,
  /** Who. */
  by: string,
  /** When. */
  at: string,
  /** It does not count from then on. */
  expires: string,
};

/** Who said yes to deploying a version as it would be deployed now. */
export type ApprovalsView = {
  /** `checkout/production`. */
  target: string,
  /** `2.15.0`. */
  version: string,
  /** The plan. */
  planHash: string,
  /** How many are needed. */
  need: number,
  /** Of whom. */
  of: Array<string>,
  /** Who looks is one of them. */
  mayApprove: boolean,
  /** Every yes to this plan, oldest first. */
  given: Array<YesView>,
};

/** One entry. */
export type AuditEntry = {
  /** From 1, without gaps. */
  seq: number,
  /** When. */
  at: string,
  /** Who. */
  who: string,
  /** From which client and machine. */
  from: string,
  /** A stable word. */
  action: string,
  /** To what. */
  subject: string,
  /** Where. */
  environment: string | null,
  /** Why. */
  why: string,
  /** Before. */
  before: unknown,
  /** After. */
  after: unknown,
  /** Hash of the entry before. */
  prevHash: string,
  /** Its own. */
  hash: string,
  /** The key that signed it. */
  signedBy: string | null,
};

/** A written export. */
export type AuditExport = {
  /** The file. */
  path: string,
  /** How many entries it holds. */
  entries: number,
};

/** One page, newest first. */
export type AuditPage = {
  /** Rows. */
  entries: Array<AuditEntry>,
  /** Hand it back to go on. */
  next: string | null,
  /** Entries in all. */
  total: number,
  /** Entries that match; told with the first page alone. */
  matching: number | null,
  /** Whether that is all of them: a search is counted only up to 1000. */
  countedAll: boolean,
};

/** What checking the chain found. */
export type AuditVerdict = { "kind": "intact",
  /** How many entries. */
  entries: number,
  /** Of them without a signature: written while there was no keychain, or stripped since. */
  unsigned: number,
  /** When it was checked. */
  at: string,
  /** Hash of the last. */
  head: string, } | { "kind": "broken",
  /** The first bad entry. */
  seq: number,
  /** What is wrong. */
  why: string,
};

/** One rule that decides. */
export type Because = {
  /** What kind. */
  kind: RuleKind,
  /** What it does. */
  effect: Effect,
  /** Whether it speaks of this instant. One that allows and does not is why it is closed. */
  holds: boolean,
  /** As it is written. */
  rule: string,
  /** Why, as its author wrote it. */
  why: string | null,
  /** When it stops to hold. */
  until: string | null,
};

/** Services by environments. */
export type Board = {
  /** Columns. */
  environments: Array<EnvironmentHead>,
  /** Rows. */
  rows: Array<BoardRow>,
  /** When it was looked at. */
  checkedAt: string,
  /** Overrides that nobody followed up and that stand in no cell: those of the policy, and of targets that are gone. */
  overrides: Array<OverrideView>,
  /** It shows the living demo. */
  demo: boolean,
  /** Who looks. */
  actor: string,
};

/** A service's row. */
export type BoardRow = {
  /** `checkout`. */
  service: string,
  /** Of its first target. */
  runtime: RuntimeKind,
  /** One per environment it has a target in. */
  cells: Array<Cell>,
};

/** A stretch of the calendar that a rule makes, for showing. */
export type CalendarBlock = {
  /** What makes it; `always` stands for what is open in the end. */
  kind: RuleKind,
  /** What it does. */
  effect: Effect,
  /** As it is written. */
  rule: string,
  /** Why, as its author wrote it. */
  why: string | null,
  /** From here. */
  from: string,
  /** To here. */
  to: string,
};

/** Part of an environment's calendar. */
export type CalendarView = {
  /** `production`. */
  environment: string,
  /** IANA zone. */
  zone: string,
  /** The present instant. */
  now: string,
  /** Its answer now. */
  answer: WindowAnswer,
  /** What is open, then what closes. */
  blocks: Array<CalendarBlock>,
};

/** A workload that could become a target. */
export type CandidateView = {
  /** `deployment/checkout`. */
  workload: string,
  /** Its containers. */
  containers: Array<ContainerView>,
  /** How its pods are. */
  pods: string,
  /** The tool that looks after it, if one does. */
  owner: string | null,
  /** Switchback deployed it. */
  ours: boolean,
};

/** The workloads of a namespace, as far as the login may see them. */
export type CandidatesView = {
  /** Sorted by kind and name. */
  workloads: Array<CandidateView>,
  /** The kinds that the login may not list, as `kubectl` writes them: `daemonset`. */
  unread: Array<string>,
};

/** Where one car stands. */
export type CarStanding = { "kind": "waiting" } | { "kind": "skipped" } | { "kind": "underway" } | { "kind": "arrived" } | { "kind": "failed" } | { "kind": "goingBack" } | { "kind": "back" } | { "kind": "movedOn",
  /** What it runs now. */
  revision: number, } | { "kind": "stuck" };

/** One car. */
export type CarView = {
  /** From 1. */
  number: number,
  /** `checkout/production`. */
  target: string,
  /** The service alone. */
  service: string,
  /** What ran before the train. */
  fromRevision: number | null,
  /** Its version. */
  fromVersion: string | null,
  /** What it is to run. */
  toRevision: number,
  /** Its version. */
  toVersion: string,
  /** Where it stands. */
  standing: CarStanding,
  /** The deployment that brought it forwards. */
  deployment: string | null,
  /** The rollback that brought it back. */
  undo: string | null,
  /** Why it failed or is stuck. */
  why: string | null,
};

/** A service with the version it is to run. */
export type CarWish = {
  /** Service. */
  service: string,
  /** Version. */
  version: string,
};

/** A text that people carry. */
export type Carried = {
  /** All of it. */
  text: string,
};

/** One service in one environment. */
export type Cell = {
  /** `checkout/production`. */
  target: string,
  /** `production`. */
  environment: string,
  /** What runs. */
  current: CurrentRevision | null,
  /** The image that serves there although nothing was deployed from here: a workload as its own manifest has it. */
  foreign: string | null,
  /** Whether it does. */
  health: Health,
  /** Whether there is a way back. */
  readiness: Readiness,
  /** What is under way. */
  deploying: Deploying | null,
  /** What waits for a person. */
  stuck: StuckAt | null,
  /** Quarantined versions. */
  quarantined: Array<string>,
  /** Whether later deploys wait. */
  paused: Pause | null,
  /** What begins by itself. */
  scheduled: ScheduleView | null,
  /** Gates that were passed with a reason, and nobody has said what came of it. */
  overrides: Array<OverrideView>,
  /** A line per difference from what was deployed. */
  drift: Array<string>,
  /** Newest first, at most 8. */
  track: Array<HistoryEntry>,
  /** Why nothing is known. */
  error: ApiError | null,
};

/** One difference. */
export type Change = {
  /** What. */
  key: string,
  /** Absent before when `None`. */
  before: string | null,
  /** Absent after when `None`. */
  after: string | null,
};

/** A channel. */
export type ChannelView = {
  /** `slack`. */
  kind: string,
  /** On these topics. */
  on: Array<Topic>,
  /** The secret's name or the address, never the URL. */
  detail: string,
  /** The last message that was tried there, and whether it arrived. */
  last: ToldView | null,
};

/** One check. */
export type Check = {
  /** `image-pullable`. */
  id: string,
  /** What it says. */
  verdict: Verdict,
  /** Why. */
  evidence: string,
};

/** One item as it stands. */
export type ChecklistLine = {
  /** Its name within the checklist. */
  id: string,
  /** When it is asked. */
  phase: Phase,
  /** What a person is asked; the item's name for one that evaluates itself. */
  text: string,
  /** What evaluates it; nothing when a person ticks it. */
  auto: string | null,
  /** Whether its phase waits for it. */
  required: boolean,
  /** What it says. */
  verdict: Verdict,
  /** From what. */
  evidence: string,
  /** Who ticked it last, or took the tick back. */
  by: string | null,
  /** When; of one that evaluates itself, when it looked. */
  at: string | null,
  /** How often it was ticked and unticked: handed back with the next tick, so that two people do not undo each other. */
  seen: number,
};

/** A version's checklist for a target. */
export type ChecklistView = {
  /** `checkout/production`. */
  target: string,
  /** `2.15.0`. */
  version: string,
  /** The template's name. */
  template: string,
  /** Changes with the template's content. */
  templateVersion: string,
  /** Nothing required before the deployment is missing. */
  open: boolean,
  /** Every item, by phase. */
  lines: Array<ChecklistLine>,
};

/** How one environment differs from another. */
export type CompareView = {
  /** Against which. */
  from: SideView,
  /** Which. */
  to: SideView,
  /** What runs in both. */
  image: ImageChange,
  /** Whether both run the same by digest. */
  sameArtifact: boolean,
  /** Configuration: `before` is that of `from`, `after` that of `to`. */
  config: Array<Change>,
  /** Variables that are secrets in `from` alone. */
  onlyFrom: Array<string>,
  /** Variables that are secrets in `to` alone. */
  onlyTo: Array<string>,
  /** How it is run and judged, as in `config`; without where it stands. */
  settings: Array<Change>,
};

/** Whether what runs is well, and as it was deployed. */
export type ConditionView = {
  /** Whether it is well. */
  health: Health,
  /** What was changed by hand, a line each. */
  drift: Array<string>,
};

/** How sure a diagnosis is. */
export type Confidence = "low" | "medium" | "high";

/** A container with its image, as written. */
export type ContainerView = {
  /** Its name. */
  name: string,
  /** Its image. */
  image: string,
};

/** A workload's pods as they are now. */
export type CrewView = {
  /** Newest first. */
  pods: Array<PodView>,
  /** What the cluster warns about, newest first. */
  warnings: Array<string>,
};

/** What runs. */
export type CurrentRevision = {
  /** 41 for r41. */
  revision: number,
  /** `2.14.1`. */
  version: string,
  /** Who brought it. */
  by: string,
  /** When. */
  at: string,
  /** How many run; of a workload of a cluster its pods that serve. */
  instances: number,
};

/** The answer to `start_train` and `rollback_train`. */
export type Departed = {
  /** The train under way. */
  train: string,
};

/** What is under way. */
export type Deploying = {
  /** Which deployment. */
  deployment: string,
  /** From this version. */
  from: string | null,
  /** To this one. */
  to: string,
  /** Steps done. */
  step: number,
  /** Of these. */
  steps: number,
  /** The action's word. */
  phase: string,
  /** Somebody is at work on it; else its process died, and it waits to be resumed. */
  held: boolean,
  /** Since. */
  startedAt: string,
};

/** What kind of act. */
export type DeploymentKind = "deploy" | "rollback" | "adopt" | "withdraw";

/** Where it is. */
export type DeploymentState = { "kind": "planned" } | { "kind": "running",
  /** Which. */
  step: number, } | { "kind": "verifying",
  /** Which. */
  step: number, } | { "kind": "rollingBack",
  /** Which. */
  step: number,
  /** Why, as one of the codes of failures. */
  code: string,
  /** The same in the runtime's own words. */
  cause: string, } | { "kind": "succeeded" } | { "kind": "rolledBack",
  /** Whose fault it was, and how far it came. */
  undone: Undone,
  /** Why, as one of the codes of failures. */
  code: string,
  /** The same in the runtime's own words. */
  cause: string,
  /** The way out, in English. */
  hint: string | null,
  /** From the failure until the old revision was back, in milliseconds. */
  tookMs: number | null, } | { "kind": "stuck",
  /** Why, as one of the codes of failures. */
  code: string,
  /** The same in the runtime's own words. */
  cause: string,
  /** What to do. */
  instructions: Array<string>, } | { "kind": "aborted",
  /** Why. */
  cause: string,
};

/** All the live screen shows. */
export type DeploymentView = {
  /** Its id. */
  id: string,
  /** `checkout/production`. */
  target: string,
  /** Its environment is protected. */
  protected: boolean,
  /** The release train it is part of. */
  train: TrainOf | null,
  /** Deploy or rollback. */
  kind: DeploymentKind,
  /** Where it arrives. */
  revision: number,
  /** What ran before. */
  fromVersion: string | null,
  /** What will run. */
  toVersion: string,
  /** Where. */
  runtime: RuntimeKind,
  /** What this deployment changes beside the artifact. */
  changes: Array<Change>,
  /** Who. */
  by: string,
  /** Since. */
  startedAt: string,
  /** Until. */
  endedAt: string | null,
  /** Where it is. */
  state: DeploymentState,
  /** Forwards, then the undone ones in the order they were undone. */
  steps: Array<StepView>,
  /** The gate's probes. */
  probes: Array<Probe>,
  /** Passes in a row the gate wants. */
  probesWanted: number,
  /** The failed instance's last lines. */
  log: Array<LogLine>,
  /** What the rules make of them. */
  diagnosis: Diagnosis | null,
  /** Who was told. */
  told: Array<ToldView>,
  /** What a person still has to do. */
  leftOpen: Array<string>,
  /** What lies ahead; none on the way back and once it is over. */
  outlook: Outlook | null,
};

/** A diagnosis. */
export type Diagnosis = {
  /** `connection_refused_localhost`. */
  cause: string,
  /** One sentence. */
  summary: string,
  /** Facts for the translated sentence. */
  params: { [key in string]: string },
  /** The lines it rests on. */
  evidence: Array<Evidence>,
  /** What it is not. */
  ruledOut: Array<string>,
  /** Where to look. */
  hint: string,
  /** How sure. */
  confidence: Confidence,
};

/** One difference. */
export type Difference = {
  /** What kind of thing. */
  part: Part,
  /** Which: a variable, a setting, an instance. */
  key: string,
  /** What is recorded; `None` for nothing. */
  recorded: string | null,
  /** What is found; `None` for nothing. */
  found: string | null,
  /** By whom, where the runtime knows. */
  hand?: Hand,
};

/** A target that does not run as it was deployed. */
export type DriftView = {
  /** `checkout/production`. */
  target: string,
  /** What is recorded: 41 for r41. */
  revision: number,
  /** Its version. */
  version: string,
  /** What differs. */
  differences: Array<Difference>,
  /** Why nothing is known. */
  error: ApiError | null,
};

/** What came of a rehearsal. */
export type DrillOutcome = { "kind": "back",
  /** Milliseconds until what runs now served in the place apart. */
  cameUpMs: number,
  /** Milliseconds from the decision until the prior revision served alone. */
  tookMs: number,
  /** What the health gate saw of it last. */
  evidence: string, } | { "kind": "failed",
  /** Which revision. */
  revision: number,
  /** Why, with the last lines it printed. */
  why: string, } | { "kind": "interrupted" };

/** One rehearsal. */
export type DrillView = {
  /** Its id. */
  id: string,
  /** `checkout/production`. */
  target: string,
  /** The revision that ran. */
  from: number,
  /** The one it went back to. */
  to: number,
  /** When. */
  at: string,
  /** Who had it made. */
  by: string,
  /** What came of it; null while it is under way. */
  outcome: DrillOutcome | null,
  /** Whether a release may rest on it. */
  holds: boolean,
  /** The longest it should take. */
  goalMs: number,
};

/** A file that is another one than was applied. */
export type EditedView = {
  /** Whose. */
  version: string,
  /** The file, from the folder. */
  path: string,
  /** The line its script begins in. */
  line: number,
  /** What is wrong. */
  why: string,
  /** The way out. */
  wayOut: string,
};

/** What a rule does. */
export type Effect = "allow" | "deny";

/** An engine. */
export type EngineView = {
  /** Its runtime. */
  name: string,
  /** Where. */
  endpoint: string,
  /** It answers. */
  reachable: boolean,
  /** Its version, or why not. */
  detail: string,
};

/** A column's head. */
export type EnvironmentHead = {
  /** `production`. */
  name: string,
  /** IANA zone. */
  zone: string,
  /** Read-only until unlocked. */
  protected: boolean,
};

/** One line of evidence. */
export type Evidence = {
  /** From 1; 0 when it is an event. */
  line: number,
  /** The text. */
  text: string,
};

/** How an export is written. */
export type ExportFormat = "csv" | "jsonl";

/** The answer to `export`. */
export type Exported = {
  /** The policy in force. */
  yaml: string,
};

/** Something the linter found. */
export type FindingView = {
  /** The rule's name. */
  rule: string,
  /** The file. */
  path: string,
  /** The line, from 1. */
  line: number,
  /** `up`, `down` or `pair`. */
  place: string,
  /** `error` or `warning`. */
  severity: string,
  /** Why. */
  why: string,
  /** The safe way. */
  rewrite: string,
};

/** A freeze. */
export type FreezeView = {
  /** By which it is removed; the policy's own have none. */
  id: string | null,
  /** Where. */
  environment: string,
  /** Its first instant. */
  from: string,
  /** The first instant after it. */
  to: string,
  /** In local time. */
  written: string,
  /** Why. */
  why: string,
  /** Who set it. */
  by: string | null,
};

/** A verdict with its evidence. */
export type Gate = {
  /** Which gate. */
  kind: GateKind,
  /** What it says. */
  verdict: Verdict,
  /** What it was made from, a line each; never empty. */
  evidence: Array<string>,
  /** Who closed it, if somebody did. */
  by: string | null,
  /** Since when. */
  since: string | null,
  /** When it opens by itself. */
  opens: string | null,
  /** The IANA zone whose clocks decide about that. */
  zone: string | null,
  /** What a person can do about it: a command. */
  wayOut: string | null,
};

/** What stands in the way. */
export type GateKind = "lock" | "quarantine" | "pause" | "freeze" | "window" | "checklist" | "approvals";

/** The gates of one deployment. */
export type GatesView = {
  /** `checkout/production`. */
  target: string,
  /** The version asked about. */
  version: string | null,
  /** None of them holds it back. */
  open: boolean,
  /** When they were asked. */
  at: string,
  /** All of them. */
  gates: Array<Gate>,
};

/** Who changed something by hand, as far as the runtime knows. */
export type Hand = {
  /** The program it was done by: `kubectl-set`. */
  by: string,
  /** When. */
  at: string | null,
};

/** Whether it runs. */
export type Health = { "kind": "healthy" } | { "kind": "unhealthy",
  /** Which and why. */
  why: string, } | { "kind": "idle",
  /** How many. */
  why: string, } | { "kind": "noData",
  /** Why. */
  why: string, } | { "kind": "absent" };

/** One deployment. */
export type HistoryEntry = {
  /** Its id. */
  deployment: string,
  /** `deploy` or `rollback`. */
  kind: DeploymentKind,
  /** Where it arrived. */
  revision: number,
  /** What ran before. */
  from: number | null,
  /** The version. */
  version: string,
  /** Why, or what was in it. */
  notes: string,
  /** Who. */
  by: string,
  /** When it began. */
  at: string,
  /** How long it took. */
  tookMs: number | null,
  /** How it ended. */
  outcome: Outcome,
  /** The code of the failure that ended it. */
  failure: string | null,
  /** Its release must not ship again. */
  quarantined: boolean,
  /** What going back to it would mean. */
  wayBack: WayBack,
};

/** One page of a target's history, newest first. */
export type HistoryPage = {
  /** Rows. */
  entries: Array<HistoryEntry>,
  /** Hand it back to go on. */
  next: string | null,
  /** Deployments in all. */
  total: number,
  /** Of these, rollbacks by a person. */
  rolledBack: number,
  /** Of these, failed. */
  failed: number,
};

/** The artifact before and after. */
export type ImageChange = {
  /** What runs. */
  before: string | null,
  /** What will run. */
  after: string,
};

/** What to take over, and as what. */
export type Import = {
  /** The container's name. */
  container: string,
  /** `checkout/production`. */
  target: string,
  /** Where it runs, as the policy file writes it; the default engine when `None`. */
  engine: string | null,
  /** What to call what runs; the image's tag when `None`. */
  version: string | null,
  /** What may be done with its secrets. */
  taking: Taking,
};

/** What taking something over means. */
export type ImportView = {
  /** `checkout/production`. */
  target: string,
  /** What it is called from now on. */
  version: string,
  /** What runs, by digest. */
  artifact: string,
  /** The policy with the target in it. */
  yaml: string,
  /** What changes in the policy, a line each. */
  changes: Array<string>,
  /** Names that its secrets get in the keychain. */
  secrets: Array<string>,
  /** What is lost at its next deployment, a word each. */
  lost: Array<string>,
  /** The deployment that took it over; `None` when nothing was done. */
  deployment: string | null,
};

/** Which workload to take over, and as what. */
export type ImportWorkload = {
  /** The kubeconfig's whole path; the usual one when `None`. */
  kubeconfig: string | null,
  /** The context in it; its current one when `None`. */
  context: string | null,
  /** The namespace. */
  namespace: string,
  /** `deployment/checkout`. */
  workload: string,
  /** The container whose image is changed; the first when `None`. */
  container: string | null,
  /** Although another tool looks after it. */
  takeOver: boolean,
  /** `checkout/production`. */
  target: string,
  /** Whether its environment is protected, where it is made anew. */
  protect: boolean,
  /** What may be done with its secrets. */
  taking: Taking,
};

/** Something that runs and is not ours. */
export type ImportableView = {
  /** Where. */
  engine: string,
  /** Its name. */
  name: string,
  /** What its maker asked to run. */
  image: string,
  /** What runs, by digest. */
  artifact: string | null,
  /** Published ports. */
  publish: Array<string>,
  /** Since when. */
  since: string | null,
  /** Variables that look like secrets. */
  secretLike: Array<string>,
  /** What is lost at its next deployment, a word each. */
  lost: Array<string>,
};

/** The last lines of one instance. */
export type InstanceLog = {
  /** `sb-checkout-production-r41-1f0c22aa-0`. */
  instance: string,
  /** Oldest first, secrets masked. */
  lines: Array<LogLine>,
};

/** The keychain. */
export type KeychainView = {
  /** It answers. */
  available: boolean,
  /** Which one, or why not. */
  detail: string,
};

/** The answer to `load_demo`. */
export type Loaded = {
  /** Its targets. */
  targets: Array<string>,
};

/** One line of output. */
export type LogLine = {
  /** When, if known. */
  at: string | null,
  /** `stdout` or `stderr`. */
  stream: 'stdout' | 'stderr',
  /** The text, secrets masked. */
  text: string,
  /** The diagnosis rests on it. */
  evidence: boolean,
};

/** What became of a version. */
export type MigrationState = "applied" | "pending" | "halfApplied" | "unknown";

/** One version. */
export type MigrationView = {
  /** The version. */
  version: string,
  /** Its name. */
  name: string,
  /** What became of it there. */
  state: MigrationState,
  /** The way there. */
  up: ScriptView | null,
  /** The way back. */
  down: ScriptView | null,
  /** Whether it can be taken back: `yes`, `data-loss`, `no` or `unknown`. */
  reversible: string,
  /** What says so. */
  because: string | null,
  /** What the linter found. */
  findings: Array<FindingView>,
  /** What was proven of exactly these scripts, on the schema as it is. */
  proof: ProofView | null,
  /** Why a proof that there is counts no more. */
  stale: Stale | null,
};

/** All of them. */
export type MigrationsView = {
  /** `checkout/production`. */
  target: string,
  /** The database's name. */
  database: string,
  /** Where it is; never with a password. */
  place: string,
  /** How the files are laid out. */
  layout: string,
  /** Whether the scripts are SQL: what a tool's own commands run is not linted. */
  readable: boolean,
  /** Why the database could not be asked; then every state is `unknown`. */
  unreachable: string | null,
  /** In order. */
  versions: Array<MigrationView>,
  /** Versions the database has and the folder does not. */
  ahead: Array<string>,
  /** Files that are not any more what was applied, or released. */
  edited: Array<EditedView>,
  /** Where the service's other databases stand. */
  environments: Array<SchemaAt>,
};

/** What is done about a way back that would lose rows, when a person was asked. */
export type OnDataLoss = "lose" | "keep";

/** A time at which deploys are allowed. */
export type Opening = {
  /** Its first instant. */
  from: string,
  /** The first instant after it; none when that is not within a year. */
  to: string | null,
};

/** The next times at which deploys of a target are allowed. */
export type OpeningsView = {
  /** IANA zone. */
  zone: string,
  /** The present instant. */
  now: string,
  /** In order; the first begins now when it is open now. */
  spans: Array<Opening>,
};

/** How a deployment ended. */
export type Outcome = { "kind": "running" } | { "kind": "succeeded" } | { "kind": "rolledBack",
  /** Why. */
  why: string,
  /** From the failure to the old one serving. */
  undoMs: number | null, } | { "kind": "stuck",
  /** Why. */
  why: string, } | { "kind": "aborted",
  /** Why. */
  why: string,
};

/** What lies ahead of a deployment that goes forwards. */
export type Outlook = {
  /** How long its like usually took, milliseconds: the middle of the last that came through; none without any. */
  usualMs: number | null,
  /** What an abort would do as it stands now, the first first; none once it has gone over and only tidies up. */
  undoes: Array<StepView> | null,
  /** How long the target's last ways back took, from the failure until the old one served, milliseconds, newest first. */
  undosMs: Array<number>,
};

/** Glass that somebody broke. */
export type OverrideView = {
  /** By which it is followed up. */
  id: string,
  /** `checkout/production 2.14.1`, or `policy`. */
  subject: string,
  /** `checkout/production`; none for a change of the policy. */
  target: string | null,
  /** The version it is for. */
  version: string | null,
  /** Who. */
  by: string,
  /** Why. */
  reason: string,
  /** What may go wrong. */
  risk: string,
  /** What is to be done. */
  task: string,
  /** Since. */
  at: string,
  /** Until then more deployments of the version pass. */
  until: string | null,
  /** More may pass now. */
  counts: boolean,
  /** A line per gate that was passed, or per change of the policy. */
  letThrough: Array<string>,
  /** Who did the task; red until then. */
  followedUpBy: string | null,
  /** When. */
  followedUpAt: string | null,
  /** What came of it. */
  note: string | null,
};

/** What a person says who passes closed gates. */
export type Overriding = {
  /** Why. */
  reason: string,
  /** How long more deployments of the same version may pass: `2h`. This one alone when left out. */
  until: string | null,
  /** What may go wrong. */
  risk: string,
  /** What is to be done afterwards. */
  task: string,
};

/** What kind of thing differs. */
export type Part = "instance" | "artifact" | "config" | "secret" | "setting" | "router";

/** A revision of the past. */
export type PastView = {
  /** 1 for r1. */
  revision: number,
  /** What it is called from now on. */
  version: string,
  /** What it ran, by digest. */
  artifact: string,
  /** When it came, as far as known. */
  at: string | null,
  /** Who brought it, as far as known. */
  by: string | null,
  /** What was said about it. */
  said: string | null,
  /** What remembers it: `ReplicaSet web-7d9f`. */
  source: string,
};

/** Later deploys wait. */
export type Pause = {
  /** Since. */
  since: string,
  /** Caused by. */
  by: string,
  /** Why. */
  reason: string,
};

/** When an item is asked. */
export type Phase = "before" | "during" | "after";

/** One step. */
export type PlanStep = {
  /** From 1. */
  number: number,
  /** The action's word. */
  action: string,
  /** On what. */
  detail: string,
  /** The word of its inverse. */
  undo: string | null,
};

/** What a deployment will do. */
export type PlanView = {
  /** Hand it back to start exactly this plan. */
  planHash: string,
  /** `checkout/production`. */
  target: string,
  /** Deploy or rollback. */
  kind: DeploymentKind,
  /** The last drill that went to the same revision. */
  drill: DrillView | null,
  /** Whether a rollback starts all pods at once; `None` where there is no such way. */
  urgent: boolean | null,
  /** The environment's name has to be typed. */
  protected: boolean,
  /** What runs. */
  fromRevision: number | null,
  /** Its version. */
  fromVersion: string | null,
  /** Where it arrives. */
  toRevision: number,
  /** Its version. */
  toVersion: string,
  /** Releases between them that a rollback takes back. */
  undoesReleases: number,
  /** The artifact. */
  image: ImageChange,
  /** Changed configuration keys. */
  config: Array<Change>,
  /** Of so many on either side. */
  configKeys: number,
  /** Changed secrets, by fingerprint. */
  secrets: Array<Change>,
  /** Of so many on either side. */
  secretKeys: number,
  /** Ports, mounts, limits. */
  settings: Array<Change>,
  /** What was checked just now. */
  checks: Array<Check>,
  /** What holds it back, asked just now. */
  gates: Array<Gate>,
  /** In order. */
  steps: Array<PlanStep>,
  /** Median of past runs. */
  estimateMs: number | null,
  /** Past runs, newest first. */
  pastRunsMs: Array<number>,
  /** What a person should know. */
  warnings: Array<string>,
};

/** A program that logs in. */
export type PluginView = {
  /** How the kubeconfig calls it. */
  command: string,
  /** Where it is; `None` when it is not there. */
  found: string | null,
  /** What its makers say about getting it. */
  hint: string | null,
};

/** One pod. */
export type PodView = {
  /** Its name. */
  name: string,
  /** 7 for r7; `None` for one that is older than the first deployment. */
  revision: number | null,
  /** What it does, as `kubectl` says it. */
  doing: string,
  /** It serves. */
  ready: boolean,
  /** How often its containers were started again. */
  restarts: number,
  /** Where it runs. */
  node: string | null,
  /** When it was made. */
  since: string | null,
};

/** One probe. */
export type Probe = {
  /** When. */
  at: string,
  /** What it says. */
  verdict: Verdict,
  /** What was seen. */
  detail: string,
};

/** A proof. */
export type ProofView = {
  /** When it was made. */
  at: string,
  /** By whom. */
  by: string,
  /** Whether a release may rest on it. */
  holds: boolean,
  /** In words. */
  told: string,
  /** What rows lose on the way. */
  lost: Array<string>,
};

/** A quarantined release. */
export type QuarantineView = {
  /** Whose. */
  service: string,
  /** Which. */
  version: string,
  /** Since. */
  since: string,
  /** Who shipped it when it was found bad, where that is known. */
  by: string | null,
  /** Why. */
  why: string,
};

/** Whether there is a way back. */
export type Readiness = { "kind": "ready",
  /** Which. */
  revision: number,
  /** From past runs. */
  estimateMs: number | null, } | { "kind": "notReady",
  /** Which. */
  revision: number,
  /** Why. */
  why: string, } | { "kind": "none" };

/** A release. */
export type ReleaseView = {
  /** `2.14.1`. */
  version: string,
  /** By digest. */
  artifact: string,
  /** When. */
  addedAt: string,
  /** By whom. */
  by: string,
  /** What is in it. */
  notes: string,
  /** From which commit. */
  commit: string | null,
  /** It must not ship. */
  quarantined: boolean,
};

/** What a request from another desk asks for. */
export type RequestView = {
  /** `checkout/production 2.15.0`, or `policy`. */
  subject: string,
  /** Computed from what would be done. */
  planHash: string,
  /** Who asks. */
  by: string,
  /** What runs there now. */
  from: string | null,
  /** What would run. */
  artifact: string | null,
  /** What differs in configuration, secrets and settings. */
  changes: Array<Change>,
  /** The steps; of a policy, its differences. */
  lines: Array<string>,
};

/** What was taken up when a person asked for it. */
export type Resumed = {
  /** Deployments. */
  deployments: Array<string>,
  /** Trains. */
  trains: Array<string>,
  /** What was left to whoever is at it: each says who, and how to wait or to stop it. */
  underWay: Array<ApiError>,
};

/** How a person goes back. */
export type RollbackOptions = {
  /** The rows which the downs take with them may go. */
  loseData: boolean,
  /** All pods at once beside those that run, instead of by the workload's own rule. */
  urgent: boolean,
};

/** What kind of rule decides. */
export type RuleKind = "window" | "freeze" | "holiday" | "opening" | "always";

/** Which runtime. */
export type RuntimeKind = "process" | "docker" | "kubernetes";

/** A file that was written. */
export type Saved = {
  /** Where. */
  path: string,
};

/** What became of a scheduled deployment. */
export type ScheduleState = { "kind": "waiting",
  /** What held it when it was last looked at; empty when nothing did or nobody has looked. */
  why: string, } | { "kind": "started",
  /** When. */
  at: string,
  /** As this deployment. */
  deployment: string, } | { "kind": "cancelled",
  /** When. */
  at: string,
  /** Who. */
  by: string,
  /** Why. */
  why: string, } | { "kind": "lapsed",
  /** Since. */
  at: string,
  /** Why. */
  why: string,
};

/** A deployment that begins by itself, or what became of it. */
export type ScheduleView = {
  /** By which it is cancelled. */
  id: string,
  /** `checkout/production`. */
  target: string,
  /** `2.15.0`. */
  version: string,
  /** The plan that was looked at; nothing else is begun in its place. */
  planHash: string,
  /** Who wants it. */
  by: string,
  /** Why. */
  reason: string,
  /** When it was scheduled. */
  at: string,
  /** The IANA zone of its environment. */
  zone: string,
  /** Not before. */
  due: string,
  /** Not from then on. */
  lapses: string,
  /** What became of it. */
  state: ScheduleState,
};

/** Where a service's schema stands in one environment. */
export type SchemaAt = {
  /** Which. */
  environment: string,
  /** The last applied version; none before the first, and none when nobody could be asked. */
  version: string | null,
  /** How many of the folder's are not applied. */
  pending: number,
  /** What is applied and not in the folder. */
  ahead: Array<string>,
  /** Why it could not be asked. */
  unreachable: string | null,
};

/** One script. */
export type ScriptView = {
  /** Its file, from the folder. */
  path: string,
  /** The line of the file it begins in. */
  line: number,
  /** Its text. */
  sql: string,
};

/** A secret on its way in. */
export type SecretText = string;

/** A secret. */
export type SecretView = {
  /** Its name. */
  name: string,
  /** Which value. */
  fingerprint: string,
  /** Since. */
  setAt: string,
};

/** All the settings screen shows. */
export type Settings = {
  /** Home directory. */
  home: string,
  /** Version of the app. */
  version: string,
  /** The keychain. */
  keychain: KeychainView,
  /** Engines of the targets. */
  engines: Array<EngineView>,
  /** Targets. */
  targets: Array<TargetView>,
  /** Secrets, without values. */
  secrets: Array<SecretView>,
  /** Channels. */
  notify: Array<ChannelView>,
  /** Whether anybody watches while the window is closed. */
  agent: AgentView,
};

/** One of two environments that are compared. */
export type SideView = {
  /** `checkout/staging`. */
  target: string,
  /** 41 for r41; `None` for what would be deployed. */
  revision: number | null,
  /** Its version. */
  version: string,
  /** How what runs there is; `None` for what would be deployed. */
  condition: ConditionView | null,
};

/** A yes that was signed here, to be carried away. */
export type SignedView = {
  /** To what. */
  subject: string,
  /** The plan. */
  planHash: string,
  /** Who. */
  by: string,
  /** When. */
  at: string,
  /** What is carried. */
  text: string,
};

/** Why a proof counts no more. */
export type Stale = "files" | "schema";

/** The answer to `start`. */
export type Started = {
  /** The deployment under way. */
  deployment: string,
};

/** How far a step is. */
export type StepStatus = "waiting" | "running" | "done" | "failed" | "skipped";

/** One step. */
export type StepView = {
  /** From 1. */
  number: number,
  /** The action's word. */
  action: string,
  /** On what. */
  detail: string,
  /** It goes backwards. */
  undo: boolean,
  /** How far. */
  status: StepStatus,
  /** How long. */
  tookMs: number | null,
  /** What came of it. */
  result: string | null,
};

/** The answer to `secret_set`. */
export type Stored = {
  /** Names the value without being it. */
  fingerprint: string,
};

/** A deployment that could not be undone, and that nothing came after. */
export type StuckAt = {
  /** Which. */
  deployment: string,
  /** What could not be undone. */
  why: string,
};

/** What may be done with variables that look like secrets. */
export type Taking = {
  /** They may be moved into the keychain. Otherwise they are a refusal. */
  keychain: boolean,
  /** These are none, whatever they look like. */
  plain: Array<string>,
};

/** A target. */
export type TargetView = {
  /** `checkout/production`. */
  target: string,
  /** On what. */
  runtime: RuntimeKind,
  /** How it changes over. */
  strategy: string,
  /** Where. */
  detail: string,
};

/** How far a message came. */
export type ToldState = { "kind": "waiting",
  /** When it is tried next. */
  next: string,
  /** Why it has not arrived yet, if it was tried. */
  error: string | null, } | { "kind": "arrived",
  /** When. */
  at: string, } | { "kind": "givenUp",
  /** Since. */
  at: string,
  /** Why. */
  error: string,
};

/** One message, to one channel. */
export type ToldView = {
  /** `slack:slack/releases`. */
  channel: string,
  /** What it tells: `rolled-back`. */
  topic: Topic,
  /** How often it was tried. */
  attempts: number,
  /** How far it came. */
  state: ToldState,
};

/** What a message is about; people choose by it. */
export type Topic = "started" | "succeeded" | "failed" | "rolled-back" | "stuck" | "overridden" | "frozen";

/** The train a deployment is part of. */
export type TrainOf = {
  /** Its id. */
  id: string,
  /** What people call it. */
  name: string,
  /** Which car, from 1. */
  car: number,
  /** Of how many. */
  cars: number,
};

/** What a train will do, or what undoing one will: a plan per car, in the order in which they are carried out. */
export type TrainPlanView = {
  /** Where. */
  environment: string,
  /** The environment's name has to be typed. */
  protected: boolean,
  /** No gate of any car holds it. */
  open: boolean,
  /** Each car's plan with its gates. */
  cars: Array<PlanView>,
};

/** Where a train is. Cars are counted from 1. */
export type TrainState = { "kind": "running",
  /** The car under way. */
  car: number, } | { "kind": "rollingBack",
  /** The car that is being brought back. */
  car: number,
  /** Why. */
  why: string, } | { "kind": "succeeded" } | { "kind": "rolledBack",
  /** A person wanted it. */
  asked: boolean,
  /** Why. */
  why: string, } | { "kind": "stuck",
  /** The car that could not be brought back. */
  car: number,
  /** Why. */
  why: string,
  /** What to do. */
  instructions: Array<string>, } | { "kind": "aborted",
  /** The stable word for why. */
  code: string,
  /** Why. */
  why: string,
};

/** A train. */
export type TrainView = {
  /** Its id. */
  id: string,
  /** What people call it, and what finds all of it in the audit: `train-1f0c22aa`. */
  name: string,
  /** Where. */
  environment: string,
  /** The environment is protected. */
  protected: boolean,
  /** Who. */
  by: string,
  /** Why. */
  reason: string,
  /** Since. */
  startedAt: string,
  /** Until. */
  endedAt: string | null,
  /** Where it is. */
  state: TrainState,
  /** It has not ended, and whoever ran it is gone. */
  interrupted: boolean,
  /** In order. */
  cars: Array<CarView>,
};

/** What it means that a deployment was undone. */
export type Undone = "bad" | "hindered" | "untouched";

/** What a verdict says. No data is never pass. */
export type Verdict = "pass" | "fail" | "noData" | "overridden";

/** What going back to a revision would mean. */
export type WayBack = { "kind": "runsNow" } | { "kind": "safe" } | { "kind": "downs",
  /** How many. */
  downs: number,
  /** Since when all of them are proven; none when one of them never was. */
  proven: string | null,
  /** Whether a proof of one of them was made on another schema. */
  strayed: boolean, } | { "kind": "loses",
  /** How many. */
  downs: number,
  /** Since when all of them are proven. */
  proven: string | null,
  /** Whether a proof of one of them was made on another schema. */
  strayed: boolean,
  /** What goes, with how many rows. */
  what: Array<string>, } | { "kind": "noData",
  /** Why. */
  why: string, } | { "kind": "neverRan" } | { "kind": "quarantined" } | { "kind": "asBelow" } | { "kind": "impossible",
  /** Why. */
  why: string,
};

/** One way into a cluster: a context of a kubeconfig. */
export type WayInView = {
  /** The context's name. */
  context: string,
  /** It is the current one. */
  current: boolean,
  /** The cluster's address. */
  server: string,
  /** The login's name. */
  user: string,
  /** The namespace it stands in. */
  namespace: string,
  /** The program that logs in. */
  plugin: PluginView | null,
};

/** One week of a target's history. */
export type Week = {
  /** Its Monday. */
  since: string,
  /** How many deployments began in it. */
  deployments: number,
  /** Of these, rollbacks by a person. */
  rolledBack: number,
  /** Of these, failed. */
  failed: number,
};

/** Whether deploys are allowed, and when that changes. */
export type WindowAnswer = {
  /** Whether they are. */
  open: boolean,
  /** Every rule that decides. */
  because: Array<Because>,
  /** The next instant at which it opens, within a year. */
  next_open: string | null,
  /** The next instant at which it closes, within a year. */
  next_close: string | null,
};

/** What importing a workload means. */
export type WorkloadImportView = {
  /** `checkout/production`. */
  target: string,
  /** Whether its environment is protected from then on. */
  protected: boolean,
  /** What becomes its history, oldest first; the last runs now. */
  revisions: Array<PastView>,
  /** What is remembered and cannot come back, a line each. */
  lost: Array<string>,
  /** Where variables come from that no revision keeps. */
  elsewhere: Array<string>,
  /** The policy with the target in it. */
  yaml: string,
  /** What changes in the policy, a line each. */
  changes: Array<string>,
  /** Names that its secrets get in the keychain. */
  secrets: Array<string>,
  /** The deployment that took it over; `None` when nothing was done. */
  deployment: string | null,
};

/** One yes. */
export type YesView = {
  /** Who. */
  by: string,
  /** From where. */
  origin: string,
  /** What its author added. */
  note: string,
  /** When. */
  at: string,
  /** It does not count from then on. */
  expires: string,
  /** It was given on another desk. */
  carried: boolean,
  /** Why it does not count. */
  void: string | null,
};

/** Every command: its request and its answer. */
export interface Commands {
  board: [Record<string, never>, Board];
  history: [{ target: string, cursor: string | null, limit: number, }, HistoryPage];
  weeks: [{ target: string, }, Array<Week>];
  releases: [{ service: string, }, Array<ReleaseView>];
  migrations: [{ target: string, }, MigrationsView];
  drills: [{ target: string, }, Array<DrillView>];
  drill: [{ target: string, revision: number, confirm: string, }, DrillView];
  accept_finding: [{ target: string, asked: Accepting, }, AcceptanceView];
  prove_migrations: [{ target: string, }, MigrationsView];
  plan_deploy: [{ target: string, version: string, }, PlanView];
  compare: [{ from: string, to: string, version: string | null, }, CompareView];
  plan_rollback: [{ target: string, revision: number, way: RollbackOptions | null, }, PlanView];
  start: [{ planHash: string, reason: string, confirm: string, overriding: Overriding | null, }, Started];
  abort: [{ deployment: string, reason: string, }, null];
  resume: [{ loss: OnDataLoss | null, }, Resumed];
  confirm: [{ deployment: string, }, null];
  deployment: [{ deployment: string, }, DeploymentView];
  audit: [{ search: string, who: string | null, action: string | null, environment: string | null, since: string | null, until: string | null, cursor: string | null, everyStep: boolean, }, AuditPage];
  audit_export: [{ search: string, who: string | null, action: string | null, environment: string | null, since: string | null, until: string | null, format: ExportFormat, }, AuditExport];
  logs: [{ target: string, lines: number, }, Array<InstanceLog>];
  audit_verify: [Record<string, never>, AuditVerdict];
  settings: [Record<string, never>, Settings];
  notify_test: [Record<string, never>, null];
  apply: [{ yaml: string, dryRun: boolean, overriding: Overriding | null, letGo: boolean, }, Applied];
  policy_approve: [{ yaml: string, note: string, }, ApprovalView];
  policy_request: [{ yaml: string, }, Carried];
  export: [Record<string, never>, Exported];
  secret_set: [{ name: string, value: SecretText, }, Stored];
  secret_remove: [{ name: string, confirm: string, }, null];
  drift: [Record<string, never>, Array<DriftView>];
  plan_adopt: [{ target: string, taking: Taking, }, PlanView];
  plan_revert: [{ target: string, }, PlanView];
  importable: [{ engine: string | null, }, Array<ImportableView>];
  import_preview: [{ import: Import, }, ImportView];
  import: [{ import: Import, reason: string, confirm: string, }, ImportView];
  cluster_ways: [{ kubeconfig: string | null, }, Array<WayInView>];
  cluster_namespaces: [{ kubeconfig: string | null, context: string | null, }, Array<string>];
  cluster_workloads: [{ kubeconfig: string | null, context: string | null, namespace: string, }, CandidatesView];
  import_workload_preview: [{ import: ImportWorkload, }, WorkloadImportView];
  import_workload: [{ import: ImportWorkload, reason: string, confirm: string, }, WorkloadImportView];
  gates: [{ target: string, version: string | null, }, GatesView];
  window_when: [{ target: string, at: string | null, }, WindowAnswer];
  openings: [{ target: string, }, OpeningsView];
  calendar: [{ environment: string, from: string, to: string, }, CalendarView];
  checklist: [{ target: string, version: string, }, ChecklistView];
  evaluate: [{ target: string, version: string, item: string, }, ChecklistLine];
  tick: [{ target: string, version: string, item: string, ticked: boolean, note: string, seen: number | null, }, ChecklistView];
  approve: [{ target: string, version: string, note: string, planHash: string | null, }, ApprovalView];
  approvals: [{ target: string, version: string, }, ApprovalsView];
  approval_key: [Record<string, never>, Carried];
  approval_request: [{ target: string, version: string, }, Carried];
  approval_look: [{ request: string, }, RequestView];
  approval_sign: [{ request: string, note: string, seen: string, }, SignedView];
  approval_import: [{ text: string, }, ApprovalView];
  approval_save: [{ text: string, }, Saved];
  freeze_add: [{ environment: string, from: string | null, to: string, reason: string, }, FreezeView];
  freezes: [Record<string, never>, Array<FreezeView>];
  freeze_remove: [{ id: string, reason: string, }, null];
  schedule: [{ planHash: string, reason: string, confirm: string, at: string | null, }, ScheduleView];
  scheduled: [{ waiting: boolean, }, Array<ScheduleView>];
  unschedule: [{ id: string, reason: string, }, null];
  plan_train: [{ environment: string, cars: Array<CarWish>, }, TrainPlanView];
  start_train: [{ plans: Array<string>, reason: string, confirm: string, overriding: Overriding | null, }, Departed];
  trains: [{ waiting: boolean, }, Array<TrainView>];
  train: [{ train: string, }, TrainView];
  abort_train: [{ train: string, reason: string, }, null];
  plan_train_rollback: [{ train: string, }, TrainPlanView];
  rollback_train: [{ train: string, reason: string, confirm: string, }, Departed];
  overrides: [{ open: boolean, }, Array<OverrideView>];
  follow_up: [{ id: string, note: string, }, OverrideView];
  quarantine_list: [Record<string, never>, Array<QuarantineView>];
  quarantine_clear: [{ service: string, version: string, reason: string, }, null];
  lock_release: [{ target: string, reason: string, }, Started];
  pause_release: [{ target: string, reason: string, }, null];
  load_demo: [Record<string, never>, Loaded];
}

/** Every sentence that a diagnosis says: its cause, whether it is of a process, its text with facts by name. */
export const sentences: [string, boolean, string][] = [
  ["connection_refused_localhost", false, "connection refused: inside a container that is the container itself"],
  ["connection_refused_localhost", false, "connection refused to {host}: inside a container that is the container itself"],
  ["connection_refused_localhost", false, "connection refused to port {port}: inside a container that is the container itself"],
  ["connection_refused_localhost", false, "connection refused to {host}:{port}: inside a container that is the container itself"],
  ["connection_refused_localhost", true, "connection refused: nothing listens there on this machine"],
  ["connection_refused_localhost", true, "connection refused to {host}: nothing listens there on this machine"],
  ["connection_refused_localhost", true, "connection refused to port {port}: nothing listens there on this machine"],
  ["connection_refused_localhost", true, "connection refused to {host}:{port}: nothing listens there on this machine"],
  ["connection_refused_remote", false, "connection refused: that host answers, and nothing listens on the port"],
  ["connection_refused_remote", false, "connection refused to {host}: that host answers, and nothing listens on the port"],
  ["connection_refused_remote", false, "connection refused to port {port}: that host answers, and nothing listens on the port"],
  ["connection_refused_remote", false, "connection refused to {host}:{port}: that host answers, and nothing listens on the port"],
  ["timeout_connect", false, "no answer in time when connecting"],
  ["timeout_connect", false, "no answer in time when connecting to {host}"],
  ["timeout_connect", false, "no answer in time when connecting to port {port}"],
  ["timeout_connect", false, "no answer in time when connecting to {host}:{port}"],
  ["dns_failure", false, "the name cannot be resolved"],
  ["dns_failure", false, "the name {host} cannot be resolved"],
  ["tls_cert_expired_or_untrusted", false, "the certificate was not accepted"],
  ["tls_cert_expired_or_untrusted", false, "the certificate was not accepted: {detail}"],
  ["auth_failed_database", false, "the database refused the login"],
  ["auth_failed_database", false, "the database refused the login of {user}"],
  ["schema_mismatch", false, "the database is not at the schema this release expects"],
  ["schema_mismatch", false, "the database is not at the schema this release expects: {table}"],
  ["schema_mismatch", false, "the database is not at the schema this release expects: {column}"],
  ["schema_mismatch", false, "the database is not at the schema this release expects: {table}: {column}"],
  ["missing_env_var", false, "the environment variable is not set"],
  ["missing_env_var", false, "the environment variable {variable} is not set"],
  ["config_parse_error", false, "the configuration cannot be read"],
  ["config_parse_error", false, "the configuration cannot be read: {key}"],
  ["config_parse_error", false, "the configuration cannot be read in {file}"],
  ["config_parse_error", false, "the configuration cannot be read: {key} in {file}"],
  ["missing_file", false, "the file is not there"],
  ["missing_file", false, "the file {file} is not there"],
  ["missing_dependency", false, "a dependency is not installed"],
  ["missing_dependency", false, "{module} is not installed"],
  ["permission_denied", false, "the operating system refused access"],
  ["permission_denied", false, "the operating system refused access to {file}"],
  ["port_in_use", false, "the port is taken"],
  ["port_in_use", false, "the port {port} is taken"],
  ["oom_killed", false, "memory ran out"],
  ["disk_full", false, "the disk is full"],
  ["exec_format_or_missing_entrypoint", false, "the command cannot be started"],
  ["exec_format_or_missing_entrypoint", false, "the command {command} cannot be started"],
  ["image_pull_not_found", false, "the registry has no image"],
  ["image_pull_not_found", false, "the registry has no image {image}"],
  ["image_pull_auth", false, "the registry refused the pull"],
  ["image_pull_auth", false, "the registry refused the pull of {image}"],
  ["quota_or_unschedulable", false, "no node or quota has room for it"],
  ["admission_refused", false, "the cluster's rules refuse it"],
  ["admission_refused", false, "the cluster's rules refuse it: {rule}"],
  ["probe_failed", false, "it runs, and its probe does not pass"],
  ["probe_failed", false, "it runs, and its {probe} probe does not pass"],
  ["probe_failed", false, "it runs, and its probe came to {passes} passes in a row"],
  ["unhandled_exception_in_app", false, "the program ended with an error it did not handle"],
  ["unhandled_exception_in_app", false, "the program ended with an error it did not handle: {exception}"],
  ["unknown", false, "the evidence does not name a cause"],
];

/** Every sentence of a plan's warnings, of what is found in migrations, and of what is to be done where something is stuck, with its values by name. */
export const forms = [
  "fewer instances than now: {instances} instead of {before}",
  "urgent: {pods} pods start at once ({counted})",
  "that revision is from before migrations ran with releases: the schema stays as it is",
  "loses {loss}",
  "{version} takes away what its way back does not bring back: {what}",
  "{version} ran as {revision} on a schema without {more}: a rollback to it takes the schema back too, deploying it anew does not",
  "a way back will stop and ask, because it would lose {what}",
  "the schema is not the one that {versions} was proven from: prove it again to know that the way back holds",
  "{place}: `{command}` runs this, and what it does is not read: what it takes away is neither checked nor counted",
  "{place}: what this does is not in its text: what it takes away is neither checked nor counted",
  "nothing serves from before the downs until the old app runs on its own schema",
  "{version} serves while the downs run, until its pods are replaced: it may need what they take away",
  "{target}: {names} under `config:` looks like a secret, and would be readable in the history and the audit for ever; `switchback secret set` keeps it in the keychain, and `secrets:` refers to it",
  "changed by hand, and stays so: {changes}",
  "changed by hand since, and goes with this: {changes}",
  "nothing ran on {target} before: where a later car fails, what this one brings is taken away again",
  "{places}: the manifest's own, so that no revision keeps what is in it and no way back brings it back",
  "an earlier deployment is stuck here: {why}; `switchback resume` goes on undoing it, which is to be done before anything else",
  "the policy file says otherwise about {keys}: the next deployment follows the file",
  "proven, and loses {lost}",
  "rows without a value in {column}: {rows}",
  "values that are more than once in {columns}: {values}",
  "rows of {columns} for which {table} has none: {rows}",
  "rows of {table} that are against {condition}: {rows}",
  "values of {column} that are no {kind}: {rows}",
  "{place}: the server would refuse it; {what}",
  "Bring the runtime at {endpoint} back: it does not answer.",
  "Bring the database {database} back: {why}",
  "See that nobody holds a lock on {database}: {why}",
  "Free port {port}: something else listens on it.",
  "Give {name} back its value of that day (`{command}`).",
  "Start and unlock the keychain.",
  "Free space on {place}.",
  "Mend the router: {said}",
  "Apply the manifest of {workload} again: it is not there.",
  "The way back of the schema would lose {what}.",
  "`switchback resume --lose-data` lets them go, and the old app runs on the old schema.",
  "`switchback resume --keep-schema` leaves the schema as it is, and the old app runs on it.",
  "See why: {why}",
  "Then run `switchback resume`: it goes on undoing where it stopped.",
  "Until then {target} may not be served; {revision} is to run again.",
  "Until then {target} may not be served; what its own manifest had is to run again.",
  "Nothing ran on {target} before; deploy a release that works.",
  "Nothing ran on {target} before; deploy it again, once what was in the way is mended.",
  "Mend what is in the way, or bring {service} back by hand: `{command}`.",
  "Until then these still run what {train} brought: {cars}.",
  "{path} was edited after {version} was applied",
  "the way there of {version} holds no statement",
  "{version} has no way back: a rollback over it is not possible",
  "the way back of {version} holds no statement",
  "{version} has a way back and no way there",
  "{version} runs behind {other}, and was released before it",
  "{version} would run before versions that are released already",
  "{version} is not what was released under this version",
  "{version} was released and is gone",
  "version {version} is in {path} already",
  "the tool lists version {version} twice",
  "the tool lists {path}, and there is no such file",
  "{tool} passes over {path}: it is not named as a migration is",
  "{tool} passes over {path}: it does not begin with a version",
  "dbmate runs files by name, so {later} comes after {earlier}",
  "{name} stands in line {line} already",
  "a second section for the way up",
  "a second section for the way down",
  "the way down stands before the way up",
  "the statement begun in line {line} has no end",
  "the statement that begins here has no end",
  "a statement begins within a statement",
  "a statement ends that did not begin",
  "{tool} knows no marker {word}",
  "a statement stands before the first marker",
  "the file has no marker for the way up",
  "the file does not begin with the line that makes it formatted SQL",
  "a rollback stands before the first change set",
  "a statement stands before the first change set",
  "{text} names no change set",
  "Liquibase knows no --{word}",
  "there is no sqitch.plan, so no change runs",
  "{change} has neither a deploy nor a revert script",
  "sqitch.plan does not name it, so it never runs",
  "{change} requires {needed}, which comes in line {line}",
  "{change} requires {needed}, which the plan does not have",
  "Take the edit back and write a new migration.",
  "Take the edit back, or deploy: the way back as it is now goes with that release.",
  "Take the edit back and write a new migration; or, when the file is right: {otherwise}.",
  "the values of {column} are cut to fit",
  "{column} sorts and compares by other rules",
  "{column} becomes smaller than what may be in it",
  "{column} becomes smaller than what may be in it: it fails, or cuts values",
  "{column} becomes the smallest integer: larger values fail",
  "{column} becomes a small integer: larger values fail, or are cut",
  "{what} counts to {end} and then every insert fails",
  "{column} counts as {kind}: it is full soon, and then every insert fails",
  "the sequence of {column} still ends where the old type did; ALTER SEQUENCE ... AS bigint as well",
  "SQLite has no {what}; {table} stays as it is",
  "SQLite cannot add {column} as primary key or unique",
  "SQLite cannot add {column} with a default that is not constant",
  "SQLite cannot add {column} as a stored generated column",
  "SQLite cannot drop {column}, which is a key or unique",
  "{column} gets an implicit value in rows that are there, and inserts of code that does not know it fail",
  "{column} has no value for rows that are there: it fails on any table that is not empty",
  "{column} has another value in each row, so every row of {table} is written anew while it is locked",
  "every row of {table} is written anew while nobody can read or write it",
  "{table} is copied row by row, and nobody can write to it meanwhile",
  "{column} becomes {charset}: it is written anew, and order and uniqueness may change",
  "every row of {table} is looked at while nobody can read or write it",
  "{column} is looked at in every row, and a null in any of them fails it",
  "{table} is built anew without {column}: what is in it is gone",
  "{table} and its rows are gone, and running code that names it fails",
  "{column} and what is in it is gone, and running code that names it fails",
  "foreign keys and views on {table} go with it, unnamed",
  "all rows of {table} are gone",
  "so are all rows of the tables that refer to {table}",
  "the rows of a partition of {table} are gone",
  "foreign keys that rest on this constraint of {table} go with it, unnamed",
  "whatever depends on {name} goes with it, unnamed",
  "the {thing} is gone, and whatever uses it fails",
  "code that runs while this is applied still asks {table} for {column}",
  "code that runs while this is applied still asks for {table}",
  "{statement} writes every row of {table} anew, and nobody can write to it meanwhile",
  "{statement} keeps everybody from {table} for as long as it takes",
  "it waits for a lock without an end, and everybody who comes later waits behind it",
  "nobody can write to {table} while the index is built",
  "the drop waits for all readers of {table}, and everybody else waits behind it",
  "every row of {table} is checked while nobody can write to it or to the table it refers to",
  "every row of {table} is checked while nobody can read or write it",
  "nobody can read or write {table} while its index is built",
  "the tool runs this file in a transaction, where {what} is refused",
  "the file began a transaction, where {what} is refused",
  "golang-migrate sends this file as one message, which PostgreSQL runs in one transaction, where {what} is refused",
  "{table} sorts and compares by other rules; a conversion writes every row anew",
  "PostgreSQL cannot take the value {value} of {name} back",
  "MySQL commits before and after this statement: a later failure undoes nothing",
  "every row of {table} is written in one transaction, which holds up whoever writes to it",
  "the schema changes and rows of {table} are written in one file: neither can be undone or repeated alone",
  "this file changes things that have nothing to do with each other, and they can only be undone together",
  "the tool runs this file in a transaction, and SQLite refuses another one within it",
  "this ends the tool's transaction: what comes behind it, and the tool's own entry, is not kept or dropped with the rest",
  "this undoes what stands before it, and the version counts as applied all the same",
  "nothing commits the transaction that begins here: the server drops it when the connection ends",
  "{table} is made only by {version}, which comes later",
  "{column} goes in the same release that brings what replaces it: watch the code on the new schema first",
  "{column} goes in the same step that brings what replaces it: code that runs meanwhile has neither time nor a way back",
  "{table} goes in the same step that brings what replaces it",
  "nothing is expected at {token}",
  "it is nested too deep to be read: more than {brackets} brackets within one another, or {words} words with no comma between them",
  "CONCURRENTLY is PostgreSQL's alone",
  "{what} has to be given a value, and code that is released may write otherwise",
  "{what} takes no null any more, and code that is released may write otherwise",
  "{what} takes no null and loses its default, and code that is released may write otherwise",
  "{what} takes less than before, and code that is released may write otherwise",
  "{what} takes values of another kind, and code that is released may write otherwise",
  "{what} is asked of each row that is written, and code that is released may write otherwise",
  "switchback knows no {word}; write: switchback:accept RULE until 2026-12-31 and the reason",
  "it has no last day; write: switchback:accept RULE until 2026-12-31 and the reason",
  "{day} is no date; write: switchback:accept RULE until 2026-12-31 and the reason",
  "it has no reason; write: switchback:accept RULE until 2026-12-31 and the reason",
  "there is no rule {name}",
  "it held until {day}",
  "{table} comes back empty: its rows are gone with the up",
  "{column} comes back empty: its values are gone with the up",
  "what went with the {thing} is gone with the up, and its rows with it",
  "the down deletes all rows of {table}, also those the up did not bring",
  "rows of {table} are deleted, and no down brings them back",
  "values of {table} are overwritten, and no down brings them back",
  "rows of a partition of {table} are deleted, and no down brings them back",
  "the way down of {version} refuses to run",
  "after the down {left}",
  "after the down {left}, and {more} more",
  "a statement's effect is not in its text",
  "a statement cannot be read",
  "the down writes over values of {column}, which the up left alone",
  "the down builds {table} anew, and no file tells which columns it has",
  "values that did not fit are not brought back",
  "PostgreSQL cannot remove a value of an enumeration",
  "there is no way up",
  "there is no way down",
  "it is run again as it was",
  "there is nothing to undo",
  "the way down holds no statement",
  "its tool's list says that the way down loses nothing",
  "a command runs it: what the way down loses is not known",
  "{thing} is still there",
  "{thing} is taken away, and the up had not made it",
  "{thing} is not brought back",
  "{thing} stays changed",
  "{was} is still called {now}",
  "{table} comes back without its column {column}",
  "{column} comes back as {now}, not {was}",
  "{column} goes back to {now}, not to {was}",
  "{table} goes back without its column {column}",
  "{table} keeps {column}",
] as const;

/** What is said within one of these, and never alone, with its values by name. */
export const parts = [
  "`flyway repair` takes the file as it is",
  "{what} of 1 row ({version})",
  "{what} of {rows} rows ({version})",
  "{what} ({version})",
  "what its proof did not bring back: {told}",
  "what its own up took away: {what}",
  "{table}: {gone} of {rows} rows",
  "{column}: its values",
  "whatever its command takes away, which nobody can count",
  "whatever {place} takes away, which nobody can count",
  "what of {what} row level security hides from this login, which nobody can count",
  "the position {position} of sequence {sequence}",
  "the quota {name}: no limit",
  "the quota {name}: room for {fits}",
  "quotas may not be read",
  "{nodes} nodes: no limit",
  "{nodes} nodes: room for {fits}",
  "the nodes' room may not be read",
  "{pods} of {wanted} pods; {limits}",
  "table {name}",
  "column {name}",
  "constraint {name} of {table}",
  "index {name}",
  "view {name}",
  "materialized view {name}",
  "function {name}",
  "procedure {name}",
  "trigger {name}",
  "type {name}",
  "domain {name}",
  "sequence {name}",
  "schema {name}",
  "extension {name}",
  "database {name}",
  "policy {name}",
  "event {name}",
  "rule {name}",
  "role {name}",
  "object {name}",
  "the type of {column}",
  "NOT NULL of {column}",
  "the default of {column}",
  "the form of {table}",
  "the character set of {table}",
  "check {name} of {table}",
  "a check of {table}",
  "the database",
  "its table",
  "several changes in one ALTER TABLE",
] as const;

/** What gates and items of checklists say, with its values by name. */
export const gates = [
  "deploy",
  "rollback",
  "adopt",
  "withdrawal",
  "no deployment of {target} is under way",
  "{kind} of {version} has not ended: {why} (deployment {deployment})",
  "whoever ran it is gone; `switchback resume` finishes or undoes it",
  "{target} is in {train}, which has not ended",
  "{release} is not quarantined",
  "{release} is quarantined: {why}",
  "{release} brings the same artifact, configuration and secrets as {version}, which is quarantined: {why}",
  "{release} brings the same artifact, configuration, secrets and migrations as {version}, which is quarantined: {why}",
  "{target} is not paused",
  "{target} is paused after a rollback ({by}): {why}",
  "opens {at}",
  "no freeze and no holiday",
  "no rule closes it",
  "nothing is started or stopped",
  "a way back is open at any hour",
  "frozen {rule}",
  "frozen {rule}, until {at}",
  "holiday {rule}",
  "holiday {rule}, until {at}",
  "open: {rule}",
  "open: {rule}, until {at}",
  "denied {rule}",
  "denied {rule}, until {at}",
  "allowed {rule}",
  "allowed {rule}, until {at}",
  "allowed only {rule}",
  "overridden by {by}: {why}",
  "open",
  "taken back by {by}",
  "taken back by {by}: {note}",
  "{by} ticked another question: {question}",
  "ticked for an earlier deployment of this version",
  "ticked by {by}",
  "ticked by {by}: {note}",
  "{template}: {done} of {all} done",
  "{item}: {evidence}",
  "{item}: no data: {evidence}",
  "{by} would start it, and the own yes never counts",
  "{by} is not one of those asked",
  "{by} said yes without a key that the policy trusts",
  "{by} said yes too long ago",
  "{given} of {need} approvals",
  "{given} of {need} approvals: {names}",
  "missing: {names}",
  "missing: nobody is left to ask",
  "{version} is no release yet, so that nobody can say yes to it",
  "not yet: this version was not deployed here",
  "ended with 0",
  "the answer names no state",
  "{keys} keys and {secrets} secrets, no rule broken",
  "no release {version} is known: `switchback release add`",
  "this build has no such runtime",
  "no answer in time",
  "{service} has no migrations",
  "{versions} versions, each with a way back or accepted without one",
  "it was not deployed here",
  "its last deployment did not succeed",
  "its deployment is under way",
  "runs since {minutes} min, {wanted} were asked for",
  "runs since {minutes} min of {wanted}",
  "runs since {minutes} min of {wanted}, for it was started again",
  "nobody is named",
  "{channel} cannot be told: {why}",
  "the last message to {channel} did not arrive: {why}",
  "no channel is told when a deployment starts: name `started` under `notify`",
  "told when it starts: {channels}",
  "nothing runs yet that could be lost",
  "{revision} ({version}) comes back whole",
  "no way back was rehearsed",
  "{from} -> {to} rehearsed on {day} in {seconds} s",
  "the last drill, {from} -> {to}, did not come through",
  "the release {version} names no commit",
  "no source is given: write forge, file, url or run",
  "{command} gave no answer in time",
  "{command} ended with {code}: {last}",
  "open; closes {at}",
  "closed; opens {at}",
  "nothing has checked {commit} yet",
  "{passed} of {all} checks of {commit} passed",
  "{commit} waits for {names}",
  "{commit} failed: {names}",
] as const;
