//! How a step fails, as facts with their evidence. Clients translate [`FailureKind::code`]; nobody matches on message text.

use crate::ident::Instant;
use serde::{Deserialize, Serialize};

/// Who holds a workload that is paused: nobody but a person's word.
pub const PAUSED: &str = "a pause";

/// Most lines of an instance's output that a failure carries.
pub const EVIDENCE_LINES: usize = 200;

/// What of a way into a cluster does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fault {
    /// A kubeconfig cannot be read.
    Kubeconfig,
    /// It lacks a context, or what the context names.
    Context,
    /// Its login plugin.
    Plugin,
    /// The login is refused.
    #[default]
    Login,
}

/// Passes of a probe, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InARow {
    /// As many as there were, at most.
    pub came: u32,
    /// As many as the gate wants.
    pub wanted: u32,
}

impl std::fmt::Display for InARow {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{} of {}", self.came, self.wanted)
    }
}

/// What went wrong, in kinds a client can act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum FailureKind {
    /// The runtime (engine, supervisor) does not answer.
    Unreachable {
        /// Where it was looked for.
        endpoint: String,
    },
    /// The database of a service's migrations does not answer.
    DatabaseAway {
        /// Its name in the policy.
        database: String,
    },
    /// Somebody else holds a lock there, or runs migrations.
    DatabaseHeld {
        /// Its name in the policy.
        database: String,
    },
    /// The registry does not have the image.
    ImageMissing {
        /// Which.
        image: String,
    },
    /// The registry refused our login, or wants one.
    ImageDenied {
        /// Which.
        image: String,
    },
    /// The registry does not answer.
    RegistryUnreachable {
        /// Which image was asked for.
        image: String,
    },
    /// The artifact's content is not what its digest says, or the folder is gone.
    ArtifactGone {
        /// Which.
        artifact: String,
    },
    /// Something else listens on the port.
    PortInUse {
        /// Which.
        port: u16,
    },
    /// No room on the runtime's disk.
    DiskFull {
        /// Where.
        place: String,
    },
    /// The program could not be started at all.
    StartRefused,
    /// The program ended.
    Exited {
        /// Its exit code; 128 plus the signal's number when killed.
        code: Option<i64>,
        /// The kernel killed it for memory.
        out_of_memory: bool,
        /// From its start to its end, in milliseconds.
        after_ms: u64,
    },
    /// The gate's time was up without enough passes in a row.
    Unhealthy {
        /// The finding of the last probe that did not pass; of the last one where all did.
        last: String,
        /// How many passes it came to, where there were any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        passes: Option<InARow>,
    },
    /// A smoke test said no.
    SmokeFailed {
        /// Which.
        what: String,
    },
    /// A hook failed.
    HookFailed {
        /// Which.
        what: String,
    },
    /// The router refused the new configuration; the old one still serves.
    RouterRefused {
        /// Its own words.
        said: String,
    },
    /// A secret the revision needs is not in the keychain.
    SecretMissing {
        /// Which.
        name: String,
    },
    /// There is no keychain to ask.
    KeychainMissing {
        /// Why not.
        why: String,
    },
    /// The way in does not work: the kubeconfig, its login plugin or its token.
    NoAccess {
        /// Where to.
        endpoint: String,
        /// What of it.
        #[serde(default)]
        fault: Fault,
    },
    /// A database let nobody in with this user and password.
    LoginRefused {
        /// The secret that is its password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
    },
    /// A table has the name of the migration tool's own and is another's.
    ForeignTable {
        /// Which.
        table: String,
    },
    /// The cluster does not let us do what the deployment needs.
    Forbidden {
        /// What is not allowed.
        what: String,
    },
    /// The workload a target names is not there.
    WorkloadMissing {
        /// Which.
        workload: String,
    },
    /// The workload must not be changed now.
    WorkloadHeld {
        /// Which.
        workload: String,
        /// By whom or what.
        by: String,
    },
    /// Somebody else changed what the instance runs while it was verified: what is seen of it says nothing of the release.
    Interfered {
        /// By what, as the cluster knows it.
        by: String,
    },
    /// No room for its pods: a quota, or no node that takes them.
    Unplaceable {
        /// The cluster's own words.
        said: String,
    },
    /// A ConfigMap or Secret that the workload's own manifest names is not in the cluster, or a key of it.
    ReferenceMissing {
        /// The cluster's own words.
        said: String,
    },
    /// The cluster's own rules refuse what the deployment would make.
    AdmissionRefused {
        /// Their words.
        said: String,
    },
    /// A migration was refused, or is half applied and cannot be finished.
    MigrationFailed {
        /// Its version.
        version: String,
    },
    /// A way back would take rows with it, and nobody said that they may go.
    MigrationLoses {
        /// What, with how many rows and of which version.
        what: String,
    },
    /// A person asked to stop.
    AbortedByPerson {
        /// Who.
        by: String,
    },
    /// Anything else the runtime said.
    Other,
}

