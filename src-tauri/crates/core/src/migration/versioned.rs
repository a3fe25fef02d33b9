//! Layouts that say everything in the file's name: golang-migrate, sqlx, Flyway.
//!
//! The patterns are the tools' own. What a tool passes over in silence although it is meant as a migration is told here,
//! because that is how a migration comes not to run.

use super::{Found, Layout, Migration, Script, SetRule, SourceFile, Wrapping, says};
use regex::Regex;
use std::{collections::BTreeMap, sync::LazyLock};

static NUMBERED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\d+)_(.*)\.(up|down)\.sql$"));
static SQLX: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\d+)_(.*?)(?:\.(up|down))?\.sql$"));
static FLYWAY: LazyLock<Regex> = LazyLock::new(|| pattern(r"^([VUB])(\d+(?:[._]\d+)*)__(.+)\.sql$"));
static REPEATABLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^R__(.+)\.sql$"));
/// Flyway's hooks lie beside migrations and are none.
static CALLBACK: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(before|after|create)[A-Z]\w*(__.*)?\.sql$"));

#[allow(clippy::expect_used, reason = "the patterns above are constants that a test compiles")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern that compiles")
}

/// One file, understood.
struct Named<'a> {
    /// Orders versions as the tool does.
    order: Vec<u64>,
    version: String,
    name: String,
    way: Way,
    file: &'a SourceFile,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

pub(super) fn read(layout: Layout, files: &[&SourceFile], found: &mut Found) {
    let mut by_version: BTreeMap<Vec<u64>, Vec<Named<'_>>> = BTreeMap::new();
    let mut repeatable = Vec::new();
    for file in files.iter().filter(|file| file.path.to_ascii_lowercase().ends_with(".sql")) {
        let base = file.path.rsplit('/').next().unwrap_or_default();
        if layout == Layout::Flyway {
            if let Some(parts) = REPEATABLE.captures(base) {
                repeatable.push((parts[1].replace('_', " "), *file));
                continue;
            }
            if CALLBACK.is_match(base) {
                continue;
            }
        } else if file.path.contains('/') {
            // These two read one folder and nothing below it.
            continue;
        }
        match name(layout, base, file) {
            Some(named) => by_version.entry(named.order.clone()).or_default().push(named),
            None => found.tell(
                SetRule::BadFileName,
                &file.path,
                1,
                says::passed_over(layout.as_str(), base),
                expected(layout),
            ),
        }
    }
    for named in by_version.into_values() {
        migration(layout, files, named, found);
    }
    for (name, file) in repeatable {
        let up = Some(Script::whole(file, wrapping(layout, files, file)));
        found.migrations.push(Migration { version: format!("R {name}"), name, up, down: None, repeatable: true });
    }
}

fn name<'a>(layout: Layout, base: &str, file: &'a SourceFile) -> Option<Named<'a>> {
    let (version, name, way) = match layout {
        Layout::Flyway => {
            let parts = FLYWAY.captures(base)?;
            let way = if &parts[1] == "U" { Way::Down } else { Way::Up };
            (parts[2].replace('_', "."), parts[3].replace('_', " "), way)
        }
        Layout::GolangMigrate => {
            let parts = NUMBERED.captures(base)?;
            (parts[1].to_owned(), parts[2].to_owned(), if &parts[3] == "up" { Way::Up } else { Way::Down })
        }
        _ => {
            let parts = SQLX.captures(base)?;
            let way = if parts.get(3).is_some_and(|way| way.as_str() == "down") { Way::Down } else { Way::Up };
            (parts[1].to_owned(), parts[2].to_owned(), way)
        }
    };
    let order: Option<Vec<u64>> = version.split('.').map(|part| part.parse().ok()).collect();
    let mut order = order?;
    // 1.0 and 1 are one version to Flyway, and 007 and 7 to the others.
    while order.len() > 1 && order.last() == Some(&0) {
        order.pop();
    }
    let version = match layout {
        Layout::Flyway => version,
        _ => order[0].to_string(),
    };
    Some(Named { order, version, name, way, file })
}

/// Puts the files of one version together.
fn migration(layout: Layout, files: &[&SourceFile], named: Vec<Named<'_>>, found: &mut Found) {
    let mut result: Option<Migration> = None;
    for one in named {
        let script = Script::whole(one.file, wrapping(layout, files, one.file));
        let known = result.get_or_insert_with(|| Migration {
            version: one.version.clone(),
            name: one.name.clone(),
            up: None,
            down: None,
            repeatable: false,
        });
        let slot = if one.way == Way::Up { &mut known.up } else { &mut known.down };
        if let Some(first) = slot {
            let why = says::twice(&one.version, &first.path);
            found.tell(SetRule::DuplicateVersion, &one.file.path, 1, why, "Give one of the two a version of its own.");
        } else {
            *slot = Some(script);
            if one.way == Way::Up {
                known.name = one.name;
            }
        }
    }
    found.migrations.extend(result);
}

/// Whether the tool opens a transaction around the file.
fn wrapping(layout: Layout, files: &[&SourceFile], file: &SourceFile) -> Wrapping {
    let bare = match layout {
        Layout::Sqlx => file.text.starts_with("-- no-transaction"),
        // Flyway leaves a file alone when its settings beside it say so, or when nothing but such statements is in it.
        Layout::Flyway => {
            let beside = format!("{}.conf", file.path);
            files.iter().any(|other| {
                other.path == beside
                    && other.text.replace(' ', "").to_ascii_lowercase().contains("executeintransaction=false")
            })
        }
        _ => true,
    };
    if bare { Wrapping::None } else { Wrapping::Transaction }
}

const fn expected(layout: Layout) -> &'static str {
    match layout {
        Layout::GolangMigrate => "Name it 1_what_it_does.up.sql, and its way back 1_what_it_does.down.sql.",
        Layout::Flyway => "Name it V1__what_it_does.sql with two underscores, and its way back U1__what_it_does.sql.",
        _ => "Name it 1_what_it_does.up.sql and 1_what_it_does.down.sql.",
    }
}
