//! Whether a script says anything: comments, blank lines and the brackets of a transaction are nothing.
//!
//! Deliberately not a lexer of SQL; the linter has a real one. This one only has to know where a comment ends.

/// Whether the SQL holds no statement.
pub fn is_blank(sql: &str) -> bool {
    statements(sql).is_empty()
}

/// Whether the SQL does something that a way back could undo. A validation, statistics or a setting cannot be undone
/// and need not be.
pub(super) fn changes(sql: &str) -> bool {
    let nothing_to_undo = |statement: &String| {
        let validates = statement.starts_with("alter table") && statement.contains(" validate constraint ");
        // How the server keeps the rows is no part of what the code sees.
        let mut words = statement.split_whitespace().skip(3);
        let keeps_rows = ["engine", "row_format"]
            .iter()
            .any(|setting| words.clone().next().is_some_and(|word| word.split('=').next() == Some(setting)));
        let stores = statement.starts_with("alter table") && keeps_rows && !words.any(|word| word.contains(','));
        // Others may use it by now, and it is in nobody's way.
        let lasting = statement.starts_with("create extension if not exists");
        let first = statement.split_whitespace().next().unwrap_or_default();
        let keeps =
            ["analyze", "vacuum", "set", "reset", "pragma", "reindex", "optimize", "cluster", "lock", "refresh"];
        validates || stores || lasting || keeps.contains(&first)
    };
    statements(sql).iter().any(|statement| !nothing_to_undo(statement))
}

/// Its statements in lower case without comments, roughly: a semicolon within a text may cut one in two, which changes
/// no answer given here.
fn statements(sql: &str) -> Vec<String> {
    const BRACKETS: [&str; 8] = [
        "begin",
        "begin transaction",
        "begin work",
        "start transaction",
        "commit",
        "commit transaction",
        "end",
        "rollback",
    ];
    let plain = without_comments(sql).to_ascii_lowercase();
    let words = |statement: &str| statement.split_whitespace().collect::<Vec<_>>().join(" ");
    plain
        .split(';')
        .map(words)
        .filter(|statement| !statement.is_empty() && !BRACKETS.contains(&statement.as_str()) && !only_says(statement))
        .collect()
}

/// A query of nothing but a value, put there so that there is a statement.
fn only_says(statement: &str) -> bool {
    statement.starts_with("select ")
        && !statement.contains('(')
        && !statement.contains(" from ")
        && !statement.contains('/')
}

fn without_comments(sql: &str) -> String {
    let mut plain = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("--") || first == '#' {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") && !rest.starts_with("/*!") && !rest.starts_with("/*M!") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
            plain.push(' ');
        } else if first == '\'' {
            let end = rest[1..].find('\'').map_or(rest.len(), |end| end + 2);
            plain.push_str(&rest[..end]);
            rest = &rest[end..];
        } else {
            plain.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    plain
}