impl FailureKind {
    /// Every code there is.
    pub const CODES: [&str; 31] = [
        "target_unreachable",
        "database_unreachable",
        "migration_locked",
        "image_missing",
        "image_denied",
        "registry_unreachable",
        "artifact_gone",
        "port_in_use",
        "disk_full",
        "start_refused",
        "exited",
        "unhealthy",
        "smoke_failed",
        "hook_failed",
        "router_refused",
        "secret_missing",
        "keychain_missing",
        "no_access",
        "login_refused",
        "foreign_table",
        "forbidden",
        "workload_missing",
        "workload_held",
        "interfered",
        "unplaceable",
        "reference_missing",
        "admission_refused",
        "migration_refused",
        "migration_loses",
        "aborted",
        "runtime_error",
    ];

    /// The stable code clients translate.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "target_unreachable",
            Self::DatabaseAway { .. } => "database_unreachable",
            Self::DatabaseHeld { .. } => "migration_locked",
            Self::ImageMissing { .. } => "image_missing",
            Self::ImageDenied { .. } => "image_denied",
            Self::RegistryUnreachable { .. } => "registry_unreachable",
            Self::ArtifactGone { .. } => "artifact_gone",
            Self::PortInUse { .. } => "port_in_use",
            Self::DiskFull { .. } => "disk_full",
            Self::StartRefused => "start_refused",
            Self::Exited { .. } => "exited",
            Self::Unhealthy { .. } => "unhealthy",
            Self::SmokeFailed { .. } => "smoke_failed",
            Self::HookFailed { .. } => "hook_failed",
            Self::RouterRefused { .. } => "router_refused",
            Self::SecretMissing { .. } => "secret_missing",
            Self::KeychainMissing { .. } => "keychain_missing",
            Self::NoAccess { .. } => "no_access",
            Self::LoginRefused { .. } => "login_refused",
            Self::ForeignTable { .. } => "foreign_table",
            Self::Forbidden { .. } => "forbidden",
            Self::WorkloadMissing { .. } => "workload_missing",
            Self::WorkloadHeld { .. } => "workload_held",
            Self::Interfered { .. } => "interfered",
            Self::Unplaceable { .. } => "unplaceable",
            Self::ReferenceMissing { .. } => "reference_missing",
            Self::AdmissionRefused { .. } => "admission_refused",
            Self::MigrationFailed { .. } => "migration_refused",
            Self::MigrationLoses { .. } => "migration_loses",
            Self::AbortedByPerson { .. } => "aborted",
            Self::Other => "runtime_error",
        }
    }
}

/// One line a program printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When, if the runtime knows.
    pub at: Option<Instant>,
    /// Standard error rather than standard output.
    pub stderr: bool,
    /// The text, without its newline, secrets masked.
    pub text: String,
}

/// A failure with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What went wrong.
    #[serde(flatten)]
    pub kind: FailureKind,
    /// The runtime's own words.
    pub message: String,
    /// The instance's last lines, at most [`EVIDENCE_LINES`].
    #[serde(default)]
    pub log: Vec<LogLine>,
    /// What the runtime noted about the instance, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
}

impl Failure {
    /// A failure without log lines.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), log: Vec::new(), events: Vec::new() }
    }
    /// Whether trying again may help without anybody changing anything: the runtime or the database was away, or held.
    pub fn passing(&self) -> bool {
        matches!(
            self.kind,
            FailureKind::Unreachable { .. } | FailureKind::DatabaseAway { .. } | FailureKind::DatabaseHeld { .. }
        )
    }
}
