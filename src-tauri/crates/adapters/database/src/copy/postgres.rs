//! PostgreSQL: its own `pg_dump` says the schema, in two parts, with the rows put between them.

use super::{
    Filled, NoCopy, Real, make,
    sample::{Carrier, Reference, Source, Table, most},
};
use crate::{
    Connection, DatabaseError,
    maker::Maker,
    schema::{RIGHTS, is_book},
    scratch::Scratch,
};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use std::{path::Path, time::Duration};
use switchback_core::{
    port::{CommandOutput, Errand},
    server::Server,
};

/// How long `pg_dump` may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// The most bytes of a schema.
const MOST: usize = 64 * 1024 * 1024;
/// How much of what a failing `pg_dump` says is told, in letters.
const SAID: usize = 300;

/// Fills the scratch database.
pub async fn fill(scratch: &mut Scratch, at: &Server, real: &Real<'_>) -> Result<Filled, NoCopy> {
    let (before, after) = (dump(at, real, "pre-data").await?, dump(at, real, "post-data").await?);
    // What a dump sets for its session is not for the proof.
    let mut loading = scratch.open(real.password).await?;
    let filled = async {
        for part in parts(&before) {
            match part {
                Dumped::Schema(sql) => make(&mut loading, "the schema", &sql).await?,
                Dumped::Extension(sql) => extension(scratch, &mut loading, real, &sql).await?,
                Dumped::Server(sql) => server(scratch, &mut loading, real, &sql).await?,
                Dumped::Foreign(sql) => {
                    // One whose server is not there is told of as left out.
                    let _ = make(&mut loading, "a foreign table", &sql).await;
                }
            }
        }
        let mut source = Connection::open(real.place, real.password).await?;
        let rows = copied(&mut loading, &mut source, real.books).await;
        let logins = logins(scratch, &mut loading, &mut source, real).await;
        let foreign = source.names(FOREIGN).await;
        let rights = format!("set search_path to ''; select statement from ({RIGHTS}) r order by 1");
        let rights = source.names(&rights).await;
        source.close().await;
        let rows = rows?;
        make(&mut loading, "the constraints", &after).await?;
        logins?;
        let here = loading.names(FOREIGN).await?;
        let gone: Vec<String> = foreign?.into_iter().filter(|table| !here.contains(table)).collect();
        for right in rights? {
            make(&mut loading, "a grant", &right).await?;
        }
        let told = |table| format!("foreign table {table} is left out: its rows are another server's");
        let mut left_out: Vec<String> = gone.into_iter().map(told).collect();
        left_out.extend(without_reaching_triggers(&mut loading).await?);
        Ok(Filled { rows, left_out })
    };
    let filled = filled.await;
    loading.close().await;
    filled
}

/// What a dump makes.
#[derive(Debug)]
enum Dumped {
    Schema(String),
    Extension(String),
    Server(String),
    /// A foreign table, or a change of one.
    Foreign(String),
}

/// A dump cut where it makes extensions, foreign servers and foreign tables.
fn parts(dump: &str) -> Vec<Dumped> {
    let mut parts = Vec::new();
    let mut open = String::new();
    let mut inside: Option<fn(String) -> Dumped> = None;
    for line in dump.lines() {
        if inside.is_none() {
            inside = kind(line);
            if inside.is_some() {
                parts.push(Dumped::Schema(std::mem::take(&mut open)));
            }
        }
        open.push_str(line);
        open.push('\n');
        if line.ends_with(';')
            && let Some(made) = inside.take()
        {
            parts.push(made(std::mem::take(&mut open).trim_end().trim_end_matches(';').to_owned()));
        }
    }
    parts.push(Dumped::Schema(open));
    parts
}

/// What of its own begins with a line of a dump.
fn kind(line: &str) -> Option<fn(String) -> Dumped> {
    let begins = |words: &str| line.starts_with(words);
    if begins("CREATE EXTENSION ") {
        Some(Dumped::Extension)
    } else if begins("CREATE SERVER ") {
        Some(Dumped::Server)
    } else if begins("CREATE FOREIGN TABLE ") || begins("ALTER FOREIGN TABLE ") {
        Some(Dumped::Foreign)
    } else {
        None
    }
}

