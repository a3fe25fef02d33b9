//! Code of the server that a script's statements reach without its name: behind a view, a default, an operator, a function
//! that calls another one. Followed word by word: what has the name of something is taken for it.

use crate::{
    Connection, DatabaseError,
    books::text,
    part::{quoted, word},
    taken::{Taken, Write},
};
use std::collections::{BTreeMap, BTreeSet};
use switchback_lint::{Dialect, clause};

/// Words of a function's body with which it may change what is there.
const WRITES: [&str; 13] = [
    "insert", "update", "delete", "truncate", "merge", "drop", "alter", "execute", "prepare", "call", "copy", "setval",
    "load",
];

/// What is followed.
#[derive(Default)]
struct Reach {
    /// Words that may name something.
    words: BTreeSet<String>,
    /// Those that were asked for.
    asked: BTreeSet<String>,
    /// What is called, in upper case.
    calls: BTreeSet<String>,
    /// What it comes to, in words.
    found: BTreeSet<String>,
}

impl Reach {
    fn add(&mut self, dialect: Dialect, text: &str) {
        self.words.extend(split(text));
        self.calls.extend(clause::calls(dialect, text));
    }

    /// Functions whose bodies are these; `None` where one is in no language that is read here.
    fn judge(&mut self, dialect: Dialect, name: &str, body: Option<&str>) {
        match body {
            Some(body) if split(body).iter().all(|word| !WRITES.contains(&word.as_str())) => self.add(dialect, body),
            _ => drop(self.found.insert(format!("the function {name}"))),
        }
    }
}

/// A text's words in lower case, those of texts within it too.
pub fn split(text: &str) -> BTreeSet<String> {
    let letters = |letter: char| !letter.is_alphanumeric() && letter != '_';
    text.split(letters).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// What of it may take rows that nobody counts, in words; and all that is called on the way, in upper case.
pub async fn reached(
    connection: &mut Connection,
    taken: &Taken,
    written: &BTreeMap<String, BTreeSet<Write>>,
    bodies: &[String],
) -> Result<(Vec<String>, BTreeSet<String>), DatabaseError> {
    let dialect = connection.dialect();
    let mut reach = Reach::default();
    for (table, writes) in written {
        if let Some(view) = other_than_a_table(connection, table).await? {
            reach.found.insert(format!("{view} {table}"));
        }
        if dialect == Dialect::Postgres && writes.iter().any(|write| matches!(write, Write::Insert | Write::Update)) {
            for text in computed(connection, table).await? {
                reach.add(dialect, &text);
            }
        }
    }
    if dialect == Dialect::Sqlite {
        return Ok((reach.found.into_iter().collect(), reach.calls));
    }
    for text in taken.run.iter().chain(bodies) {
        reach.add(dialect, text);
    }
    if !taken.run.is_empty() && dialect == Dialect::Postgres {
        signs(connection, &mut reach, &taken.run).await?;
    }
    // What computes values alone reads no table.
    let mut only_functions: BTreeSet<String> = taken.computed.iter().flat_map(|text| split(text)).collect();
    loop {
        let new: Vec<String> = reach.words.difference(&reach.asked).cloned().collect();
        let functions: Vec<String> = new.iter().cloned().chain(std::mem::take(&mut only_functions)).collect();
        if functions.is_empty() {
            break;
        }
        reach.asked.extend(new.iter().cloned());
        match dialect {
            Dialect::Postgres => postgres(connection, &mut reach, &new, &functions).await?,
            _ => mysql(connection, &mut reach, &new, &functions).await?,
        }
    }
    Ok((reach.found.into_iter().collect(), reach.calls))
}

fn listed(dialect: Dialect, words: &[String]) -> String {
    let all: Vec<String> = words.iter().map(|word| text(dialect, word)).collect();
    if all.is_empty() { "''".to_owned() } else { all.join(", ") }
}

/// What a name is that is none of a table.
async fn other_than_a_table(connection: &mut Connection, name: &str) -> Result<Option<&'static str>, DatabaseError> {
    let dialect = connection.dialect();
    let query = match dialect {
        Dialect::Postgres => format!(
            "select relkind::text from pg_class where oid = to_regclass({}) and relkind in ('v', 'm', 'f')",
            text(dialect, &quoted(dialect, name))
        ),
        Dialect::Mysql => format!(
            "select cast(table_type as char) from information_schema.tables where {} and table_type like '%VIEW%'",
            crate::part::of_table(dialect, name)
        ),
        Dialect::Sqlite => {
            format!(
                "select type from sqlite_master where type = 'view' and lower(name) = lower({})",
                text(dialect, name)
            )
        }
    };
    let kind = connection.names(&query).await?.into_iter().next();
    Ok(kind.map(|kind| if kind == "f" { "the foreign table" } else { "the view" }))
}

