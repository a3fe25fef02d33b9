//! Approvals between two desks: asked for on one, signed on another, verified on the first; and each that is not what it
//! seems is refused by name.

use serde_json::Value;
use switchback_tests::{cli::Desk, listening, part::PartError, port};

/// A desk with a keychain of its own, used by somebody.
async fn desk_of(name: &str) -> Result<Desk, PartError> {
    let mut desk = Desk::new().await?;
    desk.set("SWITCHBACK_TEST_USER", name);
    desk.set_clock("2026-11-26T10:00:00Z")?;
    Ok(desk)
}

async fn key(desk: &Desk) -> Result<String, PartError> {
    Ok(desk.run(["approval", "key"]).await?.exits(0).text("/key").to_owned())
}

fn policy(port: u16, need: u16, people: &str, more: &str) -> String {
    format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments:\n  production: {{ zone: UTC, approvals: {{ \
         need: {need}, of: [amara, jonas, sofie], expire: 24h }} }}\npeople:\n{people}{more}targets:\n  web/production:\n    process: {{ run: \
         [\"{{release}}/server\"], port: {port} }}\n    strategy: recreate\n    grace: 1s\n    health: {{ tcp: true, within: \
         10s, every: 100ms, passes: 1 }}\n"
    )
}

/// What a desk signs of a request, having looked at it first.
async fn signed(desk: &Desk, request: &str) -> Result<String, PartError> {
    let looked = desk.given(request, ["approval", "sign", "-"]).await?.exits(0);
    assert!(looked.text("/planHash").starts_with("sha256:"), "{:#}", looked.json);
    let sign = ["approval", "sign", "-", "--note", "read the diff", "--plan", looked.text("/planHash")];
    Ok(desk.given(request, sign).await?.exits(0).stdout)
}

async fn refused(desk: &Desk, approval: &str, code: &str) -> Result<Value, PartError> {
    let answer = desk.given(approval, ["approval", "import", "-"]).await?;
    assert_ne!(answer.code, 0, "{}", answer.stdout);
    let error = answer.error();
    assert_eq!(error["code"], code, "{}", answer.stderr);
    Ok(error)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_is_signed_on_one_desk_and_verified_on_another_and_nothing_else_is_believed() -> Result<(), PartError> {
    let (mut jonas, amara, mallory) = (desk_of("jonas").await?, desk_of("amara").await?, desk_of("mallory").await?);
    for version in ["1.0", "1.1"] {
        listening::release(&jonas, version);
    }
    let people = format!(
        "  amara: {{ keys: [\"{}\"] }}\n  jonas: {{ keys: [\"{}\"] }}\n",
        key(&amara).await?,
        key(&jonas).await?
    );
    let port = port::free();
    let _ = jonas.apply(&policy(port, 1, &people, "")).await?.exits(0);
    let request = jonas.run(["approval", "request", "web", "production", "1.0"]).await?.exits(0).stdout;
    let _ = jonas.run(["deploy", "web", "production", "1.0"]).await?.exits(3);

    // What is not what it seems.
    let yes = signed(&amara, &request).await?;
    refused(&jonas, &yes.replace("read the diff", "read it all"), "approval_tampered").await?;
    refused(&jonas, &yes.replace("\"amara\"", "\"sofie\""), "approval_tampered").await?;
    let unknown = refused(&jonas, &signed(&mallory, &request).await?, "approval_key_unknown").await?;
    assert!(unknown["causes"][0].as_str().is_some_and(|why| why.contains("mallory")), "{unknown:#}");
    refused(&jonas, "{ \"switchback\": \"approval 1\" }", "bad_input").await?;
    refused(&jonas, &request, "bad_input").await?;
    let own = jonas.given(&request, ["approval", "sign", "-", "--plan", "sha256:0"]).await?.exits(3);
    assert_eq!(own.error()["code"], "approval_own");
    let other = amara.given(&request, ["approval", "sign", "-", "--plan", "sha256:0"]).await?.exits(3);
    assert_eq!(other.error()["code"], "approval_other_plan", "what is signed is what was looked at");
    // Whoever changes what a request says changes what is signed.
    let forged = signed(&amara, &request.replace("\"version\": \"1.0\"", "\"version\": \"9.9\"")).await?;
    refused(&jonas, &forged, "artifact_gone").await?;
    // Another requester's desk that has the approver's own name still never takes the own yes.
    jonas.set("SWITCHBACK_TEST_USER", "amara");
    refused(&jonas, &yes, "approval_own").await?;
    jonas.set("SWITCHBACK_TEST_USER", "jonas");
    // A day later it is over, and one from the future is no better.
    jonas.set_clock("2026-11-27T10:10:00Z")?;
    refused(&jonas, &yes, "approval_expired").await?;
    jonas.set_clock("2026-11-26T09:00:00Z")?;
    refused(&jonas, &yes, "approval_expired").await?;

    // As it is, it counts, until it expires.
    jonas.set_clock("2026-11-26T10:30:00Z")?;
    let taken = jonas.given(&yes, ["approval", "import", "-"]).await?.exits(0);
    assert_eq!((taken.text("/by"), taken.text("/subject")), ("amara", "web/production 1.0"));
    let shown = jonas.run(["approval", "show", "web", "production", "1.0"]).await?.exits(0);
    assert_eq!((shown.text("/given/0/by"), &shown.json["given"][0]["void"]), ("amara", &Value::Null));
    jonas.set_clock("2026-11-27T10:10:00Z")?;
    let late = jonas.run(["deploy", "web", "production", "1.0"]).await?.exits(3);
    assert!(late.stderr.contains("too long ago"), "{}", late.stderr);
    jonas.set_clock("2026-11-26T10:31:00Z")?;
    let _ = jonas.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    refused(&jonas, &yes, "approval_other_plan").await?;

    // A key that leaves the policy takes its yeses with it.
    let request = jonas.run(["approval", "request", "web", "production", "1.1"]).await?.exits(0).stdout;
    let _ = jonas.given(&signed(&amara, &request).await?, ["approval", "import", "-"]).await?.exits(0);
    let _ = jonas.run(["gates", "web", "production", "1.1"]).await?.exits(0);
    let _ = jonas.apply(&policy(port, 1, "  amara: {}\n", "")).await?.exits(0);
    let gone = jonas.run(["deploy", "web", "production", "1.1"]).await?.exits(3);
    assert!(gone.stderr.contains("without a key that the policy trusts"), "{}", gone.stderr);
    let audit = jonas.run(["audit", "list", "approval"]).await?.exits(0);
    assert_eq!(audit.text("/entries/0/after/by"), "amara", "{:#}", audit.json);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_the_policy_asks_for_a_yes_by_the_policy_in_force() -> Result<(), PartError> {
    let (mut jonas, amara) = (desk_of("jonas").await?, desk_of("amara").await?);
    let people = format!("  amara: {{ keys: [\"{}\"] }}\n", key(&amara).await?);
    let asks = "policy: { approvals: { need: 1, of: [amara, jonas, sofie] } }\n";
    let port = port::free();
    let _ = jonas.apply(&policy(port, 1, &people, asks)).await?.exits(0);
    // Whoever changes the rule is held by the rule as it was.
    let free = policy(port, 1, &people, "");
    let refused = jonas.apply(&free).await?.exits(3);
    assert_eq!(refused.error()["code"], "approval_missing", "{}", refused.stderr);
    let file = jonas.folder().join("switchback.yaml");
    let file = file.to_str().unwrap();
    let dry = jonas.run(["apply", "-f", file, "--dry-run"]).await?.exits(0);
    assert!(dry.stderr.contains("it would be refused: a change of the policy"), "{}", dry.stderr);
    let _ = jonas.run(["approval", "policy", "-f", file]).await?.exits(0);
    let _ = jonas.run(["apply", "-f", file]).await?.exits(3);
    let _ = jonas.run(["apply", "-f", file, "--override", " "]).await?.exits(2);

    let request = jonas.run(["approval", "request-policy", "-f", file]).await?.exits(0).stdout;
    let looked = amara.given(&request, ["approval", "sign", "-"]).await?.exits(0);
    assert_eq!(looked.text("/subject"), "policy");
    assert!(looked.text("/lines/0").starts_with("policy"), "the signer sees what changes: {:#}", looked.json);
    let yes = signed(&amara, &request).await?;
    let _ = jonas.given(&yes, ["approval", "import", "-"]).await?.exits(0);
    // It is for this change and for no other; elsewhere the same words name other programs and files.
    let elsewhere = tempfile::tempdir().unwrap();
    let moved = elsewhere.path().join("switchback.yaml");
    std::fs::copy(file, &moved).unwrap();
    let refused = jonas.run(["apply", "-f", moved.to_str().unwrap()]).await?.exits(3);
    assert_eq!(refused.error()["code"], "approval_missing", "{}", refused.stderr);
    let _ = jonas.apply(&free.replace("need: 1", "need: 2")).await?.exits(3);
    let _ = jonas.apply(&free).await?.exits(0);
    let told = jonas.run(["apply", "-f", moved.to_str().unwrap()]).await?.exits(0);
    assert!(told.text("/0").starts_with("relative paths: /"), "{:#}", told.json);
    let _ = jonas.apply(&free.replace("need: 1", "need: 2")).await?.exits(0);
    let audit = jonas.run(["audit", "list", "policy.applied"]).await?.exits(0);
    let why = audit.text("/entries/0/why");
    assert!(why.contains("environments.production.approvals.need: 1 -> 2") || why.contains("\"need\":2"), "{why}");

    // A second person on the same desk says yes to what a file would change.
    let _ = jonas.apply(&policy(port, 1, &people, asks)).await?.exits(0);
    let _ = jonas.apply(&free).await?.exits(3);
    jonas.set("SWITCHBACK_TEST_USER", "sofie");
    let _ = jonas.run(["approval", "policy", "-f", file, "--note", "agreed"]).await?.exits(0);
    jonas.set("SWITCHBACK_TEST_USER", "jonas");
    let _ = jonas.run(["apply", "-f", file]).await?.exits(0);

    // Where nobody of them is to be had, it goes with a reason, and not in silence.
    let alone = policy(port, 1, &people, "policy: { approvals: { need: 1, of: [gone] } }\n");
    let _ = jonas.apply(&alone).await?.exits(0);
    let _ = jonas.apply(&free).await?.exits(3);
    let glass = ["--override", "gone has left the firm", "--risk", "nobody looks", "--task", "name two more"];
    let _ = jonas.run(["apply", "-f", file].into_iter().chain(glass)).await?.exits(0);
    let audit = jonas.run(["audit", "list", "policy"]).await?.exits(0);
    assert_eq!(
        (audit.text("/entries/1/action"), audit.text("/entries/1/why")),
        ("policy.overridden", "gone has left the firm")
    );
    // Red, with all that it let through, until somebody says what came of it.
    let open = jonas.run(["override", "list"]).await?.exits(0);
    assert_eq!((open.text("/0/subject"), open.text("/0/task")), ("policy", "name two more"), "{:#}", open.json);
    let through = open.json[0]["letThrough"].to_string();
    assert!(through.contains("missing: gone") && through.contains("-> absent"), "{through}");
    let status = jonas.run(["status"]).await?.exits(0);
    assert_eq!(status.text("/overrides/0/risk"), "nobody looks");
    let _ = jonas.run(["override", "follow-up", open.text("/0/id"), "--note", "sofie and amara"]).await?.exits(0);
    let _ = jonas.run(["override", "follow-up", open.text("/0/id"), "--note", "again"]).await?.exits(7);
    let status = jonas.run(["status"]).await?.exits(0);
    assert_eq!(status.json["overrides"], serde_json::json!([]));
    let done = jonas.run(["override", "list", "--all"]).await?.exits(0);
    assert_eq!(done.text("/0/note"), "sofie and amara");
    let schema = jonas.run(["policy", "schema"]).await?.exits(0);
    assert!(schema.json["properties"]["people"].is_object(), "{:#}", schema.json);
    Ok(())
}
