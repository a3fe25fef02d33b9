//! The grammar of deployments that begin by themselves.

use clap::{Args as Arguments, Subcommand};

/// When.
#[derive(Debug, Arguments)]
#[group(skip)]
pub struct Later {
    /// Begin by itself when the window opens and nothing else holds it
    #[arg(long, group = "later", conflicts_with = "glass")]
    pub when_open: bool,
    /// Begin by itself not before this instant, such as 2026-11-30T10:00:00+01:00; refused when the window is closed then
    #[arg(long, value_name = "INSTANT", value_parser = instant, group = "later", conflicts_with_all = ["glass", "when_open"])]
    pub at: Option<jiff::Timestamp>,
    /// Stay, begin it from here when its hour comes, and wait for its end
    #[arg(long, requires = "later")]
    pub wait: bool,
}

impl Later {
    /// Whether it is to begin later.
    pub fn asked(&self) -> bool {
        self.when_open || self.at.is_some()
    }
}

/// Scheduled deployments.
#[derive(Debug, Subcommand)]
pub enum Scheduled {
    /// Those that wait, and what holds each
    List {
        /// Also those that began, were cancelled or lapsed
        #[arg(long)]
        all: bool,
    },
    /// Take one back
    Cancel {
        /// Its id
        id: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

/// An instant, which names its offset: a clock's time alone is another instant in another zone.
pub fn instant(text: &str) -> Result<jiff::Timestamp, String> {
    text.parse()
        .map_err(|_| "write date, time and offset, such as 2026-11-30T10:00:00+01:00 or 2026-11-30T09:00Z".to_owned())
}
