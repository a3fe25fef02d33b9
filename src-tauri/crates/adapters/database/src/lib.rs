//! Migrations on real databases: what is applied, the proof that a down undoes its up, and running them.
//!
//! PostgreSQL, MySQL or MariaDB, and SQLite. A proof only reads the database it is pointed at: it makes a scratch one
//! like it on the same server, and removes it. The bookkeeping tables of the team's tools are read as the tools write them. What is no SQL is run by the team's own
//! commands.
//!
//! Deliberately not here: which migrations there are (`switchback_core::migration`) and what their SQL means (the linter).

mod address;
mod ahead;
mod aside;
mod books;
mod cascade;
mod confined;
mod connection;
mod copy;
mod demanded;
mod edited;
mod error;
mod fires;
mod guard;
mod half;
mod lock;
mod loss;
mod maker;
mod names;
mod numbers;
mod outside;
mod overwritten;
mod own;
mod part;
mod place;
mod port;
mod progress;
mod proof;
mod prove;
mod reach;
mod retyped;
mod rights;
mod rows;
mod runner;
mod schema;
mod scratch;
mod script;
mod settle;
mod status;
mod taken;
mod tool;
mod undo;
mod unit;
mod unsure;
mod walk;

pub use ahead::{Planned, planned};
pub use connection::Connection;
pub use copy::Ground;
pub use edited::{Again, Edited, Repeatable};
pub use error::DatabaseError;
pub use half::{Doubt, Half, Offer, WayOut, half};
pub use place::Place;
pub use port::Servers;
pub use proof::{Outcome, Proof, Timed};
pub use prove::{Proving, prove};
pub use runner::{Moment, Progress, Ran, RunError, run};
pub use schema::schema;
pub use settle::settle;
pub use status::{Standing, State, Status, status, told};
