//! The declarative file, `switchback.yaml`: text in, values out. Pure, like core: no file is opened here.
//!
//! [`Document`] is what the file says; [`parse`] and [`merge`] read it and name every mistake with its place;
//! [`to_yaml`] writes the one normal form; [`diff`] says what a new file changes; [`Document::target`] turns a target
//! into the values the planner wants. Storing, applying and auditing a document belong to others.

pub mod document;
pub mod environment;
mod form;
pub mod health;
pub mod notify;
pub mod scalar;
pub mod strategy;
pub mod target;
pub mod weekly;

pub use document::Document;
