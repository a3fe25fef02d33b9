//! Each mistake is told at its line and column, with what was probably meant.

use crate::EXAMPLE;
use switchback_policy::{Problem, merge, parse};

/// The place of `needle` in the text: where a problem should point.
fn place(text: &str, needle: &str) -> (u64, u64) {
    let at = text.find(needle).expect("the needle stands in the text");
    let line = text[..at].matches('\n').count() + 1;
    let column = text[..at].chars().rev().take_while(|c| *c != '\n').count() + 1;
    (line as u64, column as u64)
}

/// Replaces one thing in the example and expects one problem, at `needle`.
#[track_caller]
fn check(from: &str, to: &str, code: &str, needle: &str) -> Problem {
    assert!(EXAMPLE.contains(from), "{from}");
    let text = EXAMPLE.replacen(from, to, 1);
    let problems = parse("switchback.yaml", &text).expect_err("the mistake is found");
    let first = problems[0].clone();
    assert_eq!((first.code, (first.line, first.column)), (code, place(&text, needle)), "{problems:?}");
    assert_eq!(first.file, "switchback.yaml");
    assert_eq!(problems.len(), 1, "{problems:?}");
    first
}

#[test]
fn an_unknown_key_is_told_with_its_place_and_the_key_that_was_meant() {
    let problem = check("networks: [shop]", "netwroks: [shop]", "unknown_key", "netwroks");
    assert_eq!(problem.suggestion.as_deref(), Some("networks"));
    assert_eq!(problem.params["key"], "netwroks");
    let problem = check("promote-from:", "promote_from:", "unknown_key", "promote_from");
    assert_eq!(problem.suggestion.as_deref(), Some("promote-from"));
}

#[test]
fn an_unknown_word_is_told_with_the_word_that_was_meant() {
    let problem = check("strategy: recreate", "strategy: recreat", "unknown_word", "strategy: recreat\n");
    assert_eq!(problem.suggestion.as_deref(), Some("recreate"));
    check("auto: ci-green", "auto: ci-gren", "unknown_word", "ci-gren");
}

#[test]
fn a_zone_that_does_not_exist_is_told_with_the_nearest_one() {
    let problem = check(
        "staging: { zone: Europe/Berlin }",
        "staging: { zone: Europe/Berlim }",
        "zone_unknown",
        "zone: Europe/Berlim",
    );
    assert_eq!(problem.suggestion.as_deref(), Some("Europe/Berlin"));
}

#[test]
fn names_that_meet_nothing_are_told_where_they_stand() {
    check("  web/demo:", "  web/stagin:", "environment_unknown", "web/stagin:");
    check("  web/demo:", "  chekout/demo:", "service_unknown", "chekout/demo:");
    let problem =
        check("    checklist: production", "    checklist: prodction", "checklist_unknown", "checklist: prodction");
    assert_eq!(problem.suggestion.as_deref(), Some("production"));
    check("database: checkout-db }", "database: checkout }", "database_unknown", "database: checkout }");
}

#[test]
fn a_strategy_without_the_router_it_needs_is_told() {
    let router = "strategy: { blue-green: { confirm: automatic, router: { nginx: { conf: /etc/nginx/conf.d/checkout.conf } } } }";
    check(
        router,
        "strategy: { blue-green: { confirm: manual } }",
        "blue_green_without_router",
        "strategy: { blue-green",
    );
    check(router, "strategy: rolling", "rolling_without_router", "strategy: rolling");
    check("strategy: recreate", "replicas: 2", "replicas_without_router", "replicas: 2");
}

#[test]
fn a_databases_password_in_the_file_is_refused_and_not_repeated() {
    let plain = "\"host=10.0.0.5 dbname=checkout user=checkout\"";
    for written in [
        "\"host=10.0.0.5 dbname=checkout user=checkout password=sesame\"",
        "\"postgres://checkout:sesame@10.0.0.5/checkout\"",
        "\"//checkout:sesame@10.0.0.5/checkout?sslmode=require\"",
    ] {
        let problem = check(plain, written, "password_in_file", &format!("postgres: {written}"));
        assert!(!format!("{problem:?}").contains("sesame"), "{problem:?}");
    }
    let problem = check(plain, "\"10.0.0.5 sesame\"", "database_place", "postgres: \"10.0.0.5");
    assert!(!format!("{problem:?}").contains("sesame"), "{problem:?}");
}