/// What PostgreSQL computes for each row that it writes.
async fn computed(connection: &mut Connection, table: &str) -> Result<Vec<String>, DatabaseError> {
    let of = format!("to_regclass({})", text(Dialect::Postgres, &quoted(Dialect::Postgres, table)));
    let query = format!(
        "select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = {of} \
         union all select pg_get_constraintdef(oid) from pg_constraint where conrelid = {of} and contype = 'c' \
         union all select pg_get_indexdef(indexrelid) from pg_index where indrelid = {of} and (indexprs is not null or indpred is not null) \
         union all select pg_get_constraintdef(k.oid) from pg_constraint k join pg_attribute a on a.atttypid = k.contypid \
         where a.attrelid = {of} and k.contypid <> 0"
    );
    connection.names(&query).await
}

/// Functions behind PostgreSQL's operators that the texts have and somebody made, and behind casts.
async fn signs(connection: &mut Connection, reach: &mut Reach, texts: &[String]) -> Result<(), DatabaseError> {
    let operators = "select o.oprname::text, p.proname::text from pg_operator o join pg_proc p on p.oid = o.oprcode \
         where o.oprnamespace <> 'pg_catalog'::regnamespace and not exists (select from pg_depend d \
         where d.classid = 'pg_operator'::regclass and d.objid = o.oid and d.deptype = 'e')";
    let rows = connection.rows(operators).await.map_err(DatabaseError::doing("read the operators"))?;
    for row in rows {
        let [Some(sign), Some(function)] = row.as_slice() else { continue };
        if texts.iter().any(|text| text.contains(sign.as_str())) {
            reach.words.insert(function.to_lowercase());
        }
    }
    let casts = "select p.proname::text from pg_cast c join pg_proc p on p.oid = c.castfunc \
         where p.pronamespace <> 'pg_catalog'::regnamespace and not exists (select from pg_depend d \
         where d.classid = 'pg_cast'::regclass and d.objid = c.oid and d.deptype = 'e')";
    reach.words.extend(connection.names(casts).await?.into_iter().map(|name| name.to_lowercase()));
    Ok(())
}

async fn postgres(
    connection: &mut Connection,
    reach: &mut Reach,
    new: &[String],
    functions: &[String],
) -> Result<(), DatabaseError> {
    let dialect = Dialect::Postgres;
    let named = listed(dialect, new);
    let views = format!(
        "select pg_get_viewdef(c.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace \
         where c.relkind in ('v', 'm') and lower(c.relname) in ({named}) and n.nspname not in ('pg_catalog', 'information_schema') \
         union all select coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') \
         from pg_policy p join pg_class c on c.oid = p.polrelid where lower(c.relname) in ({named}) and row_security_active(c.oid)"
    );
    for text in connection.names(&views).await? {
        reach.add(dialect, &text);
    }
    let functions = format!(
        "select p.proname::text, case when l.lanname in ('sql', 'plpgsql') and p.prokind <> 'a' then pg_get_functiondef(p.oid) end \
         from pg_proc p join pg_language l on l.oid = p.prolang where lower(p.proname) in ({}) \
         and p.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) \
         and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e') order by 1",
        listed(dialect, functions)
    );
    let rows = connection.rows(&functions).await.map_err(DatabaseError::doing("read the functions"))?;
    for row in rows {
        let [Some(name), body] = row.as_slice() else { continue };
        reach.judge(dialect, name, body.as_deref());
    }
    Ok(())
}

async fn mysql(
    connection: &mut Connection,
    reach: &mut Reach,
    new: &[String],
    functions: &[String],
) -> Result<(), DatabaseError> {
    let dialect = Dialect::Mysql;
    let ty = word(dialect);
    let own = "not in ('mysql', 'sys', 'information_schema', 'performance_schema')";
    let views = format!(
        "select cast(view_definition as {ty}) from information_schema.views where lower(table_name) in ({}) and table_schema {own}",
        listed(dialect, new)
    );
    for text in connection.names(&views).await? {
        reach.add(dialect, &text);
    }
    let functions = format!(
        "select cast(routine_name as {ty}), cast(routine_definition as {ty}) from information_schema.routines \
         where lower(routine_name) in ({}) and routine_schema {own} order by 1",
        listed(dialect, functions)
    );
    let rows = connection.rows(&functions).await.map_err(DatabaseError::doing("read the routines"))?;
    for row in rows {
        let [Some(name), body] = row.as_slice() else { continue };
        reach.judge(dialect, name, body.as_deref());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_only_computes_is_followed_and_one_that_writes_is_told() {
        let mut reach = Reach::default();
        reach.judge(Dialect::Postgres, "slug", Some("begin return lower(other(a)); end"));
        assert!(reach.found.is_empty() && reach.words.contains("other"));
        reach.judge(Dialect::Postgres, "wipe", Some("begin delete from a; end"));
        reach.judge(Dialect::Postgres, "c", None);
        assert_eq!(reach.found.into_iter().collect::<Vec<_>>(), ["the function c", "the function wipe"]);
    }
}
