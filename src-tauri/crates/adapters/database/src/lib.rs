//! Migrations on real databases: what is applied, and the proof that a down undoes its up.
//!
//! PostgreSQL, MySQL or MariaDB, and SQLite. A proof never touches the database it is pointed at: it makes a scratch one on
//! the same server, and removes it. The bookkeeping tables of the team's tools are read as the tools write them.
//!
//! Deliberately not here: which migrations there are (`switchback_core::migration`) and what their SQL means (the linter).

mod connection;
mod error;
mod place;
mod proof;
mod rows;
mod schema;
mod scratch;
mod script;
mod status;

pub use connection::Connection;
pub use error::DatabaseError;
pub use place::Place;
pub use proof::{Outcome, Proof, Timed, prove};
pub use schema::schema;
pub use status::{Standing, State, Status, status};
