//! Tests that run everywhere.

mod diagnosis;
mod house;
