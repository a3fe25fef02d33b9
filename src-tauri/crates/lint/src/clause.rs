//! Clauses of a statement as they are written, for those who ask a server about them.

use crate::{
    Dialect,
    op::Type,
    read::{Cursor, commas, data_type},
    sql::{Kind, Token, lex},
    statement::offset,
};
use std::collections::BTreeSet;

/// A column that PostgreSQL gives another type, in the statement's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retype {
    /// The column.
    pub column: String,
    /// Its new type.
    pub ty: String,
    /// The expression its values go through, when one is written.
    pub using: Option<String>,
}

/// What an `UPDATE` sets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assignment {
    /// The column.
    pub column: String,
    /// What it gets, as it is written; none where only a part of it is set.
    pub value: Option<String>,
}

/// The assignments of an `UPDATE`; `None` where one of them is of another form.
pub fn assignments(dialect: Dialect, sql: &str) -> Option<Vec<Assignment>> {
    let tokens = lex(dialect, sql, 1).tokens;
    let mut cursor = Cursor::new(dialect, &tokens);
    cursor.until(&["SET"]);
    cursor.take()?;
    let assigned = cursor.until(&["WHERE", "FROM", "RETURNING", "ORDER", "LIMIT"]);
    let read = |part: &[Token]| {
        let mut part = Cursor::new(dialect, part);
        let mut column = part.word()?;
        // MySQL names the table before the column, PostgreSQL the field behind it.
        if dialect == Dialect::Mysql {
            while part.eat(".") {
                column = part.word()?;
            }
        }
        let whole = part.eat("=") || part.eat(":=");
        (whole || matches!(part.key(), "[" | ".")).then_some(())?;
        Some(Assignment { column, value: if whole { text(sql, part.rest()) } else { None } })
    };
    commas(assigned).into_iter().map(read).collect()
}

/// The condition of a statement, without what comes behind it.
pub fn condition(dialect: Dialect, sql: &str) -> Option<String> {
    let tokens = lex(dialect, sql, 1).tokens;
    let mut cursor = Cursor::new(dialect, &tokens);
    cursor.until(&["WHERE"]);
    cursor.take().filter(|token| token.key == "WHERE")?;
    text(sql, cursor.until(&["RETURNING", "ORDER", "LIMIT"]))
}

/// Whether an `UPDATE` or `DELETE` of MySQL is of more than one table: which of them it writes is not only its first.
pub fn is_joined(dialect: Dialect, sql: &str) -> bool {
    let tokens = lex(dialect, sql, 1).tokens;
    let mut cursor = Cursor::new(dialect, &tokens);
    let head = cursor.until(&["SET", "WHERE", "ORDER", "LIMIT", "RETURNING"]);
    let joins = |token: &Token| matches!(token.key.as_str(), "," | "JOIN" | "STRAIGHT_JOIN" | "USING");
    let deletes_by_name = || {
        let mut words = head.iter().skip(1).map(|token| token.key.as_str());
        let first = words.find(|word| !matches!(*word, "LOW_PRIORITY" | "QUICK" | "IGNORE"));
        head.first().is_some_and(|first| first.key == "DELETE") && first != Some("FROM")
    };
    dialect == Dialect::Mysql && (head.iter().any(joins) || deletes_by_name())
}

/// All words and names of a statement, in lower case.
pub fn words(dialect: Dialect, sql: &str) -> BTreeSet<String> {
    let is_word = |token: &&Token| matches!(token.kind, Kind::Word | Kind::Quoted);
    lex(dialect, sql, 1).tokens.iter().filter(is_word).map(|token| token.text.to_lowercase()).collect()
}

