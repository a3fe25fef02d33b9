//! What an override passes and what it does not, and what an item that evaluates itself takes for an answer.

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::Value;
use std::time::Duration;
use switchback_tests::{
    cli::{Answer, Desk},
    listening,
    part::PartError,
    port,
};

/// Open on the day after tomorrow, for an hour.
fn policy(port: u16, more: &str) -> String {
    let day = Timestamp::now().to_zoned(TimeZone::UTC).checked_add(2.days()).unwrap();
    format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments:\n  production: {{ zone: UTC, \
         windows: [{{ allow: {} 10:00-11:00 }}] }}\n{more}targets:\n  web/production:\n    process: {{ run: \
         [\"{{release}}/server\"], port: {port} }}\n    strategy: recreate\n    grace: 1s\n    health: {{ tcp: true, \
         within: 4s, every: 100ms, passes: 1 }}\n",
        day.strftime("%a")
    )
}

fn verdict<'a>(answer: &'a Answer, kind: &str) -> &'a Value {
    let gates = answer.json["gates"].as_array().unwrap();
    &gates.iter().find(|gate| gate["kind"] == kind).unwrap()["verdict"]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_closes_after_it_was_given_an_override_does_not_pass() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    listening::release(&desk, "1.0");
    listening::deaf(&desk, "1.1");
    let _ = desk.apply(&policy(port::free(), "")).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0", "--override", "first"]).await?.exits(0);
    let glass = ["deploy", "web", "production", "1.1", "--override", "it must ship", "--until", "1h"];
    let _ = desk.run(glass).await?.exits(4);
    let gates = desk.run(["gates", "web", "production", "1.1"]).await?.exits(3);
    assert_eq!((verdict(&gates, "window"), verdict(&gates, "quarantine")), (&"overridden".into(), &"fail".into()));
    let again = desk.run(["deploy", "web", "production", "1.1"]).await?.exits(3);
    assert_eq!(again.error()["code"], "quarantined", "{}", again.stderr);
    // With a reason of its own it passes, and both are red.
    let _ = desk.run(["deploy", "web", "production", "1.1", "--override", "once more"]).await?.exits(4);
    let open = desk.run(["override", "list"]).await?.exits(0);
    let reasons: Vec<_> = open.json.as_array().into_iter().flatten().map(|one| &one["reason"]).collect();
    assert_eq!(reasons, ["once more", "it must ship", "first"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn glass_is_not_broken_for_what_cannot_begin() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    listening::release(&desk, "1.0");
    listening::deaf(&desk, "1.1");
    let _ = desk.apply(&policy(port::free(), "").replace("within: 4s", "within: 60s")).await?.exits(0);
    let mut first = desk.start(["deploy", "web", "production", "1.1", "--override", "first"])?;
    loop {
        let status = desk.run(["status"]).await?.exits(0);
        if status.json["rows"][0]["cells"][0]["deploying"].is_object() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let second = desk.run(["deploy", "web", "production", "1.0", "--override", "second"]).await?.exits(3);
    assert_eq!(second.error()["code"], "held", "{}", second.stderr);
    let open = desk.run(["override", "list"]).await?.exits(0);
    assert_eq!(open.json.as_array().map(Vec::len), Some(1), "{:#}", open.json);
    let _ = first.kill().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_names_nobody_names_nobody() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    listening::release(&desk, "1.0");
    let checklist = "checklists:\n  own:\n    before:\n      - { id: silent, auto: on-call, run: [\"true\"] }\n      - { \
                     id: grumbling, auto: on-call, run: [sh, -c, \"echo no route to host >&2\"] }\n      - { id: named, \
                     auto: on-call, run: [echo, amara] }\n      - { id: pipe, auto: on-call, file: pipe }\n      - { id: \
                     green, auto: ci-green, run: [\"true\"] }\n";
    let policy = policy(port::free(), checklist).replace("zone: UTC,", "zone: UTC, checklist: own,");
    let _ = desk.apply(&policy).await?.exits(0);
    nix::unistd::mkfifo(&desk.folder().join("pipe"), nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
    let _ = desk.run(["release", "add", "web", "1.0"]).await?.exits(0);
    let list = desk.run(["checklist", "show", "web", "production", "1.0"]).await?.exits(3);
    let verdicts: Vec<_> = list.json["lines"].as_array().into_iter().flatten().map(|one| &one["verdict"]).collect();
    assert_eq!(verdicts, ["noData", "noData", "pass", "noData", "pass"], "{:#}", list.json);
    Ok(())
}

/// Open at any hour.
fn open(port: u16, more: &str) -> String {
    let closed = policy(port, more);
    let (before, after) = (closed.find(", windows: [").unwrap(), closed.find("}] }").unwrap());
    format!("{}{}", &closed[..before], &closed[after + 2..])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_bad_is_held_under_any_version_and_what_is_mended_is_not() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    listening::release(&desk, "1.0");
    listening::deaf(&desk, "1.1");
    listening::deaf(&desk, "1.1-again");
    let port = port::free();
    let _ = desk.apply(&open(port, "")).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.1"]).await?.exits(4);
    let _ = desk.run(["release", "add", "web", "1.1-again"]).await?.exits(0);
    let gates = desk.run(["gates", "web", "production", "1.1-again"]).await?.exits(3);
    assert_eq!(verdict(&gates, "quarantine"), "fail", "{:#}", gates.json);
    let twin = desk.run(["deploy", "web", "production", "1.1-again"]).await?.exits(3);
    assert_eq!(twin.error()["code"], "quarantined");
    assert!(twin.stderr.contains("as 1.1, which is quarantined"), "{}", twin.stderr);
    // With other configuration it is another release; without a version nobody is asked about one.
    let _ = desk.apply(&(open(port, "") + "    config: { MODE: fast }\n")).await?.exits(0);
    let mended = desk.run(["plan", "web", "production", "1.1-again"]).await?.exits(0);
    assert_eq!(verdict(&mended, "quarantine"), "pass", "{:#}", mended.json["gates"]);
    // A way out of the folder is no version.
    for bad in ["../1.0", "1.0/../1.1", "", "-1", ".."] {
        let refused = desk.run(["release", "add", "web", "--", bad]).await?.exits(2);
        assert_eq!(refused.error()["code"], "bad_input", "{bad}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_informed_by_a_channel_where_nothing_arrives() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    listening::release(&desk, "1.0");
    let more = "checklists: { own: { before: [{ id: told, auto: people-informed }] } }\nnotify:\n  - { mail: { to: \
                [team@example.org], server: \"smtp://127.0.0.1:PORT\" }, on: [started] }\n  - { slack: \
                keychain:slack/team, on: [failed] }\n  - { webhook: keychain:hook/team, on: [failed] }\n"
        .replace("PORT", &port::free().to_string());
    let policy = open(port::free(), &more).replace("zone: UTC", "zone: UTC, checklist: own");
    let _ = desk.apply(&policy).await?.exits(0);
    let show = ["checklist", "show", "web", "production", "1.0"];
    let _ = desk.run(show).await?.exits(0);
    let test = desk.run(["notify", "test"]).await?.exits(6);
    // Each is found again under the name that its messages are queued by.
    let outcome = |one: usize| test.json[one]["last"]["state"]["kind"].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (outcome(0).as_str(), outcome(1).is_empty(), outcome(2).is_empty()),
        ("waiting", false, false),
        "{:#}",
        test.json
    );
    let list = desk.run(show).await?.exits(3);
    let said = list.json["lines"][0]["evidence"].as_str().unwrap_or_default();
    assert!(said.contains("did not arrive") && said.contains("notify test"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_override_holds_for_who_gave_it_for_what_it_was_given_and_why() -> Result<(), PartError> {
    let (mut desk, port) = (Desk::new().await?, port::free());
    desk.set("SWITCHBACK_TEST_USER", "amara");
    listening::release(&desk, "1.0");
    let items = |more: &str| {
        let checklist = format!("checklists: {{ own: {{ before: [{{ id: told, ask: Support told }}{more}] }} }}\n");
        open(port, &checklist).replace("zone: UTC", "zone: UTC, checklist: own")
    };
    let _ = desk.apply(&items("")).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0", "--override", "night", "--until", "2h"]).await?.exits(0);
    let again = ["deploy", "web", "production", "1.0"];
    let _ = desk.run(again).await?.exits(0);
    // Another reason, another content, another person: each wants a word of its own.
    let _ = desk.apply(&items(", { id: security, ask: Scanned }")).await?.exits(0);
    let _ = desk.run(again).await?.exits(3);
    let _ = desk.apply(&(items("") + "    config: { MODE: fast }\n")).await?.exits(0);
    let _ = desk.run(again).await?.exits(3);
    let _ = desk.apply(&items("")).await?.exits(0);
    desk.set("SWITCHBACK_TEST_USER", "mallory");
    let _ = desk.run(again).await?.exits(3);
    desk.set("SWITCHBACK_TEST_USER", "amara");
    let _ = desk.run(again).await?.exits(0);
    Ok(())
}
