//! The one command list: every command a window may call, with its request, its use case and its answer.
//!
//! The list expands to [`NAMES`] and [`dispatch`], so a name that stands here without a method of [`App`] does not
//! compile, and the shell registers exactly these. Deliberately not here: how a request travels, and streams.

use crate::{
    Accepting, Answer, ApiError, App, CarWish, Import, ImportWorkload, Overriding, RollbackOptions, Taking,
    dto::{
        AcceptanceView, ApprovalView, ApprovalsView, AuditExport, AuditFilter, AuditPage, AuditVerdict, Board,
        CalendarView, CandidatesView, ChecklistView, CompareView, DeploymentView, DriftView, DrillView, ExportFormat,
        FreezeView, GatesView, HistoryPage, ImportView, ImportableView, InstanceLog, MigrationsView, OpeningsView,
        OverrideView, PlanView, QuarantineView, ReleaseView, RequestView, Resumed, ScheduleView, SettingsView,
        SignedView, TrainPlanView, TrainView, WayInView, Week, WorkloadImportView,
    },
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use switchback_core::{
    gate::{Line, window::Answer as WindowAnswer},
    ident::{DeploymentId, TrainId},
    schema::OnLoss,
};
use ts_rs::TS;

/// The longest text of a policy file, in bytes.
const LONGEST_FILE: usize = 1024 * 1024;
/// The longest text of anything else, in bytes.
const LONGEST_TEXT: usize = 64 * 1024;
/// How deep a request may nest; no command needs more than one level.
const DEEPEST: usize = 8;

/// The answer to `start`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Started {
    /// The deployment under way.
    #[ts(type = "string")]
    pub deployment: DeploymentId,
}
impl From<DeploymentId> for Started {
    fn from(deployment: DeploymentId) -> Self {
        Self { deployment }
    }
}

/// The answer to `start_train` and `rollback_train`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Departed {
    /// The train under way.
    pub train: String,
}
impl From<TrainId> for Departed {
    fn from(train: TrainId) -> Self {
        Self { train: train.to_string() }
    }
}

/// The answer to `apply`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Applied {
    /// A line per semantic difference.
    pub changes: Vec<String>,
}
impl From<Vec<String>> for Applied {
    fn from(changes: Vec<String>) -> Self {
        Self { changes }
    }
}

/// The answer to `export`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Exported {
    /// The policy in force.
    pub yaml: String,
}
impl From<String> for Exported {
    fn from(yaml: String) -> Self {
        Self { yaml }
    }
}

/// A text that people carry.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Carried {
    /// All of it.
    pub text: String,
}
impl From<String> for Carried {
    fn from(text: String) -> Self {
        Self { text }
    }
}

/// A file that was written.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Saved {
    /// Where.
    pub path: String,
}
impl From<String> for Saved {
    fn from(path: String) -> Self {
        Self { path }
    }
}

/// The answer to `secret_set`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Stored {
    /// Names the value without being it.
    pub fingerprint: String,
}
impl From<String> for Stored {
    fn from(fingerprint: String) -> Self {
        Self { fingerprint }
    }
}

/// The answer to `load_demo`.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Loaded {
    /// Its targets.
    pub targets: Vec<String>,
}

/// A secret on its way in.
#[derive(Debug, Deserialize, TS)]
#[ts(type = "string")]
struct SecretText(SecretString);

