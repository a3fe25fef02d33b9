//! Tests against real parts.

mod docker;
mod engines;
mod gateway;
mod keychain;
mod notify;
mod process;
