//! What SQLite's catalogue says, and its statements.

use super::is_book;
use crate::{Connection, DatabaseError};
use switchback_lint::{
    Dialect,
    sql::{Kind, Token},
    statement::cut,
};

/// What SQLite tells of a table or an index only as it is written in its statement.
pub(super) async fn written(connection: &mut Connection, books: &[String]) -> Result<Vec<String>, DatabaseError> {
    let query =
        "select type, tbl_name, name, sql from sqlite_master where type in ('table', 'index') and sql is not null";
    let rows = connection.rows(query).await.map_err(DatabaseError::doing("read the schema"))?;
    let mut lines = Vec::new();
    for row in rows {
        let [Some(kind), Some(table), Some(name), Some(sql)] = row.as_slice() else { continue };
        if is_book(table, books) {
            continue;
        }
        match kind.as_str() {
            "index" => lines.push(format!("index {table} {name} {}", indexed(sql))),
            _ => lines.extend(clauses(sql).into_iter().map(|clause| format!("table {table} {clause}"))),
        }
    }
    Ok(lines)
}

fn words(sql: &str) -> Vec<Token> {
    cut(Dialect::Sqlite, sql).statements.into_iter().flat_map(|one| one.tokens).collect()
}

/// As it is compared: names and keywords without regard to their case.
fn plain(token: &Token) -> String {
    match token.kind {
        Kind::Text => format!("'{}'", token.text),
        _ => token.text.to_ascii_lowercase(),
    }
}

/// What an index is over, and of which rows.
fn indexed(sql: &str) -> String {
    let tokens = words(sql);
    let from = tokens.iter().position(|token| token.text == "(").unwrap_or(tokens.len());
    let unique = tokens.iter().take(2).any(|token| token.key == "UNIQUE").then(|| "unique".to_owned());
    unique.into_iter().chain(tokens[from..].iter().map(plain)).collect::<Vec<_>>().join(" ")
}

/// `autoincrement`, checks, what is put off or done on a conflict, and each column with its `collate` and what computes
/// it.
fn clauses(sql: &str) -> Vec<String> {
    let tokens = words(sql);
    let (mut found, mut column, mut depth) = (Vec::new(), String::new(), 0_u32);
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |before| tokens[before].text.as_str());
        if depth == 1 && matches!(before, "(" | ",") {
            column = plain(token);
        }
        depth = deeper(depth, &token.text);
        if depth != 1 {
            continue;
        }
        let (next, bracket) = (tokens.get(at + 1).map(plain).unwrap_or_default(), || bracketed(&tokens[at + 1..]));
        match token.key.as_str() {
            "AUTOINCREMENT" => found.push(format!("{column} autoincrement")),
            "COLLATE" => found.push(format!("{column} collate {next}")),
            "AS" if next == "(" => found.push(format!("{column} as {}", bracket())),
            "CHECK" if next == "(" => found.push(format!("check {}", bracket())),
            "CONFLICT" | "INITIALLY" => found.push(format!("{column} {} {next}", token.key.to_ascii_lowercase())),
            "DEFERRABLE" => found.push(format!("{column} {before} deferrable").to_ascii_lowercase()),
            _ => {}
        }
    }
    found
}

fn deeper(depth: u32, text: &str) -> u32 {
    match text {
        "(" => depth + 1,
        ")" => depth.saturating_sub(1),
        _ => depth,
    }
}

/// The words up to the bracket that closes the first.
fn bracketed(tokens: &[Token]) -> String {
    let mut depth = 0;
    let mut words = Vec::new();
    for token in tokens {
        depth = deeper(depth, &token.text);
        words.push(plain(token));
        if depth == 0 {
            break;
        }
    }
    words.join(" ")
}

/// Kind, table, then the rest.
pub(super) const QUERIES: [&str; 5] = [
    "select 'column', m.name, c.name, c.type, cast(c.\"notnull\" as text), c.dflt_value, cast(c.pk as text), cast(c.hidden as text) \
     from sqlite_master m join pragma_table_xinfo(m.name) c where m.type = 'table'",
    // Those that were made by a statement of their own are read out of it.
    "select 'index', m.name, i.origin, cast(i.\"unique\" as text), \
     (select group_concat(x.name, ',') from pragma_index_info(i.name) x) \
     from sqlite_master m join pragma_index_list(m.name) i where m.type = 'table' and i.origin <> 'c'",
    "select 'foreign key', m.name, f.\"from\", f.\"table\", f.\"to\", f.on_delete, f.on_update \
     from sqlite_master m join pragma_foreign_key_list(m.name) f where m.type = 'table'",
    "select type, tbl_name, sql from sqlite_master where type in ('view', 'trigger')",
    "select 'table', name, case when strict then 'strict' end, case when wr then 'without rowid' end \
     from pragma_table_list where schema = 'main' and type = 'table' and (strict or wr)",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_statement_says_is_read_out_of_it() {
        let sql = "CREATE TABLE t (id integer primary key autoincrement, name text collate NOCASE check (name <> 'collate x'), \
                   n int generated always as (id + (1)) stored, m int)";
        assert_eq!(
            clauses(sql),
            ["id autoincrement", "name collate nocase", "check ( name <> 'collate x' )", "n as ( id + ( 1 ) )"]
        );
        let sql = "CREATE UNIQUE INDEX \"i\" ON t(Name COLLATE nocase DESC, lower(b)) where b <> 'A'";
        assert_eq!(indexed(sql), "unique ( name collate nocase desc , lower ( b ) ) where b <> 'A'");
        assert!(clauses("CREATE TABLE t (a int, b text default 'autoincrement')").is_empty());
    }
}
