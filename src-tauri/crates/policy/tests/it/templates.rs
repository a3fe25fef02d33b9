//! Checklists with what they take in.

use switchback_core::{gate::Phase, name::Environment};
use switchback_policy::{Template, parse};

fn template(checklists: &str, name: &str) -> Template {
    let text = format!("version: 1\nenvironments: {{ e: {{ checklist: {name} }} }}\nchecklists:\n{checklists}");
    let environment: Environment = "e".parse().expect("a name");
    parse("x", &text).expect("it reads").template(&environment).expect("one is asked for")
}

fn ids(template: &Template) -> Vec<&str> {
    template.items.iter().map(|(_, item)| item.id.as_str()).collect()
}

#[test]
fn items_taken_in_come_first_and_are_replaced_by_name() {
    let base = "  base: { before: [{ id: a, ask: A }, { id: b, ask: B }], after: [{ id: z, ask: Z }] }\n";
    let own = "  own: { include: [base], before: [{ id: b, ask: Another b }, { id: c, ask: C }] }\n";
    let both = template(&format!("{base}{own}"), "own");
    assert_eq!(ids(&both), ["a", "b", "c", "z"]);
    assert_eq!(both.items[1].1.ask.as_deref(), Some("Another b"));
    assert_eq!(both.items[3].0, Phase::After);
}

#[test]
fn a_template_has_another_version_when_its_content_has_another() {
    let one = template("  own: { before: [{ id: a, ask: A }] }\n", "own");
    let same = template("  own:\n    before:\n      - ask: A\n        id: a\n", "own");
    let other = template("  own: { before: [{ id: a, ask: A, required: false }] }\n", "own");
    assert_eq!(one.version, same.version);
    assert_ne!(one.version, other.version);
}

#[test]
fn the_default_one_is_there_without_being_written() {
    let text = "version: 1\nenvironments: { e: { checklist: default }, f: {} }\n";
    let document = parse("x", text).unwrap();
    let template = document.template(&"e".parse().unwrap()).unwrap();
    for phase in [Phase::Before, Phase::During, Phase::After] {
        assert!(template.items.iter().filter(|(of, item)| *of == phase && item.required != Some(false)).count() >= 3);
    }
    assert!(document.template(&"f".parse().unwrap()).is_none());
}
