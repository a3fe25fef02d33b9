//! Statements that write rows.

use super::{
    create::list,
    cursor::{Cursor, commas},
};
use crate::{
    Dialect,
    op::{Levelled, Op, Place},
    sql::{Kind, Token},
};

/// Functions after which the value before cannot be had back.
const LOSSY: [&str; 16] = [
    "LOWER",
    "UPPER",
    "TRIM",
    "LTRIM",
    "RTRIM",
    "LEFT",
    "RIGHT",
    "SUBSTRING",
    "SUBSTR",
    "ROUND",
    "FLOOR",
    "CEIL",
    "MD5",
    "REPLACE",
    "REGEXP_REPLACE",
    "TRUNC",
];

/// `INSERT` and `REPLACE`.
pub fn insert(cursor: &mut Cursor<'_>) -> Option<Op> {
    let overwrites = cursor.key() == "REPLACE"
        || cursor.has("OR REPLACE")
        || cursor.has("DO UPDATE")
        || cursor.has("ON DUPLICATE KEY UPDATE");
    cursor.take();
    while !matches!(cursor.key(), "INTO" | "") {
        if !matches!(
            cursor.key(),
            "OR" | "IGNORE" | "REPLACE" | "ABORT" | "FAIL" | "ROLLBACK" | "LOW_PRIORITY" | "DELAYED" | "HIGH_PRIORITY"
        ) {
            // MySQL lets `into` out.
            break;
        }
        cursor.take();
    }
    if !cursor.eat("INTO") && cursor.dialect != Dialect::Mysql {
        return None;
    }
    let table = cursor.name()?;
    let from = sources(cursor);
    let (picks, levelled) = if from.is_empty() { (false, Vec::new()) } else { chosen(cursor) };
    Some(Op::Insert { table, from, overwrites, picks, levelled })
}

/// Of the query behind an insert: whether it leaves rows out, and which columns it gives one value.
fn chosen(cursor: &Cursor<'_>) -> (bool, Vec<Place>) {
    let picks = bounded(cursor.rest())
        || cursor
            .rest()
            .iter()
            .any(|token| matches!(token.key.as_str(), "HAVING" | "DISTINCT" | "GROUP" | "EXCEPT" | "INTERSECT"));
    let mut inner = Cursor::new(cursor.dialect, cursor.rest());
    let before = if inner.key() == "SELECT" { &[] } else { inner.until(&["SELECT"]) };
    let names: Vec<String> = match before {
        [open, between @ .., close] if open.key == "(" && close.key == ")" => {
            commas(between).into_iter().filter_map(|one| Cursor::new(cursor.dialect, one).name()).collect()
        }
        [] => Vec::new(),
        _ => return (picks, Vec::new()),
    };
    inner.take();
    let values = commas(inner.until(&["FROM"]));
    let place =
        |at: usize| if names.is_empty() { Some(Place::At(at)) } else { names.get(at).cloned().map(Place::Named) };
    let level =
        values.iter().enumerate().filter(|(_, value)| constant(value) && value.iter().all(|token| token.key != "*"));
    (picks, level.filter_map(|(at, _)| place(at)).collect())
}

/// The tables behind `from` and `join`.
fn sources(cursor: &Cursor<'_>) -> Vec<String> {
    let tokens = cursor.rest();
    let behind = |index: usize| Cursor::new(cursor.dialect, &tokens[index + 1..]).name();
    let at = tokens.iter().enumerate().filter(|(_, token)| matches!(token.key.as_str(), "FROM" | "JOIN"));
    at.filter_map(|(index, _)| behind(index)).collect()
}

/// Whether a condition holds back any row: `where true` does not.
fn bounded(tokens: &[Token]) -> bool {
    if tokens.iter().any(|token| token.key == "LIMIT") {
        return true;
    }
    let Some(at) = tokens.iter().position(|token| token.key == "WHERE") else { return false };
    let said: Vec<&str> = tokens[at + 1..].iter().map(|token| token.key.as_str()).collect();
    !matches!(said.as_slice(), ["TRUE" | "1"] | ["1", "=", "1"])
}

/// Whether a value is the same in every row: it names nothing but its own type.
fn constant(value: &[Token]) -> bool {
    let fixed = |token: &Token| match token.kind {
        Kind::Text | Kind::Number | Kind::Symbol => true,
        Kind::Word => matches!(token.key.as_str(), "NULL" | "TRUE" | "FALSE"),
        Kind::Quoted => false,
    };
    let mut of_type = false;
    !value.is_empty()
        && value.iter().all(|token| {
            let typed = std::mem::replace(&mut of_type, token.key == "::");
            typed || fixed(token)
        })
}

