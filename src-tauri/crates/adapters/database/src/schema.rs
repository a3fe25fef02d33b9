//! A schema as sorted lines, read out of the server's own catalogue: two are equal when their lines are.
//!
//! The position of a column is left out: a column that went and came back is last, and nothing that runs looks there.

use crate::{Connection, DatabaseError};
use std::collections::BTreeSet;
use switchback_core::release::Digest;
use switchback_lint::{Dialect, statement::cut};

/// Tables in which the teams' tools keep what they applied.
pub(crate) const BOOKKEEPING: [&str; 17] = [
    "switchback_migration",
    "schema_migrations",
    "_sqlx_migrations",
    "flyway_schema_history",
    "databasechangelog",
    "databasechangeloglock",
    "goose_db_version",
    "alembic_version",
    "ar_internal_metadata",
    "django_migrations",
    "doctrine_migration_versions",
    "knex_migrations",
    "knex_migrations_lock",
    "_prisma_migrations",
    "sequelizemeta",
    "sqlite_sequence",
    "sqlite_stat1",
];

/// Whether a table is one of a tool's own, quoted or in a schema or not; `books` are more of them.
pub(crate) fn is_book(table: &str, books: &[String]) -> bool {
    let table = table.rsplit('.').next().unwrap_or(table).trim_matches('"');
    BOOKKEEPING.iter().copied().chain(books.iter().map(String::as_str)).any(|book| book.eq_ignore_ascii_case(table))
}

/// What the catalogue says, without the tools' own tables.
pub async fn schema(connection: &mut Connection) -> Result<BTreeSet<String>, DatabaseError> {
    schema_without(connection, &[]).await
}