#[test]
fn values_nobody_could_use_are_told() {
    check("127.0.0.1:8080:8080\"]", "127.0.0.1:8080:0\"]", "port_zero", "\"127.0.0.1:8080:0");
    // Behind a router any port does, but there must be one to send to.
    assert!(parse("x", &EXAMPLE.replacen("127.0.0.1:8080:8080\"]", "127.0.0.1:0:8080\"]", 1)).is_ok());
    let none = parse("x", &EXAMPLE.replacen("[\"127.0.0.1:8080:8080\"]", "[]", 1)).expect_err("no port is published");
    assert_eq!(none.iter().map(|one| one.code).collect::<Vec<_>>(), ["router_without_port"]);
    check("need: 1", "need: 3", "approvals_impossible", "need: 3");
    check("expire: 24h", "expire: 0s", "approvals_impossible", "expire: 0s");
    check("zone: Europe/Berlin", "zone: localtime", "zone_unknown", "zone: localtime");
    check("within: 10s", "within: 10", "bad_value", "10 }");
    check("memory: 512Mi", "memory: much", "bad_value", "much");
    check("allow: Fri 09:00-12:00", "allow: Fri 12:00-12:00", "bad_value", "Fri 12:00-12:00");
    check("allow: Fri 09:00-12:00", "allow: Fry 09:00-12:00", "bad_value", "Fry 09:00-12:00");
    check("allow: Fri 09:00-12:00", "allow: cron 0 25 * * *", "bad_value", "cron 0 25");
    check("from: 2026-12-18T12:00", "from: 2028-12-18T12:00", "freeze_empty", "{ from: 2028");
}

#[test]
fn checklists_that_hold_themselves_or_ask_nobody_are_told() {
    let item = "      - { id: support, ask: Support told, required: false }";
    check(
        item,
        "      - { id: support, ask: Support told, url: \"https://x.example\" }",
        "item_source",
        "{ id: support",
    );
    check(
        "  production:\n    before:",
        "  production:\n    include: [production]\n    before:",
        "checklist_cycle",
        "production]",
    );
    check(
        "  production:\n    before:",
        "  production:\n    include: [prodction]\n    before:",
        "checklist_unknown",
        "prodction]",
    );
    check(
        "{ id: tests, auto: ci-green }",
        "{ id: tests, auto: ci-green, file: a, run: [b] }",
        "exactly_one",
        "{ id: tests",
    );
}

#[test]
fn what_nobody_writes_by_hand_is_refused_before_it_is_looked_at_closely() {
    let list = |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<String>();
    check(
        "checklists:\n",
        &format!("checklists:\n{}", list(2000, &|n| format!("  c{n}: {{ include: [c{}] }}\n", n + 1))),
        "too_many",
        "checklists:",
    );
    let friday = "      - { allow: Fri 09:00-12:00 }\n";
    let crons = list(300, &|n| format!("      - {{ allow: cron {} {} * * * }}\n", n % 60, n / 60 % 24));
    check(friday, &crons, "too_many", "windows:");
}

#[test]
fn windows_that_make_no_sense_together_are_told() {
    let friday = "      - { allow: Fri 09:00-12:00 }";
    check(friday, "      - { allow: Mon..Thu  09:00-17:00 }", "window_twice", "{ allow: Mon..Thu  ");
    check(friday, "      - { allow: last 2h }", "window_closing", "{ allow: last 2h");
    check(friday, "      - { deny: default }", "window_default", "{ deny: default");
    check(friday, "      - { deny: daily 08:00-18:00 }", "windows_never_open", "windows:");
    check(friday, "      - { deny: last 12h }", "windows_never_open", "windows:");
    check("staging: { zone", "staging: { windows: [], zone", "windows_empty", "windows: []");
    check(
        "from: 2026-12-18T12:00",
        "from: 2027-03-28T02:10, to: 2027-03-28T02:50 }\n      - { from: 2026-12-18T12:00",
        "freeze_empty",
        "{ from: 2027-03-28",
    );
}

