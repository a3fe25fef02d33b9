//! The use cases a client may ask for. Shell, command line and tests all go through [`App`]; none of them holds a port.
//!
//! One method, one use case. No method prints, and none decides how something looks.

mod accepting;
mod app;
mod approvals;
mod audit;
mod awake;
mod behind;
mod board;
mod by_hand;
mod changes;
mod checklist;
mod clusters;
pub mod commands;
mod comparing;
mod deploy;
mod drift;
mod drill;
pub mod dto;
mod error;
mod following;
mod gates;
mod history;
mod import;
mod import_workload;
mod looking;
mod migrations;
mod obstacles;
mod plain;
mod plan;
mod policy;
mod proving;
mod readiness;
mod release;
mod released;
mod running;
mod says;
mod schedule;
mod schema;
mod serving;
mod settings;
mod standing;
mod stirring;
mod taking;
mod three_steps;
mod train;
#[cfg(test)]
mod typescript;
mod way_out;
mod word;

pub use accepting::Accepting;
pub use app::{App, Books, Home};
pub use awake::Awake;
pub use drill::Moment as DrillMoment;
pub use error::ApiError;
pub use gates::Overriding;
pub use import::Import;
pub use import_workload::ImportWorkload;
pub use migrations::migration_files;
pub use plan::RollbackOptions;
pub use policy::PolicyFile;
pub use schedule::{Begun, ROUND, Rounds};
pub use switchback_policy::schema as policy_schema;
pub use taking::Taking;
pub use train::CarWish;

/// The answer of every use case.
pub type Answer<T> = Result<T, ApiError>;
