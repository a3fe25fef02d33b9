//! The file as its users meet it: read, mistaken, merged, written back and compared.

mod mistakes;
mod readme;
mod resolving;
mod round_trip;
mod templates;

/// The example every part of the format appears in.
const EXAMPLE: &str = include_str!("example.yaml");
