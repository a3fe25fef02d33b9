//! Release trains: several services of an environment, undone together in reverse order.

mod crash;
mod first;
mod mixed;
mod process;
mod stuck;
pub mod yard;