/// Makes a foreign server that leads nowhere: by the real login, so that the scripts' may not let it lead elsewhere. Of
/// wrappers other than PostgreSQL's own none is made: where theirs lead is not known.
async fn server(scratch: &Scratch, loading: &mut Connection, real: &Real<'_>, sql: &str) -> Result<(), NoCopy> {
    let head = sql.split(" OPTIONS (").next().unwrap_or_default();
    if !head.ends_with(" FOREIGN DATA WRAPPER postgres_fdw") {
        return Ok(());
    }
    if let Some(mut maker) = scratch.maker(real.password) {
        let made = maker.links(sql, LEADS_NOWHERE).await;
        maker.close().await;
        made?;
        return Ok(());
    }
    make(loading, "a foreign server", sql).await?;
    for statement in loading.names(LEADS_NOWHERE).await? {
        make(loading, "a foreign server", &statement).await?;
    }
    Ok(())
}

/// Makes the logins at foreign servers again, without their passwords.
async fn logins(
    scratch: &Scratch,
    loading: &mut Connection,
    source: &mut Connection,
    real: &Real<'_>,
) -> Result<(), NoCopy> {
    let servers = loading.names("select srvname::text from pg_foreign_server").await?;
    let mut maker = scratch.maker(real.password);
    let own = maker.as_ref().map_or("current_user", Maker::account);
    let rows = source.rows(&LOGINS.replace("$own", own)).await.map_err(DatabaseError::doing("read the logins"))?;
    let mut made = Ok(());
    for row in rows {
        let [Some(server), Some(sql)] = row.as_slice() else { continue };
        if made.is_ok() && servers.contains(server) {
            made = match &mut maker {
                Some(maker) => maker.run(sql).await.map_err(NoCopy::from),
                None => make(loading, "a login", sql).await,
            };
        }
    }
    if let Some(maker) = maker {
        maker.close().await;
    }
    made
}

/// Makes an extension: by the real login where the scripts' may not.
async fn extension(scratch: &Scratch, loading: &mut Connection, real: &Real<'_>, sql: &str) -> Result<(), NoCopy> {
    if make(loading, "an extension", sql).await.is_ok() {
        return Ok(());
    }
    let Some(mut maker) = scratch.maker(real.password) else { return make(loading, "an extension", sql).await };
    let made = maker.extends(loading, sql).await;
    maker.close().await;
    Ok(made?)
}

/// Drops triggers whose code connects elsewhere: each row that is written would be refused for them. Says which.
async fn without_reaching_triggers(loading: &mut Connection) -> Result<Vec<String>, NoCopy> {
    let rows = loading.rows(REACHING).await.map_err(DatabaseError::doing("read the triggers"))?;
    let mut left_out = Vec::new();
    for row in rows {
        let [Some(name), Some(drop)] = row.as_slice() else { continue };
        make(loading, name, drop).await?;
        left_out.push(format!("trigger {name} is left out: its function reaches another database"));
    }
    Ok(left_out)
}

async fn dump(at: &Server, real: &Real<'_>, section: &str) -> Result<String, NoCopy> {
    let section = format!("--section={section}");
    let words = [
        "pg_dump",
        "--schema-only",
        &section,
        "--no-owner",
        "--no-privileges",
        "--no-comments",
        "--no-publications",
        "--no-subscriptions",
        "--no-security-labels",
        "--no-tablespaces",
        "--no-password",
        "--lock-wait-timeout=10s",
    ];
    let command: Vec<String> = words.map(str::to_owned).into();
    let mut environment: Vec<(&'static str, SecretString)> = vec![
        ("PGHOST", at.host.clone().into()),
        ("PGDATABASE", at.dbname.clone().into()),
        ("PGUSER", at.user.clone().into()),
        ("PGCONNECT_TIMEOUT", "10".into()),
    ];
    environment.extend(at.port.map(|port| ("PGPORT", port.to_string().into())));
    environment.extend(real.password.map(|password| ("PGPASSWORD", password.clone())));
    let errand =
        Errand { command: &command, folder: Path::new("/"), environment: &environment, patience: PATIENCE, most: MOST };
    let answer = real.programs.run(errand).await.map_err(|failure| {
        NoCopy(format!(
            "PostgreSQL's pg_dump did not run ({}); install the client of the server's version",
            failure.message
        ))
    })?;
    match answer.code {
        0 if answer.output.len() < MOST => Ok(sql(&answer.output)),
        0 => Err(NoCopy("the schema is larger than 64 MiB".to_owned())),
        CommandOutput::LATE => Err(NoCopy(format!("pg_dump did not end within {} s", PATIENCE.as_secs()))),
        _ => {
            let said: String = answer.output.trim().chars().filter(|letter| !letter.is_control()).take(SAID).collect();
            Err(NoCopy(format!("pg_dump said: {said}")))
        }
    }
}