/// A statement's words and signs in lower case with one blank between, without comments; texts in quotes.
pub fn plain(dialect: Dialect, sql: &str) -> String {
    let tokens = lex(dialect, sql, 1).tokens;
    let word = |token: &Token| match token.kind {
        Kind::Text => format!("'{}'", token.text),
        _ => token.text.to_lowercase(),
    };
    tokens.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// Words before a parenthesis that call nothing, and functions that only compute.
const COMPUTES: [&str; 93] = [
    "IN",
    "AND",
    "OR",
    "NOT",
    "WHERE",
    "ON",
    "EXISTS",
    "ANY",
    "ALL",
    "SOME",
    "VALUES",
    "SET",
    "FROM",
    "SELECT",
    "AS",
    "THEN",
    "ELSE",
    "WHEN",
    "CASE",
    "BETWEEN",
    "LIKE",
    "BY",
    "OVER",
    "USING",
    "INTERVAL",
    "IS",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "FILTER",
    "CAST",
    "CONVERT",
    "VARCHAR",
    "CHAR",
    "NUMERIC",
    "DECIMAL",
    "COALESCE",
    "IFNULL",
    "NULLIF",
    "IF",
    "GREATEST",
    "LEAST",
    "CONCAT",
    "CONCAT_WS",
    "LOWER",
    "UPPER",
    "TRIM",
    "LTRIM",
    "RTRIM",
    "BTRIM",
    "LEFT",
    "RIGHT",
    "SUBSTRING",
    "SUBSTR",
    "REPLACE",
    "REGEXP_REPLACE",
    "SPLIT_PART",
    "POSITION",
    "INSTR",
    "STRPOS",
    "LENGTH",
    "CHAR_LENGTH",
    "REVERSE",
    "REPEAT",
    "LPAD",
    "RPAD",
    "ROUND",
    "FLOOR",
    "CEIL",
    "CEILING",
    "TRUNC",
    "TRUNCATE",
    "ABS",
    "SIGN",
    "MOD",
    "POWER",
    "MD5",
    "COUNT",
    "MIN",
    "MAX",
    "SUM",
    "AVG",
    "NOW",
    "DATE",
    "TIMESTAMP",
    "TO_CHAR",
    "TO_DATE",
    "DATE_TRUNC",
    "EXTRACT",
    "JSON_EXTRACT",
    "JSONB_BUILD_OBJECT",
    "TO_JSONB",
    "ARRAY_LENGTH",
];

/// What a text calls that may do more than to compute, in upper case.
pub fn calls(dialect: Dialect, sql: &str) -> BTreeSet<String> {
    let tokens = lex(dialect, sql, 1).tokens;
    let called = |pair: &[Token]| {
        let name = matches!(pair[0].kind, Kind::Word | Kind::Quoted) && pair[1].key == "(";
        let name = name.then(|| pair[0].text.to_uppercase())?;
        (pair[0].kind == Kind::Quoted || !COMPUTES.contains(&name.as_str())).then_some(name)
    };
    tokens.windows(2).filter_map(called).collect()
}

/// Tokens as they are written.
pub(crate) fn text(sql: &str, tokens: &[Token]) -> Option<String> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    sql.get(offset(sql, first.span.0)..offset(sql, last.span.1)).map(str::to_owned)
}

/// The column that an action of PostgreSQL's `ALTER TABLE` is about, and what follows its name.
fn altered(action: &[Token]) -> Option<(String, Cursor<'_>)> {
    let begins = action.iter().rposition(|token| token.key == "ALTER")?;
    let mut cursor = Cursor::new(Dialect::Postgres, &action[begins + 1..]);
    cursor.eat("COLUMN");
    Some((cursor.word()?, cursor))
}

/// The columns that an `ALTER TABLE` of PostgreSQL gives another type.
pub fn retypes(sql: &str) -> Vec<Retype> {
    let tokens = lex(Dialect::Postgres, sql, 1).tokens;
    let read = |action: &[Token]| {
        let (column, mut cursor) = altered(action)?;
        if !cursor.eat("TYPE") && !cursor.eat("SET DATA TYPE") {
            return None;
        }
        let ty = text(sql, cursor.until(&["USING", "COLLATE"]))?;
        if cursor.key() != "USING" {
            cursor.until(&["USING"]);
        }
        let using = cursor.eat("USING").then(|| text(sql, cursor.rest())).flatten();
        Some(Retype { column, ty, using })
    };
    commas(&tokens).into_iter().filter_map(read).collect()
}