/// Request fields in braces, then the use case with its arguments, then what its answer becomes. `hosted` commands are
/// answered by whoever hosts the window: they concern which home is open, which no [`App`] knows.
macro_rules! commands {
    (
        hosted { $($hosted:ident -> $hosts:ty),* }
        $( $name:ident { $($field:ident : $type:ty),* } => $method:ident ( $($argument:expr),* ) -> $answer:ty; )*
    ) => {
        /// Every command, in the order of the list.
        pub const NAMES: &[&str] = &[ $(stringify!($name),)* $(stringify!($hosted),)* ];

        /// Commands that the host answers itself.
        pub const HOSTED: &[&str] = &[ $(stringify!($hosted)),* ];

        /// Runs one command. The request is data from outside: unknown fields and oversized texts are refused.
        pub async fn dispatch(app: &App, name: &str, request: Value) -> Answer<Value> {
            bounded(name, &request)?;
            match name {
                $( stringify!($name) => {
                    #[derive(Deserialize)]
                    #[serde(rename_all = "camelCase", deny_unknown_fields)]
                    struct Request { $($field: $type),* }
                    let Request { $($field),* } = read(name, request, &[$(stringify!($field)),*])?;
                    write(<$answer>::from(app.$method($($argument),*).await?))
                } )*
                $( stringify!($hosted) => Err(ApiError::new("not_found", format!("{name} is not offered here"))), )*
                _ => Err(ApiError::new("not_found", "there is no such command").with("what", name)),
            }
        }

        /// Every command with its request and its answer, as the window's types.
        #[cfg(test)]
        fn typed(types: &mut crate::typescript::Types) {
            $( {
                #[derive(TS)]
                #[ts(rename_all = "camelCase")]
                #[allow(dead_code)]
                struct Request { $($field: $type),* }
                types.command::<Request, $answer>(stringify!($name));
            } )*
            $( {
                #[derive(TS)]
                struct Request {}
                types.command::<Request, $hosts>(stringify!($hosted));
            } )*
        }
    };
}

