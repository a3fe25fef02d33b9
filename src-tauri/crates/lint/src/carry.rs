//! Statements that carry all rows of one table into another: which of its columns come along.

use crate::{
    Dialect,
    read::{Cursor, commas},
    sql::{Kind, Token, lex},
};

/// Such a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The table that gets the rows.
    pub to: String,
    /// Its columns in the order of the values; empty where they are not named.
    pub columns: Vec<String>,
    /// The table they come from.
    pub from: String,
    /// The values.
    pub values: Vec<Value>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// All columns.
    All,
    /// A column as it is; nulls may be filled.
    Column(String),
    /// Anything else.
    Other,
}

/// What an `INSERT … SELECT` or a `CREATE TABLE … AS` carries; `None` where it is neither, or may leave rows behind.
pub fn carried(dialect: Dialect, sql: &str) -> Option<Carried> {
    let tokens = lex(dialect, sql, 1).tokens;
    let mut cursor = Cursor::new(dialect, &tokens);
    let (to, columns) = if cursor.eat("INSERT INTO") {
        let to = cursor.name()?;
        let columns =
            if cursor.key() == "(" && cursor.key_at(1) != "SELECT" { names(&mut cursor)? } else { Vec::new() };
        let _ = cursor.eat("OVERRIDING SYSTEM VALUE") || cursor.eat("OVERRIDING USER VALUE");
        (to, columns)
    } else if cursor.eat("CREATE") {
        made(&mut cursor)?
    } else {
        return None;
    };
    let inside = if cursor.key() == "(" {
        cursor.parens()?
    } else {
        std::mem::replace(&mut cursor, Cursor::new(dialect, &[])).rest()
    };
    let (from, values) = query(&mut Cursor::new(dialect, inside))?;
    (cursor.is_done() || cursor.eat("WITH DATA")).then_some(Carried { to, columns, from, values })
}

/// Up to the query of a `CREATE TABLE … AS`. One that may be there already may get nothing.
fn made(cursor: &mut Cursor<'_>) -> Option<(String, Vec<String>)> {
    let _ = cursor.eat("OR REPLACE");
    let _ = cursor.eat("TEMPORARY") || cursor.eat("TEMP") || cursor.eat("UNLOGGED");
    if !cursor.eat("TABLE") || cursor.key() == "IF" {
        return None;
    }
    let to = cursor.name()?;
    let mut columns = Vec::new();
    if cursor.key() == "(" && cursor.key_at(1) != "SELECT" {
        let listed = names(cursor)?;
        // MySQL's are declared there, and the query's are known by their own names.
        if cursor.dialect == Dialect::Postgres {
            columns = listed;
        }
    }
    cursor.until(&["AS", "SELECT", "TABLE"]);
    cursor.eat("AS");
    Some((to, columns))
}

fn names(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    let dialect = cursor.dialect;
    Some(commas(cursor.parens()?).into_iter().filter_map(|part| Cursor::new(dialect, part).word()).collect())
}

/// The table that a query reads all rows of, and what it gives of them.
fn query(cursor: &mut Cursor<'_>) -> Option<(String, Vec<Value>)> {
    if cursor.eat("TABLE") {
        let table = cursor.name()?;
        return cursor.is_done().then(|| (table, vec![Value::All]));
    }
    if !cursor.eat("SELECT") || cursor.key() == "DISTINCT" {
        return None;
    }
    let listed = cursor.until(&["FROM"]);
    if !cursor.eat("FROM") {
        return None;
    }
    cursor.eat("ONLY");
    let table = cursor.name()?;
    if cursor.eat("AS") || is_name(cursor.rest().first()) {
        cursor.word()?;
    }
    if cursor.eat("ORDER BY") && !["LIMIT", "OFFSET", "FETCH"].iter().any(|word| cursor.has(word)) {
        *cursor = Cursor::new(cursor.dialect, &[]);
    }
    let values = commas(listed).into_iter().map(|item| value(cursor.dialect, item)).collect();
    cursor.is_done().then_some((table, values))
}

