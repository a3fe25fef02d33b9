//! What MySQL's and MariaDB's catalogue says.

use super::is_book;
use crate::{Connection, DatabaseError, part::ident};
use switchback_lint::Dialect;

/// Kind, table (`-` where there is none), then the rest.
pub(super) const QUERIES: [&str; 9] = [
    "select 'column', cast(table_name as char), cast(column_name as char), cast(column_type as char), cast(is_nullable as char), \
     cast(column_default as char), cast(extra as char), cast(collation_name as char), cast(column_comment as char) from information_schema.columns where table_schema = database()",
    "select 'index', cast(table_name as char), cast(index_name as char), cast(non_unique as char), \
     cast(group_concat(concat(column_name, coalesce(sub_part, ''), if(collation = 'D', ' desc', '')) order by seq_in_index) as char) \
     from information_schema.statistics where table_schema = database() group by table_name, index_name, non_unique",
    "select 'foreign key', cast(k.table_name as char), cast(k.constraint_name as char), \
     cast(group_concat(concat(k.column_name, '>', k.referenced_table_name, '.', k.referenced_column_name) order by k.ordinal_position) as char), \
     cast(max(r.delete_rule) as char), cast(max(r.update_rule) as char) from information_schema.key_column_usage k \
     join information_schema.referential_constraints r on r.constraint_schema = k.constraint_schema and r.constraint_name = k.constraint_name \
     where k.table_schema = database() and k.referenced_table_name is not null group by k.table_name, k.constraint_name",
    "select 'table', cast(table_name as char), cast(table_type as char), cast(engine as char), cast(table_collation as char), cast(table_comment as char) \
     from information_schema.tables where table_schema = database()",
    // It says the database of each table, and the same view in another one is the same.
    "select 'view', cast(table_name as char), cast(replace(view_definition, concat('`', replace(database(), '`', '``'), '`.'), '') as char), \
     cast(security_type as char), cast(check_option as char) from information_schema.views where table_schema = database()",
    "select 'trigger', cast(event_object_table as char), cast(trigger_name as char), cast(action_timing as char), cast(event_manipulation as char), \
     cast(action_statement as char) from information_schema.triggers where trigger_schema = database()",
    "select 'routine', '-', cast(routine_type as char), cast(routine_name as char), cast(routine_definition as char) \
     from information_schema.routines where routine_schema = database()",
    "select 'event', '-', cast(event_name as char), cast(event_type as char), cast(interval_value as char), cast(interval_field as char), \
     cast(event_definition as char) from information_schema.events where event_schema = database()",
    "select 'routine', '-', cast(routine_name as char), cast(dtd_identifier as char), \
     concat('sql security ', cast(security_type as char)), cast(is_deterministic as char) \
     from information_schema.routines where routine_schema = database()",
];

/// What the server tells of a table only as it would write its statement: checks, indexes that are not used or of their
/// own kind, partitions, the format of rows.
pub(super) async fn written(connection: &mut Connection, books: &[String]) -> Result<Vec<String>, DatabaseError> {
    let tables = "select cast(table_name as char) from information_schema.tables where table_schema = database() \
                  and table_type = 'BASE TABLE'";
    let mut lines = Vec::new();
    for table in connection.names(tables).await? {
        if is_book(&table, books) {
            continue;
        }
        let sql = format!("show create table {}", ident(Dialect::Mysql, &table));
        let rows = connection.rows(&sql).await.map_err(DatabaseError::doing("read the schema"))?;
        let written = rows.into_iter().next().and_then(|row| row.into_iter().nth(1)).flatten().unwrap_or_default();
        lines.extend(clauses(&written).into_iter().map(|clause| format!("table {table} {clause}")));
    }
    Ok(lines)
}

/// Lines of the statement that no catalogue holds whole.
fn clauses(written: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut behind = false;
    for line in written.lines().skip(1) {
        let clause = line.trim().trim_end_matches(',');
        if behind {
            found.push(clause.to_owned());
        } else if let Some(options) = line.strip_prefix(')') {
            behind = true;
            let named = ["ROW_FORMAT=", "KEY_BLOCK_SIZE=", "STATS_", "PAGE_", "ENCRYPT", "TABLESPACE", "WITH"];
            found.extend(
                options.split(' ').filter(|one| named.iter().any(|name| one.starts_with(name))).map(str::to_owned),
            );
        } else if let Some(check) = clause.find(" CHECK (") {
            let name = clause.split('`').nth(1).unwrap_or_default();
            found.push(format!("{name}{}", &clause[check..]));
        } else if clause.contains("KEY ")
            && ["IGNORED", "INVISIBLE", "FULLTEXT ", "SPATIAL ", " USING "].iter().any(|kind| clause.contains(kind))
        {
            found.push(clause.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_statement_says_is_read_out_of_it() {
        let written = "CREATE TABLE `t` (\n  `id` int(11) NOT NULL AUTO_INCREMENT,\n  `n` int(11) DEFAULT NULL CHECK (`n` > 0),\n  \
                       PRIMARY KEY (`id`),\n  KEY `k` (`n`) IGNORED,\n  KEY `m` (`n`),\n  \
                       CONSTRAINT `c` CHECK (`n` < 9)\n) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC\n \
                       PARTITION BY HASH (`id`)\nPARTITIONS 2";
        let expected = [
            "n CHECK (`n` > 0)",
            "KEY `k` (`n`) IGNORED",
            "c CHECK (`n` < 9)",
            "ROW_FORMAT=DYNAMIC",
            "PARTITION BY HASH (`id`)",
            "PARTITIONS 2",
        ];
        assert_eq!(clauses(written), expected);
    }
}
