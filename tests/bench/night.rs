//! The night of a release that dies at its start, under a steady load: Switchback beside the shell script that a careful
//! pipeline has. Both replace one container on one port of the same real engine.
//!
//! Prints how long nobody was served, and how long until the act was over. `cargo bench -p switchback-tests --bench night`.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};
use switchback_tests::{
    cli::Answer,
    engine::EngineKind,
    http::Request,
    load::{Load, served},
    measure::{Promises, ratio},
    part::PartError,
    port,
    shop::{REPOSITORY, SPEAKING, Shop},
};

const BAD: &str = "nc 127.0.0.1 5432 </dev/null || { echo 'connect ECONNREFUSED 127.0.0.1:5432' >&2; exit 1; }";
const HEALTH: &str = "health: { http: /, expect: { status: 200 }, within: 20s, every: 200ms, passes: 2 }";
/// The script's container.
const NAME: &str = "my-app-container";
/// Longest time nobody may be served while one port is handed over and back.
const AWAY: Duration = Duration::from_secs(1);

/// What one way of deploying cost.
struct Cost {
    /// Nobody was served.
    away: Duration,
    /// From the command to its end.
    took: Duration,
}

async fn with_switchback(shop: &Shop, port: u16) -> Result<Cost, PartError> {
    let _ = shop.desk.apply(&shop.policy(port, &["strategy: recreate", HEALTH], "")).await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);
    let (load, began) = (Load::on(port), Instant::now());
    let bad: Answer = shop.deploy("2.0").await?.exits(4);
    let took = began.elapsed();
    assert_eq!(bad.text("/diagnosis/cause"), "connection_refused_localhost", "{:#}", bad.json);
    Ok(Cost { away: load.end().await.gap, took })
}

async fn with_the_script(shop: &Shop, port: u16) -> Result<Cost, PartError> {
    let image = |version: &str| format!("{}/{REPOSITORY}:{version}", shop.registry.address());
    let publish = format!("127.0.0.1:{port}:8080");
    let host = shop.engine.host();
    let docker = |words: &[&str]| {
        let mut command = tokio::process::Command::new("docker");
        command.env("DOCKER_HOST", &host).args(words).stdout(std::process::Stdio::null());
        command
    };
    let mut first = docker(&["run", "-d", "--name", NAME, "-p", &publish, &image("1.0")]);
    let started = first.status().await.map_err(PartError::io("start docker"))?;
    assert!(started.success(), "the good release could not be started by hand");
    served(port).await;

    let mut script = tokio::process::Command::new("sh");
    script.args(["-c", include_str!("night.sh")]).env("DOCKER_HOST", &host).stdout(std::process::Stdio::null());
    script.envs([("NAME", NAME), ("PUBLISH", &publish)]).env("IMAGE", image("2.0"));
    script.env("URL", format!("http://127.0.0.1:{port}/"));
    let (load, began) = (Load::on(port), Instant::now());
    let ended = script.status().await.map_err(PartError::io("start sh"))?;
    let took = began.elapsed();
    assert_eq!(ended.code(), Some(1), "the script did not go back");
    load.served_again().await;
    Ok(Cost { away: load.end().await.gap, took })
}

async fn run(kind: EngineKind, promises: &mut Promises) -> Result<(), PartError> {
    let shop = Shop::open(kind).await?;
    shop.publish("1.0", SPEAKING, |image| image.file("www/index.html", "checkout")).await?;
    shop.publish("2.0", BAD, |image| image).await?;
    let ours = with_switchback(&shop, port::free()).await?;
    for container in shop.containers().await? {
        let path = format!("/containers/{}?force=1", container["Id"].as_str().unwrap_or_default());
        shop.engine.call(&Request::new("DELETE", &path)).await?;
    }
    let theirs = with_the_script(&shop, port::free()).await?;
    println!("{kind:?} engine          {:>12} {:>12} {:>8}", "Switchback", "script", "ratio");
    for (what, ours, theirs) in [("away", ours.away, theirs.away), ("until its end", ours.took, theirs.took)] {
        let ratio = ratio(theirs, ours);
        println!("{what:<20} {:>10.2} s {:>10.2} s {ratio:>7.0}x", ours.as_secs_f64(), theirs.as_secs_f64());
    }
    promises.hold(ours.away <= AWAY, format!("{kind:?}: away for at most {AWAY:?}: {:?}", ours.away));
    Ok(())
}

#[tokio::main]
async fn main() -> Result<ExitCode, PartError> {
    let mut promises = Promises::default();
    for kind in EngineKind::ALL {
        run(kind, &mut promises).await?;
    }
    Ok(promises.exit())
}
