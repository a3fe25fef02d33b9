//! Checklists through the command: what holds a deployment, who ticked what, and two desks at one item.

use serde_json::{Value, json};
use switchback_tests::{
    cli::{Answer, Desk},
    leftover::Leftovers,
    listening,
    part::PartError,
    port,
};

const CHECKLIST: &str = "checklists:\n  careful:\n    before:\n      - { id: tests, auto: ci-green, file: \"ci-{version}.txt\" \
                         }\n      - { id: on-call, auto: on-call, run: [echo, amara] }\n      - { id: image, auto: \
                         image-present }\n      - { id: config, auto: config-complete }\n      - { id: way-back, auto: \
                         rollback-ready }\n      - { id: window, auto: window-open }\n      - { id: support, ask: \
                         Support told }\n      - { id: notes, ask: Notes written, required: false }\n    during:\n      - \
                         { id: errors, ask: Error rate looked at }\n    after:\n      - { id: observed, auto: observed, \
                         for: 30m }\n";

fn policy(port: u16, checklists: &str) -> String {
    format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments:\n  production: {{ zone: UTC, \
         checklist: careful }}\n{checklists}targets:\n  web/production:\n    process: {{ run: [\"{{release}}/server\"], \
         port: {port} }}\n    strategy: recreate\n    grace: 1s\n    health: {{ tcp: true, within: 10s, every: 100ms, \
         passes: 1 }}\n"
    )
}

fn line<'a>(answer: &'a Answer, id: &str) -> &'a Value {
    let lines = answer.json["lines"].as_array().unwrap();
    lines.iter().find(|line| line["id"] == id).unwrap()
}

fn verdict<'a>(answer: &'a Answer, id: &str) -> &'a str {
    line(answer, id)["verdict"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn required_items_hold_a_deployment_and_every_tick_is_known() -> Result<(), PartError> {
    let (desk, port) = (Desk::new().await?, port::free());
    listening::release(&desk, "1.0");
    let _ = desk.apply(&policy(port, CHECKLIST)).await?.exits(0);
    let show = ["checklist", "show", "web", "production", "1.0"];

    // Nothing is known yet, and no data never passes.
    let first = desk.run(show).await?.exits(3);
    assert_eq!((verdict(&first, "tests"), verdict(&first, "image")), ("noData", "noData"), "{:#}", first.json);
    assert_eq!((verdict(&first, "on-call"), line(&first, "on-call")["evidence"].as_str()), ("pass", Some("amara")));
    assert_eq!((verdict(&first, "support"), verdict(&first, "observed")), ("fail", "noData"));
    std::fs::write(desk.folder().join("ci-1.0.txt"), "failed: 3 of 1204\n").unwrap();
    let _ = desk.run(["release", "add", "web", "1.0"]).await?.exits(0);
    let second = desk.run(show).await?.exits(3);
    assert_eq!((verdict(&second, "tests"), verdict(&second, "image")), ("fail", "pass"), "{:#}", second.json);
    std::fs::write(desk.folder().join("ci-1.0.txt"), "passed 1204\n").unwrap();
    let refused = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(3);
    assert_eq!(refused.error()["code"], "checklist_open");
    assert!(refused.stderr.contains("support: open"), "{}", refused.stderr);

    // Two desks look at the same item; the second does not undo the first unseen.
    let tick = ["checklist", "tick", "web", "production", "1.0", "support", "--note", "in #support", "--seen", "0"];
    let ticked = desk.run(tick).await?.exits(0);
    assert_eq!((verdict(&ticked, "support"), &line(&ticked, "support")["seen"]), ("pass", &json!(1)));
    let _ = desk.run(tick).await?.exits(2);
    let untick =
        ["checklist", "untick", "web", "production", "1.0", "support", "--reason", "wrong room", "--seen", "1"];
    let _ = desk.run(untick).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(3);
    let _ = desk.run(["checklist", "tick", "web", "production", "1.0", "support"]).await?.exits(0);
    let _ = desk.run(["checklist", "tick", "web", "production", "1.0", "tests"]).await?.exits(2);
    let _ = desk.run(["checklist", "tick", "web", "production", "1.0", "nothing"]).await?.exits(7);
    let audit = desk.run(["audit", "list", "checklist"]).await?.exits(0);
    // The policy that brought the checklist is found by the same word.
    let of_items = |entry: &&Value| entry["action"].as_str().is_some_and(|action| action.starts_with("checklist."));
    assert_eq!(audit.json["entries"].as_array().unwrap().iter().filter(of_items).count(), 3, "{:#}", audit.json);

    // Somebody changes the question: the tick was for another one. Changed back, it counts again.
    let _ = desk.apply(&policy(port, &CHECKLIST.replace("Support told", "Support and sales told"))).await?.exits(0);
    let changed = desk.run(show).await?.exits(3);
    assert_ne!(changed.json["templateVersion"], ticked.json["templateVersion"]);
    assert!(line(&changed, "support")["evidence"].as_str().unwrap().contains("another question"));
    let _ = desk.apply(&policy(port, CHECKLIST)).await?.exits(0);
    let _ = desk.run(show).await?.exits(0);

    // What is for during the deployment is not ticked before there is one.
    let _ = desk.run(["checklist", "tick", "web", "production", "1.0", "errors"]).await?.exits(2);

    // It goes, advice or not; afterwards is asked afterwards, and the next time anew.
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    let after = desk.run(show).await?.exits(3);
    assert!(line(&after, "support")["evidence"].as_str().unwrap().contains("earlier deployment"), "{:#}", after.json);
    assert!(line(&after, "observed")["evidence"].as_str().unwrap().ends_with("of 30"), "{:#}", after.json);
    // What went down and was put back was not well for so long.
    let services = Leftovers::of(desk.home());
    services.kill_services();
    let _ = desk.run(["drift", "revert", "web/production"]).await?.exits(0);
    let again = desk.run(show).await?.exits(3);
    assert!(line(&again, "observed")["evidence"].as_str().unwrap().ends_with("started again"), "{:#}", again.json);
    let during = desk.run(["checklist", "tick", "web", "production", "1.0", "errors"]).await?.exits(0);
    assert_eq!(verdict(&during, "errors"), "pass");
    Ok(())
}

#[tokio::test]
async fn a_template_that_cannot_be_is_refused_and_the_old_one_stays() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let port = port::free();
    let _ = desk.apply(&policy(port, CHECKLIST)).await?.exits(0);
    let cyclic =
        CHECKLIST.replace("  careful:\n", "  other: { include: [careful] }\n  careful:\n    include: [other]\n");
    let refused = desk.apply(&policy(port, &cyclic)).await?.exits(2);
    assert_eq!(refused.error()["params"]["problem"], "checklist_cycle", "{}", refused.stderr);
    let kept = desk.run(["checklist", "show", "web", "production", "1.0"]).await?.exits(3);
    assert_eq!(kept.json["lines"].as_array().map(Vec::len), Some(10));
    Ok(())
}