/// `UPDATE`.
pub fn update(cursor: &mut Cursor<'_>) -> Option<Op> {
    cursor.take();
    while matches!(cursor.key(), "ONLY" | "LOW_PRIORITY" | "IGNORE") {
        cursor.take();
    }
    if cursor.eat("OR") {
        cursor.take();
    }
    let table = cursor.name()?;
    let mut from = Vec::new();
    let head = cursor.until(&["SET"]);
    if cursor.is_done() && head.first().is_none_or(|first| first.key != "SET") {
        return None;
    }
    if head.first().is_some_and(|first| first.key == "SET") {
        *cursor = Cursor::new(cursor.dialect, head);
    } else {
        from.extend(sources(&Cursor::new(cursor.dialect, head)));
        if head.iter().any(|token| token.key == ",") {
            from.push(String::new());
        }
    }
    cursor.take();
    let whole = cursor.rest();
    let assigned = cursor.until(&["WHERE", "FROM", "RETURNING", "ORDER", "LIMIT"]);
    from.extend(sources(cursor));
    let mut columns = Vec::new();
    let mut levelled = Vec::new();
    let mut lossy = false;
    for part in commas(assigned) {
        let mut part = Cursor::new(cursor.dialect, part);
        let Some(name) = part.name() else { continue };
        let column = name.rsplit('.').next().unwrap_or(&name).to_owned();
        let value = part.rest();
        let calls = |token: &Token| token.kind == Kind::Word && LOSSY.contains(&token.key.as_str());
        let itself = value.iter().any(|token| token.text.eq_ignore_ascii_case(&column));
        lossy |= itself && value.iter().any(calls);
        if constant(value) {
            levelled
                .push(Levelled { column: column.clone(), to_nothing: value.iter().any(|token| token.key == "NULL") });
        }
        columns.push(column);
    }
    let bounded = bounded(whole) || !from.is_empty();
    // A value put where there was none loses none.
    let own = |token: &Token| columns.iter().any(|column| token.text.eq_ignore_ascii_case(column));
    let fills = whole.windows(3).any(|words| own(&words[0]) && words[1].key == "IS" && words[2].key == "NULL")
        || whole.windows(3).any(|words| {
            matches!(words[0].key.as_str(), "COALESCE" | "IFNULL") && words[1].key == "(" && own(&words[2])
        });
    if bounded || fills {
        levelled.clear();
    }
    let lossy = (lossy || !bounded) && !fills;
    Some(Op::Update { table, columns, levelled, bounded, lossy, fills, from })
}

/// `DELETE`.
pub fn delete(cursor: &mut Cursor<'_>) -> Option<Op> {
    cursor.take();
    while matches!(cursor.key(), "LOW_PRIORITY" | "QUICK" | "IGNORE") {
        cursor.take();
    }
    // MySQL names the tables before `from` where it joins.
    let joined = cursor.key() != "FROM";
    if joined {
        cursor.until(&["FROM"]);
    }
    if !cursor.eat("FROM") {
        return None;
    }
    cursor.eat("ONLY");
    let table = cursor.name()?;
    let bounded = joined || bounded(cursor.rest()) || cursor.has("USING");
    Some(Op::Delete { table, bounded })
}

/// `TRUNCATE`.
pub fn truncate(cursor: &mut Cursor<'_>) -> Option<Vec<Op>> {
    cursor.take();
    cursor.eat("TABLE");
    cursor.eat("ONLY");
    let cascade = cursor.has("CASCADE");
    list(cursor).map(|tables| tables.into_iter().map(|table| Op::Truncate { table, cascade }).collect())
}

/// `WITH … INSERT`, `UPDATE` or `DELETE`; a query otherwise, unless one of its parts writes.
pub fn with(cursor: &mut Cursor<'_>) -> Option<Op> {
    let writes =
        |pair: &[Token]| pair[0].key == "(" && matches!(pair[1].key.as_str(), "INSERT" | "UPDATE" | "DELETE" | "MERGE");
    if cursor.rest().windows(2).any(writes) {
        return Some(Op::Opaque);
    }
    cursor.until(&["INSERT", "UPDATE", "DELETE", "SELECT", "REPLACE"]);
    match cursor.key() {
        "INSERT" | "REPLACE" => insert(cursor),
        "UPDATE" => update(cursor),
        "DELETE" => delete(cursor),
        "SELECT" => Some(Op::Neutral),
        _ => None,
    }
}
