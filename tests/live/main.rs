//! Tests against real parts.

mod engines;
mod keychain;
mod notify;
