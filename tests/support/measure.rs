//! Figures of a benchmark: how they are summed up and held against each other in one run.

use std::{
    error::Error,
    fmt,
    time::{Duration, Instant},
};
use switchback_api::App;
use switchback_core::deployment::State;

/// Times of the same act, many times over.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// One more.
    pub fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// The time that `hundredths` of all are not longer than; zero when there are none.
    pub fn percentile(&self, hundredths: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * hundredths).div_ceil(100).max(1);
        sorted.get(rank - 1).copied().unwrap_or_default()
    }
}

impl FromIterator<Duration> for Times {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        Self(times.into_iter().collect())
    }
}

/// What is measured beside what it is measured by, in the same unit.
pub fn ratio(measured: Duration, by: Duration) -> f64 {
    measured.as_secs_f64() / by.as_secs_f64().max(f64::EPSILON)
}

/// How long a release takes from its plan until it has succeeded, through the application's own use cases.
pub async fn deploy(app: &App, target: &str, version: &str) -> Result<Duration, Box<dyn Error + Send + Sync>> {
    let began = Instant::now();
    let plan = app.plan_deploy(target, version).await?;
    let (_, ended) = app.execute(&plan.plan_hash, "a benchmark", "", None).await?;
    match ended {
        State::Succeeded => Ok(began.elapsed()),
        other => Err(format!("{target}: {other:?}").into()),
    }
}

/// Promises of a benchmark: each is printed as it is looked at, and the run ends badly when one does not hold.
#[derive(Debug, Default)]
pub struct Promises {
    broken: usize,
}

impl Promises {
    /// Prints a promise with whether it holds.
    pub fn hold(&mut self, holds: bool, promise: impl fmt::Display) {
        println!("{} {promise}", if holds { "holds:  " } else { "BROKEN: " });
        self.broken += usize::from(!holds);
    }

    /// The exit of the benchmark.
    pub fn exit(self) -> std::process::ExitCode {
        if self.broken == 0 { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let times: Times = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(times.percentile(50), Duration::from_millis(100));
        assert_eq!(times.percentile(99), Duration::from_millis(198));
        assert_eq!(times.percentile(100), Duration::from_millis(200));
        assert_eq!(Times::default().percentile(99), Duration::ZERO);
    }
}
