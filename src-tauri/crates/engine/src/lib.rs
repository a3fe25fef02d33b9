//! Runs a [`switchback_core::plan::Plan`] against the ports: executor, health gate, leases, recovery, outbox.
//!
//! It has no choice left: what is done, in which order, and how it is undone stand in the plan. It may be killed
//! between any two lines; the journal says where it was, and [`Engine::resume`] goes on from there.

mod act;
mod cover;
mod engine;
mod executor;
mod gate;
mod lease;
mod migrate;
mod outbox;
mod probe;
mod route;
mod undo;
mod verify;

pub use engine::{Engine, EngineError, Ports, Runtimes};
pub use executor::Run;
pub use lease::{Held, certainly_dead};
pub use outbox::{Round, deliver_due};
pub use route::upstream;
