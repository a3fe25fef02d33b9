//! A script as units: what a server keeps or drops whole, and what it does outside of any transaction.
//!
//! Where a unit is kept whole, the mark of how far a run came is kept with it, so that a death leaves no doubt. Where it
//! is not (a change of the schema on MySQL, an index made beside the traffic on PostgreSQL) a doubt of one statement is
//! possible, and [`crate::half`] looks at the schema to settle it.

use switchback_core::migration::{Layout, Script, Wrapping};
use switchback_lint::{
    Dialect,
    statement::{Text, statements},
};

/// How a unit is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// In one transaction with its mark.
    Whole,
    /// One statement, outside of any transaction.
    Alone,
    /// A setting of the session: it changes nothing that stays, and is said again when a run goes on later.
    Session,
}

/// Statements that are kept together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// In order.
    pub statements: Vec<Text>,
    /// How.
    pub keep: Keep,
}

/// Cuts a script as its tool has it run on this server.
pub fn units(dialect: Dialect, layout: Layout, script: &Script) -> Vec<Unit> {
    let all = statements(dialect, &script.sql);
    let outside = all.iter().filter(|one| is_outside(dialect, &one.sql)).count();
    let wraps = match (dialect, layout) {
        (Dialect::Mysql, _) => false,
        // Flyway looks for itself whether a file holds nothing but what cannot be wrapped.
        (Dialect::Postgres, Layout::Flyway) if outside > 0 && outside == all.len() => false,
        // Sent to PostgreSQL as one message, which is a transaction; the SQLite driver opens one.
        (Dialect::Sqlite, Layout::GolangMigrate) => true,
        (_, Layout::GolangMigrate) => outside == 0 && !all.iter().any(|one| bracket(&one.sql).is_some()),
        _ => script.wrapping == Wrapping::Transaction,
    };
    if wraps {
        let statements: Vec<Text> = all.into_iter().filter(|one| bracket(&one.sql).is_none()).collect();
        return if statements.is_empty() { Vec::new() } else { vec![Unit { statements, keep: Keep::Whole }] };
    }
    let mut units = Vec::new();
    let mut open: Option<Vec<Text>> = None;
    for one in all {
        match (bracket(&one.sql), open.take()) {
            (Some(Bracket::Begin), before) => {
                units.extend(before.into_iter().flat_map(|group| grouped(dialect, group)));
                open = Some(Vec::new());
            }
            (Some(Bracket::Commit), group) => {
                units.extend(group.into_iter().flat_map(|group| grouped(dialect, group)));
            }
            // What is rolled back leaves nothing.
            (Some(Bracket::Rollback), _) => {}
            (None, Some(mut group)) => {
                group.push(one);
                open = Some(group);
            }
            (None, None) => units.push(single(dialect, one)),
        }
    }
    units.extend(open.into_iter().flat_map(|group| grouped(dialect, group)));
    units
}

fn single(dialect: Dialect, one: Text) -> Unit {
    let keep = if is_setting(&one.sql) {
        Keep::Session
    } else if is_outside(dialect, &one.sql) {
        Keep::Alone
    } else {
        Keep::Whole
    };
    Unit { statements: vec![one], keep }
}

/// What stood between the script's own brackets. MySQL commits at each change of the schema, whatever the brackets say.
fn grouped(dialect: Dialect, group: Vec<Text>) -> Vec<Unit> {
    if group.iter().any(|one| is_outside(dialect, &one.sql)) {
        return group.into_iter().map(|one| single(dialect, one)).collect();
    }
    if group.is_empty() { Vec::new() } else { vec![Unit { statements: group, keep: Keep::Whole }] }
}

enum Bracket {
    Begin,
    Commit,
    Rollback,
}

fn bracket(sql: &str) -> Option<Bracket> {
    let words = words(sql);
    let rest_is = |known: &[&str]| words[1..].iter().all(|word| known.contains(&word.as_str()));
    match words.first().map(String::as_str)? {
        "begin" if rest_is(&["transaction", "work", "immediate", "exclusive", "deferred"]) => Some(Bracket::Begin),
        "start" if words.get(1).is_some_and(|word| word == "transaction") => Some(Bracket::Begin),
        "commit" | "end" if rest_is(&["transaction", "work"]) => Some(Bracket::Commit),
        "rollback" if rest_is(&["transaction", "work"]) => Some(Bracket::Rollback),
        _ => None,
    }
}

