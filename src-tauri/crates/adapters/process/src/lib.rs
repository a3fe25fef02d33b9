//! The process runtime: supervised commands on this machine, and the TCP switch in front of them.
//!
//! The embedded default: it needs no engine. Everything that has to outlive the application is a small detached
//! process ([`supervise`], [`tcp_switch`]) which the application finds again through files and sockets under one state
//! directory (`layout::Layout`). Deliberately not here: deciding when to start, stop or switch (the engine), health
//! probes (the engine), and reading secrets from the keychain (values arrive with each call and go no further than the
//! child's environment). Linux only, for `/proc` is how a process is recognised after its number was used again.

mod command;
mod control;
mod folder;
mod found;
mod journal;
mod kernel;
mod launch;
mod layout;
mod loopback;
mod post;
mod programs;
mod release;
mod runtime;
mod socket;
mod status;
mod supervisor;
mod switch;
mod trouble;
mod watch;

pub use command::answer;
pub use programs::LocalPrograms;
pub use runtime::Process;
pub use supervisor::supervise;
pub use switch::{TcpSwitch, tcp_switch};