/// A dump without what is for psql alone, for a server newer than this one, or for a superuser (event triggers, wrappers), and
/// without the logins of other servers.
fn sql(dump: &str) -> String {
    let not_sql = ["\\restrict ", "\\unrestrict ", "SET transaction_timeout "];
    let left_out =
        ["CREATE EVENT TRIGGER ", "ALTER EVENT TRIGGER ", "CREATE FOREIGN DATA WRAPPER ", "CREATE USER MAPPING "];
    let mut inside = false;
    let mut sql = String::with_capacity(dump.len());
    for line in dump.lines() {
        inside |= left_out.iter().any(|word| line.starts_with(word));
        if !inside && !not_sql.iter().any(|word| line.starts_with(word)) {
            sql.push_str(line);
            sql.push('\n');
        }
        inside &= !line.ends_with(';');
    }
    sql
}

async fn copied(scratch: &mut Connection, source: &mut Connection, books: &[String]) -> Result<u64, NoCopy> {
    let begin = "begin isolation level repeatable read read only";
    source.run(begin).await.map_err(DatabaseError::doing("begin to read"))?;
    let (tables, references) = (tables(source, books).await?, references(source).await?);
    let numbers = source.names(NUMBERS).await?;
    let mut carrier = Carrier { scratch: &mut *scratch, source: Source::Apart(source) };
    let rows = carrier.fill(&tables, &references).await?;
    for number in numbers {
        make(scratch, "its numbers", &number).await?;
    }
    Ok(rows)
}

async fn asked<T: DeserializeOwned>(source: &mut Connection, query: &str) -> Result<Vec<T>, NoCopy> {
    let misread = |error: serde_json::Error| NoCopy(format!("the catalogue was not understood: {error}"));
    let rows = source.names(query).await?;
    rows.iter().map(|row| serde_json::from_str(row).map_err(misread)).collect()
}

async fn tables(source: &mut Connection, books: &[String]) -> Result<Vec<Table>, NoCopy> {
    type Row = (String, String, Vec<String>, Option<Vec<String>>, u64);
    let rows: Vec<Row> = asked(source, TABLES).await?;
    let table = |(bare, name, columns, key, length): Row| Table {
        most: (!is_book(&bare, books)).then(|| most(length)),
        key: key.unwrap_or_default(),
        name,
        columns,
    };
    Ok(rows.into_iter().map(table).collect())
}

async fn references(source: &mut Connection) -> Result<Vec<Reference>, NoCopy> {
    let rows: Vec<(String, Vec<String>, String, Vec<String>)> = asked(source, REFERENCES).await?;
    Ok(rows.into_iter().map(|(child, columns, parent, keys)| Reference { child, columns, parent, keys }).collect())
}

/// Bare name, quoted name, columns, key, length of a row in bytes. A partition's rows are its table's; those of what an
/// extension made come with it.
const TABLES: &str = "select json_build_array(c.relname, format('%I.%I', n.nspname, c.relname), \
    (select coalesce(json_agg(quote_ident(a.attname) order by a.attnum), '[]') from pg_attribute a \
     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''), \
    (select json_agg(quote_ident(a.attname) order by a.attnum) from pg_index x join pg_attribute a on a.attrelid = x.indrelid \
     and a.attnum = any (x.indkey::int2[]) where x.indrelid = c.oid and x.indisprimary), \
    case when c.reltuples > 0 then (pg_table_size(c.oid) / c.reltuples)::bigint else 0 end)::text \
    from pg_class c join pg_namespace n on n.oid = c.relnamespace \
    where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema') \
    and n.nspname !~ '^pg_(toast|temp)' and not exists (select from pg_inherits i where i.inhrelid = c.oid) \
    and not exists (select from pg_depend e where e.objid = c.oid and e.classid = 'pg_class'::regclass and e.deptype = 'e') order by 1";

