//! Reading, writing and comparing whole documents.

use crate::EXAMPLE;
use proptest::prelude::*;
use switchback_policy::{Document, diff, parse, schema, to_yaml};

#[track_caller]
fn read(text: &str) -> Document {
    match parse("switchback.yaml", text) {
        Ok(document) => document,
        Err(problems) => panic!("{problems:#?}\n{text}"),
    }
}

#[test]
fn the_example_comes_back_equal_and_its_normal_form_is_stable() {
    let document = read(EXAMPLE);
    let normal = to_yaml(&document);
    let again = read(&normal);
    assert_eq!(again, document);
    assert_eq!(to_yaml(&again), normal);
    assert_eq!(diff(&document, &again), []);
}

#[test]
fn every_friendly_form_comes_back() {
    let text = r#"
version: 1
services: { a: { image: r.example/a }, b: { folder: ./b } }
environments: { e: {}, f: {}, g: {} }
targets:
  a/e:
    docker: { engine: { tcp: "10.0.0.1:2376", tls: /certs }, publish: ["8080:80", "[::1]:8081:81"], limits: { cpus: 0.5, memory: 1024Mi } }
    strategy: { blue-green: { confirm: manual, router: { nginx: { conf: /x.conf, container: web, drain: 90s } } } }
    replicas: 3
    grace: 1500ms
    config: { YES: "true", NO: false, NUMBER: 010, FLOAT: 1.0, NULLISH: "null", EMPTY: "", LINES: "a\nb\n", TILDE: "~", DATE: 2026-01-01, HASH: "a # b", COLON: "a: b" }
  a/f: { docker: { engine: "ssh://me@host" }, health: { command: [./check, "{port}"], delay: 2s } }
  b/g:
    process: { run: [./b], port: 9000 }
    strategy: { rolling: { router: { tcp: { port: 9100 } } } }
    replicas: 2
    health: { tcp: true, timeout: 1h }
"#;
    let document = read(text);
    let config = &document.targets[&"a/e".parse().unwrap()].config;
    assert_eq!(config["NUMBER"], "010");
    assert_eq!(config["FLOAT"], "1.0");
    assert_eq!(config["NO"], "false");
    let normal = to_yaml(&document);
    assert_eq!(read(&normal), document, "{normal}");
    assert_eq!(to_yaml(&read(&normal)), normal);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_text_in_a_value_comes_back(value in "\\PC{0,40}", body in "[ -~\n\t]{0,60}") {
        let mut document = read(EXAMPLE);
        let target = document.targets.values_mut().next().unwrap();
        target.config.insert("ANY".to_owned(), value);
        target.config.insert("BODY".to_owned(), body);
        let normal = to_yaml(&document);
        let again = read(&normal);
        prop_assert_eq!(&again, &document);
        prop_assert_eq!(to_yaml(&again), normal);
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "[ -~\n]{0,200}") {
        let _ = parse("x", &text);
    }
}

#[test]
fn a_change_is_told_by_meaning_and_not_by_spelling() {
    let old = read(EXAMPLE);
    let same = read(&EXAMPLE.replace("within: 60s", "within: 1m"));
    assert_eq!(diff(&old, &same), []);
    let new = read(&EXAMPLE.replace("protected: true", "protected: false").replace("after-rollback: pause", ""));
    let paths: Vec<String> = diff(&old, &new).into_iter().map(|change| change.path).collect();
    assert_eq!(paths, ["environments.production.after-rollback", "environments.production.protected"]);
}

#[test]
fn of_a_list_it_is_told_what_came_and_what_went() {
    let text = "version: 1\nchecklists:\n  own:\n    before:\n      - { id: a, ask: One }\n      - { id: b, ask: Two }\n\
                environments:\n  staging: { windows: [{ allow: Mon..Thu 09:00-17:00 }, { deny: Fri 12:00-13:00 }] }\n";
    let old = read(text);
    let told = |text: &str| -> Vec<String> {
        let shown = |value: &Option<serde_json::Value>| value.as_ref().map_or("-".to_owned(), ToString::to_string);
        let changes = diff(&old, &read(text));
        changes.iter().map(|one| format!("{} {} {}", one.path, shown(&one.before), shown(&one.after))).collect()
    };
    assert_eq!(told(&text.replace("Two", "Three")), ["checklists.own.before.b.ask \"Two\" \"Three\""]);
    let windows = "environments.staging.windows[]";
    assert_eq!(
        told(&text.replace("Fri 12", "Fri 11")),
        [
            format!("{windows} {{\"deny\":\"Fri 12:00-13:00\"}} -"),
            format!("{windows} - {{\"deny\":\"Fri 11:00-13:00\"}}")
        ]
    );
    let turned = text.replace(
        "- { id: a, ask: One }\n      - { id: b, ask: Two }",
        "- { id: b, ask: Two }\n      - { id: a, ask: One }",
    );
    let whole = told(&turned);
    assert!(whole.len() == 1 && whole[0].starts_with("checklists.own.before [{"), "{whole:?}");
}

#[test]
fn a_removed_target_is_one_change() {
    let old = read(EXAMPLE);
    let mut new = old.clone();
    new.targets.remove(&"web/demo".parse().unwrap());
    let changes = diff(&old, &new);
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].path, "targets.web/demo");
    assert!(changes[0].before.is_some() && changes[0].after.is_none());
}

#[test]
fn the_schema_describes_each_section() {
    let schema = schema();
    for section in ["services", "databases", "environments", "checklists", "targets", "notify"] {
        assert!(schema["properties"][section].is_object(), "{section}");
    }
    assert_eq!(schema["additionalProperties"], false);
}