commands! {
    hosted { load_demo -> Loaded }
    board {} => board() -> Board;
    history { target: String, cursor: Option<String>, limit: u32 } => history(&target, cursor.as_deref(), limit) -> HistoryPage;
    weeks { target: String } => weeks(&target) -> Vec<Week>;
    releases { service: String } => releases(&service) -> Vec<ReleaseView>;
    migrations { target: String } => migrations(&target) -> MigrationsView;
    drills { target: String } => drills(&target) -> Vec<DrillView>;
    drill { target: String, revision: u32, confirm: String } => drill(&target, Some(revision), &confirm, &|_| {}) -> DrillView;
    accept_finding { target: String, asked: Accepting } => accept_finding(&target, &asked) -> AcceptanceView;
    prove_migrations { target: String } => prove_migrations(&target) -> MigrationsView;
    plan_deploy { target: String, version: String } => plan_deploy(&target, &version) -> PlanView;
    compare { from: String, to: String, version: Option<String> } => compare(&from, &to, version.as_deref()) -> CompareView;
    plan_rollback { target: String, revision: u32, way: Option<RollbackOptions> } => plan_rollback(&target, Some(revision), way.unwrap_or_default()) -> PlanView;
    start { plan_hash: String, reason: String, confirm: String, overriding: Option<Overriding> } => start(&plan_hash, &reason, &confirm, overriding.as_ref()) -> Started;
    abort { deployment: String, reason: String } => abort(&deployment, &reason) -> ();
    resume { loss: Option<OnLoss> } => resume(loss) -> Resumed;
    confirm { deployment: String } => confirm(&deployment) -> ();
    deployment { deployment: String } => deployment(&deployment) -> DeploymentView;
    audit {
        search: String, who: Option<String>, action: Option<String>, environment: Option<String>,
        since: Option<jiff::Timestamp>, until: Option<jiff::Timestamp>, cursor: Option<String>,
        every_step: bool
    } => audit(AuditFilter { search, who, action, environment, since, until, cursor, every_step }) -> AuditPage;
    audit_export {
        search: String, who: Option<String>, action: Option<String>, environment: Option<String>,
        since: Option<jiff::Timestamp>, until: Option<jiff::Timestamp>, format: ExportFormat
    } => audit_export(AuditFilter { search, who, action, environment, since, until, cursor: None, every_step: false }, format) -> AuditExport;
    logs { target: String, lines: u32 } => logs(&target, lines) -> Vec<InstanceLog>;
    audit_verify {} => audit_verify() -> AuditVerdict;
    settings {} => settings() -> SettingsView;
    notify_test {} => notify_test() -> ();
    apply { yaml: String, dry_run: bool, overriding: Option<Overriding>, let_go: bool } => apply_text(yaml, dry_run, overriding.as_ref(), let_go) -> Applied;
    policy_approve { yaml: String, note: String } => approve_text(yaml, &note) -> ApprovalView;
    policy_request { yaml: String } => request_text(yaml) -> Carried;
    export {} => export() -> Exported;
    secret_set { name: String, value: SecretText } => secret_set(&name, value.0) -> Stored;
    secret_remove { name: String, confirm: String } => secret_remove(&name, &confirm) -> ();
    drift {} => drift() -> Vec<DriftView>;
    plan_adopt { target: String, taking: Taking } => plan_adopt(&target, &taking) -> PlanView;
    plan_revert { target: String } => plan_revert(&target) -> PlanView;
    importable { engine: Option<String> } => importable(engine.as_deref()) -> Vec<ImportableView>;
    import_preview { import: Import } => import_preview(&import) -> ImportView;
    import { import: Import, reason: String, confirm: String } => import(&import, &reason, &confirm) -> ImportView;
    cluster_ways { kubeconfig: Option<String> } => cluster_ways(kubeconfig.as_deref()) -> Vec<WayInView>;
    cluster_namespaces { kubeconfig: Option<String>, context: Option<String> } => cluster_namespaces(kubeconfig.as_deref(), context.as_deref()) -> Vec<String>;
    cluster_workloads { kubeconfig: Option<String>, context: Option<String>, namespace: String } => cluster_workloads(kubeconfig.as_deref(), context.as_deref(), &namespace) -> CandidatesView;
    import_workload_preview { import: ImportWorkload } => import_workload_preview(&import) -> WorkloadImportView;
    import_workload { import: ImportWorkload, reason: String, confirm: String } => import_workload(&import, &reason, &confirm) -> WorkloadImportView;
    gates { target: String, version: Option<String> } => gates(&target, version.as_deref()) -> GatesView;
    window_when { target: String, at: Option<jiff::Timestamp> } => window_when(&target, at) -> WindowAnswer;
    openings { target: String } => openings(&target) -> OpeningsView;
    calendar { environment: String, from: jiff::Timestamp, to: jiff::Timestamp } => calendar(&environment, from, to) -> CalendarView;
    checklist { target: String, version: String } => checklist(&target, &version) -> ChecklistView;
    evaluate { target: String, version: String, item: String } => evaluate_item(&target, &version, &item) -> Line;
    tick { target: String, version: String, item: String, ticked: bool, note: String, seen: Option<u32> } => tick(&target, &version, &item, ticked, &note, seen) -> ChecklistView;
    approve { target: String, version: String, note: String, plan_hash: Option<String> } => approve(&target, &version, &note, plan_hash.as_deref()) -> ApprovalView;
    approvals { target: String, version: String } => approvals(&target, &version) -> ApprovalsView;
    approval_key {} => approval_key() -> Carried;
    approval_request { target: String, version: String } => approval_request(&target, &version) -> Carried;
    approval_look { request: String } => approval_look(&request) -> RequestView;
    approval_sign { request: String, note: String, seen: String } => approval_sign(&request, &note, Some(&seen)) -> SignedView;
    approval_import { text: String } => approval_import(&text) -> ApprovalView;
    approval_save { text: String } => approval_save(&text) -> Saved;
    freeze_add { environment: String, from: Option<String>, to: String, reason: String } => freeze_add(&environment, from.as_deref(), &to, &reason) -> FreezeView;
    freezes {} => freezes() -> Vec<FreezeView>;
    freeze_remove { id: String, reason: String } => freeze_remove(&id, &reason) -> ();
    schedule { plan_hash: String, reason: String, confirm: String, at: Option<jiff::Timestamp> } => schedule(&plan_hash, &reason, &confirm, at) -> ScheduleView;
    scheduled { waiting: bool } => scheduled(waiting) -> Vec<ScheduleView>;
    unschedule { id: String, reason: String } => unschedule(&id, &reason) -> ();
    plan_train { environment: String, cars: Vec<CarWish> } => plan_train(&environment, &cars) -> TrainPlanView;
    start_train { plans: Vec<String>, reason: String, confirm: String, overriding: Option<Overriding> } => start_train(&plans, &reason, &confirm, overriding.as_ref()) -> Departed;
    trains { waiting: bool } => trains(waiting) -> Vec<TrainView>;
    train { train: String } => train(&train) -> TrainView;
    abort_train { train: String, reason: String } => abort_train(&train, &reason) -> ();
    plan_train_rollback { train: String } => plan_train_rollback(&train) -> TrainPlanView;
    rollback_train { train: String, reason: String, confirm: String } => rollback_train(&train, &reason, &confirm) -> Departed;
    overrides { open: bool } => overrides(open) -> Vec<OverrideView>;
    follow_up { id: String, note: String } => follow_up(&id, &note) -> OverrideView;
    quarantine_list {} => quarantine_list() -> Vec<QuarantineView>;
    quarantine_clear { service: String, version: String, reason: String } => quarantine_clear(&service, &version, &reason) -> ();
    lock_release { target: String, reason: String } => lock_release(&target, &reason) -> Started;
    pause_release { target: String, reason: String } => pause_release(&target, &reason) -> ();
}

