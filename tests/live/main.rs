//! Tests against real parts.

mod docker;
mod engines;
mod keychain;
mod notify;
