//! Tests against real parts.

mod engines;
