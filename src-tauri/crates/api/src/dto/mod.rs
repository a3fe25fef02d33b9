//! What crosses the boundary to clients. Plain data, camelCase, enums tagged by `kind`; no secret can be in any of it.

mod approvals;
mod audit;
mod board;
mod clusters;
mod deployment;
mod drift;
mod drill;
mod gates;
mod looking;
mod migrations;
mod plan;
mod schedule;
mod settings;
mod train;

pub use approvals::{ApprovalView, ApprovalsView, RequestView, SignedView, YesView};
pub use audit::{AuditEntry, AuditExport, AuditFilter, AuditPage, AuditVerdict, ExportFormat};
pub use board::{
    Board, BoardRow, Cell, CurrentRevision, Deploying, EnvironmentHead, Health, HistoryEntry, HistoryPage, Outcome,
    Pause, Readiness, StuckAt, WayBack, Week,
};
pub use clusters::{
    CandidateView, CandidatesView, ContainerView, CrewView, PastView, PluginView, PodView, WayInView,
    WorkloadImportView,
};
pub use deployment::{
    DeploymentState, DeploymentView, DiagnosisView, Evidence, LogView, Outlook, ProbeView, StepStatus, StepView,
    ToldView,
};
pub use drift::{DriftView, ImportView, ImportableView};
pub use drill::DrillView;
pub use gates::{CalendarView, ChecklistView, FreezeView, GatesView, Opening, OpeningsView, OverrideView};
pub use looking::{CompareView, ConditionView, DiffView, InstanceLog, SideView};
pub(crate) use migrations::SchemaWay;
pub use migrations::{
    AcceptanceView, EditedView, FindingView, MigrationState, MigrationView, MigrationsView, ProofView, SchemaAt,
    ScriptView, Stale,
};
pub use plan::{Change, Check, ImageChange, PlanStep, PlanView};
pub use schedule::ScheduleView;
pub use settings::{
    AgentView, ChannelView, EngineView, KeychainView, QuarantineView, ReleaseView, SecretView, SettingsView, TargetView,
};
pub use train::{CarView, Resumed, TrainOf, TrainPlanView, TrainState, TrainView};
