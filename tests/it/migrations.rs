//! Migrations as the tools lay them out, read from fixtures in each tool's own format.

use std::{fmt::Write as _, path::PathBuf};
use switchback_core::migration::{self, Layout, Script, Set, SourceFile, Wrapping};

fn folder() -> PathBuf {
    switchback_tests::place::tests().join("it/migrations")
}

fn read(layout: Layout, name: &str) -> Set {
    let files = switchback_api::migration_files(&folder().join("layouts").join(layout.as_str()).join(name)).unwrap();
    migration::read(layout, &files)
}

/// One line per migration and one per problem. A `!` marks a script that runs outside of a transaction of the tool.
fn told(set: &Set) -> String {
    let wraps =
        matches!(set.layout, Layout::Sqlx | Layout::Flyway | Layout::Liquibase | Layout::Goose | Layout::Dbmate);
    let way = |name: &str, script: &Script| match script.wrapping {
        Wrapping::None if wraps => format!("{name}!"),
        _ => name.to_owned(),
    };
    let mut text = String::new();
    for one in &set.migrations {
        let ways = [one.up.as_ref().map(|up| way("up", up)), one.down.as_ref().map(|down| way("down", down))];
        let ways: Vec<String> = ways.into_iter().flatten().collect();
        let _ = writeln!(text, "{} {} {}", one.version, one.name, ways.join(","));
    }
    for problem in &set.problems {
        let _ = writeln!(text, "{} {}:{}", problem.rule.as_str(), problem.path, problem.line);
    }
    text
}

#[test]
fn every_layout_is_read_as_its_tool_reads_it() {
    let mut wrong = String::new();
    for layout in Layout::ALL {
        for kind in ["good", "bad"] {
            let set = read(layout, kind);
            let expected = folder().join("layouts").join(layout.as_str()).join(kind).join("expected.txt");
            let expected = std::fs::read_to_string(&expected).unwrap();
            if told(&set) != expected {
                let _ = write!(wrong, "{} {kind}:\n{}", layout.as_str(), told(&set));
            }
            assert_eq!(set.problems.is_empty(), kind == "good");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_script_keeps_the_lines_of_its_file() {
    let set = read(Layout::Liquibase, "good");
    let down = set.migrations[1].down.as_ref().unwrap();
    assert_eq!(down.line, 12);
    assert_eq!(down.sql.lines().nth(11).unwrap().trim(), "DROP INDEX CONCURRENTLY");
    assert_eq!(down.sql.lines().nth(12).unwrap().trim(), "accounts_mail;");
    let set = read(Layout::Goose, "good");
    assert_eq!(set.migrations[1].up.as_ref().unwrap().sql.lines().nth(3).unwrap(), "begin");
}

#[test]
fn what_was_released_and_edited_since_is_named() {
    let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
    let mut files = vec![
        file("2_a.up.sql", "create table a (id int);\n"),
        file("2_a.down.sql", "drop table a;\n"),
        file("4_b.up.sql", "create table b (id int);\n"),
        file("4_b.down.sql", "drop table b;\n"),
    ];
    let pins = migration::pins(&migration::read(Layout::GolangMigrate, &files));
    let problems = |files: &[SourceFile]| {
        let problems = migration::against_pins(&migration::read(Layout::GolangMigrate, files), &pins, |_| None);
        problems.iter().map(|one| format!("{} {}:{}", one.rule.as_str(), one.path, one.line)).collect::<Vec<_>>()
    };
    assert_eq!(problems(&files), Vec::<String>::new());
    // Line ends are the checkout's business, not an edit.
    files[0].text = "create table a (id int);\r\n".to_owned();
    assert_eq!(problems(&files), Vec::<String>::new());

    files[0].text = "create table a (id bigint);\n".to_owned();
    files[1].text = "drop table if exists a;\n".to_owned();
    files.extend([file("3_c.up.sql", "create table c (id int);\n"), file("3_c.down.sql", "drop table c;\n")]);
    files.retain(|file| !file.path.starts_with('4'));
    files.extend([file("1_z.up.sql", "create table z (id int);\n"), file("1_z.down.sql", "drop table z;\n")]);
    assert_eq!(
        problems(&files),
        [
            "out_of_order 1_z.up.sql:1",
            "edited_after_release 2_a.up.sql:1",
            "edited_after_release 2_a.down.sql:1",
            "missing_up :1"
        ]
    );
}

#[test]
fn what_changed_places_since_it_was_released_and_where_what_is_gone_was_is_named() {
    let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
    let sets =
        |name: &str| format!("--changeset ada:{name}\ncreate table {name} (id int);\n--rollback drop table {name};\n");
    let log = |names: &[&str]| {
        let text = names.iter().fold("--liquibase formatted sql\n".to_owned(), |text, name| text + &sets(name));
        (Layout::Liquibase, vec![file("log.sql", &text)])
    };
    let plan = |names: &[&str]| {
        let line = |name: &&str| format!("{name} 2026-01-02T03:04:05Z ada <a@b.c>\n");
        let text = "%project=shop\n".to_owned() + &names.iter().map(line).collect::<String>();
        let scripts = names.iter().flat_map(|name| ["deploy", "revert"].map(|way| format!("{way}/{name}.sql")));
        let scripts = scripts.map(|path| file(&path, "select now();\n"));
        (Layout::Sqitch, scripts.chain([file("sqitch.plan", &text)]).collect::<Vec<_>>())
    };
    let told = |(layout, was): (Layout, Vec<SourceFile>), (_, is): (Layout, Vec<SourceFile>)| {
        let (was, is) = (migration::read(layout, &was), migration::read(layout, &is));
        let place = |version: &str| {
            let up = was.migrations.iter().find(|one| one.version == version)?.up.as_ref()?;
            Some((up.path.clone(), up.line))
        };
        let problems = migration::against_pins(&is, &migration::pins(&was), place);
        problems.iter().map(|one| format!("{}:{} {}", one.path, one.line, one.why)).collect::<Vec<_>>()
    };
    assert_eq!(told(log(&["a", "b", "c"]), log(&["a", "b", "c", "d"])), Vec::<String>::new());
    let changed = ["log.sql:8 ada:a runs behind ada:b, and was released before it"];
    assert_eq!(told(log(&["a", "b", "c"]), log(&["b", "c", "a"])), changed.map(|one| one.replace("ada:b", "ada:c")));
    assert_eq!(told(log(&["a", "b"]), log(&["b"])), ["log.sql:2 ada:a was released and is gone"]);
    assert_eq!(
        told(plan(&["a", "b"]), plan(&["b", "a"])),
        ["deploy/a.sql:1 a runs behind b, and was released before it"]
    );
}
