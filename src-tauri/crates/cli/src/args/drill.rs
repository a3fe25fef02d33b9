//! The grammar of drills.

use clap::Args as Arguments;

/// Which way back to rehearse.
#[derive(Debug, Arguments)]
pub struct Drill {
    /// Service
    pub service: String,
    /// Environment
    pub environment: String,
    /// Revision to go back to, `r41` [default: what ran when the present one came]
    #[arg(long, conflicts_with = "list")]
    pub to: Option<String>,
    /// List the drills there were instead
    #[arg(long)]
    pub list: bool,
    /// The environment's name, where it is protected: the copy gets its configuration and secrets
    #[arg(long, default_value = "")]
    pub confirm: String,
}
