//! Some rows of each table, with the rows that they refer to.

use super::NoCopy;
use crate::{Connection, DatabaseError, books::text, error::said};
use futures::StreamExt as _;
use std::fmt::Write as _;
use switchback_lint::Dialect;

/// Most rows of a table: half of them the first by its key, half the last.
const MOST: u64 = 100;
/// Fewest, however long they are.
const FEWEST: u64 = 4;
/// What a table's rows may come to, in bytes, as the server estimates their length.
const BYTES: u64 = 1024 * 1024;
/// How often rows that others refer to are looked for: references of references.
const ROUNDS: usize = 20;

/// A table whose rows are copied.
pub struct Table {
    /// As it is named in both databases, quoted.
    pub name: String,
    /// The columns that hold values of their own, quoted.
    pub columns: Vec<String>,
    /// Those of its primary key, quoted.
    pub key: Vec<String>,
    /// How many rows; `None` is all.
    pub most: Option<u64>,
}

/// How many rows of a table are taken, whose rows have this length in bytes.
pub fn most(length: u64) -> u64 {
    (BYTES / length.max(1)).clamp(FEWEST, MOST)
}

/// A foreign key.
pub struct Reference {
    pub child: String,
    pub columns: Vec<String>,
    pub parent: String,
    pub keys: Vec<String>,
}

/// Where the rows come from.
pub enum Source<'a> {
    /// Another database, which no statement of the scratch one reaches.
    Apart(&'a mut Connection),
    /// One whose tables the scratch one's statements reach under this prefix.
    Beside(String),
}

/// What carries rows over.
pub struct Carrier<'a> {
    pub scratch: &'a mut Connection,
    pub source: Source<'a>,
}

impl Carrier<'_> {
    /// Copies what there is of these tables; gives how many rows.
    pub async fn fill(&mut self, tables: &[Table], references: &[Reference]) -> Result<u64, NoCopy> {
        for table in tables {
            let select = table.sample(&self.of_real(table));
            self.carry(table, &select).await?;
        }
        for _ in 0..ROUNDS {
            let mut found = 0;
            for reference in references {
                let Some(parent) = tables.iter().find(|table| table.name == reference.parent) else { continue };
                let from = self.of_real(parent);
                if let Some(wanted) = self.wanted(reference, &from).await? {
                    let select = format!("select {} from {from} p where {wanted}", listed("p", &parent.columns));
                    found += self.carry(parent, &select).await?;
                }
            }
            if found == 0 {
                break;
            }
        }
        self.cut(references).await?;
        let mut rows = 0;
        for table in tables {
            let counted = self.ask(&format!("select count(*) from {}", table.name)).await?;
            rows += counted.first().and_then(|row| row.first()?.as_deref()?.parse::<u64>().ok()).unwrap_or_default();
        }
        Ok(rows)
    }

    fn of_real(&self, table: &Table) -> String {
        match &self.source {
            Source::Apart(_) => table.name.clone(),
            Source::Beside(prefix) => format!("{prefix}.{}", table.name),
        }
    }

    async fn carry(&mut self, table: &Table, select: &str) -> Result<u64, NoCopy> {
        let Table { name, columns, .. } = table;
        let refused = |error| NoCopy(format!("rows of {name} were not copied: {}", said(&error)));
        if columns.is_empty() {
            return Ok(0);
        }
        let columns = columns.join(", ");
        match (&mut self.source, &mut *self.scratch) {
            (Source::Apart(Connection::Postgres(real)), Connection::Postgres(scratch)) => {
                let mut sink =
                    scratch.copy_in_raw(&format!("copy {name} ({columns}) from stdin")).await.map_err(refused)?;
                let mut rows = real.copy_out_raw(&format!("copy ({select}) to stdout")).await.map_err(refused)?;
                while let Some(piece) = rows.next().await {
                    sink.send(piece.map_err(refused)?).await.map_err(refused)?;
                }
                sink.finish().await.map_err(refused)
            }
            (_, scratch) => {
                let there = count(scratch, name).await?;
                scratch.run(&format!("insert into {name} ({columns}) {select}")).await.map_err(refused)?;
                Ok(count(scratch, name).await?.saturating_sub(there))
            }
        }
    }

    /// Which rows of the parent the children in the scratch database lack; `None` when none.
    async fn wanted(&mut self, reference: &Reference, from: &str) -> Result<Option<String>, NoCopy> {
        let Reference { columns, keys, .. } = reference;
        let missing = reference.missing(&listed("c", columns));
        if matches!(self.source, Source::Beside(_)) {
            let keys = listed("p", keys);
            let lacks = self.ask(&format!("select 1 from {from} p where ({keys}) in ({missing}) limit 1")).await?;
            return Ok((!lacks.is_empty()).then(|| format!("({keys}) in ({missing})")));
        }
        let mut wanted = String::new();
        for row in self.ask(&missing).await? {
            let same: Vec<String> = keys
                .iter()
                .zip(row)
                .map(|(key, value)| format!("p.{key} = {}", text(Dialect::Postgres, &value.unwrap_or_default())))
                .collect();
            let _ = write!(wanted, "{}({})", if wanted.is_empty() { "" } else { " or " }, same.join(" and "));
        }
        Ok((!wanted.is_empty()).then_some(wanted))
    }

    /// Removes rows whose parent is not there: it went meanwhile, or never was because nobody checked.
    async fn cut(&mut self, references: &[Reference]) -> Result<(), NoCopy> {
        loop {
            let mut cut = false;
            for reference in references {
                let Reference { child, columns, .. } = reference;
                let missing = reference.missing(&listed("c", columns));
                if self.ask(&format!("{missing} limit 1")).await?.is_empty() {
                    continue;
                }
                // MySQL deletes from no table that the same statement reads, but for one it has read before.
                let delete = format!(
                    "delete from {child} where ({}) in (select * from ({missing}) switchback_orphans)",
                    columns.join(", ")
                );
                super::make(self.scratch, child, &delete).await?;
                cut = true;
            }
            if !cut {
                return Ok(());
            }
        }
    }

    async fn ask(&mut self, query: &str) -> Result<Vec<Vec<Option<String>>>, NoCopy> {
        let rows = self.scratch.rows(query).await;
        Ok(rows.map_err(DatabaseError::doing("look into the copy"))?)
    }
}

