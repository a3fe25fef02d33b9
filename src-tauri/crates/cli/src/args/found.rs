//! The grammar of what runs otherwise than it was deployed, or was not deployed at all: drift and import.

use clap::{Args as Arguments, Subcommand};

/// Drift.
#[derive(Debug, Arguments)]
pub struct Drift {
    /// What to do about it [default: list it]
    #[command(subcommand)]
    pub act: Option<DriftAct>,
}

/// What to do about drift.
#[derive(Debug, Subcommand)]
pub enum DriftAct {
    /// Take what runs as the truth: a new revision, nothing is started or stopped
    Adopt {
        #[command(flatten)]
        act: Settling,
        #[command(flatten)]
        secrets: Secrets,
    },
    /// Bring back what is recorded, and wait for the end
    Revert {
        #[command(flatten)]
        act: Settling,
    },
}

/// What both acts on drift are told.
#[derive(Debug, Arguments)]
pub struct Settling {
    /// SERVICE/ENVIRONMENT
    pub target: String,
    /// Show what would happen, change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Why, for the audit
    #[arg(long, default_value = "drift settled from the command line")]
    pub reason: String,
    /// The environment's name, where it is protected
    #[arg(long, default_value = "")]
    pub confirm: String,
}

/// What may be done with variables that look like secrets.
#[derive(Debug, Arguments)]
pub struct Secrets {
    /// Move variables that look like secrets into the keychain; without it they are refused
    #[arg(long)]
    pub keychain: bool,
    /// This variable is no secret, whatever it looks like
    #[arg(long, value_name = "NAME")]
    pub plain: Vec<String>,
}

/// What to take over.
#[derive(Debug, Arguments)]
pub struct Import {
    /// The container's name, or with --namespace a workload such as deployment/checkout [default: list what there is]
    #[arg(requires = "target")]
    pub container: Option<String>,
    /// SERVICE/ENVIRONMENT it becomes
    pub target: Option<String>,
    /// Where it runs, as the policy file writes it [default: every engine of the policy, else the default one]
    #[arg(long)]
    pub engine: Option<String>,
    /// What to call what runs [default: its image's tag]
    #[arg(long)]
    pub version: Option<String>,
    #[command(flatten)]
    pub cluster: Cluster,
    #[command(flatten)]
    pub secrets: Secrets,
    /// Show the policy file and what would happen, change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Why, for the audit
    #[arg(long, default_value = "imported from the command line")]
    pub reason: String,
    /// The environment's name, where it is protected
    #[arg(long, default_value = "")]
    pub confirm: String,
}

/// Where a workload of a cluster is.
#[derive(Debug, Arguments)]
pub struct Cluster {
    /// Of a Kubernetes cluster: the namespace; the workload's history comes with it
    #[arg(long, conflicts_with_all = ["engine", "version"])]
    pub namespace: Option<String>,
    /// The kubeconfig's context [default: the current one]
    #[arg(long, requires = "namespace")]
    pub context: Option<String>,
    /// The kubeconfig [default: the usual one]
    #[arg(long, value_name = "FILE", requires = "namespace")]
    pub kubeconfig: Option<std::path::PathBuf>,
    /// The container whose image is changed [default: the first]
    #[arg(long = "container", value_name = "NAME", requires = "namespace")]
    pub inside: Option<String>,
    /// Although Argo CD, Helm or Flux looks after it
    #[arg(long, requires = "namespace")]
    pub take_over: bool,
    /// Protect the environment, where it is made anew: --confirm names it from then on
    #[arg(long, requires = "namespace")]
    pub protect: bool,
}