/// Reads a request. The parser's own words are left out: they quote values, and one of them may be a secret.
fn read<T: DeserializeOwned>(name: &str, request: Value, fields: &[&str]) -> Answer<T> {
    serde_json::from_value(request).map_err(|_| {
        let fields = if fields.is_empty() { "nothing".to_owned() } else { fields.join(", ") };
        ApiError::new("bad_input", format!("the request of {name} does not fit; it takes {fields}"))
    })
}

fn write(answer: impl Serialize) -> Answer<Value> {
    serde_json::to_value(answer).map_err(|error| ApiError::new("internal", error.to_string()))
}

/// Refuses texts longer than the command may carry.
fn bounded(name: &str, request: &Value) -> Answer<()> {
    let most = if matches!(
        name,
        "apply" | "policy_approve" | "policy_request" | "approval_look" | "approval_sign" | "approval_save"
    ) {
        LONGEST_FILE
    } else {
        LONGEST_TEXT
    };
    if fits(request, most, DEEPEST) {
        return Ok(());
    }
    Err(ApiError::new("bad_input", format!("a text in the request is longer than {} KiB", most / 1024)))
}

fn fits(value: &Value, most: usize, depth: usize) -> bool {
    let Some(below) = depth.checked_sub(1) else { return false };
    match value {
        Value::String(text) => text.len() <= most,
        Value::Array(items) => items.iter().all(|item| fits(item, most, below)),
        Value::Object(fields) => fields.iter().all(|(key, item)| key.len() <= most && fits(item, most, below)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stale file is written anew, so that running the test again is the way out; on a CI machine nobody commits that.
    #[test]
    fn the_windows_types_are_those_of_the_list() {
        // At run time: clones share a cache folder, so that this test may have been built in another one.
        let here = std::env::var("CARGO_MANIFEST_DIR").unwrap();
        let path = std::path::Path::new(&here).join("../../../ui/src/lib/bindings/contract.ts");
        let mut types = crate::typescript::Types::default();
        typed(&mut types);
        types.stream::<DeploymentView>();
        types.stream::<crate::dto::CrewView>();
        let fresh = types.to_string();
        if std::fs::read_to_string(&path).unwrap_or_default() != fresh {
            std::fs::write(path, fresh).unwrap();
            panic!("ui/src/lib/bindings/contract.ts was stale; it is written anew, commit it");
        }
    }

    #[test]
    fn a_text_beyond_its_bound_is_refused_and_only_apply_takes_a_long_one() {
        let long = serde_json::json!({ "yaml": "x".repeat(LONGEST_TEXT + 1) });
        assert!(bounded("apply", &long).is_ok());
        assert_eq!(bounded("secret_set", &long).unwrap_err().code, "bad_input");
        assert!(bounded("apply", &serde_json::json!(["x".repeat(LONGEST_FILE + 1)])).is_err());
    }

    #[test]
    fn a_request_that_does_not_fit_is_refused_without_its_values() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Request {
            #[allow(dead_code)]
            value: SecretString,
        }
        let error = read::<Request>("secret_set", serde_json::json!({ "value": 271_828 }), &["value"]).unwrap_err();
        assert!(!format!("{error:?}").contains("271828"));
        assert!(read::<Request>("secret_set", serde_json::json!({ "value": "a", "other": 1 }), &["value"]).is_err());
    }
}