/// Several processes on one history at the same moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_several_desks_tick_at_once_is_all_kept_and_who_was_slower_is_told() -> Result<(), PartError> {
    let items: Vec<String> = (0..6).map(|index| format!("item-{index}")).collect();
    let asked: Vec<String> = items.iter().map(|id| format!("{{ id: {id}, ask: \"Is {id} fine?\" }}")).collect();
    let list = |items: &[String]| format!("checklists:\n  careful:\n    before: [{}]\n", items.join(", "));
    let (desk, port) = (Desk::new().await?, port::free());
    listening::release(&desk, "1.0");
    let _ = desk.apply(&policy(port, &list(&asked))).await?.exits(0);

    // Each another item: all of them stand, whoever wrote first.
    let ticks = items.iter().map(|id| desk.run(["checklist", "tick", "web", "production", "1.0", id, "--seen", "0"]));
    for answer in futures::future::join_all(ticks).await {
        let _ = answer?.exits(0);
    }
    let shown = desk.run(["checklist", "show", "web", "production", "1.0"]).await?.exits(0);
    assert!(items.iter().all(|id| verdict(&shown, id) == "pass"), "{:#}", shown.json);

    // All the same item, as they saw it: one of them takes it back, the others are told.
    let untick = ["checklist", "untick", "web", "production", "1.0", "item-0", "--reason", "x", "--seen", "1"];
    let answers = futures::future::join_all((0..6).map(|_| desk.run(untick))).await;
    let mut codes = Vec::new();
    for answer in answers {
        let answer = answer?;
        assert!(answer.code == 0 || answer.stderr.contains("look at it again"), "{}", answer.stderr);
        codes.push(answer.code);
    }
    codes.sort_unstable();
    assert_eq!(codes, [0, 2, 2, 2, 2, 2]);

    // Somebody edits the checklist while the others tick: what still has its question keeps its tick.
    let edited: Vec<String> = asked.iter().skip(1).cloned().chain(["{ id: new, ask: New }".to_owned()]).collect();
    let edited = policy(port, &list(&edited));
    let tick = ["checklist", "tick", "web", "production", "1.0", "item-0"];
    let (applied, ticked) = tokio::join!(desk.apply(&edited), desk.run(tick));
    let _ = applied?.exits(0);
    assert!([0, 7].contains(&ticked?.code), "ticked before the change, or told that the item is gone");
    let shown = desk.run(["checklist", "show", "web", "production", "1.0"]).await?.exits(3);
    let open: Vec<&str> = items.iter().skip(1).map(String::as_str).filter(|id| verdict(&shown, id) != "pass").collect();
    assert_eq!((open, verdict(&shown, "new")), (Vec::new(), "fail"), "{:#}", shown.json);
    let verified = desk.run(["audit", "verify"]).await?.exits(0);
    assert_eq!(verified.text("/kind"), "intact");
    Ok(())
}
