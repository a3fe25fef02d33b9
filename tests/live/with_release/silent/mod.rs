//! Ways back that once lost something without a word, on real servers: what each is said to take; and plain ones, as teams
//! write them, that take nothing and are not asked about.

mod mariadb;
mod postgres;
mod sqlite;

pub use super::sql;
use std::sync::Arc;
use switchback_core::{
    migration::{self, Layout, SourceFile, Way},
    port::Databases as _,
    schema::Database as At,
};
use switchback_database::Servers;
use switchback_process::LocalPrograms;

/// A way back on a database that somebody used in between.
struct Case {
    /// What is there before, beside what all cases have.
    before: &'static [&'static str],
    up: &'static str,
    between: &'static [&'static str],
    down: &'static str,
    /// What it is said to take; `None` where its statements are asked about by their line, whatever else is counted.
    told: Option<&'static [&'static str]>,
}

const fn case(before: &'static [&'static str], down: &'static str, told: &'static [&'static str]) -> Case {
    Case { before, up: "select 1;\n", between: &[], down, told: Some(told) }
}

const fn asked(before: &'static [&'static str], down: &'static str) -> Case {
    Case { before, up: "select 1;\n", between: &[], down, told: None }
}

const fn used(
    before: &'static [&'static str],
    up: &'static str,
    between: &'static [&'static str],
    down: &'static str,
    told: &'static [&'static str],
) -> Case {
    Case { before, up, between, down, told: Some(told) }
}

async fn losses(place: &str, up: &str, down: &str) -> Vec<String> {
    let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
    let set = migration::read(Layout::GolangMigrate, &[file("1_a.up.sql", up), file("1_a.down.sql", down)]);
    let at = At { name: "main".to_owned(), place: place.to_owned(), password: None };
    let servers = Servers::new(Arc::new(LocalPrograms));
    let losses = servers.losses(&at, None, &set, "1", Way::Down).await.unwrap_or_else(|why| panic!("{down}: {why:?}"));
    losses.iter().map(|loss| loss.to_string().replace(" (1)", "")).collect()
}

/// Each case on what `made` makes; `gone` clears it away. What a count would change, the second count would see.
async fn hold(place: &str, made: &[&str], gone: &[&str], cases: &[Case]) {
    let mut wrong = Vec::new();
    for Case { before, up, between, down, told } in cases {
        for statement in made.iter().chain(*before) {
            sql(place, statement).await;
        }
        for statement in up.split_inclusive(";\n").chain(between.iter().copied()) {
            sql(place, statement).await;
        }
        for _ in 0..2 {
            let found = losses(place, up, down).await;
            let holds = match told {
                Some(told) => found == **told,
                None => found.iter().any(|one| one.starts_with("whatever ")),
            };
            if !holds {
                wrong.push(format!("{down}  is said to take {found:?}, not {told:?}"));
            }
        }
        for statement in gone {
            sql(place, statement).await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const NOTHING: [&str; 0] = [];
