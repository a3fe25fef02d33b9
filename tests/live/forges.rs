//! `ci-green` as a forge knows it: their documented answers over real HTTP, and each refusal told as what it is.

use switchback_tests::{
    cli::Desk,
    fake_forge::{Canned, FakeForge},
    listening,
    part::PartError,
    port,
};

const COMMIT: &str = "b83d2041c0ffee00b83d2041c0ffee00b83d2041";

fn policy(forge: &str) -> String {
    format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments:\n  production: {{ checklist: own }}\nchecklists:\n  own:\n    \
         before: [{{ id: tests, auto: ci-green, forge: {forge} }}]\ntargets:\n  web/production:\n    process: {{ run: \
         [\"{{release}}/server\"], port: {} }}\n    strategy: recreate\n    health: {{ tcp: true, within: 10s }}\n",
        port::free()
    )
}

async fn desk(forge: &str) -> Result<Desk, PartError> {
    let desk = Desk::new().await?;
    listening::release(&desk, "1.0");
    let _ = desk.apply(&policy(forge)).await?.exits(0);
    let _ = desk.run(["release", "add", "web", "1.0", "--commit", COMMIT]).await?.exits(0);
    let _ = desk.given("s3cr3t-token", ["secret", "set", "forge/token"]).await?.exits(0);
    Ok(desk)
}

/// The item's verdict and what it says of it.
async fn tests(desk: &Desk) -> Result<(String, String), PartError> {
    let shown = desk.run(["checklist", "show", "web", "production", "1.0"]).await?;
    assert!(!shown.stdout.contains("s3cr3t") && !shown.stderr.contains("s3cr3t"));
    Ok((shown.text("/lines/0/verdict").to_owned(), shown.text("/lines/0/evidence").to_owned()))
}

#[track_caller]
fn check((verdict, said): &(String, String), wanted: &str, part: &str) {
    assert!(verdict == wanted && said.contains(part), "{verdict}: {said}; not {wanted}: {part}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn github_is_asked_for_statuses_and_check_runs_and_its_refusals_are_told() -> Result<(), PartError> {
    let forge = FakeForge::start("authorization: Bearer s3cr3t-token").await;
    let desk =
        desk(&format!("{{ github: shop/checkout, at: \"{}\", token: keychain:forge/token }}", forge.at())).await?;
    let status = |page: usize| format!("/repos/shop/checkout/commits/{COMMIT}/status?per_page=100&page={page}");
    let statuses = status(1);
    let runs = |page: usize| format!("/repos/shop/checkout/commits/{COMMIT}/check-runs?per_page=100&page={page}");
    check(&tests(&desk).await?, "noData", "knows no such project or commit");
    forge.set(&statuses, Canned::ok(r#"{"state":"pending","total_count":0,"statuses":[]}"#));
    forge.set(&runs(1), Canned::ok(r#"{"total_count":0,"check_runs":[]}"#));
    check(&tests(&desk).await?, "noData", "nothing has checked b83d2041");

    let run =
        |status: &str, conclusion: &str| format!(r#"{{"name":"build","status":"{status}","conclusion":{conclusion}}}"#);
    let all =
        |runs: &[String]| Canned::ok(format!(r#"{{"total_count":{},"check_runs":[{}]}}"#, runs.len(), runs.join(",")));
    forge.set(
        &statuses,
        Canned::ok(r#"{"state":"success","total_count":1,"statuses":[{"context":"ci/lint","state":"success"}]}"#),
    );
    forge.set(&runs(1), all(&[run("completed", "\"success\""), run("completed", "\"skipped\"")]));
    check(&tests(&desk).await?, "pass", "3 of 3 checks");
    forge.set(&runs(1), all(&[run("completed", "\"success\""), run("in_progress", "null")]));
    check(&tests(&desk).await?, "noData", "waits for build");
    forge.set(&runs(1), all(&[run("completed", "\"timed_out\"")]));
    check(&tests(&desk).await?, "fail", "failed: build");
    // A second page is read: what fails there fails.
    forge.set(
        &runs(1),
        Canned::ok(format!(r#"{{"total_count":2,"check_runs":[{}]}}"#, run("completed", "\"success\""))),
    );
    forge.set(
        &runs(2),
        Canned::ok(format!(r#"{{"total_count":2,"check_runs":[{}]}}"#, run("completed", "\"failure\""))),
    );
    check(&tests(&desk).await?, "fail", "failed: build");
    // One check on a page that is not read any more may have failed.
    forge.set(&runs(1), all(&[run("completed", "\"success\"")]));
    let one = r#"{"state":"success","total_count":11,"statuses":[{"context":"ci/lint","state":"success"}]}"#;
    for page in 1..=10 {
        forge.set(&status(page), Canned::ok(one));
    }
    check(&tests(&desk).await?, "noData", "more checks than are read");
    forge.set(&status(10), Canned::ok(one.replace("11", "10")));
    check(&tests(&desk).await?, "pass", "11 of 11 checks");

    let spent = "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1795680000\r\n";
    forge.set(&statuses, Canned::status(403, spent, "{}"));
    check(&tests(&desk).await?, "noData", "takes no more requests; again from 2026-11-2");
    forge.set(&statuses, Canned::status(429, "retry-after: 37\r\n", "{}"));
    check(&tests(&desk).await?, "noData", "again in 37 s");
    forge.set(&statuses, Canned::status(403, "", "{}"));
    check(&tests(&desk).await?, "noData", "does not let the token keychain:forge/token see");
    forge.set(&statuses, Canned::status(302, "location: http://127.0.0.1:1/\r\n", ""));
    check(&tests(&desk).await?, "noData", "answered 302");
    forge.set(&statuses, Canned::ok("<html>"));
    check(&tests(&desk).await?, "noData", "something else");
    let _ = desk.given("another", ["secret", "set", "forge/token"]).await?.exits(0);
    check(&tests(&desk).await?, "noData", "refused the token keychain:forge/token");
    let _ = desk.run(["secret", "remove", "forge/token"]).await?.exits(0);
    check(&tests(&desk).await?, "noData", "forge/token");
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gitlab_and_gitea_are_asked_in_their_own_ways_and_a_silent_one_is_not_waited_for() -> Result<(), PartError> {
    let lab = FakeForge::start("private-token: s3cr3t-token").await;
    let desk =
        desk(&format!("{{ gitlab: shop/web/checkout, at: \"{}\", token: keychain:forge/token }}", lab.at())).await?;
    let path = |page: usize| {
        format!("/api/v4/projects/shop%2Fweb%2Fcheckout/repository/commits/{COMMIT}/statuses?per_page=100&page={page}")
    };
    lab.set(
        &path(1),
        Canned::ok(r#"[{"name":"unit","status":"success"},{"name":"flaky","status":"failed","allow_failure":true}]"#),
    );
    check(&tests(&desk).await?, "pass", "2 of 2");
    lab.set(&path(1), Canned::status(200, "x-next-page: 2\r\n", r#"[{"name":"unit","status":"success"}]"#));
    lab.set(&path(2), Canned::status(200, "x-next-page: \r\n", r#"[{"name":"e2e","status":"running"}]"#));
    check(&tests(&desk).await?, "noData", "waits for e2e");
    lab.set(&path(2), Canned::ok(r#"[{"name":"e2e","status":"failed"}]"#));
    check(&tests(&desk).await?, "fail", "failed: e2e");
    lab.set(&path(1), Canned::silence());
    check(&tests(&desk).await?, "noData", "no answer within 10 s");

    let tea = FakeForge::start("authorization: token s3cr3t-token").await;
    let _ = desk
        .apply(&policy(&format!("{{ gitea: shop/checkout, at: \"{}\", token: keychain:forge/token }}", tea.at())))
        .await?
        .exits(0);
    let path = format!("/api/v1/repos/shop/checkout/commits/{COMMIT}/status?page=1&limit=50");
    tea.set(&path, Canned::ok(r#"{"state":"","total_count":0,"statuses":null}"#));
    check(&tests(&desk).await?, "noData", "nothing has checked");
    tea.set(
        &path,
        Canned::ok(r#"{"state":"success","total_count":1,"statuses":[{"context":"build","status":"success"}]}"#),
    );
    check(&tests(&desk).await?, "pass", "1 of 1");
    tea.set(
        &path,
        Canned::ok(r#"{"state":"failure","total_count":1,"statuses":[{"context":"build","status":"error"}]}"#),
    );
    check(&tests(&desk).await?, "fail", "failed: build");
    drop(tea);
    check(&tests(&desk).await?, "noData", "127.0.0.1");

    // A token goes to nobody who could be somebody else, and a project is nothing but a project.
    for (forge, problem) in [
        ("{ github: shop/checkout, at: \"http://forge.example\" }", "forge_address"),
        ("{ github: shop/checkout, at: \"http://127.0.0.1:80@forge.example\" }", "forge_address"),
        ("{ github: shop/../../user }", "forge_project"),
        ("{ github: a/b, gitlab: a/b }", "exactly_one"),
    ] {
        let refused = desk.apply(&policy(forge)).await?.exits(2);
        assert_eq!(refused.error()["params"]["problem"], problem, "{}", refused.stderr);
    }
    Ok(())
}
