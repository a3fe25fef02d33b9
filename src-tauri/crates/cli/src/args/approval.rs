//! The grammar of approvals between desks.

use super::gates::Candidate;
use clap::Subcommand;
use std::path::PathBuf;

/// Approvals between desks, and of the policy.
#[derive(Debug, Subcommand)]
pub enum Approval {
    /// Who said yes to deploying a version as it would be deployed now
    Show {
        #[command(flatten)]
        of: Candidate,
    },
    /// Write a request for another desk to standard output
    Request {
        #[command(flatten)]
        of: Candidate,
    },
    /// Write a request for a yes to a change of the policy
    RequestPolicy {
        /// The policy file that is to be applied, or a folder of them
        #[arg(short, long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Show what a request asks for; with --plan sign a yes to it, and write that to standard output
    Sign {
        /// The request's file, or - for standard input
        request: String,
        /// What you looked at
        #[arg(long, default_value = "", hide_default_value = true)]
        note: String,
        /// The hash that was shown: sign a yes to exactly that
        #[arg(long, value_name = "HASH")]
        plan: Option<String>,
    },
    /// Take in a yes that was signed on another desk
    Import {
        /// The signed yes, or - for standard input
        approval: String,
    },
    /// Say yes to a change of the policy, on this desk
    Policy {
        /// The policy file that is to be applied, or a folder of them
        #[arg(short, long, value_name = "FILE")]
        file: PathBuf,
        /// What you looked at
        #[arg(long, default_value = "", hide_default_value = true)]
        note: String,
    },
    /// This desk's public key, for `people` in the policy
    Key,
}
