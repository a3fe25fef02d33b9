//! The TCP switch: what stands in front of supervised processes, as nginx stands in front of containers.
//!
//! One detached daemon per port ([`tcp_switch`]) and its client ([`TcpSwitch`]). It knows nothing of HTTP: a
//! connection keeps the instance it began with, and each new one goes to the present route.

mod client;
mod daemon;
mod protocol;
mod table;

pub use client::TcpSwitch;
pub use daemon::tcp_switch;