#[test]
fn a_secret_in_plain_text_is_refused_and_not_repeated() {
    let problem = check("keychain:stripe/production", "sk_live_4711", "bad_value", "sk_live_4711");
    assert!(!format!("{problem:?}").contains("sk_live"), "{problem:?}");
}

#[test]
fn a_key_written_twice_in_a_file_is_told() {
    let text = "version: 1\nenvironments:\n  a: {}\n  b: {}\n  a: {}\n";
    let problems = parse("x", text).unwrap_err();
    assert_eq!((problems[0].code, problems[0].line, problems[0].column), ("duplicate_key", 5, 3));
}

#[test]
fn a_key_named_in_two_files_is_told_with_both_places() {
    let one = ("one.yaml".to_owned(), "version: 1\nenvironments:\n  staging: {}\n".to_owned());
    let two = ("two.yaml".to_owned(), "version: 1\n\nenvironments:\n    staging: {}\n".to_owned());
    let problems = merge(&[one, two]).unwrap_err();
    assert_eq!(problems.len(), 1);
    let told = problems[0].to_string();
    assert!(told.starts_with("two.yaml:4:5: ") && told.contains("one.yaml:3:3"), "{told}");
}

#[test]
fn files_merge_and_a_mistake_is_told_in_its_own_file() {
    let one = ("one.yaml".to_owned(), "version: 1\nnotify: [{ desktop: true, on: [all] }]\n".to_owned());
    let two = ("two.yaml".to_owned(), "version: 1\nnotify:\n  - { desktop: true }\n".to_owned());
    let problems = merge(&[one.clone(), two]).unwrap_err();
    assert_eq!((problems[0].file.as_str(), problems[0].line, problems[0].code), ("two.yaml", 3, "never_told"));
    let three = ("three.yaml".to_owned(), "version: 1\nenvironments: { a: {} }\n".to_owned());
    let document = merge(&[one, three]).unwrap();
    assert_eq!((document.notify.len(), document.environments.len()), (1, 1));
}

#[test]
fn a_bomb_of_aliases_and_a_long_file_are_refused() {
    let mut bomb = String::from("version: 1\nnotify:\n  - &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let last = level - 1;
        let aliases = vec![format!("*a{last}"); 10].join(", ");
        bomb.extend(["  - &a", &level.to_string(), " [", &aliases, "]\n"]);
    }
    assert_eq!(parse("bomb", &bomb).unwrap_err()[0].code, "too_large");
    let long = format!("version: 1\n#{}\n", "x".repeat(switchback_policy::TEXT_LIMIT));
    assert_eq!(parse("long", &long).unwrap_err()[0].code, "too_large");
    let deep = format!("version: 1\nnotify: {}{}\n", "[".repeat(200), "]".repeat(200));
    assert_eq!(parse("deep", &deep).unwrap_err()[0].code, "too_large");
}

#[test]
fn a_file_without_its_version_or_of_another_is_refused() {
    assert_eq!(parse("x", "services: {}\n").unwrap_err()[0].code, "version_missing");
    assert_eq!(parse("x", "version: 2\n").unwrap_err()[0].code, "version_unknown");
}

#[test]
fn a_mistake_of_shape_is_told_in_words_and_not_in_types() {
    for (text, place, message) in [
        ("version: 1\nenvironments:\n  a:\n", (3, 4), "expected here: keys with values, or {} for none"),
        ("version: 1\nenvironments:\n  a: { protected: maybe }\n", (3, 19), "expected here: true or false"),
        ("version: 1\n---\nversion: 1\n", (3, 1), "a file holds one document; remove the ---"),
        ("version: 1\ntargets: { a/e: { replicas: -1 } }\n", (2, 29), "expected here: a whole number from 0 to 65535"),
    ] {
        // What is named and not declared is told beside it.
        let problems = parse("x", text).unwrap_err();
        let problem = problems.iter().find(|one| one.message == message).expect(message);
        assert_eq!((problem.line, problem.column), place, "{problem}");
    }
}

