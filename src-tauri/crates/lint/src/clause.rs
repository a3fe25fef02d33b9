//! Clauses of a statement as they are written, for those who ask a server about them.

use crate::{
    Dialect,
    op::Type,
    read::{Cursor, commas, data_type},
    sql::{Kind, Token, lex},
    statement::offset,
};

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

/// What stands behind a word of a statement, outside of parentheses.
pub fn behind<'a>(dialect: Dialect, sql: &'a str, word: &str) -> Option<&'a str> {
    let tokens = lex(dialect, sql, 1).tokens;
    let mut cursor = Cursor::new(dialect, &tokens);
    cursor.until(&[word]);
    let found = cursor.take().filter(|token| token.key == word)?;
    sql.get(offset(sql, found.span.1)..).map(str::trim)
}

/// The table whose rows an `INSERT` copies, all of them and each value as it is.
pub fn copies(dialect: Dialect, sql: &str) -> Option<String> {
    let tokens = lex(dialect, sql, 1).tokens;
    let mut cursor = Cursor::new(dialect, &tokens);
    if !cursor.eat("INSERT INTO") {
        return None;
    }
    cursor.name()?;
    cursor.parens();
    if !cursor.eat("SELECT") {
        return None;
    }
    let plain = |token: &Token| match token.kind {
        Kind::Symbol => matches!(token.key.as_str(), "," | "." | "*"),
        _ => !matches!(token.key.as_str(), "DISTINCT" | "CASE"),
    };
    // What is read, and from where.
    let all = cursor.rest().iter().take_while(|token| token.key != "FROM").all(plain);
    cursor.until(&["FROM"]);
    let table = cursor.eat("FROM").then(|| cursor.name()).flatten()?;
    (all && cursor.is_done()).then_some(table)
}

/// The columns that an `ALTER TABLE` of PostgreSQL gives another type.
pub fn retypes(sql: &str) -> Vec<Retype> {
    let dialect = Dialect::Postgres;
    let tokens = lex(dialect, sql, 1).tokens;
    let text = |tokens: &[Token]| {
        let (first, last) = (tokens.first()?, tokens.last()?);
        sql.get(offset(sql, first.span.0)..offset(sql, last.span.1)).map(str::to_owned)
    };
    let read = |action: &[Token]| {
        let begins = action.iter().rposition(|token| token.key == "ALTER")?;
        let mut cursor = Cursor::new(dialect, &action[begins + 1..]);
        cursor.eat("COLUMN");
        let column = cursor.word()?;
        if !cursor.eat("TYPE") && !cursor.eat("SET DATA TYPE") {
            return None;
        }
        let ty = text(cursor.until(&["USING", "COLLATE"]))?;
        if cursor.key() != "USING" {
            cursor.until(&["USING"]);
        }
        let using = cursor.eat("USING").then(|| text(cursor.rest())).flatten();
        Some(Retype { column, ty, using })
    };
    commas(&tokens).into_iter().filter_map(read).collect()
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
    fn a_clause_is_given_as_it_is_written() {
        let sql = "update a set b = (select c from d where e = 'x; where') where f = 'it''s' and g";
        assert_eq!(behind(Dialect::Postgres, sql, "WHERE"), Some("f = 'it''s' and g"));
        assert_eq!(behind(Dialect::Postgres, "update a set b = 1", "WHERE"), None);
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

    #[test]
    fn a_copy_of_all_rows_as_they_are_is_told_from_one_of_some() {
        let told = |sql: &str| copies(Dialect::Sqlite, sql);
        assert_eq!(told("insert into a (b, c) select b, c from d"), Some("d".to_owned()));
        assert_eq!(told("insert into a select * from d"), Some("d".to_owned()));
        for sql in [
            "insert into a select b from d where c",
            "insert into a select lower(b) from d",
            "insert into a select b || c from d",
            "insert into a select distinct b from d",
            "insert or ignore into a select b from d",
            "insert into a select b from d join e",
            "insert into a values (1)",
        ] {
            assert_eq!(told(sql), None, "{sql}");
        }
    }
}
