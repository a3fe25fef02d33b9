//! MySQL's and MariaDB's rights, as `show grants` lists them. Where a role is granted nothing is known: what it may do is
//! listed elsewhere, and only while it is set.

use super::need::{Need, Right};
use crate::{Connection, DatabaseError, part::ident};
use switchback_core::port::MissingRight;
use switchback_lint::Dialect;

pub async fn missing(connection: &mut Connection, needs: &[Need]) -> Result<Vec<MissingRight>, DatabaseError> {
    let Some(user) = connection.names("select current_user()").await?.into_iter().next() else { return Ok(Vec::new()) };
    let Some(here) = connection.names("select database()").await?.into_iter().next() else { return Ok(Vec::new()) };
    let lines = connection.names("show grants").await?;
    let Some(grants) = lines.iter().map(|line| grant(line)).collect::<Option<Vec<_>>>() else { return Ok(Vec::new()) };
    let to = user
        .rsplit_once('@')
        .map_or_else(|| quoted(&user), |(name, host)| format!("{}@{}", quoted(name), quoted(host)));
    let mut found = Vec::new();
    for need in needs {
        let (db, table) = need.on.rsplit_once('.').unwrap_or((here.as_str(), need.on.as_str()));
        let one_of = words(need.right);
        let (Some(word), false) = (one_of.first(), grants.iter().any(|grant| grant.allows(db, table, one_of))) else {
            continue;
        };
        found.push(MissingRight {
            path: need.path.clone(),
            line: need.line,
            user: user.clone(),
            right: format!("{word} on {db}.{table}"),
            way_out: format!("grant {} on {}.* to {to}", word.to_ascii_lowercase(), quoted(db)),
        });
    }
    Ok(found)
}

/// One of these is enough. Nobody needs a right to refer to a table on MariaDB, and on MySQL it depends on the version.
const fn words(right: Right) -> &'static [&'static str] {
    match right {
        Right::Create => &["CREATE"],
        Right::CreateView => &["CREATE VIEW"],
        Right::CreateRoutine => &["CREATE ROUTINE"],
        Right::Alter => &["ALTER"],
        Right::Drop | Right::Truncate => &["DROP"],
        Right::Index => &["INDEX"],
        Right::Trigger => &["TRIGGER"],
        Right::Select => &["SELECT"],
        Right::Insert => &["INSERT"],
        Right::Update => &["UPDATE"],
        Right::Delete => &["DELETE"],
        Right::Refer | Right::DropIndex => &[],
    }
}

/// A line of `show grants`.
#[derive(Debug, Default)]
struct Grant {
    words: Vec<String>,
    /// A pattern; `None` for all.
    db: Option<String>,
    table: Option<String>,
}

impl Grant {
    fn allows(&self, db: &str, table: &str, one_of: &[&str]) -> bool {
        let says = self.words.iter().any(|word| word == "ALL PRIVILEGES" || one_of.contains(&word.as_str()));
        // What is granted on a table alone has no patterns.
        let there = match (&self.db, &self.table) {
            (None, _) => true,
            (Some(pattern), None) => like(pattern, db),
            (Some(own), Some(one)) => own.eq_ignore_ascii_case(db) && one.eq_ignore_ascii_case(table),
        };
        says && there
    }
}

