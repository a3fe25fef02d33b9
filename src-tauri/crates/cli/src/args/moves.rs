//! The grammar of what moves a target: plan, deploy, rollback.

use super::{Glass, Later};
use clap::Args as Arguments;

/// What to plan.
#[derive(Debug, Arguments)]
pub struct Plan {
    /// Service
    pub service: String,
    /// Environment
    pub environment: String,
    /// Version to deploy; with --to a revision to go back to
    pub version: Option<String>,
    /// Revision, `r41`
    #[arg(long, conflicts_with = "version")]
    pub to: Option<String>,
}

/// What to deploy.
#[derive(Debug, Arguments)]
pub struct Deploy {
    /// Service
    pub service: String,
    /// Environment
    pub environment: String,
    /// Version
    pub version: String,
    /// Why, for the audit
    #[arg(long, default_value = "deployed from the command line")]
    pub reason: String,
    /// The environment's name, where it is protected
    #[arg(long, default_value = "")]
    pub confirm: String,
    #[command(flatten)]
    pub glass: Glass,
    #[command(flatten)]
    pub later: Later,
}

/// Where to go back to.
#[derive(Debug, Arguments)]
pub struct Rollback {
    /// Service
    pub service: String,
    /// Environment
    pub environment: String,
    /// Revision, `r41` [default: what ran when the present one came]
    #[arg(long)]
    pub to: Option<String>,
    /// Show what would happen, change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Rows that the downs take with them may go; without it such a rollback does not begin
    #[arg(long)]
    pub lose_data: bool,
    /// Start all pods of the old revision at once beside the others, where quota and nodes have room for them; the
    /// workload's own rule comes back afterwards (Deployments on Kubernetes)
    #[arg(long)]
    pub urgent: bool,
    /// Why, for the audit
    #[arg(long, default_value = "rolled back from the command line")]
    pub reason: String,
    /// The environment's name, where it is protected
    #[arg(long, default_value = "")]
    pub confirm: String,
    #[command(flatten)]
    pub glass: Glass,
}
