//! The counts, as one table on standard output.

use super::Side;
use std::{fmt, time::Duration};
use switchback_core::deployment::State;

/// The strikes of one kind and what became of them.
#[derive(Debug, Clone)]
pub struct Row {
    /// Runtime, strategy, act.
    pub name: String,
    /// On which side of an entry.
    pub side: String,
    /// How many never began, succeeded, were rolled back, aborted, stuck.
    pub ended: [u32; 5],
    /// How often a second desk was refused meanwhile.
    pub refused: u32,
    /// How often the act, or taking it up, ended only once the engine was back.
    pub waited: u32,
    /// All in all.
    pub took: Duration,
}

impl Row {
    /// Nothing yet.
    pub fn new(name: &str, side: Side) -> Self {
        Self {
            name: name.to_owned(),
            side: side.to_string(),
            ended: [0; 5],
            refused: 0,
            waited: 0,
            took: Duration::ZERO,
        }
    }

    /// Counts one strike by the ending of its deployment.
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

    /// How many strikes.
    pub fn strikes(&self) -> u32 {
        self.ended.iter().sum()
    }
}

/// Rows under a head.
#[derive(Debug, Default)]
pub struct Table(pub Vec<Row>);

impl Table {
    /// Adds a row, to one of the same name if there is one: several lanes may have shared its entries.
    pub fn add(&mut self, row: Row) {
        let same = self.0.iter_mut().find(|other| (&other.name, &other.side) == (&row.name, &row.side));
        let Some(same) = same else { return self.0.push(row) };
        same.ended.iter_mut().zip(row.ended).for_each(|(sum, more)| *sum += more);
        same.refused += row.refused;
        same.waited += row.waited;
        same.took = same.took.max(row.took);
    }

    /// How many strikes in all rows.
    pub fn strikes(&self) -> u32 {
        self.0.iter().map(Row::strikes).sum()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["never began", "succeeded", "rolled back", "aborted", "stuck", "refused", "waited"];
        write!(f, "{:<54} {:<7} {:>7}", "what", "side", "strikes")?;
        head.iter().try_for_each(|word| write!(f, " {word:>11}"))?;
        writeln!(f, " {:>8}", "seconds")?;
        for row in &self.0 {
            write!(f, "{:<54} {:<7} {:>7}", row.name, row.side, row.strikes())?;
            row.ended.iter().chain([&row.refused, &row.waited]).try_for_each(|count| write!(f, " {count:>11}"))?;
            writeln!(f, " {:>8.1}", row.took.as_secs_f64())?;
        }
        write!(f, "{:<54} {:<7} {:>7}", "all", "", self.strikes())
    }
}
