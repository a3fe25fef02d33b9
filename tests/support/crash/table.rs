//! The counts, as one table on standard output.

use super::Side;
use std::{fmt, time::Duration};
use switchback_core::deployment::State;

/// The deaths of one kind and what became of them.
#[derive(Debug, Clone)]
pub struct Row {
    /// Runtime, strategy, act.
    pub name: String,
    /// On which side of an entry.
    pub side: String,
    /// How many never began, succeeded, were rolled back, aborted, stuck.
    pub ended: [u32; 5],
    /// All in all.
    pub took: Duration,
}

impl Row {
    /// Nothing yet.
    pub fn new(name: &str, side: Side) -> Self {
        Self { name: name.to_owned(), side: side.to_string(), ended: [0; 5], took: Duration::ZERO }
    }

    /// Counts one death by the ending of its deployment.
    pub fn count(&mut self, ended: Option<&State>) {
        let column = match ended {
            None => 0,
            Some(State::Succeeded) => 1,
            Some(State::RolledBack { .. }) => 2,
            Some(State::Aborted { .. }) => 3,
            Some(_) => 4,
        };
        self.ended[column] += 1;
    }

    /// How many deaths.
    pub fn deaths(&self) -> u32 {
        self.ended.iter().sum()
    }
}

/// Rows under a head.
#[derive(Debug, Default)]
pub struct Table(pub Vec<Row>);

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["never began", "succeeded", "rolled back", "aborted", "stuck"];
        write!(f, "{:<44} {:<7} {:>7}", "what", "side", "deaths")?;
        head.iter().try_for_each(|word| write!(f, " {word:>11}"))?;
        writeln!(f, " {:>8}", "seconds")?;
        for row in &self.0 {
            write!(f, "{:<44} {:<7} {:>7}", row.name, row.side, row.deaths())?;
            row.ended.iter().try_for_each(|count| write!(f, " {count:>11}"))?;
            writeln!(f, " {:>8.1}", row.took.as_secs_f64())?;
        }
        write!(f, "{:<44} {:<7} {:>7}", "all", "", self.0.iter().map(Row::deaths).sum::<u32>())
    }
}
