//! Tests against real parts.

#![allow(clippy::unwrap_used, reason = "a test ends at what it did not expect")]

mod accepted;
mod adopt;
mod approvals;
mod by_command;
mod checklists;
mod contained;
mod copies;
mod crash;
mod cut;
mod demo;
mod desktop;
mod docker;
mod drift;
mod drill;
mod edited;
mod engines;
mod faults;
mod foreign;
mod forges;
mod gates;
mod gateway;
mod glass;
mod keychain;
mod kubernetes;
mod locks;
mod migrating;
mod migrations;
mod moved;
mod night;
mod notify;
mod numbers;
mod process;
mod remote;
mod revisions;
mod routers;
mod schedule;
mod secrets;
mod settled;
mod stopped;
mod told;
mod train;
mod way_back;
mod window;
mod with_release;