/// Child, its columns, parent, its keys.
const REFERENCES: &str = "select json_build_array((select format('%I.%I', n.nspname, c.relname) from pg_class c \
    join pg_namespace n on n.oid = c.relnamespace where c.oid = k.conrelid), \
    (select json_agg(quote_ident(a.attname) order by u.at) from unnest(k.conkey) with ordinality u(num, at) \
     join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num), \
    (select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace \
     where c.oid = k.confrelid), \
    (select json_agg(quote_ident(a.attname) order by u.at) from unnest(k.confkey) with ordinality u(num, at) \
     join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.num))::text \
    from pg_constraint k where k.contype = 'f' and k.conparentid = 0 order by 1";

/// Statements that have foreign servers look where nobody listens.
const LEADS_NOWHERE: &str = "select format('alter server %I options (%s host %L%s%s)', s.srvname, \
    case when o.names @> '{host}' then 'set' else 'add' end, '/nowhere', \
    case when o.names @> '{hostaddr}' then ', drop hostaddr' else '' end, \
    case when o.names @> '{service}' then ', drop service' else '' end) \
    from pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw, \
    lateral (select coalesce(array_agg(option_name::text), '{}') from pg_options_to_table(s.srvoptions)) o (names) \
    where w.fdwname = 'postgres_fdw'";

/// Servers, and statements that make the logins there again, without their passwords. `$own` has that of the real login.
const LOGINS: &str = "select m.srvname::text, format('create user mapping for %s server %I', \
    case when m.umuser = 0 then 'public' when m.usename = current_user then '$own' else quote_ident(m.usename) end, m.srvname) from pg_user_mappings m \
    join pg_foreign_server s on s.oid = m.srvid join pg_foreign_data_wrapper w on w.oid = s.srvfdw \
    where w.fdwname = 'postgres_fdw'";

/// Statements that let counting go on where it is.
const NUMBERS: &str = "select format('select setval(%L, %s)', format('%I.%I', schemaname, sequencename), last_value) \
    from pg_sequences where last_value is not null";

/// Tables of other servers.
const FOREIGN: &str = "select format('%I.%I', n.nspname, c.relname) \
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'f' order by 1";

/// Triggers whose function names one of these, and the statements that drop them.
const REACHING: &str = "select t.tgname::text, format('drop trigger %I on %s', t.tgname, t.tgrelid::regclass) from pg_trigger t \
    join pg_proc p on p.oid = t.tgfoid where not t.tgisinternal and t.tgparentid = 0 and p.prosrc ~* '\\mdblink' order by 1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_psql_or_a_newer_server_understands_is_left_out_of_a_dump() {
        let dump = "\\restrict a1\nSET lock_timeout = 0;\nSET transaction_timeout = 0;\nCREATE EVENT TRIGGER e ON ddl_command_end\n   EXECUTE FUNCTION f();\nCREATE USER MAPPING FOR app SERVER far OPTIONS (\n    password 'sesame'\n);\ncreate table a (b text default '\\x');\n\\unrestrict a1\n";
        assert_eq!(sql(dump), "SET lock_timeout = 0;\ncreate table a (b text default '\\x');\n");
        let elsewhere = "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (\n    host 'x'\n);\nselect 1;\nCREATE USER MAPPING FOR app SERVER s;\nCREATE FOREIGN TABLE f (\n    id int\n)\nSERVER s;\nselect 2;\n";
        let cut: Vec<String> = parts(&sql(elsewhere)).into_iter().map(|part| format!("{part:?}")).collect();
        assert_eq!(
            cut,
            [
                "Schema(\"\")",
                "Server(\"CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (\\n    host 'x'\\n)\")",
                "Schema(\"select 1;\\n\")",
                "Foreign(\"CREATE FOREIGN TABLE f (\\n    id int\\n)\\nSERVER s\")",
                "Schema(\"select 2;\\n\")",
            ]
        );
    }
}
