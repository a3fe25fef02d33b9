//! MySQL and MariaDB: the server says the statement of each thing.

use super::{
    NoCopy, Real, make,
    sample::{Carrier, Pair, Reference, Source, Table, most},
};
use crate::{Connection, DatabaseError, Place, books::text, outside::FAR, part::ident, schema::is_book};
use switchback_core::server::Server;
use switchback_lint::Dialect;

/// Fills the scratch database; gives how many rows it has.
pub async fn fill(scratch: &Place, at: &Server, real: &Real<'_>) -> Result<u64, NoCopy> {
    let mut connection = Connection::open(scratch, real.password).await?;
    let rows = copied(&mut connection, &at.dbname, real.books).await;
    connection.close().await;
    rows
}

async fn copied(scratch: &mut Connection, of: &str, books: &[String]) -> Result<u64, NoCopy> {
    // What is there was let in once, by the rules of that day, in whatever order.
    let loose =
        "set session foreign_key_checks = 0, session unique_checks = 0, session sql_mode = 'NO_AUTO_VALUE_ON_ZERO'";
    make(scratch, "the schema", loose).await?;
    let own = |what: &str, rest: &str| {
        format!(
            "select cast({what}_name as char) from information_schema.{what}s where {what}_schema = {} {rest} order by 1",
            text(Dialect::Mysql, of)
        )
    };
    for kind in ["function", "procedure"] {
        let made = Made { kind, column: 2 };
        made.all(scratch, of, &own("routine", &format!("and routine_type = '{kind}'"))).await?;
    }
    let tables = own("table", "and table_type in ('BASE TABLE', 'SYSTEM VERSIONED')");
    let far = Made { kind: "table", column: 1 }.all(scratch, of, &tables).await?;
    let (mut tables, references) = (listed(scratch, of, books).await?, references(scratch, of).await?);
    tables.retain(|table| !far.contains(&table.name));
    let mut carrier = Carrier { scratch: &mut *scratch, source: Source::Beside(quoted(of)) };
    let rows = carrier.fill(&tables, &references).await?;
    Made { kind: "view", column: 1 }.all(scratch, of, &own("table", "and table_type = 'VIEW'")).await?;
    Made { kind: "trigger", column: 2 }.all(scratch, of, &own("trigger", "")).await?;
    Made { kind: "event", column: 3 }.all(scratch, of, &own("event", "")).await?;
    Ok(rows)
}

/// A kind of thing, and where `show create` has its statement.
struct Made {
    kind: &'static str,
    column: usize,
}

impl Made {
    /// Makes all of them; one that needs another one waits for it. Gives the tables, quoted, whose rows are elsewhere.
    async fn all(&self, scratch: &mut Connection, of: &str, names: &str) -> Result<Vec<String>, NoCopy> {
        let (mut open, mut far) = (scratch.names(names).await?, Vec::new());
        while !open.is_empty() {
            let (before, mut left, mut why) = (open.len(), Vec::new(), None);
            for name in open {
                let mut sql = self.statement(scratch, of, &name).await?;
                if self.kind == "table"
                    && let Some(here) = kept_here(&sql)
                {
                    sql = here;
                    far.push(quoted(&name));
                }
                if let Err(refused) = make(scratch, &name, &sql).await {
                    left.push(name);
                    why = Some(refused);
                }
            }
            open = left;
            if let Some(why) = why.filter(|_| open.len() == before) {
                return Err(why);
            }
        }
        Ok(far)
    }

    async fn statement(&self, scratch: &mut Connection, of: &str, name: &str) -> Result<String, NoCopy> {
        let query = format!("show create {} {}.{}", self.kind, quoted(of), quoted(name));
        let rows = scratch.rows(&query).await.map_err(DatabaseError::doing("read the schema"))?;
        let sql = rows.into_iter().next().and_then(|row| row.into_iter().nth(self.column).flatten());
        let sql = sql.ok_or_else(|| NoCopy(format!("this user may not read how {name} was made")))?;
        // A view says the database of each table; the copy has another one.
        let sql = without_definer(&sql).replace(&format!("{}.", quoted(of)), "");
        // None is due in the copy.
        Ok(if self.kind == "event" { sql.replacen(" ENABLE DO ", " DISABLE DO ", 1) } else { sql })
    }
}

/// The statement of a table whose rows another server or a file has, for one that keeps them itself: what is written to the
/// copy reaches no further. `None` where it does already.
fn kept_here(sql: &str) -> Option<String> {
    let (head, options) = sql.rsplit_once("\n) ENGINE=")?;
    let (engine, options) = options.split_once(' ').unwrap_or((options, ""));
    if !FAR.iter().any(|far| far.eq_ignore_ascii_case(engine)) {
        return None;
    }
    let texts = options.split(' ').filter(|word| word.starts_with("CHARSET=") || word.starts_with("COLLATE="));
    Some(format!("{head}\n) {}", texts.collect::<Vec<_>>().join(" ")))
}

