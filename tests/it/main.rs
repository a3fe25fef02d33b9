//! Tests that run everywhere.

mod diagnosis;
