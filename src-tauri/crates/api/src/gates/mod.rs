//! Gates: what holds a deployment back, asked when it is planned and again when it starts; and passing them in spite of
//! that, accountably. Whatever runs is never cut.

mod calendar;
mod freezes;
mod openings;
mod overriding;
mod verdicts;

pub(crate) use calendar::read as read_calendars;
pub use overriding::Overriding;
pub(crate) use verdicts::{Question, refused};