/// The columns whose own counting an `ALTER TABLE` of PostgreSQL sets back or takes away.
pub fn recounted(sql: &str) -> Vec<String> {
    let tokens = lex(Dialect::Postgres, sql, 1).tokens;
    let read = |action: &[Token]| {
        let (column, cursor) = altered(action)?;
        (cursor.has("RESTART") || cursor.has("DROP IDENTITY")).then_some(column)
    };
    commas(&tokens).into_iter().filter_map(read).collect()
}

/// The first arguments of the calls of a function that are texts; `None` where one is something else.
pub fn texts_given(dialect: Dialect, sql: &str, function: &str) -> Option<Vec<String>> {
    let tokens = lex(dialect, sql, 1).tokens;
    let calls = tokens.windows(4).filter(|four| four[0].key == function && four[1].key == "(");
    let text = |four: &[Token]| {
        (four[2].kind == Kind::Text && matches!(four[3].key.as_str(), "," | ":")).then(|| four[2].text.clone())
    };
    calls.map(text).collect()
}

/// A type as it is written.
pub fn type_of(dialect: Dialect, text: &str) -> Type {
    let tokens = lex(dialect, text, 1).tokens;
    data_type(&mut Cursor::new(dialect, &tokens)).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_given_as_it_is_written() {
        let told = |sql: &str| condition(Dialect::Postgres, sql);
        let sql = "update a set b = (select c from d where e = 'x; where') where f = 'it''s' and g";
        assert_eq!(told(sql).as_deref(), Some("f = 'it''s' and g"));
        assert_eq!(told("update a set b = 1 where c = 2 order by d limit 1").as_deref(), Some("c = 2"));
        assert_eq!(told("update a set b = 1"), None);
    }

    #[test]
    fn an_update_says_what_each_column_gets() {
        let told = |dialect, sql: &str| {
            let all = assignments(dialect, sql)?.into_iter();
            Some(all.map(|one| (one.column, one.value.unwrap_or_default())).collect::<Vec<_>>())
        };
        let some = |all: &[(&str, &str)]| {
            Some(all.iter().map(|&(column, value)| (column.to_owned(), value.to_owned())).collect::<Vec<_>>())
        };
        let sql = "update a set b = concat(c, 'x', d), e = (select f from g) where h";
        assert_eq!(told(Dialect::Postgres, sql), some(&[("b", "concat(c, 'x', d)"), ("e", "(select f from g)")]));
        assert_eq!(told(Dialect::Postgres, "update a set b[1] = 2, c.d = 3"), some(&[("b", ""), ("c", "")]));
        assert_eq!(told(Dialect::Postgres, "update a set (b, c) = (select 1, 2)"), None);
        assert_eq!(told(Dialect::Mysql, "update a set a.b = 1 limit 3"), some(&[("b", "1")]));
    }

    #[test]
    fn what_may_do_more_than_compute_is_told() {
        let told = |sql: &str| calls(Dialect::Postgres, sql).into_iter().collect::<Vec<_>>();
        assert!(told("a in (1) and lower(b) = 'wipe()' and (c or d)").is_empty());
        assert_eq!(told("app.wipe(a) or \"lower\"(b)"), ["LOWER", "WIPE"]);
    }

    #[test]
    fn one_table_is_told_from_several() {
        let joined = |sql: &str| is_joined(Dialect::Mysql, sql);
        for sql in [
            "update a, b set a.c = 1",
            "update a join b using (c) set b.d = 1",
            "delete b from a join b",
            "delete from a using a, b",
        ] {
            assert!(joined(sql), "{sql}");
        }
        for sql in [
            "update a set b = 1, c = 2",
            "delete from a where b in (1, 2)",
            "delete quick from a order by b, c limit 1",
        ] {
            assert!(!joined(sql), "{sql}");
        }
    }

    #[test]
    fn each_action_that_gives_a_column_another_type_is_told() {
        let sql = "alter table a alter column b type numeric(10, 2), alter c set data type varchar(3) using left(c, 3), \
                   alter d set not null";
        let told: Vec<_> = retypes(sql).into_iter().map(|one| (one.column, one.ty, one.using)).collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            told,
            [
                ("b".to_owned(), "numeric(10, 2)".to_owned(), None),
                ("c".to_owned(), "varchar(3)".to_owned(), some("left(c, 3)"))
            ]
        );
    }
}