#[test]
fn keys_for_nobody_and_items_without_a_word_are_told() {
    let key = "people: { amra: { keys: [\"ed25519:Tm90IGEga2V5LCBhbiBleGFtcGxlIG9mIDMyIGJ5dGU=\"] } }\n";
    let problems = parse("switchback.yaml", &format!("{EXAMPLE}\n{key}")).expect_err("nobody asks amra");
    assert_eq!((problems.len(), problems[0].code), (1, "person_not_asked"), "{problems:?}");
    assert_eq!(problems[0].suggestion.as_deref(), Some("amara"));
    assert!(parse("switchback.yaml", &format!("{EXAMPLE}\n{}", key.replace("amra", "amara"))).is_ok());
    let text = "version: 1\nchecklists:\n  own:\n    before:\n      - { id: \"\", ask: \" \" }\n";
    let codes: Vec<&str> = parse("x", text).expect_err("empty words").iter().map(|one| one.code).collect();
    assert_eq!(codes, ["item_empty", "item_empty"]);
}

#[test]
fn pods_are_asked_through_the_cluster_at_a_port_that_is_named() {
    let (ready, workload) = ("health: { ready: true, within: 60s }", "container: checkout }");
    check(ready, "health: { http: /health }", "pod_port_missing", "health: { http: /health }");
    check(ready, "health: { tcp: true }", "pods_out_of_reach", "health: { tcp: true }");
    check(ready, "health: { command: [curl, \"{url}\"] }", "pods_out_of_reach", "health: { command: [curl");
    let text = EXAMPLE.replacen(ready, "health: { http: /health }", 1);
    let text = text.replacen(workload, "container: checkout, port: 8080 }", 1);
    parse("switchback.yaml", &text).expect("a port is named");
}

#[test]
fn a_tool_of_the_teams_own_is_all_four_commands_and_no_other_layout_has_any() {
    let (layout, database) = ("layout: golang-migrate", "database: ");
    assert!(EXAMPLE.contains(layout) && EXAMPLE.contains(database));
    check(layout, "layout: command", "commands_missing", "migrations:");
    let files = EXAMPLE.replacen(layout, &format!("{layout}, commands: {{ list: [a] }}"), 1);
    let told = |text: &str| parse("switchback.yaml", text).expect_err("the mistake is found")[0].clone();
    assert_eq!(told(&files).code, "commands_unused");
    let some = "layout: command, commands: { list: [a], status: [b], up: [c], timeout: 0s }";
    let problems = parse("switchback.yaml", &EXAMPLE.replacen(layout, some, 1)).expect_err("two mistakes");
    let codes: Vec<&str> = problems.iter().map(|one| one.code).collect();
    assert_eq!(codes, ["commands_missing", "timeout_zero"]);
    assert!(problems[0].message.contains("down is missing"), "{problems:?}");
    let whole = "layout: command, commands: { list: [a], status: [b], up: [c], down: [d], timeout: 5m }";
    assert!(parse("switchback.yaml", &EXAMPLE.replacen(layout, whole, 1)).is_ok());
}