/// The first words in lower case, comments left out.
pub(crate) fn words(sql: &str) -> Vec<String> {
    let mut rest = sql.trim_start();
    loop {
        let next = if rest.starts_with("--") {
            rest.split_once('\n').map_or("", |(_, rest)| rest)
        } else if let Some(inside) = rest.strip_prefix("/*!").or_else(|| rest.strip_prefix("/*M!")) {
            // MySQL runs what stands there, from some version on.
            inside.trim_start_matches(|letter: char| letter.is_ascii_digit())
        } else if rest.starts_with("/*") {
            rest.split_once("*/").map_or("", |(_, rest)| rest)
        } else {
            break;
        };
        rest = next.trim_start();
    }
    rest.split_whitespace().take(12).map(|word| word.trim_end_matches(';').to_ascii_lowercase()).collect()
}

/// Whether it sets something for the session alone.
fn is_setting(sql: &str) -> bool {
    let words = words(sql);
    let first = words.first().map_or("", String::as_str);
    matches!(first, "set" | "reset")
        || (first == "pragma" && words.get(1).is_some_and(|word| word.starts_with("foreign_keys")))
}

/// Whether the server does it outside of any transaction.
fn is_outside(dialect: Dialect, sql: &str) -> bool {
    let words = words(sql);
    let first = words.first().map_or("", String::as_str);
    let has = |word: &str| words.iter().any(|one| one == word);
    match dialect {
        Dialect::Postgres => match first {
            "create" | "drop" | "reindex" => {
                (has("index") || first == "reindex") && has("concurrently")
                    || words.get(1).is_some_and(|word| matches!(word.as_str(), "database" | "tablespace"))
            }
            "alter" => {
                words.get(1).is_some_and(|word| word == "system")
                    || (has("detach") && sql.to_ascii_lowercase().contains("concurrently"))
            }
            "vacuum" => true,
            _ => false,
        },
        Dialect::Mysql => !matches!(first, "insert" | "update" | "delete" | "replace" | "select" | "with" | "do"),
        Dialect::Sqlite => matches!(first, "pragma" | "vacuum" | "attach" | "detach"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchback_core::migration::{SourceFile, read};

    fn cut(dialect: Dialect, layout: Layout, sql: &str) -> Vec<(usize, Keep)> {
        let path = if layout == Layout::Goose { "1_a.sql" } else { "1_a.up.sql" };
        let set = read(layout, &[SourceFile { path: path.to_owned(), text: sql.to_owned() }]);
        let up = set.migrations[0].up.clone().unwrap();
        units(dialect, layout, &up).iter().map(|unit| (unit.statements.len(), unit.keep)).collect()
    }

    #[test]
    fn what_a_server_keeps_whole_is_one_unit() {
        let plain = "create table a (x int); insert into a values (1); update a set x = 2;";
        assert_eq!(cut(Dialect::Postgres, Layout::GolangMigrate, plain), [(3, Keep::Whole)]);
        assert_eq!(cut(Dialect::Sqlite, Layout::GolangMigrate, plain), [(3, Keep::Whole)]);
        let each = [(1, Keep::Alone), (1, Keep::Whole), (1, Keep::Whole)];
        assert_eq!(cut(Dialect::Mysql, Layout::GolangMigrate, plain), each);
        let brackets = "begin; insert into a values (1); update a set x = 2; commit; create table b (x int);";
        assert_eq!(cut(Dialect::Mysql, Layout::GolangMigrate, brackets), [(2, Keep::Whole), (1, Keep::Alone)]);
        let dumped = "/*!40101 SET NAMES utf8mb4 */; /*!40000 ALTER TABLE a DISABLE KEYS */;";
        assert_eq!(cut(Dialect::Mysql, Layout::GolangMigrate, dumped), [(1, Keep::Session), (1, Keep::Alone)]);
        let bare = "-- +goose NO TRANSACTION\n-- +goose Up\nset lock_timeout = 1000;\ncreate index concurrently i on a (x);\nupdate a set x = 3;\n";
        let each = [(1, Keep::Session), (1, Keep::Alone), (1, Keep::Whole)];
        assert_eq!(cut(Dialect::Postgres, Layout::Goose, bare), each);
    }
}