/// Whether it is a name that ends no clause.
fn is_name(token: Option<&Token>) -> bool {
    const CLAUSES: [&str; 16] = [
        "WHERE", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "GROUP", "HAVING", "ORDER", "LIMIT",
        "UNION", "ON", "USING", "WITH",
    ];
    token.is_some_and(|token| match token.kind {
        Kind::Word => !CLAUSES.contains(&token.key.as_str()),
        kind => kind == Kind::Quoted,
    })
}

fn value(dialect: Dialect, item: &[Token]) -> Value {
    let name = |token: Option<&Token>| token.is_some_and(|token| matches!(token.kind, Kind::Word | Kind::Quoted));
    let item = match item {
        [value @ .., r#as, _] if r#as.key == "AS" => value,
        [value @ .., before, _] if name(item.last()) && before.key == ")" => &item[..=value.len()],
        [value @ .., before, _] if name(item.last()) && name(Some(before)) => &item[..=value.len()],
        whole => whole,
    };
    if matches!(item, [all] if all.key == "*") || matches!(item, [.., dot, all] if dot.key == "." && all.key == "*") {
        return Value::All;
    }
    let mut cursor = Cursor::new(dialect, item);
    let filled = cursor.eat("COALESCE") || cursor.eat("IFNULL");
    let first = if filled { cursor.parens().map(|inside| commas(inside)[0]) } else { None };
    if let Some(first) = first {
        return if cursor.is_done() { value(dialect, first) } else { Value::Other };
    }
    match cursor.name() {
        Some(name) if cursor.is_done() => Value::Column(name.rsplit('.').next().unwrap_or(&name).to_owned()),
        _ => Value::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sql: &str) -> Option<Carried> {
        carried(Dialect::Postgres, sql)
    }

    #[test]
    fn what_carries_all_rows_says_which_columns() {
        let column = |name: &str| Value::Column(name.to_owned());
        let some = |columns: &[&str], values: &[Value]| {
            let columns = columns.iter().map(|&name| name.to_owned()).collect();
            Some(Carried { to: "a".to_owned(), columns, from: "d".to_owned(), values: values.to_vec() })
        };
        let both = [column("b"), column("c")];
        assert_eq!(told("insert into a (b, c) select b, c from d"), some(&["b", "c"], &both));
        assert_eq!(told("insert into a (b, c) (select d.b, d.c as x from d order by b)"), some(&["b", "c"], &both));
        assert_eq!(told("insert into a select * from d as e"), some(&[], &[Value::All]));
        assert_eq!(told("create table a as select b, coalesce(c, '') as c from d"), some(&[], &both));
        assert_eq!(told("create table a as table d"), some(&[], &[Value::All]));
        let cast = [column("b"), Value::Other, Value::Other];
        assert_eq!(told("insert into a select b, lower(c) c, 'x' from d"), some(&[], &cast));
        assert_eq!(told("insert into a select b, c || e, c::int from d"), some(&[], &cast));
    }

    #[test]
    fn what_may_leave_rows_behind_carries_none() {
        for sql in [
            "insert into a select b from d where c",
            "insert into a select distinct b from d",
            "insert into a select b from d join e on true",
            "insert into a select b from d, e",
            "insert into a select b from d limit 1",
            "insert into a select b from d order by b limit 1",
            "insert into a select b from d on conflict do nothing",
            "insert into a (select b from d) on conflict do nothing",
            "insert into a values (1)",
            "create table if not exists a as select b from d",
            "create table a as select b from d with no data",
            "create table a (b int)",
        ] {
            assert_eq!(told(sql), None, "{sql}");
        }
        assert_eq!(carried(Dialect::Sqlite, "insert or ignore into a select b from d"), None);
        assert_eq!(carried(Dialect::Mysql, "insert ignore into a select b from d"), None);
    }
}