/// Whose rights it runs with: the copy's are its maker's, who may not give it another's.
fn without_definer(sql: &str) -> String {
    let Some((head, rest)) = sql.split_once("DEFINER=") else { return sql.to_owned() };
    // It stands before what is made; later it is a word of the body.
    if head.len() > 60 {
        return sql.to_owned();
    }
    let mut inside = false;
    let end = rest.find(|letter| {
        inside ^= letter == '`';
        letter == ' ' && !inside
    });
    end.map_or_else(|| sql.to_owned(), |end| format!("{head}{}", rest[end..].trim_start()))
}

async fn listed(scratch: &mut Connection, of: &str, books: &[String]) -> Result<Vec<Table>, NoCopy> {
    let schema = text(Dialect::Mysql, of);
    let query = format!(
        "select cast(t.table_name as char), cast(coalesce(t.avg_row_length, 0) as char), cast(c.column_name as char), \
         cast(coalesce((select k.seq_in_index from information_schema.statistics k where k.table_schema = c.table_schema \
         and k.table_name = c.table_name and k.column_name = c.column_name and k.index_name = 'PRIMARY'), 0) as char) \
         from information_schema.tables t join information_schema.columns c on c.table_schema = t.table_schema and c.table_name = t.table_name \
         where t.table_schema = {schema} and t.table_type in ('BASE TABLE', 'SYSTEM VERSIONED') \
         and coalesce(c.generation_expression, '') = '' order by t.table_name, c.ordinal_position"
    );
    let rows = scratch.rows(&query).await.map_err(DatabaseError::doing("read the columns"))?;
    let mut tables: Vec<(Table, Vec<(usize, String)>)> = Vec::new();
    for row in rows {
        let [Some(name), Some(length), Some(column), Some(place)] = row.as_slice() else { continue };
        let (named, column) = (quoted(name), quoted(column));
        if tables.last().is_none_or(|(table, _)| table.name != named) {
            let most = (!is_book(name, books)).then(|| most(length.parse().unwrap_or_default()));
            tables.push((Table { name: named, columns: Vec::new(), key: Vec::new(), most }, Vec::new()));
        }
        let Some((table, key)) = tables.last_mut() else { continue };
        key.extend(place.parse().ok().filter(|place| *place > 0).map(|place| (place, column.clone())));
        table.columns.push(column);
    }
    let with_key = |(mut table, mut key): (Table, Vec<(usize, String)>)| {
        key.sort();
        table.key = key.into_iter().map(|(_, column)| column).collect();
        table
    };
    Ok(tables.into_iter().map(with_key).collect())
}

async fn references(scratch: &mut Connection, of: &str) -> Result<Vec<Reference>, NoCopy> {
    let schema = text(Dialect::Mysql, of);
    let query = format!(
        "select cast(constraint_name as char), cast(table_name as char), cast(column_name as char), \
         cast(referenced_table_name as char), cast(referenced_column_name as char) from information_schema.key_column_usage \
         where table_schema = {schema} and referenced_table_schema = {schema} order by table_name, constraint_name, ordinal_position"
    );
    let rows = scratch.rows(&query).await.map_err(DatabaseError::doing("read the references"))?;
    let pairs = rows.into_iter().filter_map(|row| {
        let [name, child, column, parent, key] = <[_; 5]>::try_from(row).ok()?;
        let (name, child) = (name?, quoted(&child?));
        Some(Pair {
            of: format!("{child} {name}"),
            child,
            column: quoted(&column?),
            parent: quoted(&parent?),
            key: quoted(&key?),
        })
    });
    Ok(Reference::all(pairs))
}

fn quoted(name: &str) -> String {
    ident(Dialect::Mysql, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_whose_rows_are_elsewhere_is_made_as_one_that_keeps_them() {
        let far = "CREATE TABLE `t` (\n  `a` int(11) DEFAULT NULL\n) ENGINE=FEDERATED DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin CONNECTION='mysql://u:p@h/d/t'";
        let here = "CREATE TABLE `t` (\n  `a` int(11) DEFAULT NULL\n) CHARSET=utf8mb4 COLLATE=utf8mb4_bin";
        assert_eq!(kept_here(far).as_deref(), Some(here));
        assert_eq!(kept_here("CREATE TABLE `t` (\n  `a` text DEFAULT '\\n) ENGINE=FEDERATED'\n) ENGINE=InnoDB"), None);
    }

    #[test]
    fn a_definer_is_left_out_and_nothing_else() {
        assert_eq!(
            without_definer(
                "CREATE DEFINER=`a b`@`%` TRIGGER `t` before insert on `x` for each row set @a = 'DEFINER=b'"
            ),
            "CREATE TRIGGER `t` before insert on `x` for each row set @a = 'DEFINER=b'"
        );
        let view = "CREATE ALGORITHM=UNDEFINED DEFINER=`root`@`localhost` SQL SECURITY DEFINER VIEW `v` AS select 1";
        assert_eq!(without_definer(view), "CREATE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW `v` AS select 1");
        assert_eq!(without_definer("CREATE TABLE `t` (a int)"), "CREATE TABLE `t` (a int)");
    }
}
