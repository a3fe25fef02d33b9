//! What a statement demands of rows that are there already: the server looks at each and refuses the statement for one that
//! does not meet it.

use crate::{
    Dialect, clause,
    op::{Op, Type},
    read::{Cursor, commas},
    sql::{Kind, Token, lex},
};

/// A demand on the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the fields are the clauses' names")]
pub enum Demand {
    /// A value in this column.
    Value { table: String, column: String },
    /// No two rows with the same values in these columns.
    Unique { table: String, columns: Vec<String> },
    /// A row of another table for the values of these columns.
    Parent { table: String, columns: Vec<String>, of: String, referred: Vec<String> },
    /// A condition in the statement's own words.
    Check { table: String, condition: String },
    /// Values of this column that the type can hold.
    Fits { table: String, column: String, ty: Type },
}

impl Demand {
    /// The table whose rows are looked at.
    pub fn table(&self) -> &str {
        match self {
            Self::Value { table, .. }
            | Self::Unique { table, .. }
            | Self::Parent { table, .. }
            | Self::Check { table, .. }
            | Self::Fits { table, .. } => table,
        }
    }
}

/// What a statement demands, as far as its text tells; `ops` is what it does. What is of some rows, of what is computed, or
/// not looked at when the statement runs is left out.
pub fn demands(dialect: Dialect, sql: &str, ops: &[Op]) -> Vec<Demand> {
    // Rows that are refused go without a word there.
    if ops.iter().any(|op| matches!(op, Op::Refused { .. })) {
        return Vec::new();
    }
    let mut all: Vec<Demand> = ops.iter().flat_map(|op| of_column(dialect, sql, op)).collect();
    let tokens = lex(dialect, sql, 1).tokens;
    let mut cursor = Cursor::new(dialect, &tokens);
    if cursor.eat("CREATE UNIQUE INDEX") {
        all.extend(index(&mut cursor));
    } else if cursor.eat("ALTER TABLE") {
        cursor.eat("IF EXISTS");
        cursor.eat("ONLY");
        if let Some(table) = cursor.name() {
            all.extend(commas(cursor.rest()).into_iter().flat_map(|action| added(dialect, sql, &table, action)));
        }
    }
    all
}

