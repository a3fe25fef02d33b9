//! A desk that dies: a process that deploys for real and kills itself at a chosen entry of the journal.
//!
//! [`Desk`] is the wiring of the application without its policy file and without a keychain; [`Lane`] is one target
//! that is deployed to again and again, each time with a death one entry later, and examined each time.

mod desk;
mod exam;
mod lane;
mod ledger;
mod nothing_kept;
mod table;
mod tally;
mod world;

pub use desk::{Act, Desk};
pub use exam::Exam;
pub use lane::{Ending, Lane};
pub use ledger::{Death, Side};
pub use table::{Row, Table};
pub use world::{World, free_port};
