//! Tests that run everywhere.

#![allow(clippy::unwrap_used, reason = "a test ends at what it did not expect")]

mod diagnosis;
mod house;
mod labelled;
mod migrations;
mod words;
