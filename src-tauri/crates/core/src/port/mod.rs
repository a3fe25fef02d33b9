//! The ports: what the core needs from the world, as traits that adapters implement.
//!
//! They are declared here, and only declared, so that every adapter depends on this crate alone. Tests and the
//! conformance suite speak to the traits, never to an adapter's own types.

mod agenda;
mod clusters;
mod databases;
mod drillbook;
mod found;
mod gatebook;
mod history;
mod ledger;
mod logins;
mod notify;
mod outside;
mod programs;
mod proofbook;
mod router;
mod runtime;
mod seal;
mod secrets;
mod trainbook;

pub use agenda::{Agenda, ScheduleRow, ScheduleState};
pub use clusters::{Candidate, Candidates, Clusters, Crew, Memory, Past, Plugin, PodLine, WayIn};
pub use databases::{Databases, Edited, MissingRight, Stands, Stop, Unmet, Walked, never};
pub use drillbook::{Drillbook, JournalsApart};
pub use found::Found;
pub use gatebook::{FreezeRow, Gatebook, LetThrough, OverrideRow, Passed};
pub use history::{
    AuditFilter, AuditRow, ChainVerdict, Counts, Delivery, DeliveryState, DeploymentRow, History, Matching, Page,
    QuarantineRow, RevisionRow, TargetRow, WeekRow,
};
pub use ledger::{Bygone, Lease, Ledger, LedgerError, Owner, Policy, Turn};
pub use logins::{Credentials, is_login, login, login_secret};
pub use notify::{Message, Notifier, NotifyError, Topic};
pub use outside::{Outside, Reply};
pub use programs::{Errand, Programs};
pub use proofbook::{Between, ProofRow, Proofbook, Proven, strayed};
pub use router::{CommandOutput, Commander, Route, Switchboard};
pub use runtime::{
    Answered, Arrival, InstanceState, Lifecycle, LifecycleEvent, Observed, REPORTS, ResolvedSecrets, Room, Runtime,
    Upstream,
};
pub use seal::{Seal, Sealed};
pub use secrets::{SecretError, SecretStatus, Secrets};
pub use trainbook::{TrainRow, Trainbook};