/// Reads a line; `None` when it grants or revokes what cannot be told from it.
fn grant(line: &str) -> Option<Grant> {
    let (privileges, rest) = line.strip_prefix("GRANT ")?.split_once(" ON ")?;
    let scope = rest.split_once(" TO ")?.0;
    if privileges == "PROXY" || ["PROCEDURE ", "FUNCTION ", "PACKAGE "].iter().any(|kind| scope.starts_with(kind)) {
        return Some(Grant::default());
    }
    let mut words: Vec<String> = Vec::new();
    let mut depth = 0_u32;
    for part in privileges.split_inclusive(['(', ')', ',']) {
        let word = part.trim_end_matches(['(', ')', ',']).trim();
        if depth == 0 && !word.is_empty() {
            // A right on some columns is taken for one on all: more is not known.
            words.push(word.to_ascii_uppercase());
        }
        match part.chars().last() {
            Some('(') => depth += 1,
            Some(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let (db, rest) = name(scope.strip_prefix("TABLE ").unwrap_or(scope))?;
    let (table, _) = name(rest.strip_prefix('.')?)?;
    Some(Grant { words, db, table })
}

/// A name in backticks, or the star; and what follows.
fn name(text: &str) -> Option<(Option<String>, &str)> {
    if let Some(rest) = text.strip_prefix('*') {
        return Some((None, rest));
    }
    let inside = text.strip_prefix('`')?;
    let mut found = String::new();
    let mut letters = inside.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '`' if letters.peek().is_some_and(|(_, next)| *next == '`') => {
                letters.next();
                found.push('`');
            }
            '`' => return Some((Some(found), &inside[at + 1..])),
            letter => found.push(letter),
        }
    }
    None
}

/// Whether a database is of a pattern: `%` is anything, `_` one letter, and a backslash takes that from them.
fn like(pattern: &str, name: &str) -> bool {
    let mut letters = pattern.chars();
    match letters.next() {
        None => name.is_empty(),
        Some('%') => {
            let rest = letters.as_str();
            (0..=name.len()).filter(|at| name.is_char_boundary(*at)).any(|at| like(rest, &name[at..]))
        }
        Some(letter) => {
            let exact = if letter == '\\' { letters.next() } else { Some(letter) };
            let mut rest = name.chars();
            let here = rest.next();
            let fits = here.is_some_and(|here| {
                letter == '_' || exact.is_some_and(|exact| exact.to_lowercase().eq(here.to_lowercase()))
            });
            fits && like(letters.as_str(), rest.as_str())
        }
    }
}

fn quoted(name: &str) -> String {
    ident(Dialect::Mysql, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(line: &str, db: &str, table: &str, word: &str) -> Option<bool> {
        grant(line).map(|grant| grant.allows(db, table, &[word]))
    }

    #[test]
    fn a_line_of_grants_is_read_with_its_patterns() {
        let some = "GRANT SELECT, INSERT, CREATE VIEW ON `shop\\_%`.* TO `deploy`@`%`";
        assert_eq!(allows(some, "shop_eu", "a", "INSERT"), Some(true));
        assert_eq!(allows(some, "shop_eu", "a", "CREATE VIEW"), Some(true));
        assert_eq!(allows(some, "shop_eu", "a", "CREATE"), Some(false));
        assert_eq!(allows(some, "shopxeu", "a", "INSERT"), Some(false));
        let all = "GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` IDENTIFIED BY PASSWORD '*A' WITH GRANT OPTION";
        assert_eq!(allows(all, "shop", "a", "ALTER"), Some(true));
        let one = "GRANT SELECT (`a`, `b`), UPDATE (`c`), ALTER ON `shop`.`orders` TO `deploy`@`%`";
        assert_eq!(allows(one, "shop", "Orders", "ALTER"), Some(true));
        assert_eq!(allows(one, "shop", "orders", "UPDATE"), Some(true));
        assert_eq!(allows(one, "shop", "orders", "B"), Some(false));
        assert_eq!(allows(one, "shop", "users", "ALTER"), Some(false));
        assert_eq!(allows("GRANT USAGE ON *.* TO `deploy`@`%`", "shop", "a", "ALTER"), Some(false));
    }

    #[test]
    fn what_a_role_may_do_is_not_known() {
        assert!(grant("GRANT `writers` TO `deploy`@`%`").is_none());
        assert!(grant("REVOKE INSERT ON `shop`.* FROM `deploy`@`%`").is_none());
        assert!(grant("SET DEFAULT ROLE `writers` FOR `deploy`@`%`").is_none());
    }
}