async fn count(connection: &mut Connection, table: &str) -> Result<u64, NoCopy> {
    let counted = connection.names(&format!("select count(*) from {table}")).await?;
    Ok(counted.first().and_then(|number| number.parse().ok()).unwrap_or_default())
}

fn listed(of: &str, columns: &[String]) -> String {
    columns.iter().map(|column| format!("{of}.{column}")).collect::<Vec<_>>().join(", ")
}

/// One column of a foreign key, all names quoted.
pub struct Pair {
    /// Which foreign key: those of one follow each other.
    pub of: String,
    pub child: String,
    pub column: String,
    pub parent: String,
    pub key: String,
}

impl Reference {
    /// The foreign keys that these are columns of.
    pub fn all(pairs: impl Iterator<Item = Pair>) -> Vec<Self> {
        let mut found: Vec<(String, Self)> = Vec::new();
        for Pair { of, child, column, parent, key } in pairs {
            match found.last_mut().filter(|(last, _)| *last == of) {
                Some((_, reference)) => {
                    reference.columns.push(column);
                    reference.keys.push(key);
                }
                None => found.push((of, Self { child, columns: vec![column], parent, keys: vec![key] })),
            }
        }
        found.into_iter().map(|(_, reference)| reference).collect()
    }

    /// The children's values, chosen so, for which there is no parent.
    fn missing(&self, chosen: &str) -> String {
        let Self { child, columns, parent, keys } = self;
        let set: Vec<String> = columns.iter().map(|column| format!("c.{column} is not null")).collect();
        let same: Vec<String> = keys.iter().zip(columns).map(|(key, column)| format!("q.{key} = c.{column}")).collect();
        format!(
            "select distinct {chosen} from {child} c where {} and not exists (select 1 from {parent} q where {})",
            set.join(" and "),
            same.join(" and ")
        )
    }
}

impl Table {
    /// Its rows, or the first and the last of them: old data and what people write today.
    fn sample(&self, from: &str) -> String {
        let Self { columns, key, most, .. } = self;
        let all = columns.join(", ");
        let Some(most) = most else { return format!("select {all} from {from}") };
        if key.is_empty() {
            return format!("select {all} from {from} limit {most}");
        }
        // By name: what is invisible is left out otherwise. A computed key is no column that is copied.
        let mut inner: Vec<&String> = columns.iter().chain(key).collect();
        inner.sort();
        inner.dedup();
        let inner: Vec<&str> = inner.into_iter().map(String::as_str).collect();
        let end = |way: &str| {
            let order: Vec<String> = key.iter().map(|column| format!("{column}{way}")).collect();
            format!("select {} from {from} order by {} limit {}", inner.join(", "), order.join(", "), most / 2)
        };
        let same: Vec<String> = key.iter().map(|column| format!("again.{column} = tail.{column}")).collect();
        format!(
            "select {} from ({first}) head union all select {} from ({}) tail \
             where not exists (select 1 from ({first}) again where {})",
            listed("head", columns),
            listed("tail", columns),
            end(" desc"),
            same.join(" and "),
            first = end(""),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_rows_are_fewer_and_never_none() {
        assert_eq!((most(0), most(200), most(64 * 1024), most(u64::MAX)), (MOST, MOST, 16, FEWEST));
    }
}
