//! Rows of other tables that go, or lose their reference, with rows that a way back deletes: `on delete cascade`, `set null`.
//!
//! Not here: SQLite, where migrations run with foreign keys off; under sqlx, whose tool has them on, they are not counted.

use crate::{
    Connection, DatabaseError,
    books::text,
    part::{Part, ident, of_table, quoted},
    taken::Write,
};
use std::collections::{BTreeMap, BTreeSet};
use switchback_lint::{Dialect, clause};

/// Rows that go along: what they are called, and queries of them, the narrowest first.
pub struct Along {
    pub what: String,
    pub sources: Vec<String>,
}

/// A foreign key that acts when its parent's row goes.
struct Reference {
    child: String,
    /// Whether the row goes, and not only its reference.
    cascades: bool,
    columns: Vec<(String, String)>,
}

/// What goes along with the rows of these parts that are deleted. Rows that the script deletes by itself do not.
pub async fn along(
    connection: &mut Connection,
    parts: &BTreeSet<Part>,
    written: &BTreeMap<String, BTreeSet<Write>>,
) -> Result<Vec<Along>, DatabaseError> {
    if connection.dialect() == Dialect::Sqlite {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for part in parts {
        let (Part::Rows { table } | Part::Picked { table, .. }) = part else { continue };
        let deletes = |(of, writes): (&String, &BTreeSet<Write>)| {
            of.eq_ignore_ascii_case(table) && writes.contains(&Write::Delete)
        };
        if !written.iter().any(deletes) {
            continue;
        }
        let mut seen = BTreeSet::from([table.clone()]);
        let mut open = vec![(table.clone(), part.sources(connection).await?)];
        while let Some((parent, sources)) = open.pop() {
            for reference in references(connection, &parent).await? {
                let Some(sources) = reference.sources(connection.dialect(), &sources, parts) else { continue };
                if reference.cascades && seen.insert(reference.child.clone()) {
                    open.push((reference.child.clone(), sources.clone()));
                }
                found.push(Along { what: reference.what(), sources });
            }
        }
    }
    Ok(found)
}

impl Reference {
    fn what(&self) -> String {
        let columns: Vec<&str> = self.columns.iter().map(|(column, _)| column.as_str()).collect();
        if self.cascades { self.child.clone() } else { format!("{}.{}", self.child, columns.join(", ")) }
    }

    /// Its rows of such parents; `None` when the script deletes them all.
    fn sources(&self, dialect: Dialect, parents: &[String], parts: &BTreeSet<Part>) -> Option<Vec<String>> {
        if parts.contains(&Part::Rows { table: self.child.clone() }) {
            return None;
        }
        let same = self.columns.iter().map(|(column, key)| {
            format!("switchback_parent.{} = switchback_child.{}", ident(dialect, key), ident(dialect, column))
        });
        let same = same.collect::<Vec<_>>().join(" and ");
        let own = parts.iter().filter_map(|part| match part {
            Part::Picked { table, rest } if *table == self.child => {
                clause::condition(dialect, &format!("delete from {rest}"))
            }
            _ => None,
        });
        let own: Vec<String> = own.map(|picked| format!(" and not coalesce(({picked}\n), false)")).collect();
        let query = |parent: &String| {
            format!(
                "select switchback_child.* from {} switchback_child where exists (select 1 from ({parent}) switchback_parent where {same})",
                quoted(dialect, &self.child)
            )
        };
        let narrow = parents.iter().map(|parent| query(parent) + &own.concat());
        let mut sources: Vec<String> = narrow.chain(parents.iter().map(query)).collect();
        sources.dedup();
        Some(sources)
    }
}

async fn references(connection: &mut Connection, parent: &str) -> Result<Vec<Reference>, DatabaseError> {
    let dialect = connection.dialect();
    let query = match dialect {
        Dialect::Postgres => format!(
            "select k.oid::text, case when n.nspname = current_schema() then r.relname::text else n.nspname || '.' || r.relname end, \
             (k.confdeltype = 'c')::text, a.attname::text, f.attname::text \
             from pg_constraint k join pg_class r on r.oid = k.conrelid join pg_namespace n on n.oid = r.relnamespace \
             cross join lateral unnest(k.conkey, k.confkey) u(child, parent) \
             join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.child \
             join pg_attribute f on f.attrelid = k.confrelid and f.attnum = u.parent \
             where k.contype = 'f' and k.confrelid = to_regclass({}) and k.confdeltype in ('c', 'n', 'd') order by 1",
            text(dialect, &quoted(dialect, parent))
        ),
        Dialect::Mysql => format!(
            "select cast(concat(u.constraint_schema, '.', u.table_name, '.', u.constraint_name) as char), \
             cast(if(u.table_schema = database(), u.table_name, concat(u.table_schema, '.', u.table_name)) as char), \
             if(r.delete_rule = 'CASCADE', 'true', 'false'), cast(u.column_name as char), cast(u.referenced_column_name as char) \
             from information_schema.key_column_usage u join information_schema.referential_constraints r \
             on r.constraint_schema = u.constraint_schema and r.constraint_name = u.constraint_name and r.table_name = u.table_name \
             where {} and r.delete_rule in ('CASCADE', 'SET NULL') order by 1",
            of_table(dialect, parent)
                .replace("table_schema", "u.referenced_table_schema")
                .replace("table_name", "u.referenced_table_name")
        ),
        Dialect::Sqlite => return Ok(Vec::new()),
    };
    let rows = connection.rows(&query).await.map_err(DatabaseError::doing("read the foreign keys"))?;
    let mut all: BTreeMap<String, Reference> = BTreeMap::new();
    for row in rows {
        let [Some(key), Some(child), Some(cascades), Some(column), Some(of)] = row.as_slice() else { continue };
        let cascades = cascades == "true";
        let new = || Reference { child: child.clone(), cascades, columns: Vec::new() };
        all.entry(key.clone()).or_insert_with(new).columns.push((column.clone(), of.clone()));
    }
    Ok(all.into_values().collect())
}
