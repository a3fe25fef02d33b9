//! The command line's grammar. Names and exit codes are a stable contract.

pub mod accepting;
mod approval;
mod drill;
mod found;
mod gates;
mod looking;
pub mod migrations;
mod moves;
mod notify;
mod schedule;
mod train;

pub use approval::Approval;
pub use drill::Drill;
pub use found::{Drift, DriftAct, Import, Secrets, Settling};
pub use gates::{Approve, Checklist, Freeze, Gates, Glass, Override, PolicyGlass, ReleaseLock, Window};
pub use looking::{Diff, Logs};
pub use moves::{Deploy, Plan, Rollback};
pub use notify::Notify;
pub use schedule::{Later, Scheduled};
pub use train::{Train, TrainAct, TrainStart};

use clap::{Args as Arguments, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Ship, verify, roll back.
#[derive(Debug, Parser)]
#[command(name = "switchback", version, about, arg_required_else_help = true)]
pub struct Args {
    /// Where history and state live [default: the platform's data directory]
    #[arg(long, global = true, env = "SWITCHBACK_HOME", value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// What is written to standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub output: Format,
    #[command(subcommand)]
    pub command: Command,
}

/// Standard output's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Apply a policy file, or a folder of them
    Apply {
        /// File or folder
        #[arg(short, long, value_name = "FILE")]
        file: PathBuf,
        /// Show what would change, change nothing
        #[arg(long)]
        dry_run: bool,
        /// Also when it no longer names targets that run
        #[arg(long)]
        let_go: bool,
        #[command(flatten)]
        glass: PolicyGlass,
    },
    /// Write the policy in force
    Export,
    /// Releases
    #[command(subcommand)]
    Release(Release),
    /// What a deployment would do, without doing it
    Plan(Plan),
    /// Deploy a version and wait until it is verified or undone
    Deploy(Deploy),
    /// Go back to a prior revision
    Rollback(Rollback),
    /// Deploy several services one after the other, undone together when one fails
    Train(Train),
    /// What has been deployed
    History {
        /// Service
        service: String,
        /// Environment
        environment: String,
        /// How many rows
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// How one revision, or one environment, differs from another
    Diff(Diff),
    /// What the instances of a target print, secrets taken out
    Logs(Logs),
    /// What runs where
    Status,
    /// One deployment with its steps, evidence and diagnosis
    Show {
        /// Its id
        deployment: String,
    },
    /// Ask a running deployment to stop and undo
    Abort {
        /// Its id
        deployment: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Say yes to a deployment that waits for a person
    Confirm {
        /// Its id
        deployment: String,
    },
    /// Finish or undo what a killed process left behind
    Resume {
        /// Rows that a way back takes with it may go
        #[arg(long, conflicts_with = "keep_schema")]
        lose_data: bool,
        /// A way back that would lose rows is left out: the old app runs on the schema as it is
        #[arg(long)]
        keep_schema: bool,
    },
    /// What holds a deployment back; exit code 3 when anything does
    Gates(Gates),
    /// When deploys are allowed
    #[command(subcommand)]
    Window(Window),
    /// Say yes to what deploying a version would do now
    Approve(Approve),
    /// Approvals between desks, and of the policy
    #[command(subcommand)]
    Approval(Approval),
    /// The policy file's format
    #[command(subcommand)]
    Policy(Policy),
    /// What is looked at before, during and after a deployment
    #[command(subcommand)]
    Checklist(Checklist),
    /// Dates without deploys
    #[command(subcommand)]
    Freeze(Freeze),
    /// Gates that were passed with a reason
    #[command(subcommand)]
    Override(Override),
    /// Deployments that begin by themselves
    #[command(subcommand)]
    Scheduled(Scheduled),
    /// Stay awake: begin what is scheduled, finish what killed processes left behind, deliver messages
    Agent,
    /// Stop the deployment that has a target, and undo what it did
    ReleaseLock(ReleaseLock),
    /// Let a target take deployments again after a rollback paused it
    ReleasePause {
        /// SERVICE/ENVIRONMENT
        target: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Releases that must not ship again
    #[command(subcommand)]
    Quarantine(Quarantine),
    /// What does not run as it was deployed; exit code 3 when anything does not
    Drift(Drift),
    /// Rehearse a way back in a place apart, and measure it; exit code 1 when it does not hold
    Drill(Drill),
    /// What runs and is not ours; with a container and a target: take it over, without touching it
    Import(Import),
    /// Secrets in the keychain
    #[command(subcommand)]
    Secret(Secret),
    /// Channels by which people are told
    #[command(subcommand)]
    Notify(Notify),
    /// Who did what, when and why
    #[command(subcommand)]
    Audit(Audit),
    /// Migrations: what is paired with what, and what is wrong with them
    #[command(subcommand)]
    Migrations(migrations::Migrations),
    /// Name the cause of a failed start from its log
    Diagnose(Diagnose),
    /// What works on this machine and what does not
    Doctor,
    /// Make a home that shows the living demo
    Demo,
}

/// The policy file's format.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Policy {
    /// Its JSON Schema, for editors
    Schema,
}

/// Releases.
#[derive(Debug, Subcommand)]
pub enum Release {
    /// Pin a version by digest
    Add {
        /// Service
        service: String,
        /// Version
        version: String,
        /// Image or folder, when it is not the service's own with the version as its tag
        #[arg(long)]
        from: Option<String>,
        /// The commit it was built from
        #[arg(long)]
        commit: Option<String>,
        /// What is in it
        #[arg(long, default_value = "")]
        notes: String,
    },
    /// A service's releases
    List {
        /// Service
        service: String,
    },
    /// One release
    Show {
        /// Service
        service: String,
        /// Version
        version: String,
    },
}

/// The quarantine.
#[derive(Debug, Subcommand)]
pub enum Quarantine {
    /// What is in it
    List,
    /// Let a release out
    Clear {
        /// Service
        service: String,
        /// Version
        version: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

/// Secrets.
#[derive(Debug, Subcommand)]
pub enum Secret {
    /// Store a value, read from standard input
    Set {
        /// Name, for example stripe/production
        name: String,
    },
    /// The same as set, for a value that is there already
    Rotate {
        /// Name
        name: String,
    },
    /// Names and fingerprints
    List,
    /// Remove a name with all its values, those of prior revisions too
    Remove {
        /// Name
        name: String,
        /// Its name once more, where a target of the policy uses it
        #[arg(long, default_value = "", hide_default_value = true)]
        confirm: String,
    },
}

/// The audit.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Newest entries first
    List {
        /// Words to look for
        #[arg(default_value = "")]
        search: String,
        /// Only this actor
        #[arg(long)]
        who: Option<String>,
        /// Only this environment
        #[arg(long)]
        environment: Option<String>,
        /// Only what belongs to this release train
        #[arg(long, value_name = "TRAIN")]
        train: Option<String>,
        /// Also single steps and probes
        #[arg(long)]
        every_step: bool,
    },
    /// Check the whole chain; exit code 8 when it is broken
    Verify,
    /// All entries as JSON lines
    Export,
}

/// What is known of a failed start.
#[derive(Debug, Arguments)]
pub struct Diagnose {
    /// The log's file, or - for standard input
    pub log: String,
    /// What it ran on
    #[arg(long, value_parser = ["process", "docker", "kubernetes"])]
    pub runtime: Option<String>,
    /// How it ended
    #[arg(long)]
    pub exit_code: Option<i64>,
    /// A file with the engine's or cluster's events, a line each
    #[arg(long)]
    pub events: Option<PathBuf>,
}
