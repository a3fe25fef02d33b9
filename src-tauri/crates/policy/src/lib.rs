//! The declarative file, `switchback.yaml`: text in, values out. Pure, like core: no file is opened here.
//!
//! [`Document`] is what the file says; [`parse`] and [`merge`] read it and name every mistake with its place;
//! [`to_yaml`] writes the one normal form; [`diff`] says what a new file changes; [`Document::target`] turns a target
//! into the values the planner wants. Storing, applying and auditing a document belong to others.

mod check;
mod check_kubernetes;
mod check_target;
mod checklists;
pub mod config;
mod diff;
pub mod document;
pub mod environment;
mod form;
pub mod health;
mod holidays;
mod mistakes;
pub mod notify;
mod places;
mod problem;
mod pruned;
mod read;
pub mod resolve;
pub mod scalar;
mod schema;
pub mod strategy;
pub mod target;
pub mod timing;
mod windows;
mod write;

pub use checklists::Template;
pub use config::{ConfigProblem, Fault};
pub use diff::{Change, diff};
pub use document::Document;
pub use holidays::{CALENDAR_LIMIT, read as read_holidays};
pub use problem::Problem;
pub use read::{TEXT_LIMIT, merge, parse, problem_in};
pub use resolve::{PolicyError, Resolved};
pub use schema::schema;
pub use windows::Calendars;
pub use write::to_yaml;