#[test]
fn all_mistakes_of_form_are_told_at_once_and_nothing_that_only_follows_from_them() {
    let mut text = EXAMPLE.to_owned();
    let wrong = [
        ("networks: [shop]", "netwroks: [shop]", "unknown_key", "netwroks"),
        ("strategy: recreate", "strategy: recreat", "unknown_word", "strategy: recreat\n"),
        ("auto: ci-green", "auto: ci-gren", "unknown_word", "ci-gren"),
        ("within: 10s", "within: 10", "bad_value", "10 }"),
        ("memory: 512Mi", "memory: much", "bad_value", "much"),
        ("allow: Fri 09:00-12:00", "allow: Fry 09:00-12:00", "bad_value", "Fry 09:00-12:00"),
        ("need: 1", "need: some", "bad_value", "some"),
        // Its key is required: that it is missing without the value is no mistake of its own.
        ("{ id: support, ask", "{ id: [support], ask", "bad_value", "[support]"),
    ];
    for (from, to, ..) in wrong {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let problems = parse("switchback.yaml", &text).expect_err("the mistakes are found");
    let mut expected: Vec<_> = wrong.iter().map(|(_, _, code, needle)| (place(&text, needle), *code)).collect();
    expected.sort_unstable();
    let told: Vec<_> = problems.iter().map(|one| ((one.line, one.column), one.code)).collect();
    assert_eq!(told, expected, "{problems:#?}");
    let meant = |code| problems.iter().find(|one| one.code == code).and_then(|one| one.suggestion.as_deref());
    assert_eq!(meant("unknown_key"), Some("networks"));
}

#[test]
fn mistakes_of_form_of_two_files_are_told_together_and_of_one_no_more_than_can_be_read() {
    let file = |name: &str, keys: &[String]| (name.to_owned(), format!("version: 1\n{}", keys.concat()));
    let many: Vec<String> = (0..100).map(|n| format!("wrong{n}: {{ a: [1, 2] }}\n")).collect();
    let problems = merge(&[file("one.yaml", &many[..2]), file("two.yaml", &many)]).expect_err("nothing is known");
    assert_eq!(problems.len(), 2 + 20, "{problems:#?}");
    assert_eq!(problems.iter().filter(|one| one.file == "one.yaml").map(|one| one.line).collect::<Vec<_>>(), [2, 3]);
    assert!(problems.iter().all(|one| one.code == "unknown_key"), "{problems:#?}");
}

#[test]
fn missing_keys_of_several_items_are_each_told() {
    let text = "version: 1\nchecklists:\n  own:\n    before:\n      - { ask: One }\n      - { id: two, ask: Two }\n      - ask: Three\n\
                targets:\n  a/e:\n    docker: { engine: { tls: x } }\n    config:\n      - A\n";
    let problems = parse("x", text).expect_err("keys are missing");
    let told: Vec<_> = problems.iter().map(|one| (one.line, one.code)).collect();
    let undeclared = [(9, "service_unknown"), (9, "environment_unknown")];
    let missing = [(5, "missing_key"), (7, "missing_key"), undeclared[0], undeclared[1], (10, "missing_key")];
    assert_eq!(told, [&missing[..], &[(12, "bad_value")]].concat(), "{problems:#?}");
}

/// A file with mistakes of every kind, and what it is told: line and code.
fn told(text: &str) -> Vec<(u64, &'static str)> {
    let problems = parse("switchback.yaml", text).expect_err("the mistakes are found");
    problems.iter().map(|problem| (problem.line, problem.code)).collect()
}

#[test]
fn mistakes_of_meaning_are_told_beside_those_of_form() {
    let text = "version: 1
services:
  web: { image: \"registry.example/web:1.0\" }
  api: { imgae: registry.example/api }
environments:
  staging: { zone: Europe/Berlim }
targets:
  web/staging:
    docker: { engine: default, publish: [\"127.0.0.1:8080:8080\"] }
    health: { http: /, passes: 0, within: 10 }
  web/prod:
    docker: { engine: default }
  api/staging:
    docker: { engine: default }
";
    let wanted = [
        (3, "image_tagged"),
        (4, "unknown_key"),
        (6, "zone_unknown"),
        (10, "passes_zero"),
        (10, "bad_value"),
        (11, "environment_unknown"),
    ];
    assert_eq!(told(text), wanted);
}

#[test]
fn what_may_be_missing_only_because_it_is_left_out_is_not_told() {
    let text = "version: 1
services:
  web: [image]
environments:
  staging: 7
targets:
  web/staging:
    docker: { engine: default }
    strategy: { blue-green: { router: { nginx: { confi: /x } } } }
";
    let codes: Vec<&str> = told(text).into_iter().map(|(_, code)| code).collect();
    assert!(codes.iter().all(|code| ["bad_value", "unknown_key", "missing_key"].contains(code)), "{codes:?}");
}

#[test]
fn no_word_of_the_reader_stands_in_a_mistake() {
    let deep = format!("version: 1\nservices: {}1{}", "{ a: ".repeat(200), " }".repeat(200));
    for text in ["version: 1\nservices: &a { web: *a }\n", &deep, "version: 1\nservices: { web: { image: [a] } }\n"] {
        let problems = parse("switchback.yaml", text).expect_err("a mistake");
        for problem in problems {
            for word in ["recursive", "recursion", "scalar", "weak"] {
                assert!(!problem.message.contains(word), "{problem}");
            }
        }
    }
}
