//! Routers that died or were changed by hand: on the board and in drift, and put back.

use nix::sys::signal::{Signal, kill};
use serde_json::json;
use std::{
    ffi::OsStr,
    fs,
    io::Read as _,
    net::{TcpListener, TcpStream},
};
use switchback_tests::{
    cli::Desk, leftover::Leftovers, listening, nginx::PrivateNginx, part::PartError, port, processes,
};

/// A home with one process behind a router, deployed.
async fn behind(strategy: &str) -> Result<(Desk, Leftovers), PartError> {
    let (desk, leftovers) = before_the_first(strategy).await?;
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    assert_eq!(desk.run(["drift"]).await?.exits(0).json, json!([]));
    Ok((desk, leftovers))
}

/// The same, and nothing was deployed yet.
async fn before_the_first(strategy: &str) -> Result<(Desk, Leftovers), PartError> {
    let desk = Desk::new().await?;
    let leftovers = Leftovers::of(desk.home());
    listening::release(&desk, "1.0");
    let policy = format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments: {{ production: {{ zone: UTC }} }}\n\
         targets:\n  web/production:\n    process: {{ run: [\"{{release}}/server\"], port: {} }}\n    strategy: {strategy}\n    \
         grace: 1s\n    health: {{ tcp: true, within: 10s, every: 100ms, passes: 1 }}\n",
        port::free()
    );
    let _ = desk.apply(&policy).await?.exits(0);
    Ok((desk, leftovers))
}

/// What the board says of it: its health, and why.
async fn health(desk: &Desk) -> Result<(String, String), PartError> {
    let status = desk.run(["status"]).await?;
    let health = "/rows/0/cells/0/health";
    let why = status.json.pointer(&format!("{health}/why")).and_then(|why| why.as_str()).unwrap_or_default();
    Ok((status.text(&format!("{health}/kind")).to_owned(), why.to_owned()))
}

/// Drift names the router, and `revert` sets it again.
async fn told_and_put_back(desk: &Desk, found: Option<&str>) -> Result<(), PartError> {
    let told = desk.run(["drift"]).await?.exits(3);
    let difference = &told.json[0]["differences"][0];
    assert_eq!(difference["part"], "router", "{:#}", told.json);
    assert!(difference["recorded"].as_str().is_some_and(|it| it.starts_with("127.0.0.1:")), "{:#}", told.json);
    assert_eq!(difference["found"].as_str(), found, "{:#}", told.json);
    let _ = desk.run(["drift", "revert", "web/production"]).await?.exits(0);
    assert_eq!(desk.run(["drift"]).await?.exits(0).json, json!([]));
    assert_eq!(health(desk).await?.0, "healthy");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_that_was_killed_is_missed_and_started_again() -> Result<(), PartError> {
    let port = port::free();
    let (desk, _leftovers) = behind(&format!("{{ blue-green: {{ router: {{ tcp: {{ port: {port} }} }} }} }}")).await?;
    kill_the_switch(&desk);
    let (kind, why) = health(&desk).await?;
    assert_eq!(kind, "unhealthy");
    assert!(why.contains("router"), "{why}");
    told_and_put_back(&desk, None).await?;
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok());
    Ok(())
}

/// Ends the switch as the kernel does when memory is short.
fn kill_the_switch(desk: &Desk) {
    let home = desk.home().display().to_string();
    let switches = processes::with_line(|line| line.contains("tcp-switch") && line.contains(&home));
    let [switch] = switches[..] else { panic!("{switches:?}") };
    kill(switch, Signal::SIGKILL).unwrap();
}

/// A plan says that the port is taken and by whom, and the same refuses the move before anything changes.
async fn refused_for_the_port(desk: &Desk, port: u16, words: &[&str], plan: &[&str]) -> Result<(), PartError> {
    let me = format!("(process {})", std::process::id());
    let plan = desk.run(plan).await?.exits(1);
    let checks = plan.json["checks"].as_array().cloned().unwrap_or_default();
    let check = checks.iter().find(|check| check["id"] == "router-ready").expect("it is checked");
    assert_eq!(check["verdict"], "fail", "{check:#}");
    for words in [&me, &format!("port {port}")] {
        assert!(check["evidence"].as_str().is_some_and(|it| it.contains(words)), "{words:?}: {check:#}");
    }
    let refused = desk.run(words).await?.exits(1);
    assert_eq!(refused.error()["code"], "port_in_use", "{}", refused.stderr);
    assert_eq!(refused.error()["params"]["port"], port.to_string(), "{}", refused.stderr);
    assert!(refused.error()["hint"].as_str().is_some_and(|hint| hint.contains("Free port")), "{}", refused.stderr);
    assert!(refused.stderr.contains(&me), "{}", refused.stderr);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_on_the_switch_s_port_stops_every_move_before_it_begins() -> Result<(), PartError> {
    let taken = TcpListener::bind("127.0.0.1:0").map_err(PartError::io("take a port"))?;
    let port = taken.local_addr().map_err(PartError::io("take a port"))?.port();
    let (desk, _leftovers) =
        before_the_first(&format!("{{ blue-green: {{ router: {{ tcp: {{ port: {port} }} }} }} }}")).await?;
    let deploy = ["deploy", "web", "production"];
    let first = [&deploy[..], &["1.0"]].concat();
    refused_for_the_port(&desk, port, &first, &["plan", "web", "production", "1.0"]).await?;
    assert_eq!(desk.run(["history", "web", "production"]).await?.exits(0).json["entries"], json!([]));
    drop(taken);
    let _ = desk.run(&first).await?.exits(0);
    listening::release(&desk, "1.1");
    let _ = desk.run([&deploy[..], &["1.1"]].concat()).await?.exits(0);

    // The switch dies, which ends what goes through it, and somebody else takes its port.
    let mut through = TcpStream::connect(("127.0.0.1", port)).map_err(PartError::io("connect"))?;
    kill_the_switch(&desk);
    let _ = through.read(&mut [0; 1]);
    let taken = TcpListener::bind(("127.0.0.1", port)).map_err(PartError::io("take the port"))?;
    listening::release(&desk, "1.2");
    let next = [&deploy[..], &["1.2"]].concat();
    refused_for_the_port(&desk, port, &next, &["plan", "web", "production", "1.2"]).await?;
    let back = ["rollback", "web", "production", "--to", "r1", "--reason", "test"];
    refused_for_the_port(&desk, port, &back, &[&back[..], &["--dry-run"]].concat()).await?;
    let status = desk.run(["status"]).await?;
    assert_eq!(status.text("/rows/0/cells/0/current/version"), "1.1", "{:#}", status.json);
    assert!(status.json["rows"][0]["cells"][0]["deploying"].is_null(), "{:#}", status.json);
    let ready = &status.json["rows"][0]["cells"][0]["readiness"];
    assert_eq!(ready["kind"], "notReady", "{:#}", status.json);
    assert!(ready["why"].as_str().is_some_and(|why| why.contains(&format!("port {port}"))), "{ready:#}");
    let history = desk.run(["history", "web", "production"]).await?.exits(0);
    assert_eq!(history.json["entries"].as_array().map(Vec::len), Some(2), "{:#}", history.json);

    // Nobody has it any more: what died is started by the next move.
    drop(taken);
    let _ = desk.run(&next).await?.exits(0);
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_of_another_target_is_not_taken_from_it() -> Result<(), PartError> {
    let strategy = format!("{{ blue-green: {{ router: {{ tcp: {{ port: {} }} }} }} }}", port::free());
    let (desk, _leftovers) = behind(&strategy).await?;
    let policy = fs::read_to_string(desk.folder().join("switchback.yaml")).map_err(PartError::io("read the policy"))?;
    let file = desk.folder().join("staging.yaml");
    fs::write(&file, policy.replace("production", "staging")).map_err(PartError::io("write a policy"))?;
    let _ = desk.run([OsStr::new("apply"), OsStr::new("-f"), file.as_os_str(), OsStr::new("--let-go")]).await?.exits(0);
    let refused = desk.run(["deploy", "web", "staging", "1.0"]).await?.exits(1);
    assert_eq!(refused.error()["code"], "router_refused", "{}", refused.stderr);
    assert!(refused.stderr.contains("this port is the switch of web/production"), "{}", refused.stderr);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upstream_changed_by_hand_and_an_nginx_that_ended_are_told() -> Result<(), PartError> {
    let nginx = PrivateNginx::start()?;
    let (desk, _leftovers) = behind(&nginx.strategy()).await?;
    let ours = fs::read_to_string(nginx.conf()).unwrap();

    // Somebody sends the traffic elsewhere: the service is up, and not what was deployed.
    let edited = ours.lines().map(|line| if line.contains("server ") { "    server 127.0.0.1:9;" } else { line });
    fs::write(nginx.conf(), edited.collect::<Vec<_>>().join("\n") + "\n").unwrap();
    let status = desk.run(["status"]).await?.exits(0);
    assert!(status.text("/rows/0/cells/0/drift/0").contains("127.0.0.1:9"), "{:#}", status.json);
    told_and_put_back(&desk, Some("127.0.0.1:9")).await?;

    // Nobody listens any more.
    nginx.stop().await?;
    let (kind, why) = health(&desk).await?;
    assert_eq!(kind, "unhealthy");
    assert!(why.contains("router"), "{why}");
    let told = desk.run(["drift"]).await?.exits(3);
    assert_eq!(told.json[0]["differences"][0]["part"], "router", "{:#}", told.json);
    // And a release for which there is nobody to switch does not begin to change anything.
    listening::release(&desk, "1.1");
    let refused = desk.run(["deploy", "web", "production", "1.1"]).await?;
    assert_ne!(refused.code, 0, "{}", refused.stdout);
    assert_eq!(refused.error()["code"], "router_refused", "{}", refused.stderr);
    assert!(refused.stderr.contains("nginx does not run"), "{}", refused.stderr);
    let plan = desk.run(["plan", "web", "production", "1.1"]).await?.exits(1);
    let checks = plan.json["checks"].as_array().cloned().unwrap_or_default();
    let check = checks.iter().find(|check| check["id"] == "router-ready").expect("it is checked");
    assert_eq!(check["verdict"], "fail", "{check:#}");
    let status = desk.run(["status"]).await?;
    assert_eq!(status.text("/rows/0/cells/0/current/version"), "1.0", "{:#}", status.json);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_nginx_that_dies_in_the_middle_leaves_nothing_undone_that_nobody_serves() -> Result<(), PartError> {
    let nginx = PrivateNginx::start()?;
    let (desk, _leftovers) = behind(&nginx.strategy()).await?;
    // The release ends it while its gate is asked: after it was found running, before it is switched.
    let pid = nginx.conf().with_file_name("nginx.pid");
    let stop = nginx.words(&["-s", "stop"]).join(" ");
    listening::release_that(&desk, "1.1", &format!("{stop}\nwhile [ -e {} ]; do :; done", pid.display()));
    let mut command = desk.surroundings(desk.program());
    command.args(["deploy", "web", "production", "1.1"]);
    let stuck = desk.ask("", command).await?.exits(5);
    let told = format!("{}{}", stuck.stdout, stuck.stderr);
    assert!(told.contains("Mend the router: nginx does not run: start it"), "{told}");
    assert!(!told.contains("done undo switch") && !told.contains("runs again"), "{told}");
    nginx.start_again()?;
    let resumed = desk.run(["resume"]).await?;
    assert_eq!(desk.run(["drift"]).await?.exits(0).json, json!([]), "{}", resumed.stderr);
    assert_eq!(health(&desk).await?.0, "healthy");
    let status = desk.run(["status"]).await?;
    assert_eq!(status.text("/rows/0/cells/0/current/version"), "1.0", "{:#}", status.json);
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", nginx.port())).await.is_ok());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_deployment_that_its_router_hindered_says_what_is_to_be_mended() -> Result<(), PartError> {
    let nginx = PrivateNginx::start()?;
    let (desk, _leftovers) = before_the_first(&nginx.strategy()).await?;
    let conf = nginx.conf().with_file_name("nginx.conf");
    let good = fs::read_to_string(&conf).unwrap();
    fs::write(&conf, format!("{good}no_such_directive on;\n")).unwrap();
    let mut command = desk.surroundings(desk.program());
    command.args(["deploy", "web", "production", "1.0"]);
    let refused = desk.ask("", command).await?.exits(4);
    for words in ["no_such_directive", "mend the router and deploy it again", "Mend the router"] {
        assert!(refused.stdout.contains(words), "{words:?}: {}", refused.stdout);
    }
    assert!(!refused.stdout.contains("a release that works"), "{}", refused.stdout);
    // It was no fault of the release's: once the router is mended, it ships.
    fs::write(&conf, good).unwrap();
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    Ok(())
}
