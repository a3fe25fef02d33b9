//! The window's start and memory, beside an empty Tauri window in the same run.
//!
//! Both are opened in turn by the same driver in the same private desktop; a start ends when the page's own content is
//! there: for Switchback the board with a release that runs. Both programs are built first:
//! `cargo build --release -p switchback-desktop --features custom-protocol --bins --examples`, then
//! `cargo bench -p switchback-tests --bench window`.

use fantoccini::Locator;
use nix::sys::signal::Signal;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};
use switchback_tests::{
    checkout,
    desktop::{Desktop, Done, PATIENCE, program},
    measure::{Times, ratio},
    part::PartError,
    processes,
};
use switchback_wiring::errand;

/// Starts of each, after one that is not counted.
const STARTS: usize = 10;

fn main() -> Done<ExitCode> {
    if let Some(code) = errand() {
        return Ok(code);
    }
    tokio::runtime::Runtime::new()?.block_on(run())?;
    Ok(ExitCode::SUCCESS)
}

/// One of the two windows.
struct Side {
    program: PathBuf,
    /// What shows that it is there.
    sign: &'static str,
    starts: Times,
    memory: Vec<u64>,
}

impl Side {
    fn new(program: PathBuf, sign: &'static str) -> Self {
        Self { program, sign, starts: Times::default(), memory: Vec::new() }
    }

    async fn start(&mut self, desktop: &Desktop, counted: bool) -> Done {
        let before = desktop.memory()?;
        let began = Instant::now();
        let client = desktop.open_program(&self.program).await?;
        client.wait().at_most(PATIENCE).every(Duration::from_millis(5)).for_element(Locator::Css(self.sign)).await?;
        let took = began.elapsed();
        let memory = desktop.memory()?.saturating_sub(before);
        client.close().await?;
        if counted {
            self.starts.add(took);
            self.memory.push(memory);
        }
        Ok(())
    }

    /// The median, in MiB.
    fn memory(&self) -> f64 {
        let mut sorted = self.memory.clone();
        sorted.sort_unstable();
        let kib = sorted.get(sorted.len() / 2).map(|bytes| u32::try_from(bytes / 1024).unwrap_or(u32::MAX));
        f64::from(kib.unwrap_or_default()) / 1024.0
    }
}

/// Beside the window's program.
fn empty() -> Result<PathBuf, PartError> {
    let path = program()?.with_file_name("examples").join("empty-window");
    if path.is_file() {
        return Ok(path);
    }
    Err(PartError::Missing {
        what: path.display().to_string(),
        how: "run `cargo build --release -p switchback-desktop --features custom-protocol --bins --examples`"
            .to_owned(),
    })
}

async fn run() -> Done {
    let base = tempfile::tempdir()?;
    let measured = measure(base.path()).await;
    processes::signal_all_of(base.path(), Signal::SIGKILL);
    measured
}

async fn measure(base: &Path) -> Done {
    // A board with something to show.
    let home = checkout::deployed(base, env!("CARGO_BIN_EXE_demo-server")).await?;
    let desktop = Desktop::on(&home)?;
    let mut own = Side::new(program()?, "[data-testid='cell-checkout-production']");
    let mut empty = Side::new(empty()?, "#empty");
    for round in 0..=STARTS {
        for side in [&mut own, &mut empty] {
            side.start(&desktop, round > 0).await?;
        }
    }
    println!("{:<12} {:>12} {:>12} {:>12}", "", "start p50", "start max", "memory");
    for (name, side) in [("Switchback", &own), ("empty", &empty)] {
        let (half, most) = (side.starts.percentile(50), side.starts.percentile(100));
        println!("{name:<12} {half:>12.2?} {most:>12.2?} {:>8.1} MiB", side.memory());
    }
    println!(
        "ratio: start {:.2}, memory {:.2}",
        ratio(own.starts.percentile(50), empty.starts.percentile(50)),
        own.memory() / empty.memory().max(f64::EPSILON)
    );
    Ok(())
}
