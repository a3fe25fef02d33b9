//! Gateways: routers in front of instances, switched through one port whatever they are.
//!
//! [`Nginx`] owns one file with one `upstream` block; everything else in an nginx configuration stays its owner's.
//! [`Routers`] hands each call to the switchboard for its kind of router. Deliberately not here: the TCP switch, which
//! belongs to the process runtime, and any knowledge of deployments.

mod block;
mod census;
mod command;
mod file;
mod nginx;
mod routers;

pub use nginx::Nginx;
pub use routers::Routers;
