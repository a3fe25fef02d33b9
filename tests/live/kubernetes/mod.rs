//! Kubernetes on a real cluster: the port's text, the desk through the command, and what only a cluster does.

mod board;
mod conformance;
mod crashes;
mod desk;
mod drill;
mod hurried;
mod import;
mod interfered;
mod kinds;
mod logins;
mod lost;
mod luck;
mod moves;
mod own;
mod pace;
mod partly;
mod probes;
mod refusals;
mod resume;
mod scale;
mod watches;
pub mod yard;
