//! What holds a deployment back before it begins, judged without a clock, a file or a network: facts in, verdicts out.
//!
//! A way back is never held by windows or freezes, and nothing here cuts a deployment that runs: gates are asked when it
//! is planned and once more when it starts.

mod approval;
mod checklist;
pub mod says;
mod verdict;
pub mod window;

pub use approval::{Approval, Given, Void, Wanted, gate as approvals, void};
pub use checklist::{Line, Phase, Tick, gate as checklist, ticked};
pub use verdict::{Brings, Gate, GateKind, in_train, local, lock, pause, quarantine, windows};
