//! Two hundred process targets at once, beside the slowest of them alone.
//!
//! Each is really deployed through the application's own use cases: some one after the other, the others all at once.
//! `cargo bench -p switchback-tests --bench targets`.

use nix::sys::signal::Signal;
use std::{fmt::Write as _, path::Path, process::ExitCode, time::Instant};
use switchback_tests::{
    measure::{Times, deploy, ratio},
    port, processes,
};
use switchback_wiring::{Options, errand, open};
use tokio::task::JoinSet;

type Done<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const TARGETS: usize = 200;
/// How many of further targets are deployed alone, to know the slowest.
const ALONE: usize = 20;

fn main() -> Done<ExitCode> {
    // The supervisor of each instance is this program again.
    if let Some(code) = errand() {
        return Ok(code);
    }
    tokio::runtime::Runtime::new()?.block_on(run())?;
    Ok(ExitCode::SUCCESS)
}

fn policy() -> String {
    let mut text = "version: 1\nservices:\n".to_owned();
    for number in 0..TARGETS + ALONE {
        let _ = writeln!(text, "  s{number}: {{ folder: release }}");
    }
    text += "environments: { test: { zone: UTC } }\ntargets:\n";
    for number in 0..TARGETS + ALONE {
        let port = port::free();
        let run = "process: { run: [\"{release}/server\", --port, \"{port}\"]";
        let health = "health: { http: /, within: 60s, every: 100ms, passes: 1 }";
        let _ =
            writeln!(text, "  s{number}/test: {{ {run}, port: {port} }}, strategy: recreate, grace: 2s, {health} }}");
    }
    text
}

async fn run() -> Done {
    let folder = tempfile::tempdir()?;
    let measured = measure(folder.path()).await;
    processes::signal_all_of(folder.path(), Signal::SIGKILL);
    measured
}

async fn measure(base: &Path) -> Done {
    let app = open(Options { home: Some(base.join("home")), client: "bench" }).await?.app;
    std::fs::create_dir(base.join("release"))?;
    std::fs::copy(env!("CARGO_BIN_EXE_demo-server"), base.join("release/server"))?;
    app.apply(&[("switchback.yaml".to_owned(), policy())], base, false).await?;
    for number in 0..TARGETS + ALONE {
        app.release_add(&format!("s{number}"), "1", None, None, "").await?;
    }
    let mut alone = Times::default();
    for number in TARGETS..TARGETS + ALONE {
        alone.add(deploy(&app, &format!("s{number}/test"), "1").await?);
    }
    let (began, mut all) = (Instant::now(), JoinSet::new());
    for number in 0..TARGETS {
        let app = app.clone();
        all.spawn(async move { deploy(&app, &format!("s{number}/test"), "1").await });
    }
    let mut failed = Vec::new();
    while let Some(ended) = all.join_next().await {
        if let Err(error) = ended? {
            failed.push(error.to_string());
        }
    }
    let together = began.elapsed();
    if !failed.is_empty() {
        return Err(failed.join("\n").into());
    }
    let (slowest, one_by_one) = (alone.percentile(100), alone.percentile(50) * u32::try_from(TARGETS)?);
    println!("{TARGETS} targets at once: {together:.2?}");
    println!("the slowest of {ALONE} alone: {slowest:.2?}, ratio {:.1}", ratio(together, slowest));
    println!("one after the other: about {one_by_one:.1?}, ratio {:.2}", ratio(together, one_by_one));
    Ok(())
}
