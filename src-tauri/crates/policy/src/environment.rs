//! An environment's policy as it is written: time zone, windows, freezes, approvals, and the checklists it refers to.
//!
//! Whether a window is open at an instant is the gates' business, not this file's.

use crate::{
    form::form,
    scalar::{SecretName, Span},
    timing::{LocalTime, RuleText},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use switchback_core::name::Environment;

form! {
    /// An environment's policy.
    pub struct EnvironmentSpec {
        /// The IANA time zone its windows and freezes are in; UTC when left out.
        pub zone: Option<String>,
        /// Whether it is read-only in the window until unlocked.
        pub protected: bool,
        /// The environment releases are promoted from.
        #[schemars(with = "Option<String>")]
        pub promote_from: Option<Environment>,
        /// When deploys are allowed or denied; deny wins. Always allowed when empty.
        pub windows: Vec<Window>,
        /// Spans of dates without deploys.
        pub freezes: Vec<Dates>,
        /// Spans of dates with deploys beside the windows; what denies still wins.
        pub openings: Vec<Dates>,
        /// Calendars (.ics) of days without deploys, relative to the file.
        pub holidays: Vec<String>,
        /// Who must say yes.
        pub approvals: Option<Approvals>,
        /// The checklist of its deployments.
        pub checklist: Option<String>,
        /// What happens to later deploys after an automatic rollback; `continue` when left out.
        pub after_rollback: AfterRollback,
    }
}

/// What happens to later deploys after an automatic rollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AfterRollback {
    /// They wait until somebody releases them.
    Pause,
    /// They go on.
    #[default]
    Continue,
}

form! {
    /// A recurring rule; exactly one of `allow` and `deny`.
    pub struct Window {
        /// Deploys are allowed then.
        pub allow: Option<RuleText>,
        /// Deploys are denied then, whatever allows them.
        pub deny: Option<RuleText>,
        /// Why, shown to whoever waits.
        pub why: Option<String>,
    }
}

/// A span of local time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Dates {
    /// The first local instant of it.
    pub from: LocalTime,
    /// The first local instant after it.
    pub to: LocalTime,
    /// Why, shown to whoever waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// How many of whom must approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Approvals {
    /// How many.
    pub need: u16,
    /// Of whom. The requester never counts.
    pub of: Vec<String>,
    /// How long an approval holds; 24 h when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expire: Option<Span>,
}

form! {
    /// A checklist in its three phases.
    pub struct Checklist {
        /// Other checklists whose items come first; one of the same name replaces theirs.
        pub include: Vec<String>,
        /// Ticked before the deployment may start.
        pub before: Vec<Item>,
        /// Ticked while it runs.
        pub during: Vec<Item>,
        /// Ticked before it counts as closed.
        pub after: Vec<Item>,
    }
}

/// One line of a checklist; exactly one of `auto` and `ask`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Item {
    /// Its name within the checklist.
    pub id: String,
    /// What evaluates it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto: Option<Auto>,
    /// What a person is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// Whether the phase waits for it; yes when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// For `ci-green`: the forge that knows the commit's checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forge: Option<Forge>,
    /// For `ci-green` and `on-call`: the file, relative to this one, whose first line says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// For `ci-green` and `on-call`: the address that says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// For `ci-green` and `on-call`: the command that says it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub run: Vec<String>,
    /// For `rollback-ready`: how long ago a way back may have been rehearsed; none is asked for when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsed_within: Option<Span>,
    /// For `observed`: how long.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub lasting: Option<Span>,
}

form! {
    /// Where a commit's checks are asked for; exactly one of `github`, `gitlab` and `gitea`.
    pub struct Forge {
        /// A repository on GitHub: `shop/checkout`.
        pub github: Option<String>,
        /// A project on GitLab: `shop/checkout`.
        pub gitlab: Option<String>,
        /// A repository on Gitea or Forgejo: `shop/checkout`.
        pub gitea: Option<String>,
        /// The address of a forge of your own; of GitHub Enterprise with `/api/v3`. The public one when left out.
        pub at: Option<String>,
        /// Where the token is kept.
        pub token: Option<SecretName>,
    }
}

/// What a checklist item can evaluate by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Auto {
    /// The commit's checks passed.
    CiGreen,
    /// Every migration of the release has a way back.
    MigrationsReversible,
    /// The configuration satisfies the service's schema.
    ConfigComplete,
    /// The revision before can be restored now.
    RollbackReady,
    /// The artifact is to be had.
    ImagePresent,
    /// A window is open.
    WindowOpen,
    /// Somebody is on call.
    OnCall,
    /// The people to be told were told.
    PeopleInformed,
    /// Watched for a time without a failing sample.
    Observed,
}

impl Auto {
    /// The word it is written by.
    pub fn word(self) -> &'static str {
        match self {
            Self::CiGreen => "ci-green",
            Self::MigrationsReversible => "migrations-reversible",
            Self::ConfigComplete => "config-complete",
            Self::RollbackReady => "rollback-ready",
            Self::ImagePresent => "image-present",
            Self::WindowOpen => "window-open",
            Self::OnCall => "on-call",
            Self::PeopleInformed => "people-informed",
            Self::Observed => "observed",
        }
    }
}
