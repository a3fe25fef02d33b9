//! The pure heart of Switchback: vocabulary, plans, the deployment machine, diagnosis, and the ports others implement.
//!
//! Nothing here reads a clock, draws a random number, does I/O or awaits. [`ident::Clock`] and [`ident::IdSource`] are
//! passed in; the traits under [`port`] are only *declared* here so that every adapter depends on this crate alone.

pub mod deployment;
pub mod diagnosis;
pub mod drift;
pub mod drill;
pub mod failure;
pub mod gate;
pub mod health;
pub mod ident;
pub mod leak;
pub mod mask;
pub mod migration;
pub mod name;
pub mod plan;
pub mod planner;
pub mod port;
pub mod record;
pub mod reference;
pub mod release;
pub mod said;
pub mod says;
pub mod schema;
pub mod server;
pub mod strategy;
pub mod train;
pub mod workload;

#[cfg(test)]
mod machine_tests;
