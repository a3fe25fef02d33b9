//! What the README shows of gates is read as it stands there.

use switchback_policy::parse;

const README: &str = include_str!("../../../../../README.md");

#[test]
fn the_example_of_gates_is_right() {
    let about = README.split("## Gates and windows").nth(1).expect("the section");
    let block = about.split("```yaml").nth(1).and_then(|rest| rest.split("```").next()).expect("the example");
    let document = parse("README.md", &format!("version: 1\n{block}")).expect("it is read");
    let production = &document.environments[&"production".parse().expect("a name")];
    assert_eq!((production.windows.len(), production.holidays.len()), (5, 1));
    assert!(document.template(&"production".parse().expect("a name")).expect("a checklist").items.len() > 15);
}

#[test]
fn the_example_of_a_tool_of_the_teams_own_is_right() {
    let about = README.split("### Migrations of other tools").nth(1).expect("the section");
    let block = about.split("```yaml").nth(1).and_then(|rest| rest.split("```").next()).expect("the example");
    let document = parse("README.md", &format!("version: 1\n{block}")).expect("it is read");
    let migrations = document.services[&"web".parse().expect("a name")].migrations.clone().expect("it has migrations");
    assert_eq!(migrations.commands.expect("commands").up.last().map(String::as_str), Some("{version}"));
}
