//! The grammar of looking: logs and differences.

use clap::Args as Arguments;

/// Whose output.
#[derive(Debug, Arguments)]
pub struct Logs {
    /// Service
    pub service: String,
    /// Environment
    pub environment: String,
    /// How many of each instance's last lines
    #[arg(long, default_value_t = 100)]
    pub lines: u32,
}

/// Which revisions, or which environments.
#[derive(Debug, Arguments)]
pub struct Diff {
    /// Service
    pub service: String,
    /// Environment
    pub environment: String,
    /// Revision, `r40` [default: the one before what runs]
    pub from: Option<String>,
    /// Revision, `r41` [default: what runs]
    pub to: Option<String>,
    /// Another environment: how what runs here differs from what runs there
    #[arg(long, value_name = "OTHER_ENV", conflicts_with_all = ["from", "to"])]
    pub with: Option<String>,
}
