//! A desk that dies: a process that deploys for real and kills itself at a chosen entry of the journal.
//!
//! [`Desk`] is the wiring of the application without its policy file and without a keychain; [`Lane`] is one target
//! that is deployed to again and again, each time with a death one entry later, and examined each time. `away` and
//! `contest` are the same with the engine out of reach and with a second desk at work.

mod away;
mod contest;
mod desk;
mod exam;
mod lane;
mod ledger;
mod nothing_kept;
mod schema;
mod table;
mod tally;
mod trainbook;
mod world;

pub use desk::{Act, Desk};
pub use exam::Exam;
pub use lane::{Ending, Entries, Lane, Trouble};
pub use ledger::{CrashLedger, Fuse, Moment, Side, death};
pub use schema::lay;
pub use table::{Row, Table};
pub use trainbook::CrashTrainbook;
pub use world::World;
