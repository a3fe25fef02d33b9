//! Numbers that a server counts by itself: how far they are, and which of them come again after a way there and back.

use crate::{Connection, DatabaseError};
use std::collections::BTreeMap;
use switchback_lint::Dialect;

/// The last number that was handed out, by what counts, with the table that it counts for.
pub type Numbers = BTreeMap<String, Count>;

/// How far one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The table; none where it counts for nobody.
    pub table: Option<String>,
    /// The last number.
    pub last: i128,
}

/// Those that count upwards and handed out any, and do not begin again by themselves.
pub async fn read(connection: &mut Connection) -> Result<Numbers, DatabaseError> {
    let query = match connection.dialect() {
        Dialect::Postgres => {
            "select s.schemaname || '.' || s.sequencename, s.last_value::text, (select n.nspname || '.' || c.relname from pg_depend d \
             join pg_class c on c.oid = d.refobjid join pg_namespace n on n.oid = c.relnamespace where d.classid = 'pg_class'::regclass \
             and d.objid = format('%I.%I', s.schemaname, s.sequencename)::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i') limit 1) \
             from pg_sequences s where s.last_value is not null and s.increment_by > 0 and not s.cycle"
        }
        Dialect::Mysql => {
            // MySQL tells what it knew a day ago otherwise; MariaDB has no such word.
            let _ = connection.run("set session information_schema_stats_expiry = 0").await;
            "select cast(table_name as char), cast(auto_increment - 1 as char), cast(table_name as char) from information_schema.tables \
             where table_schema = database() and auto_increment > 1"
        }
        Dialect::Sqlite if !connection.has_table("sqlite_sequence").await? => return Ok(Numbers::new()),
        Dialect::Sqlite => "select name, cast(seq as text), name from sqlite_sequence where seq > 0",
    };
    let rows = connection.rows(query).await.map_err(DatabaseError::doing("read how far numbers are"))?;
    let count = |row: Vec<Option<String>>| {
        let [name, last, table] = <[_; 3]>::try_from(row).ok()?;
        Some((name?, Count { table, last: last?.parse().ok()? }))
    };
    Ok(rows.into_iter().filter_map(count).collect())
}

/// Numbers that were handed out and would be once more, in words. What counts for a table that `counts` does not know is not
/// told: its rows are gone with it.
pub fn again(before: &Numbers, after: &Numbers, counts: impl Fn(&str) -> bool) -> Vec<String> {
    let told = before.iter().filter(|(_, was)| was.table.as_deref().is_none_or(&counts)).filter_map(|(name, was)| {
        let now = after.get(name).map_or(0, |now| now.last);
        (now < was.last).then(|| format!("{name}: numbers {} to {} would be handed out again", now + 1, was.last))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_on_or_counts_for_a_table_that_went_is_not_told() {
        let numbers = |all: &[(&str, i128)]| {
            let count = |&(name, last): &(&str, i128)| {
                let table = (name != "invoices").then(|| name.to_owned());
                (name.to_owned(), Count { table, last })
            };
            all.iter().map(count).collect::<Numbers>()
        };
        let before = numbers(&[("users", 50), ("orders", 7), ("invoices", 3), ("gone", 9)]);
        let after = numbers(&[("users", 5), ("orders", 8)]);
        let told = again(&before, &after, |table| table != "gone");
        assert_eq!(
            told,
            ["invoices: numbers 1 to 3 would be handed out again", "users: numbers 6 to 50 would be handed out again"]
        );
        assert_eq!(again(&after, &before, |_| true), ["orders: numbers 8 to 8 would be handed out again"]);
    }
}
