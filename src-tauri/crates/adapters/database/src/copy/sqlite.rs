//! A file: SQLite keeps the statements that made it.

use super::{
    NoCopy, make,
    sample::{Carrier, Pair, Reference, Source, Table, most},
};
use crate::{Connection, DatabaseError, books::text, part::ident, schema::is_book};
use std::path::Path;
use switchback_lint::Dialect;

/// The name under which the real file is attached.
const REAL: &str = "switchback_real";

/// Fills the scratch file; gives how many rows it has.
pub async fn fill(scratch: &mut Connection, real: &Path, books: &[String]) -> Result<u64, NoCopy> {
    if !real.is_file() {
        return Err(NoCopy(format!("{} is not there", real.display())));
    }
    let path = real.to_str().ok_or_else(|| NoCopy(format!("{} is not UTF-8", real.display())))?;
    make(scratch, "the file", &format!("attach database {} as {REAL}", text(Dialect::Sqlite, path))).await?;
    make(scratch, "the file", "pragma foreign_keys = off").await?;
    let rows = copied(scratch, books).await?;
    make(scratch, "the file", "pragma foreign_keys = on").await?;
    make(scratch, "the file", &format!("detach database {REAL}")).await?;
    Ok(rows)
}

async fn copied(scratch: &mut Connection, books: &[String]) -> Result<u64, NoCopy> {
    let mut names = Vec::new();
    for (name, sql) in of_kind(scratch, "table").await? {
        make(scratch, &name, &sql).await?;
        names.push(name);
    }
    let (mut tables, mut references) = (Vec::new(), Vec::new());
    for name in names {
        tables.extend(table(scratch, &name, books).await?);
        references.extend(references_of(scratch, &name).await?);
    }
    let mut carrier = Carrier { scratch: &mut *scratch, source: Source::Beside(REAL.to_owned()) };
    let rows = carrier.fill(&tables, &references).await?;
    for kind in ["index", "view", "trigger"] {
        for (name, sql) in of_kind(scratch, kind).await? {
            make(scratch, &name, &sql).await?;
        }
    }
    let counts = format!("select name from {REAL}.sqlite_master where name = 'sqlite_sequence'");
    if !scratch.names(&counts).await?.is_empty() {
        make(scratch, "its numbers", "delete from sqlite_sequence").await?;
        let numbers = format!("insert into sqlite_sequence select * from {REAL}.sqlite_sequence");
        make(scratch, "its numbers", &numbers).await?;
    }
    if let Some(version) = scratch.names(&format!("pragma {REAL}.user_version")).await?.first() {
        make(scratch, "its version", &format!("pragma user_version = {version}")).await?;
    }
    Ok(rows)
}

/// The statements of what is of a kind, by name. What SQLite made by itself has none; a virtual table makes its shadows.
async fn of_kind(scratch: &mut Connection, kind: &str) -> Result<Vec<(String, String)>, NoCopy> {
    let query = format!(
        "select m.name, m.sql from {REAL}.sqlite_master m where m.type = '{kind}' and m.sql is not null \
         and m.name not like 'sqlite\\_%' escape '\\' and not exists (select 1 from pragma_table_list t \
         where t.schema = '{REAL}' and t.name = m.name and t.type = 'shadow') order by m.rowid"
    );
    let rows = scratch.rows(&query).await.map_err(DatabaseError::doing("read the schema"))?;
    Ok(rows
        .into_iter()
        .filter_map(|row| <[_; 2]>::try_from(row).ok())
        .filter_map(|[name, sql]| name.zip(sql))
        .collect())
}

/// A table that has rows of its own.
async fn table(scratch: &mut Connection, name: &str, books: &[String]) -> Result<Option<Table>, NoCopy> {
    let of = text(Dialect::Sqlite, name);
    let own = format!("select type from pragma_table_list where schema = '{REAL}' and name = {of} and type = 'table'");
    if scratch.names(&own).await?.is_empty() {
        return Ok(None);
    }
    let quoted_names = |names: Vec<String>| names.iter().map(|name| quoted(name)).collect();
    let columns = format!("select name from pragma_table_xinfo({of}, '{REAL}') where hidden = 0 order by cid");
    let key = format!("select name from pragma_table_xinfo({of}, '{REAL}') where pk > 0 order by pk");
    Ok(Some(Table {
        name: quoted(name),
        columns: quoted_names(scratch.names(&columns).await?),
        key: quoted_names(scratch.names(&key).await?),
        most: (!is_book(name, books)).then(|| most(0)),
    }))
}

async fn references_of(scratch: &mut Connection, child: &str) -> Result<Vec<Reference>, NoCopy> {
    let query = format!(
        "select cast(f.id as text), f.\"from\", f.\"table\", coalesce(f.\"to\", (select k.name from pragma_table_info(f.\"table\", '{REAL}') k where k.pk = f.seq + 1)) \
         from pragma_foreign_key_list({}, '{REAL}') f order by f.id, f.seq",
        text(Dialect::Sqlite, child)
    );
    let rows = scratch.rows(&query).await.map_err(DatabaseError::doing("read the references"))?;
    let pairs = rows.into_iter().filter_map(|row| {
        let [of, column, parent, key] = <[_; 4]>::try_from(row).ok()?;
        Some(Pair {
            of: of?,
            child: quoted(child),
            column: quoted(&column?),
            parent: quoted(&parent?),
            key: quoted(&key?),
        })
    });
    Ok(Reference::all(pairs))
}

fn quoted(name: &str) -> String {
    ident(Dialect::Sqlite, name)
}
