//! The grammar of gates: windows, freezes, overrides.

use clap::{Args as Arguments, Subcommand};

/// Which gates.
#[derive(Debug, Arguments)]
pub struct Gates {
    /// Service
    pub service: String,
    /// Environment
    pub environment: String,
    /// Version [default: what holds any version]
    pub version: Option<String>,
}

/// Windows.
#[derive(Debug, Subcommand)]
pub enum Window {
    /// Whether deploys are allowed, why, and when that changes
    When {
        /// Service
        service: String,
        /// Environment
        environment: String,
        /// Another instant than now, such as 2026-11-27T15:10:00+01:00
        #[arg(long, value_name = "INSTANT", value_parser = super::schedule::instant)]
        at: Option<jiff::Timestamp>,
    },
}

/// Freezes.
#[derive(Debug, Subcommand)]
pub enum Freeze {
    /// Close an environment for a time
    Add {
        /// Environment
        environment: String,
        /// Its first local time, such as 2026-12-18T12:00 [default: now]
        #[arg(long, value_name = "LOCAL")]
        from: Option<String>,
        /// The first local time after it
        #[arg(long, value_name = "LOCAL")]
        to: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Those that are not over
    List,
    /// End or withdraw one
    Remove {
        /// Its id
        id: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

/// Say yes.
#[derive(Debug, Arguments)]
pub struct Approve {
    #[command(flatten)]
    pub of: Candidate,
    /// What you looked at
    #[arg(long, default_value = "", hide_default_value = true)]
    pub note: String,
    /// The hash of the plan you saw: refused when deploying would do something else now
    #[arg(long, value_name = "HASH")]
    pub plan: Option<String>,
}

/// Checklists.
#[derive(Debug, Subcommand)]
pub enum Checklist {
    /// Every item with its evidence; exit code 3 while something required before the deployment is missing
    Show {
        #[command(flatten)]
        of: Candidate,
    },
    /// Tick an item
    Tick {
        #[command(flatten)]
        of: Candidate,
        /// Its name
        item: String,
        /// What you saw
        #[arg(long, default_value = "", hide_default_value = true)]
        note: String,
        /// How often it had been ticked and unticked when you looked [default: whatever it is now]
        #[arg(long)]
        seen: Option<u32>,
    },
    /// Take a tick back
    Untick {
        #[command(flatten)]
        of: Candidate,
        /// Its name
        item: String,
        /// Why
        #[arg(long)]
        reason: String,
        /// How often it had been ticked and unticked when you looked [default: whatever it is now]
        #[arg(long)]
        seen: Option<u32>,
    },
}

/// A version for a target.
#[derive(Debug, Arguments)]
pub struct Candidate {
    /// Service
    pub service: String,
    /// Environment
    pub environment: String,
    /// Version
    pub version: String,
}

/// Whose deployment is stopped.
#[derive(Debug, Arguments)]
pub struct ReleaseLock {
    /// SERVICE/ENVIRONMENT
    pub target: String,
    /// Why
    #[arg(long)]
    pub reason: String,
}

/// Overrides.
#[derive(Debug, Subcommand)]
pub enum Override {
    /// Those nobody followed up
    List {
        /// Also those that are done
        #[arg(long)]
        all: bool,
    },
    /// Say what came of one; it is red until then
    FollowUp {
        /// Its id
        id: String,
        /// What came of it
        #[arg(long)]
        note: String,
    },
}

/// Breaking the glass.
#[derive(Debug, Arguments)]
pub struct Glass {
    /// Break the glass: pass closed gates, with this reason
    #[arg(id = "glass", long = "override", value_name = "REASON")]
    pub reason: Option<String>,
    /// Let more deployments of this version pass for so long, such as 2h
    #[arg(long, value_name = "TIME", requires = "glass")]
    pub until: Option<String>,
    /// What may go wrong
    #[arg(long, requires = "glass", default_value = "", hide_default_value = true)]
    pub risk: String,
    /// What is to be done afterwards
    #[arg(long, requires = "glass", default_value = "", hide_default_value = true)]
    pub task: String,
}

/// Breaking the glass over a change of the policy.
#[derive(Debug, Arguments)]
pub struct PolicyGlass {
    /// Break the glass: change it without the approvals that it asks for, with this reason
    #[arg(id = "glass", long = "override", value_name = "REASON")]
    pub reason: Option<String>,
    /// What may go wrong
    #[arg(long, requires = "glass", default_value = "", hide_default_value = true)]
    pub risk: String,
    /// What is to be done afterwards
    #[arg(long, requires = "glass", default_value = "", hide_default_value = true)]
    pub task: String,
}

impl PolicyGlass {
    /// As the application takes it.
    pub fn given(self) -> Option<switchback_api::Overriding> {
        let Self { reason, risk, task } = self;
        reason.map(|reason| switchback_api::Overriding { reason, until: None, risk, task })
    }
}

impl Glass {
    /// As the application takes it.
    pub fn given(self) -> Option<switchback_api::Overriding> {
        let Self { reason, until, risk, task } = self;
        reason.map(|reason| switchback_api::Overriding { reason, until, risk, task })
    }
}