fn of_column(dialect: Dialect, sql: &str, op: &Op) -> Vec<Demand> {
    match op {
        Op::SetNotNull { table, column } => vec![Demand::Value { table: table.clone(), column: column.clone() }],
        // MySQL makes a time of a null, and a number of one that counts by itself.
        Op::Redefine { table, from, column } if column.generated.is_none() && !column.counts => {
            let Some(ty) = column.ty.clone().filter(|ty| ty.name != "TIMESTAMP") else { return Vec::new() };
            let value = column.not_null.then(|| Demand::Value { table: table.clone(), column: from.clone() });
            value.into_iter().chain([Demand::Fits { table: table.clone(), column: from.clone(), ty }]).collect()
        }
        Op::AlterType { table, column, ty, .. } if dialect == Dialect::Postgres => {
            let written = clause::retypes(sql).into_iter().find(|one| one.column == *column);
            let bare = written.is_some_and(|one| {
                one.using.is_none_or(|using| {
                    let plain = clause::plain(dialect, &using);
                    let ty = clause::plain(dialect, &one.ty);
                    plain == format!("{column} :: {ty}") || plain == format!("cast ( {column} as {ty} )")
                })
            });
            let fits = || Demand::Fits { table: table.clone(), column: column.clone(), ty: ty.clone() };
            bare.then(fits).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// An index behind its first words.
fn index(cursor: &mut Cursor<'_>) -> Option<Demand> {
    cursor.eat("CONCURRENTLY");
    cursor.eat("IF NOT EXISTS");
    if cursor.key() != "ON" {
        cursor.name()?;
    }
    if cursor.eat("USING") {
        cursor.take();
    }
    cursor.eat("ON").then_some(())?;
    cursor.eat("ONLY");
    let table = cursor.name()?;
    if cursor.eat("USING") {
        cursor.take();
    }
    let columns = plain(cursor.dialect, cursor.parens()?)?;
    (!cursor.has("WHERE") && !cursor.has("NULLS NOT DISTINCT")).then_some(Demand::Unique { table, columns })
}

/// What an action of an `ALTER TABLE` adds.
fn added(dialect: Dialect, sql: &str, table: &str, action: &[Token]) -> Vec<Demand> {
    let mut cursor = Cursor::new(dialect, action);
    if !cursor.eat("ADD")
        || ["NOT VALID", "NOT ENFORCED", "USING INDEX", "NULLS NOT DISTINCT"].iter().any(|words| cursor.has(words))
    {
        return Vec::new();
    }
    if cursor.eat("CONSTRAINT") && !matches!(cursor.key(), "PRIMARY" | "UNIQUE" | "FOREIGN" | "CHECK") {
        cursor.word();
    }
    let table = table.to_owned();
    match cursor.take().map(|token| token.key.as_str()) {
        Some("CHECK") if cursor.key() == "(" => {
            let condition = cursor.parens().and_then(|inside| clause::text(sql, inside));
            condition.map(|condition| Demand::Check { table, condition }).into_iter().collect()
        }
        Some(kind @ ("UNIQUE" | "PRIMARY")) => {
            let columns = listed(&mut cursor).unwrap_or_default();
            let values = columns.iter().filter(|_| kind == "PRIMARY");
            let values = values.map(|column| Demand::Value { table: table.clone(), column: column.clone() });
            let mut all: Vec<Demand> = values.collect();
            if !columns.is_empty() {
                all.push(Demand::Unique { table, columns });
            }
            all
        }
        Some("FOREIGN") => parent(&mut cursor, table).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn parent(cursor: &mut Cursor<'_>, table: String) -> Option<Demand> {
    let columns = listed(cursor)?;
    cursor.eat("REFERENCES").then_some(())?;
    let of = cursor.name()?;
    let referred = plain(cursor.dialect, cursor.parens()?)?;
    (referred.len() == columns.len() && !cursor.has("MATCH FULL")).then_some(Demand::Parent {
        table,
        columns,
        of,
        referred,
    })
}

/// The columns of a key, behind its first word.
fn listed(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    let _ = cursor.eat("KEY") || cursor.eat("INDEX");
    cursor.eat("IF NOT EXISTS");
    if cursor.key() != "(" && cursor.key() != "USING" {
        cursor.word()?;
    }
    if cursor.eat("USING") {
        cursor.take();
    }
    plain(cursor.dialect, cursor.parens()?)
}

/// Columns by their names alone; `None` where one is only a part, or computed.
fn plain(dialect: Dialect, inside: &[Token]) -> Option<Vec<String>> {
    let one = |part: &[Token]| match part {
        [name] if matches!(name.kind, Kind::Word | Kind::Quoted) => Cursor::new(dialect, part).word(),
        [_, way] if matches!(way.key.as_str(), "ASC" | "DESC") => Cursor::new(dialect, part).word(),
        _ => None,
    };
    commas(inside).into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops;

    fn of(dialect: Dialect, sql: &str) -> Vec<Demand> {
        demands(dialect, sql, &ops(dialect, sql))
    }

    fn unique(columns: &[&str]) -> Vec<Demand> {
        vec![Demand::Unique { table: "users".to_owned(), columns: columns.iter().map(ToString::to_string).collect() }]
    }

    #[test]
    fn what_rows_must_meet_is_read_in_each_dialect() {
        let value = Demand::Value { table: "users".to_owned(), column: "email".to_owned() };
        assert_eq!(of(Dialect::Postgres, "alter table users alter column email set not null"), vec![value.clone()]);
        let fits = |name: &str, args: &[u64]| Demand::Fits {
            table: "users".to_owned(),
            column: "email".to_owned(),
            ty: Type { name: name.to_owned(), args: args.to_vec(), ..Type::default() },
        };
        assert_eq!(
            of(Dialect::Mysql, "alter table users modify email varchar(9) not null"),
            [value, fits("VARCHAR", &[9])]
        );
        assert_eq!(of(Dialect::Postgres, "alter table users alter email type varchar(9)"), [fits("VARCHAR", &[9])]);
        assert_eq!(
            of(Dialect::Postgres, "alter table users alter email type int using email::int"),
            [fits("INTEGER", &[])]
        );
        assert_eq!(of(Dialect::Postgres, "alter table users alter email type varchar(9) using left(email, 9)"), []);
        for (dialect, sql) in [
            (Dialect::Postgres, "create unique index concurrently on users using btree (email)"),
            (Dialect::Sqlite, "create unique index if not exists one on users (email desc)"),
            (Dialect::Mysql, "create unique index one using btree on users (email)"),
            (Dialect::Mysql, "alter table users add unique key one (email), add note text"),
            (Dialect::Postgres, "alter table only users add constraint one unique (email)"),
        ] {
            assert_eq!(of(dialect, sql), unique(&["email"]), "{sql}");
        }
        let keyed = of(Dialect::Postgres, "alter table users add primary key (a, b)");
        assert_eq!(keyed.last(), unique(&["a", "b"]).last());
        assert_eq!(keyed.len(), 3);
        let parent = Demand::Parent {
            table: "orders".to_owned(),
            columns: vec!["user_id".to_owned()],
            of: "users".to_owned(),
            referred: vec!["id".to_owned()],
        };
        let key = "alter table orders add constraint o_u foreign key (user_id) references users (id) on delete cascade";
        assert_eq!(of(Dialect::Postgres, key), vec![parent.clone()]);
        assert_eq!(of(Dialect::Mysql, key), [parent]);
        assert_eq!(
            of(Dialect::Postgres, "alter table orders add constraint some check (paid >= (0)) "),
            [Demand::Check { table: "orders".to_owned(), condition: "paid >= (0)".to_owned() }]
        );
    }

    #[test]
    fn what_is_not_of_all_rows_or_not_looked_at_is_left_out() {
        for (dialect, sql) in [
            (Dialect::Postgres, "create unique index one on users (lower(email))"),
            (Dialect::Postgres, "create unique index one on users (email) where gone is null"),
            (Dialect::Postgres, "create index one on users (email)"),
            (Dialect::Postgres, "alter table users add constraint one unique using index one_idx"),
            (Dialect::Postgres, "alter table users add constraint c check (a > 0) not valid"),
            (Dialect::Mysql, "alter table users add unique (email(10))"),
            (Dialect::Mysql, "alter table users add constraint c check (a > 0) not enforced"),
            (Dialect::Mysql, "alter ignore table users add unique (email)"),
            (Dialect::Mysql, "alter table users modify at timestamp not null"),
            (Dialect::Postgres, "alter table orders add foreign key (user_id) references users"),
        ] {
            assert_eq!(of(dialect, sql), [], "{sql}");
        }
    }
}
