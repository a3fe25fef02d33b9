//! Tests of the store through its ports, on real files. What an attacker does is done by a second, raw connection.

mod books;
mod chain;
mod file;
mod journal;
mod lease;
mod outbox;
mod overrides;
mod paging;
mod records;
mod train;
mod weeks;
mod writers;

use crate::{Signer, Store, head::with_suffix};
use sqlx::{
    AssertSqlSafe, Connection as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use std::path::PathBuf;
use switchback_core::{
    deployment::{Event, State, next},
    failure::{Failure, FailureKind},
    health::HealthGate,
    ident::{Actor, DeploymentId, Instant, RevisionNumber},
    name::Target,
    plan::{Before, Kind, Plan},
    planner::{Intent, plan},
    port::{AuditFilter, Counts, History, Lease, Ledger, LedgerError, Owner, Turn},
    record::{Audit, Consequence, consequences},
    release::{Artifact, Digest},
    strategy::Strategy,
    workload::{ProcessSettings, Settings, Workload},
};

/// A folder with a database, and the store on it.
pub struct Bench {
    pub folder: tempfile::TempDir,
    pub store: Store,
}

impl Bench {
    pub async fn new() -> Self {
        Self::with(None).await
    }

    pub async fn with(signer: Option<Signer>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("history.db"), signer).await.unwrap();
        Self { folder, store }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("history.db")
    }

    pub async fn raw(&self) -> SqliteConnection {
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(self.path())).await.unwrap()
    }

    /// What somebody with the file and a SQLite shell can do.
    pub async fn attack(&self, sql: &str) {
        let mut raw = self.raw().await;
        for guard in ["audit_no_update", "audit_no_delete", "event_no_update"] {
            sqlx::query(AssertSqlSafe(format!("drop trigger {guard}"))).execute(&mut raw).await.unwrap();
        }
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut raw).await.unwrap();
    }

    /// The first page of a table is lost, as where a disk forgot it.
    pub async fn lose_table(&self, table: &str) {
        let mut raw = self.raw().await;
        let root = "select rootpage, (select page_size from pragma_page_size) from sqlite_master where name = ?";
        let (root, size): (u64, u64) = sqlx::query_as(root).bind(table).fetch_one(&mut raw).await.unwrap();
        raw.close().await.unwrap();
        let file = std::fs::OpenOptions::new().write(true).open(self.path()).unwrap();
        let zeros = vec![0; usize::try_from(size).unwrap()];
        std::os::unix::fs::FileExt::write_all_at(&file, &zeros, (root - 1) * size).unwrap();
    }

    pub async fn lease(&self) -> Lease {
        self.store.acquire(&target(), &owner(1), "a test", at(0), &|_| false).await.unwrap()
    }
}

pub fn at(second: i64) -> Instant {
    Instant::new(1_800_000_000 + second, 123_456_789).unwrap()
}

pub fn target() -> Target {
    "checkout/production".parse().unwrap()
}

pub fn amara() -> Actor {
    Actor { name: "amara".to_owned(), origin: "cli, laptop".to_owned() }
}

pub fn owner(number: u128) -> Owner {
    let session = uuid::Uuid::from_u128(number);
    Owner { label: format!("owner {number}"), host: "laptop".to_owned(), pid: 7, session }
}

pub fn workload(version: &str) -> Workload {
    Workload {
        artifact: Artifact::Folder { path: "/srv/checkout".into(), digest: Digest::of(version.as_bytes()) },
        config: [("MODE".to_owned(), "live".to_owned())].into(),
        secrets: std::collections::BTreeMap::new(),
        settings: Settings::Process(ProcessSettings {
            run: vec!["checkout".to_owned()],
            port: 8080,
            grace: std::time::Duration::from_secs(10),
        }),
        replicas: 1,
        schema: None,
        health: None,
    }
}

/// The plan from `before` to a revision.
pub fn planned(id: u128, kind: Kind, before: Option<Before>, revision: u32, version: &str) -> Plan {
    plan(Intent {
        deployment: DeploymentId(uuid::Uuid::from_u128(id)),
        kind,
        target: target(),
        now: at(0),
        before,
        leftovers: Vec::new(),
        revision: RevisionNumber(revision),
        version: version.to_owned(),
        workload: workload(version),
        strategy: Strategy::Recreate,
        health: HealthGate::default(),
        smoke: Vec::new(),
        before_deploy: Vec::new(),
        after_deploy: Vec::new(),
        pause_after_rollback: true,
        schema: switchback_core::planner::Moves::default(),
        surge: None,
    })
}

pub fn first_event() -> Event {
    Event::Planned { by: amara(), reason: "the fix".to_owned() }
}

/// Commits a plan the way the executor does.
pub async fn begin(store: &Store, lease: &Lease, plan: &Plan, now: Instant) -> Result<(), LedgerError> {
    let event = first_event();
    let state = next(plan, None, &event).unwrap();
    store.begin(lease, plan, &event, now, &consequences(plan, &state, &event, &amara())).await
}

/// Appends events, folding the state, from `seq` on.
pub async fn walk(store: &Store, lease: &Lease, plan: &Plan, seq: u32, events: &[Event], now: Instant) -> State {
    let (_, entries) = store.load(plan.deployment).await.unwrap();
    let mut state = switchback_core::deployment::fold(plan, &entries).unwrap().unwrap();
    for (index, event) in (seq..).zip(events) {
        state = next(plan, Some(&state), event).unwrap();
        let consequences = consequences(plan, &state, event, &amara());
        let turn = Turn { event: event.clone(), state: state.clone(), consequences };
        store.append(lease, plan.deployment, index, &[turn], now).await.unwrap();
    }
    state
}

/// Every event of a deployment that succeeds.
pub fn success(plan: &Plan) -> Vec<Event> {
    let step = |step| [Event::StepStarted { step }, Event::StepDone { step, result: "done".to_owned() }];
    let mut events: Vec<Event> = (0..plan.pivot).flat_map(step).collect();
    events.push(Event::Committed);
    events.extend((plan.pivot..plan.steps.len()).flat_map(step));
    events.push(Event::Succeeded);
    events
}

/// The first step fails by the release's own fault, and is undone.
pub fn failure() -> Vec<Event> {
    let kind = FailureKind::Exited { code: Some(1), out_of_memory: false, after_ms: 40 };
    vec![
        Event::StepStarted { step: 0 },
        Event::StepFailed { step: 0, failure: Failure::new(kind, "it exited with 1"), diagnosis: None },
        Event::UndoStarted { step: 0 },
        Event::UndoDone { step: 0, result: "undone".to_owned() },
        Event::RolledBack,
    ]
}

/// A whole deployment that succeeds.
pub async fn deploy(store: &Store, lease: &Lease, id: u128, revision: u32, version: &str) -> Plan {
    let before = store.target(&target()).await.unwrap().current;
    let plan = planned(id, Kind::Deploy, before, revision, version);
    let now = at(i64::try_from(id).unwrap());
    begin(store, lease, &plan, now).await.unwrap();
    walk(store, lease, &plan, 1, &success(&plan), now).await;
    plan
}

pub fn entry(action: &str, subject: &str) -> Audit {
    Audit {
        by: amara(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        environment: Some("production".to_owned()),
        why: "because".to_owned(),
        before: serde_json::Value::Null,
        after: serde_json::json!({ "b": 1, "a": subject }),
    }
}
