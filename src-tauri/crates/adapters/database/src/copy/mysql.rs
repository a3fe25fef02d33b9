//! MySQL and MariaDB: the server says the statement of each thing.

use super::{
    Filled, NoCopy, Real, make,
    sample::{Carrier, Pair, Reference, Source, Table, most},
};
use crate::{
    Connection, DatabaseError,
    books::text,
    error::said,
    maker::{Maker, without_definer},
    outside::{FAR, others},
    part::ident,
    schema::is_book,
    scratch::Scratch,
};
use switchback_core::server::Server;
use switchback_lint::Dialect;

/// Lets in what is there: it was let in once, by the rules of that day, in whatever order. A place for a table's file is
/// the real one's.
const LOOSE: &str = "set session foreign_key_checks = 0, session unique_checks = 0, \
    session sql_mode = 'NO_AUTO_VALUE_ON_ZERO,NO_DIR_IN_CREATE'";

/// Fills the scratch database. The real login reads; what there is to run is made by the scripts' own login, as whom it runs.
pub async fn fill(scratch: &Scratch, at: &Server, real: &Real<'_>) -> Result<Filled, NoCopy> {
    let mut reads = scratch.by_maker(real.password).await?;
    let filled = async {
        let mut own = scratch.open(real.password).await?;
        let maker = scratch.maker(real.password);
        let mut copying =
            Copying { reads: &mut reads, makes: &mut own, of: &at.dbname, books: real.books, maker, far: Vec::new() };
        let filled = copying.all().await;
        if let Some(maker) = copying.maker {
            maker.close().await;
        }
        own.close().await;
        filled
    };
    let filled = filled.await;
    reads.close().await;
    filled
}

/// Who copies what.
pub(super) struct Copying<'a> {
    pub reads: &'a mut Connection,
    pub makes: &'a mut Connection,
    /// The real database's name.
    pub of: &'a str,
    pub books: &'a [String],
    /// The real login, where it is another one than what makes things.
    pub maker: Option<Maker<'a>>,
    /// The tables, quoted, whose rows are elsewhere.
    pub far: Vec<String>,
}

impl Copying<'_> {
    async fn all(&mut self) -> Result<Filled, NoCopy> {
        self.loosely().await?;
        let others = others(self.reads).await?;
        let reaching = self.routines(&others).await?;
        self.sequences().await?;
        let tables = self.own("table", "and table_type in ('BASE TABLE', 'SYSTEM VERSIONED')");
        Made { kind: "table", column: 1 }.all(self, &tables).await?;
        let (mut tables, references) =
            (listed(self.reads, self.of, self.books).await?, references(self.reads, self.of).await?);
        tables.retain(|table| !self.far.contains(&table.name));
        let mut carrier = Carrier { scratch: &mut *self.reads, source: Source::Beside(quoted(self.of)) };
        let rows = carrier.fill(&tables, &references).await?;
        let mut left_out = self.views(&others).await?;
        left_out.extend(self.triggers(&others, &reaching).await?);
        Made { kind: "event", column: 3 }.all(self, &self.own("event", "")).await?;
        Ok(Filled { rows, left_out })
    }

    /// Makes one thing, by the real login where only that may.
    pub async fn make(&mut self, name: &str, sql: &str) -> Result<(), NoCopy> {
        let Err(error) = self.makes.run(sql).await else { return Ok(()) };
        if let Some(maker) = &mut self.maker
            && let Some(made) = maker.instead(sql, &error).await
        {
            return Ok(made?);
        }
        Err(NoCopy(format!("the copy of {name} was refused: {}", said(&error))))
    }

    pub async fn loosely(&mut self) -> Result<(), NoCopy> {
        make(self.reads, "the schema", LOOSE).await?;
        make(self.makes, "the schema", LOOSE).await
    }

    /// The query for what there is of a kind.
    pub fn own(&self, what: &str, rest: &str) -> String {
        format!(
            "select cast({what}_name as char) from information_schema.{what}s where {what}_schema = {} {rest} order by 1",
            text(Dialect::Mysql, self.of)
        )
    }

    /// MariaDB's: each goes on from where the real one is.
    async fn sequences(&mut self) -> Result<(), NoCopy> {
        let all = self.reads.names(&self.own("table", "and table_type = 'SEQUENCE'")).await?;
        for name in all {
            let sequence = Made { kind: "sequence", column: 1 };
            let sql = sequence.statement(self, &name).await?;
            make(self.makes, &name, &sql).await?;
            let next = format!("select cast(next_not_cached_value as char) from {}.{}", quoted(self.of), quoted(&name));
            if let Some(next) = self.reads.names(&next).await?.first() {
                make(self.makes, &name, &format!("select setval({}, {next}, 0)", quoted(&name))).await?;
            }
        }
        Ok(())
    }
}

/// A kind of thing, and where `show create` has its statement.
pub(super) struct Made {
    pub kind: &'static str,
    pub column: usize,
}

impl Made {
    /// Makes all of them; one that needs another one waits for it.
    pub async fn all(&self, copying: &mut Copying<'_>, names: &str) -> Result<(), NoCopy> {
        let names = copying.reads.names(names).await?;
        match self.most(copying, names).await?.into_iter().next() {
            Some((_, why)) => Err(why),
            None => Ok(()),
        }
    }

    /// Makes those that can be made; gives the others, each with why not.
    pub async fn most(
        &self,
        copying: &mut Copying<'_>,
        mut open: Vec<String>,
    ) -> Result<Vec<(String, NoCopy)>, NoCopy> {
        loop {
            let (before, mut left) = (open.len(), Vec::new());
            for name in open {
                let mut sql = self.statement(copying, &name).await?;
                if self.kind == "table"
                    && let Some(here) = kept_here(&sql)
                {
                    sql = here;
                    copying.far.push(quoted(&name));
                }
                if let Err(refused) = copying.make(&name, &sql).await {
                    left.push((name, refused));
                }
            }
            if left.is_empty() || left.len() == before {
                return Ok(left);
            }
            open = left.into_iter().map(|(name, _)| name).collect();
        }
    }

    pub async fn statement(&self, copying: &mut Copying<'_>, name: &str) -> Result<String, NoCopy> {
        let of = quoted(copying.of);
        let query = format!("show create {} {of}.{}", self.kind, quoted(name));
        let rows = copying.reads.rows(&query).await.map_err(DatabaseError::doing("read the schema"))?;
        let sql = rows.into_iter().next().and_then(|row| row.into_iter().nth(self.column).flatten());
        let sql = sql.ok_or_else(|| NoCopy(format!("this user may not read how {name} was made")))?;
        // A view says the database of each table; the copy has another one.
        let sql = without_definer(&sql).replace(&format!("{of}."), "");
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

pub(super) fn quoted(name: &str) -> String {
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
}