/// The same, without more of them.
pub(crate) async fn schema_without(
    connection: &mut Connection,
    books: &[String],
) -> Result<BTreeSet<String>, DatabaseError> {
    let queries: &[&str] = match connection.dialect() {
        Dialect::Postgres => &POSTGRES,
        Dialect::Mysql => &MYSQL,
        Dialect::Sqlite => &SQLITE,
    };
    let mut lines = BTreeSet::new();
    for query in queries {
        let rows = connection.rows(query).await.map_err(DatabaseError::doing("read the schema"))?;
        for row in rows {
            let words: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
            let of_tool = words.get(1).is_some_and(|table| is_book(table, books));
            if !of_tool {
                lines.insert(words.join(" ").split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
    }
    if connection.dialect() == Dialect::Sqlite {
        lines.extend(written(connection, books).await?);
    }
    Ok(lines)
}

/// What SQLite tells of a table only as it is written in its statement.
async fn written(connection: &mut Connection, books: &[String]) -> Result<Vec<String>, DatabaseError> {
    let query = "select name, sql from sqlite_master where type = 'table' and sql is not null";
    let rows = connection.rows(query).await.map_err(DatabaseError::doing("read the schema"))?;
    let mut lines = Vec::new();
    for row in rows {
        let [Some(table), Some(sql)] = row.as_slice() else { continue };
        if !is_book(table, books) {
            lines.extend(clauses(sql).into_iter().map(|clause| format!("table {table} {clause}")));
        }
    }
    Ok(lines)
}

/// `autoincrement`, and each column with its `collate` and what computes it.
fn clauses(sql: &str) -> Vec<String> {
    let tokens = cut(Dialect::Sqlite, sql).statements.into_iter().flat_map(|one| one.tokens);
    let (texts, keys): (Vec<String>, Vec<String>) = tokens.map(|token| (token.text, token.key)).unzip();
    let (mut found, mut column, mut depth) = (Vec::new(), "", 0_u32);
    for (at, text) in texts.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |before| &texts[before]);
        if depth == 1 && matches!(before, "(" | ",") {
            column = text;
        }
        depth = deeper(depth, text);
        let next = texts.get(at + 1).map_or("", String::as_str);
        match keys[at].as_str() {
            "AUTOINCREMENT" if depth == 1 => found.push(format!("{column} autoincrement")),
            "COLLATE" if depth == 1 => found.push(format!("{column} collate {}", next.to_ascii_lowercase())),
            "AS" if depth == 1 && next == "(" => found.push(format!("{column} as {}", bracketed(&texts[at + 1..]))),
            _ => {}
        }
    }
    found
}

fn deeper(depth: u32, text: &str) -> u32 {
    match text {
        "(" => depth + 1,
        ")" => depth.saturating_sub(1),
        _ => depth,
    }
}

/// The words up to the bracket that closes the first.
fn bracketed(texts: &[String]) -> String {
    let mut depth = 0;
    let mut end = 0;
    for text in texts {
        depth = deeper(depth, text);
        end += 1;
        if depth == 0 {
            break;
        }
    }
    texts[..end].join(" ")
}

/// The schema as one hash.
pub(crate) async fn fingerprint(connection: &mut Connection) -> Result<String, DatabaseError> {
    Ok(hashed(&schema(connection).await?).to_string())
}

/// The same of lines that were read.
pub(crate) fn hashed(lines: &BTreeSet<String>) -> Digest {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    Digest::of(lines.join("\n").as_bytes())
}

/// Indexes that PostgreSQL began beside the traffic and did not finish.
pub(crate) async fn invalid_indexes(connection: &mut Connection) -> Result<Vec<String>, DatabaseError> {
    match connection.dialect() {
        Dialect::Postgres => {
            connection.names("select indexrelid::regclass::text from pg_index where not indisvalid").await
        }
        Dialect::Mysql | Dialect::Sqlite => Ok(Vec::new()),
    }
}

/// Kind, table, then the rest.
const POSTGRES: [&str; 11] = [
    "select 'column', c.relname::text, n.nspname || '.' || a.attname, format_type(a.atttypid, a.atttypmod), \
     case when a.attnotnull then 'not null' end, a.attidentity::text, a.attgenerated::text, \
     case when a.attcollation <> t.typcollation then (select collname::text from pg_collation where oid = a.attcollation) end, \
     pg_get_expr(d.adbin, d.adrelid), case when a.attstorage <> t.typstorage then 'storage ' || a.attstorage::text end, \
     case when a.attstattarget >= 0 then 'statistics ' || a.attstattarget::text end \
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace \
     join pg_type t on t.oid = a.atttypid \
     left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum \
     where c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped \
     and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'sqitch') \
     and not exists (select from pg_depend e where e.objid = c.oid and e.deptype = 'e')",
    "select 'constraint', c.conrelid::regclass::text, c.conname::text, pg_get_constraintdef(c.oid), \
     case when c.convalidated then '' else 'not validated' end from pg_constraint c \
     join pg_namespace n on n.oid = c.connamespace where n.nspname not in ('pg_catalog', 'information_schema', 'sqitch') and c.conrelid <> 0",
    "select 'index', t.relname::text, pg_get_indexdef(x.indexrelid), case when not x.indisvalid then 'not valid' end from pg_index x \
     join pg_class t on t.oid = x.indrelid join pg_namespace n on n.oid = t.relnamespace \
     where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'sqitch')",
    "select 'view', c.relname::text, pg_get_viewdef(c.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace \
     where c.relkind in ('v', 'm') and n.nspname not in ('pg_catalog', 'information_schema') \
     and not exists (select from pg_depend e where e.objid = c.oid and e.deptype = 'e')",
    "select 'function', '-', pg_get_functiondef(p.oid) from pg_proc p join pg_namespace n on n.oid = p.pronamespace \
     where p.prokind in ('f', 'p') and n.nspname not in ('pg_catalog', 'information_schema') \
     and not exists (select from pg_depend e where e.objid = p.oid and e.deptype = 'e')",
    "select 'trigger', tgrelid::regclass::text, pg_get_triggerdef(oid), case tgenabled when 'O' then '' when 'D' then 'disabled' \
     when 'R' then 'enabled on replicas' else 'enabled always' end from pg_trigger where not tgisinternal",
    "select 'type', '-', t.typname::text, t.typtype::text, (select string_agg(e.enumlabel, ',' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid) \
     from pg_type t join pg_namespace n on n.oid = t.typnamespace where t.typtype in ('e', 'd', 'r') \
     and n.nspname not in ('pg_catalog', 'information_schema') and not exists (select from pg_depend e where e.objid = t.oid and e.deptype = 'e')",
    "select 'sequence', coalesce((select d.refobjid::regclass::text from pg_depend d where d.classid = 'pg_class'::regclass \
     and d.objid = format('%I.%I', s.schemaname, s.sequencename)::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i') limit 1), '-'), \
     s.schemaname || '.' || s.sequencename, s.data_type::text, s.max_value::text, s.increment_by::text from pg_sequences s",
    "select 'policy', tablename::text, policyname::text, cmd, qual, with_check from pg_policies",
    "select case c.relkind when 'v' then 'view' when 'm' then 'view' else 'table' end, c.relname::text, n.nspname::text, \
     case when c.relrowsecurity then 'row level security' end, case when c.relforcerowsecurity then 'for its owner too' end, \
     case when c.relkind = 'v' then null else case c.relreplident when 'n' then 'replica identity nothing' when 'f' then 'replica identity full' \
     when 'i' then 'replica identity by index' end end, array_to_string(c.reloptions, ', ') \
     from pg_class c join pg_namespace n on n.oid = c.relnamespace \
     where c.relkind in ('r', 'p', 'v', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'sqitch') \
     and (c.relrowsecurity or c.relforcerowsecurity or c.relkind <> 'v' and c.relreplident in ('n', 'f', 'i') \
     or c.reloptions is not null) and not exists (select from pg_depend e where e.objid = c.oid and e.deptype = 'e')",
    "select 'grant', c.relname::text, n.nspname::text, a.privilege_type, 'to', \
     case when a.grantee = 0 then 'public' else pg_get_userbyid(a.grantee)::text end, case when a.is_grantable then 'to pass on' end \
     from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join aclexplode(c.relacl) a \
     where c.relkind in ('r', 'p', 'v', 'm', 'S') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'sqitch') \
     and a.grantee <> c.relowner and not exists (select from pg_depend e where e.objid = c.oid and e.deptype = 'e')",
];

const MYSQL: [&str; 8] = [
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
];

const SQLITE: [&str; 5] = [
    "select 'column', m.name, c.name, c.type, cast(c.\"notnull\" as text), c.dflt_value, cast(c.pk as text), cast(c.hidden as text) \
     from sqlite_master m join pragma_table_xinfo(m.name) c where m.type = 'table'",
    "select 'index', m.name, case when i.origin = 'c' then i.name else i.origin end, cast(i.\"unique\" as text), \
     (select group_concat(coalesce(x.name, 'expression'), ',') from pragma_index_info(i.name) x), cast(i.partial as text) \
     from sqlite_master m join pragma_index_list(m.name) i where m.type = 'table'",
    "select 'foreign key', m.name, f.\"from\", f.\"table\", f.\"to\", f.on_delete, f.on_update \
     from sqlite_master m join pragma_foreign_key_list(m.name) f where m.type = 'table'",
    "select type, tbl_name, sql from sqlite_master where type in ('view', 'trigger')",
    "select 'table', name, case when strict then 'strict' end, case when wr then 'without rowid' end \
     from pragma_table_list where schema = 'main' and type = 'table' and (strict or wr)",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_statement_says_is_read_out_of_it() {
        let sql = "CREATE TABLE t (id integer primary key autoincrement, name text collate NOCASE check (name <> 'collate x'), \
                   n int generated always as (id + (1)) stored, m int)";
        assert_eq!(clauses(sql), ["id autoincrement", "name collate nocase", "n as ( id + ( 1 ) )"]);
        assert!(clauses("CREATE TABLE t (a int, b text default 'autoincrement')").is_empty());
    }
}
