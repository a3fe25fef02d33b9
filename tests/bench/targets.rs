//! Two hundred process targets at once, beside the slowest of them alone.
//!
//! Each is really deployed twice through the application's own use cases: first one after the other, then all at once.
//! `cargo bench -p switchback-tests --bench targets`.

use std::{
    fmt::Write as _,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};
use switchback_api::{ApiError, App};
use switchback_core::deployment::State;
use switchback_tests::measure::{Times, ratio};
use switchback_wiring::{Options, errand, open};
use tokio::task::JoinSet;

const TARGETS: usize = 200;

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    // The supervisor of each instance is this program again.
    if let Some(code) = errand() {
        return Ok(code);
    }
    tokio::runtime::Runtime::new()?.block_on(run())?;
    Ok(ExitCode::SUCCESS)
}

/// Below the range that the system gives to outgoing connections, of which there are many here.
fn free_ports() -> impl Iterator<Item = u16> {
    (20_000..32_000).filter(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
}

fn policy() -> String {
    let mut text = "version: 1\nservices:\n".to_owned();
    for number in 0..TARGETS {
        let _ = writeln!(text, "  s{number}: {{ folder: release }}");
    }
    text += "environments: { test: { zone: UTC } }\ntargets:\n";
    for (number, port) in free_ports().take(TARGETS).enumerate() {
        let run = "process: { run: [\"{release}/server\", --port, \"{port}\"]";
        let health = "health: { http: /, within: 60s, every: 100ms, passes: 1 }";
        let _ =
            writeln!(text, "  s{number}/test: {{ {run}, port: {port} }}, strategy: recreate, grace: 2s, {health} }}");
    }
    text
}

async fn deploy(app: &App, number: usize, version: &str) -> Result<Duration, ApiError> {
    let began = Instant::now();
    let plan = app.plan_deploy(&format!("s{number}/test"), version).await?;
    let (_, ended) = app.execute(&plan.plan_hash, "a benchmark", "", None).await?;
    assert_eq!(ended, State::Succeeded, "s{number}");
    Ok(began.elapsed())
}

/// Two releases of one small folder.
async fn release(app: &App, base: &Path, version: &str) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::write(base.join("release/VERSION"), version)?;
    for number in 0..TARGETS {
        app.release_add(&format!("s{number}"), version, None, None, "").await?;
    }
    Ok(())
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let wired = open(Options { home: Some(folder.path().join("home")), client: "bench" }).await?;
    let app = wired.app;
    std::fs::create_dir(folder.path().join("release"))?;
    std::fs::copy(env!("CARGO_BIN_EXE_demo-server"), folder.path().join("release/server"))?;
    app.apply(&[("switchback.yaml".to_owned(), policy())], folder.path(), false).await?;

    release(&app, folder.path(), "1").await?;
    let mut alone = Times::default();
    for number in 0..TARGETS {
        alone.add(deploy(&app, number, "1").await?);
    }
    release(&app, folder.path(), "2").await?;
    let (began, mut all) = (Instant::now(), JoinSet::new());
    for number in 0..TARGETS {
        let app = app.clone();
        all.spawn(async move { deploy(&app, number, "2").await });
    }
    while let Some(ended) = all.join_next().await {
        ended??;
    }
    let together = began.elapsed();
    let (slowest, one_by_one) = (alone.percentile(100), alone.percentile(50) * u32::try_from(TARGETS)?);
    println!("{TARGETS} targets at once: {together:.2?}");
    println!("the slowest alone: {slowest:.2?}, ratio {:.1}", ratio(together, slowest));
    println!("one after the other: about {one_by_one:.1?}, ratio {:.2}", ratio(together, one_by_one));
    switchback_tests::supervised::end_all(folder.path());
    Ok(())
}
