//! Windows, freezes and overrides through the command: what is refused, told, passed with a reason, and followed up.

use jiff::{Timestamp, ToSpan as _, Zoned, tz::TimeZone};
use serde_json::{Value, json};
use switchback_tests::{
    cli::{Answer, Desk},
    listening,
    part::PartError,
    place, port,
    sink::Sink,
};

const HOLIDAYS: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Christmas\r\n\
                        DTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// A service of one process in an environment with these rules.
fn policy(port: u16, rules: &str) -> String {
    format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments:\n  production:\n    zone: \
         Europe/Berlin\n{rules}targets:\n  web/production:\n    process: {{ run: [\"{{release}}/server\"], port: {port} \
         }}\n    strategy: recreate\n    grace: 1s\n    health: {{ tcp: true, within: 10s, every: 100ms, passes: 1 }}\n"
    )
}

async fn when(desk: &Desk, at: &str) -> Result<Answer, PartError> {
    Ok(desk.run(["window", "when", "web", "production", "--at", at]).await?.exits(0))
}

fn gate<'a>(answer: &'a Answer, kind: &str) -> &'a Value {
    let gates = answer.json["gates"].as_array().unwrap();
    gates.iter().find(|gate| gate["kind"] == kind).unwrap()
}

#[tokio::test]
async fn a_window_is_told_with_all_that_decides_and_when_it_changes() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    std::fs::write(desk.folder().join("berlin.ics"), HOLIDAYS).unwrap();
    let rules = "    windows:\n      - { allow: Mon..Thu 09:00-17:00 }\n      - { allow: Fri 09:00-12:00 }\n      - { \
                 deny: daily 11:30-13:30, why: lunch peak }\n    freezes:\n      - { from: 2026-12-18T12:00, to: \
                 2027-01-04T08:00, why: year end }\n    holidays: [berlin.ics]\n";
    let _ = desk.apply(&policy(port::free(), rules)).await?.exits(0);

    let friday = when(&desk, "2026-11-27T15:10:00+01:00").await?;
    let keys: Vec<&String> = friday.json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["because", "next_close", "next_open", "open"]);
    assert_eq!(friday.json["open"], false);
    assert_eq!(friday.text("/next_open"), "2026-11-30T08:00:00Z");
    assert_eq!(friday.text("/next_close"), "2026-11-30T10:30:00Z");
    assert_eq!(friday.json["because"].as_array().unwrap().len(), 2, "{:#}", friday.json);

    let lunch = when(&desk, "2026-11-26T11:45:00Z").await?;
    assert_eq!(lunch.text("/because/0/why"), "lunch peak");
    assert_eq!(lunch.text("/next_open"), "2026-11-26T12:30:00Z");
    let open = when(&desk, "2026-11-26T09:00:00Z").await?;
    assert_eq!((open.json["open"].as_bool(), open.text("/next_close")), (Some(true), "2026-11-26T10:30:00Z"));
    // A holiday within a freeze: both decide.
    let christmas = when(&desk, "2026-12-25T09:00:00Z").await?;
    let kinds: Vec<&str> =
        christmas.json["because"].as_array().unwrap().iter().filter_map(|one| one["kind"].as_str()).collect();
    assert_eq!(kinds, ["freeze", "holiday"], "{:#}", christmas.json);
    assert_eq!(christmas.text("/next_open"), "2027-01-04T08:00:00Z");

    // A freeze that somebody sets counts at once and is taken back with a reason.
    let add =
        ["freeze", "add", "production", "--from", "2026-11-26T10:00", "--to", "2099-11-27T00:00", "--reason", "sale"];
    let added = desk.run(add).await?.exits(0);
    assert_eq!(when(&desk, "2026-11-26T09:00:00Z").await?.json["next_open"], Value::Null);
    let id = added.text("/id").to_owned();
    let _ = desk.run(["freeze", "remove", &id, "--reason", "sold out"]).await?.exits(0);
    assert_eq!(when(&desk, "2026-11-26T09:00:00Z").await?.json["open"], true);
    let _ = desk.run(["freeze", "remove", &id, "--reason", "again"]).await?.exits(7);
    let audit = desk.run(["audit", "list", "freeze"]).await?.exits(0);
    let entries = audit.json["entries"].as_array().unwrap();
    let acts: Vec<&str> = entries.iter().filter_map(|one| one["action"].as_str()).collect();
    // What a change of the policy changed stands in the audit too.
    assert_eq!(acts, ["freeze.removed", "freeze.added", "policy.applied"]);

    // What cannot be used is told with its place, and nothing of it is applied.
    std::fs::write(desk.folder().join("berlin.ics"), HOLIDAYS.replace("20201225", "2020-12-25")).unwrap();
    let refused = desk.apply(&policy(port::free(), rules)).await?.exits(2);
    assert_eq!(
        refused.error()["params"],
        json!({
            "file": "berlin.ics", "line": "6", "column": "1", "problem": "calendar_event", "suggestion": "20201225",
        })
    );
    std::fs::remove_file(desk.folder().join("berlin.ics")).unwrap();
    let refused = desk.apply(&policy(port::free(), rules)).await?.exits(2);
    assert_eq!(refused.error()["params"]["problem"], "calendar_missing");
    assert_eq!(when(&desk, "2026-12-25T09:00:00Z").await?.json["because"], christmas.json["because"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_window_refuses_until_the_glass_is_broken_and_is_red_until_followed_up() -> Result<(), PartError> {
    let (desk, port) = (Desk::new().await?, port::free());
    for version in ["1.0", "1.1", "1.2"] {
        listening::release(&desk, version);
    }
    let _ = desk.apply(&policy(port, "")).await?.exits(0);
    let _ = desk.run(["gates", "web", "production", "1.0"]).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);

    // Open on the day after tomorrow, for an hour.
    let now: Zoned = Timestamp::now().to_zoned(TimeZone::get("Europe/Berlin").unwrap());
    let then = now.checked_add(2.days()).unwrap();
    let closed = format!("    windows: [{{ allow: {} 10:00-11:00 }}]\n", then.strftime("%a"));
    let _ = desk.apply(&policy(port, &closed)).await?.exits(0);
    let gates = desk.run(["gates", "web", "production", "1.1"]).await?.exits(3);
    assert_eq!((gates.json["open"].as_bool(), &gate(&gates, "window")["verdict"]), (Some(false), &json!("fail")));
    assert!(gate(&gates, "window")["opens"].is_string(), "{:#}", gates.json);
    let plan = desk.run(["plan", "web", "production", "1.1"]).await?.exits(0);
    assert_eq!(gate(&plan, "window")["verdict"], "fail", "planning asks the same gates");
    let refused = desk.run(["deploy", "web", "production", "1.1"]).await?.exits(3);
    assert_eq!(refused.error()["code"], "window_closed", "{}", refused.stderr);

    // With a reason it goes, for this version and for a while; what it let through is listed.
    let glass =
        ["--override", "checkout is down", "--until", "2h", "--risk", "nobody watches", "--task", "tell support"];
    let _ = desk.run(["deploy", "web", "production", "1.1"].into_iter().chain(glass)).await?.exits(0);
    let _ = desk.run(["rollback", "web", "production"]).await?.exits(0);
    let again = desk.run(["gates", "web", "production", "1.1"]).await?.exits(0);
    assert_eq!(gate(&again, "window")["verdict"], "overridden");
    let _ = desk.run(["deploy", "web", "production", "1.1"]).await?.exits(0);
    let other = desk.run(["deploy", "web", "production", "1.2"]).await?.exits(3);
    assert_eq!(other.error()["params"]["gates"], "window");
    let open = desk.run(["override", "list"]).await?.exits(0);
    assert_eq!(open.json[0]["letThrough"].as_array().map(Vec::len), Some(2), "{:#}", open.json);
    assert_eq!((open.text("/0/task"), open.text("/0/risk")), ("tell support", "nobody watches"));
    let status = desk.run(["status"]).await?.exits(0);
    assert_eq!(status.text("/rows/0/cells/0/overrides/0/reason"), "checkout is down");

    // Followed up, it is red no more and lets nothing through.
    let _ = desk.run(["override", "follow-up", open.text("/0/id"), "--note", "support was told"]).await?.exits(0);
    let status = desk.run(["status"]).await?.exits(0);
    assert_eq!(status.json["rows"][0]["cells"][0]["overrides"], json!([]));
    let _ = desk.run(["gates", "web", "production", "1.1"]).await?.exits(3);
    let told = desk.run(["audit", "list", "overrid"]).await?.exits(0);
    assert_eq!(told.json["entries"].as_array().map(Vec::len), Some(3), "{:#}", told.json);

    // Without a term it counts once, and a term has its bounds.
    let _ = desk.run(["deploy", "web", "production", "1.2", "--override", "x", "--until", "3d"]).await?.exits(2);
    let _ = desk.run(["deploy", "web", "production", "1.2", "--override", "once"]).await?.exits(0);
    let _ = desk.run(["gates", "web", "production", "1.2"]).await?.exits(3);
    // A way back is open at any hour, also in a freeze.
    let freeze = ["freeze", "add", "production", "--to", "2099-01-01T00:00", "--reason", "for ever"];
    let _ = desk.run(freeze).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.1"]).await?.exits(3);
    let back = desk.run(["rollback", "web", "production", "--to", "r1"]).await?.exits(0);
    assert_eq!(back.json["toVersion"], "1.0");
    Ok(())
}

/// The commands of an example in the README, by its first line.
fn example(title: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(place::repository().join("README.md")).unwrap();
    let block = readme.split("```yaml\n").find(|block| block.starts_with(title)).unwrap();
    let lines = block.split("```").next().unwrap().lines().map(str::trim);
    let commands = lines.filter_map(|line| line.strip_prefix("- run: ").or_else(|| line.strip_prefix("- ")));
    commands.filter(|command| command.starts_with("switchback ")).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pipelines_of_the_readme_stop_at_a_closed_gate_and_deploy_through_an_open_one() -> Result<(), PartError> {
    let pipelines = [("# .gitlab-ci.yml", "CI_COMMIT_TAG"), ("# .github/workflows/deploy.yml", "GITHUB_REF_NAME")];
    for (title, tag) in pipelines {
        let desk = Desk::new().await?;
        listening::release(&desk, "1.0");
        let bin = desk.folder().join("bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::os::unix::fs::symlink(desk.program(), bin.join("switchback")).unwrap();
        let commands = example(title);
        assert_eq!(commands.len(), 4, "{commands:?}");
        let run = async |script: String| {
            let mut shell = desk.surroundings("/bin/sh");
            let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
            shell.env("PATH", path).env(tag, "1.0").env("CI_COMMIT_SHA", "b83d204").env("GITHUB_SHA", "b83d204");
            shell.args(["-e", "-c", &script]).current_dir(desk.folder());
            desk.ask("", shell).await
        };
        let now = Timestamp::now().to_zoned(TimeZone::UTC).checked_add(2.days()).unwrap();
        let closed = format!("    windows: [{{ allow: {} 10:00-11:00 }}]\n", now.strftime("%a"));
        let file = desk.folder().join("switchback.yaml");
        let port = port::free();
        std::fs::write(&file, policy(port, &closed)).unwrap();
        let stopped = run(commands.join("\n")).await?.exits(3);
        assert!(stopped.stdout.contains("\"kind\": \"window\""), "{title}: {}", stopped.stdout);
        std::fs::write(&file, policy(port, "")).unwrap();
        let done = run(commands.join("\n")).await?.exits(0);
        assert!(done.stdout.contains("web/production runs 1.0"), "{title}: {}", done.stdout);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_is_for_one_plan_and_never_by_who_asks() -> Result<(), PartError> {
    let (desk, port) = (Desk::new().await?, port::free());
    listening::release(&desk, "1.0");
    let user = std::process::Command::new("id").arg("-un").output().unwrap();
    let user = String::from_utf8_lossy(&user.stdout).trim().to_owned();
    let asks = |of: &str| format!("    approvals: {{ need: 1, of: [{of}] }}\n");
    let _ = desk.apply(&policy(port, &asks("amara, jonas"))).await?.exits(0);
    let unknown = desk.run(["gates", "web", "production", "1.0"]).await?.exits(3);
    assert_eq!(gate(&unknown, "approvals")["verdict"], "noData", "nobody can say yes to what is no release");
    let _ = desk.run(["release", "add", "web", "1.0"]).await?.exits(0);
    let refused = desk.run(["approve", "web", "production", "1.0"]).await?.exits(3);
    assert_eq!(refused.error()["code"], "not_an_approver");

    // The one who deploys may be on the list, but the own yes never counts.
    let _ = desk.apply(&policy(port, &asks(&format!("amara, {user}")))).await?.exits(0);
    let one = desk.run(["plan", "web", "production", "1.0"]).await?.exits(0);
    let two = desk.run(["plan", "web", "production", "1.0"]).await?.exits(0);
    assert_eq!(one.text("/planHash"), two.text("/planHash"), "planned again for the same world it is the same");
    let approve = ["approve", "web", "production", "1.0", "--plan", one.text("/planHash")];
    let _ = desk.run(approve).await?.exits(0);
    let refused = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(3);
    assert_eq!(refused.error()["code"], "approval_missing");
    assert!(refused.stderr.contains("never counts") && refused.stderr.contains("amara"), "{}", refused.stderr);

    // Another configuration is another plan: what was seen is approved no more.
    let other = policy(port, &asks(&format!("amara, {user}"))) + "    config: { MODE: fast }\n";
    let _ = desk.apply(&other).await?.exits(0);
    let stale = desk.run(approve).await?.exits(2);
    assert_eq!(stale.error()["code"], "plan_stale");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_told_of_a_freeze_and_of_what_passes_it() -> Result<(), PartError> {
    let (desk, sink) = (Desk::new().await?, Sink::start().await);
    listening::release(&desk, "1.0");
    let _ = desk.given(&sink.url("hook"), ["secret", "set", "hooks/gates"]).await?.exits(0);
    let told = "notify: [{ webhook: keychain:hooks/gates, on: [overridden, frozen] }]\n";
    let _ = desk.apply(&(policy(port::free(), "") + told)).await?.exits(0);
    let freeze = ["freeze", "add", "production", "--to", "2099-01-01T00:00", "--reason", "year end"];
    let added = desk.run(freeze).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0", "--override", "the shop is down"]).await?.exits(0);
    let _ = desk.run(["freeze", "remove", added.text("/id"), "--reason", "sold out"]).await?.exits(0);
    let bodies = sink.bodies();
    let told: Vec<[bool; 3]> = bodies
        .iter()
        .map(|body| ["year end", "the shop is down", "sold out"].map(|word| body.contains(word)))
        .collect();
    // What passes the freeze says what it passed.
    assert_eq!(told, [[true, false, false], [true, true, false], [false, false, true]], "{bodies:#?}");
    Ok(())
}
