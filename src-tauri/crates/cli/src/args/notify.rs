//! The grammar of channels.

use clap::Subcommand;

/// Channels by which people are told.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Notify {
    /// Every channel, what it is told, and whether the last message arrived
    List,
    /// Send a message to every channel; exit code 6 when one of them does not take it
    Test,
}
