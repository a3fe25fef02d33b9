//! The demo that was killed while it filled: the next one goes on where it stopped.

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{collections::BTreeSet, net::TcpListener, process::Stdio, time::Duration};
use switchback_tests::{
    cli::{Desk, program},
    desktop::turn,
    leftover::Leftovers,
    part::PartError,
};

/// Only against a hang.
const HUNG: Duration = Duration::from_mins(1);

/// Versions a target was moved to, oldest first.
async fn versions(desk: &Desk, environment: &str) -> Result<Vec<String>, PartError> {
    let history = desk.run(["history", "web", environment]).await?;
    let entries = history.json["entries"].as_array().cloned().unwrap_or_default();
    Ok(entries.iter().rev().map(|entry| entry["version"].as_str().unwrap_or_default().to_owned()).collect())
}

#[tokio::test]
async fn a_demo_killed_while_it_fills_is_filled_on_and_no_version_twice() -> Result<(), PartError> {
    let _turn = turn().await.expect("its turn");
    let desk = Desk::new().await?;
    let _leftovers = Leftovers::of(desk.home());
    let mut filling = tokio::process::Command::new(program()?);
    filling.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).arg("--home").arg(desk.home());
    filling.arg("demo").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = filling.spawn().map_err(PartError::io("start switchback"))?;
    let begun = async {
        // Another process's history is only to be seen by looking.
        while versions(&desk, "staging").await.unwrap_or_default().len() < 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(HUNG, begun).await.expect("it begins to fill");
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).expect("it runs");
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("killed");
    child.wait().await.map_err(PartError::io("wait for switchback"))?;
    assert!(versions(&desk, "production").await?.is_empty(), "it was killed half way");

    let _ = desk.run(["demo"]).await?.exits(0);
    let all = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.3.1", "1.4.0"];
    assert_eq!(versions(&desk, "staging").await?, all);
    assert_eq!(versions(&desk, "production").await?, all[..5]);
    // Whole, it is left alone, whatever a visitor does with it.
    let _ = desk.run(["rollback", "web", "staging"]).await?.exits(0);
    let _ = desk.run(["demo"]).await?.exits(0);
    assert_eq!(versions(&desk, "staging").await?.len(), all.len() + 1);
    Ok(())
}

#[tokio::test]
async fn a_demo_whose_own_server_cannot_run_does_not_say_that_it_runs() -> Result<(), PartError> {
    let _turn = turn().await.expect("its turn");
    let desk = Desk::new().await?;
    let _leftovers = Leftovers::of(desk.home());
    let mut poor = desk.surroundings(desk.program());
    poor.env("PATH", "/nowhere").args(["demo"]);
    let told = desk.ask("", poor).await?;
    assert_ne!(told.code, 0, "{}", told.stdout);
    assert!(told.stderr.contains("did not arrive on web/staging"), "{}", told.stderr);
    // Somebody takes the ports that it chose meanwhile, also those its traffic comes in by.
    let policy = desk.run(["export"]).await?.exits(0).stdout;
    let numbers: BTreeSet<u16> =
        policy.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
    let taken: Vec<TcpListener> = numbers
        .into_iter()
        .filter(|port| *port > 1024)
        .filter_map(|port| TcpListener::bind(("127.0.0.1", port)).ok())
        .collect();
    assert!(taken.len() > 1, "{policy}");
    // Mended, it is filled, on others.
    let _ = desk.run(["demo"]).await?.exits(0);
    Ok(())
}
