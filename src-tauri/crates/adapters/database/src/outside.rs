//! What of a script would reach beyond the database that it runs on: another one that it names, the server's own settings
//! and logins, files and programs, tables whose rows another server has. A proof runs on a database made for it, and nothing
//! else may change.
//!
//! What a function or a block of code does is not seen here: the login that runs it may do nothing else
//! ([`crate::confined`]), or what cannot be read is not run ([`crate::unsure`]).

use crate::{Connection, DatabaseError, confined, unsure};
use sqlx::mysql::MySqlDatabaseError;
use switchback_lint::{
    Dialect,
    statement::{Statement, cut, statements},
};

/// Engines of MySQL and MariaDB whose tables' rows another server, or a file of any kind, has.
pub const FAR: [&str; 4] = ["FEDERATED", "CONNECT", "SPIDER", "S3"];

/// A statement that would.
#[derive(Debug)]
pub struct Beyond {
    pub line: usize,
    /// Its first line.
    pub sql: String,
    /// What it would reach, or why that is not known, and what to do.
    pub why: String,
}

/// The first of a script's statements that would.
pub async fn reach(connection: &mut Connection, sql: &str) -> Result<Option<Beyond>, DatabaseError> {
    let dialect = connection.dialect();
    let others = match dialect {
        Dialect::Postgres => connection.names("select relname::text from pg_class where relkind = 'f'").await?,
        Dialect::Mysql | Dialect::Sqlite => others(connection).await?,
    };
    let kept_in = dialect == Dialect::Sqlite || confined::holds(connection).await?;
    let loose = if kept_in { None } else { Some(confined::open_to_all(connection).await) };
    Ok(found(dialect, sql, &others, loose.as_deref()))
}

/// The databases of the server that are not the connected one, as far as the login sees them.
pub async fn others(connection: &mut Connection) -> Result<Vec<String>, DatabaseError> {
    match connection.dialect() {
        Dialect::Mysql => {
            let all = "select cast(schema_name as char) from information_schema.schemata \
                       where schema_name <> database() and schema_name <> 'information_schema'";
            connection.names(all).await
        }
        Dialect::Postgres | Dialect::Sqlite => Ok(Vec::new()),
    }
}

fn found(dialect: Dialect, sql: &str, others: &[String], loose: Option<&[String]>) -> Option<Beyond> {
    let all = cut(dialect, sql).statements;
    let mut others = others.to_vec();
    if dialect == Dialect::Postgres {
        others.extend(all.iter().filter_map(foreign));
    }
    let reaches = |one: &Statement| {
        if let Some(what) = beyond(dialect, one, &others) {
            return Some(format!("{what}; prove it on a server of its own"));
        }
        unsure::of(dialect, one, loose?)
    };
    let all = cut(dialect, sql).statements;
    let (at, why) = all.iter().enumerate().find_map(|(at, one)| Some((at, reaches(one)?)))?;
    let line = all[at].line();
    // Cut both ways alike; a body that only one of them cuts is found by its line.
    let mut texts = statements(dialect, sql);
    let text = if texts.len() == all.len() {
        Some(texts.swap_remove(at))
    } else {
        texts.into_iter().find(|one| one.line == line)
    };
    Some(Beyond { line, sql: text.map_or_else(String::new, |one| first_line(&one.sql)), why })
}

/// The foreign table that a statement makes.
fn foreign(statement: &Statement) -> Option<String> {
    let keys: Vec<&str> = statement.tokens.iter().map(|token| token.key.as_str()).collect();
    let rest = keys.strip_prefix(&["CREATE", "FOREIGN", "TABLE"])?;
    let rest = rest.strip_prefix(&["IF", "NOT", "EXISTS"]).unwrap_or(rest);
    let at = keys.len() - rest.len() + if rest.get(1) == Some(&".") { 2 } else { 0 };
    Some(statement.tokens.get(at)?.text.clone())
}

/// The foreign table whose rows a statement reads or writes.
fn elsewhere<'a>(statement: &Statement, foreign: &'a [String]) -> Option<&'a String> {
    const ACTS: [&str; 10] =
        ["INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "TRUNCATE", "SELECT", "WITH", "TABLE", "EXPLAIN"];
    const BEFORE: [&str; 9] = ["INTO", "FROM", "JOIN", "UPDATE", "ONLY", "TABLE", "TRUNCATE", "USING", "COPY"];
    let tokens = &statement.tokens;
    tokens.first().filter(|first| ACTS.contains(&first.key.as_str()))?;
    let before = |at: usize| tokens.get(at).is_some_and(|token| BEFORE.contains(&token.key.as_str()));
    (1..tokens.len()).find_map(|at| {
        let named = foreign.iter().find(|one| one.eq_ignore_ascii_case(&tokens[at].text))?;
        // Behind its schema, or not.
        let begins = if tokens[at - 1].text == "." { at.checked_sub(3)? } else { at - 1 };
        before(begins).then_some(named)
    })
}

/// A statement's first line: the rest of it may be long.
pub fn first_line(sql: &str) -> String {
    let line = sql.trim_start().lines().next().unwrap_or_default().trim_end();
    line.chars().take(200).collect()
}

/// Whether a server refused something because the login may not do it.
pub fn is_refused(error: &sqlx::Error) -> bool {
    let Some(answer) = error.as_database_error() else { return false };
    if let Some(answer) = answer.try_downcast_ref::<MySqlDatabaseError>() {
        // A database, a file, a table, a column, a right of the server, a routine; then logins.
        return matches!(answer.number(), 1044 | 1045 | 1142 | 1143 | 1227 | 1370 | 1410);
    }
    // No right; a login without a password of its own elsewhere; a grant that is not one's to give.
    answer.code().is_some_and(|code| ["42501", "2F003", "0LP01"].contains(&code.as_ref()))
}

/// The database of these that SQL names.
pub fn named<'a>(statement: &Statement, others: &'a [String]) -> Option<&'a String> {
    statement
        .tokens
        .windows(2)
        .filter(|pair| pair[1].text == ".")
        .find_map(|pair| others.iter().find(|other| other.eq_ignore_ascii_case(&pair[0].text)))
}

fn beyond(dialect: Dialect, statement: &Statement, others: &[String]) -> Option<String> {
    let keys: Vec<&str> = statement.tokens.iter().map(|token| token.key.as_str()).collect();
    let key = |at: usize| keys.get(at).copied().unwrap_or_default();
    let has = |word: &str| keys.contains(&word);
    let follows = |one: &str, other: &str| keys.windows(2).any(|pair| pair == [one, other]);
    let server = || Some("it reaches the server's own settings or logins".to_owned());
    let files = || Some("it reaches files or programs of the server".to_owned());
    // The kind of thing, behind `or replace` and `if not exists`.
    let kind = (1..keys.len().min(5)).map(key).find(|word| !["OR", "REPLACE", "IF", "NOT", "EXISTS"].contains(word));
    let kind = kind.unwrap_or_default();
    let makes = matches!(key(0), "CREATE" | "ALTER" | "DROP" | "RENAME");
    match dialect {
        Dialect::Sqlite => match key(0) {
            "ATTACH" => Some("it reaches another file".to_owned()),
            "VACUUM" if has("INTO") => Some("it reaches another file".to_owned()),
            _ if has("LOAD_EXTENSION") => files(),
            // It holds for all of this program's files.
            "PRAGMA" if has("TEMP_STORE_DIRECTORY") => files(),
            _ => None,
        },
        Dialect::Postgres => match key(0) {
            _ if makes && matches!(kind, "ROLE" | "GROUP" | "DATABASE" | "TABLESPACE" | "SYSTEM" | "SUBSCRIPTION") => {
                server()
            }
            _ if makes && kind == "USER" && !has("MAPPING") => server(),
            "GRANT" | "REVOKE" if !has("ON") => server(),
            "COMMENT" | "SECURITY" if has("DATABASE") || has("ROLE") || has("TABLESPACE") => server(),
            "REASSIGN" => server(),
            "COPY" if has("PROGRAM") || (!has("STDIN") && !has("STDOUT")) => files(),
            "LOAD" => files(),
            "IMPORT" => Some("it reaches another server".to_owned()),
            // Whoever may act as a role may set what holds for it everywhere.
            "DO" | "CREATE" if statement.tokens.iter().any(|token| alters_roles(&token.text)) => server(),
            _ if kind != "EXTENSION" && keys.iter().any(|word| word.starts_with("DBLINK")) => {
                Some("it reaches another database".to_owned())
            }
            _ => {
                elsewhere(statement, others).map(|table| format!("it reaches the server of the foreign table {table}"))
            }
        },
        Dialect::Mysql => {
            let engine = statement.tokens.iter().position(|token| token.key == "ENGINE");
            let engine = engine.and_then(|at| statement.tokens[at + 1..].iter().find(|token| token.text != "="));
            if let Some(engine) =
                engine.filter(|one| makes && FAR.iter().any(|far| far.eq_ignore_ascii_case(&one.text)))
            {
                return Some(format!("it reaches what a table of the engine {} has its rows in", engine.text));
            }
            if let Some(other) = named(statement, others) {
                return Some(format!("it names the database {other}"));
            }
            match key(0) {
                "USE" => Some("it reaches another database".to_owned()),
                "SET"
                    if keys.iter().any(|word| matches!(*word, "GLOBAL" | "PERSIST" | "PERSIST_ONLY" | "@@GLOBAL")) =>
                {
                    server()
                }
                _ if makes && matches!(kind, "USER" | "ROLE" | "DATABASE" | "SCHEMA" | "SERVER" | "TABLESPACE") => {
                    server()
                }
                "GRANT" | "REVOKE" | "FLUSH" | "INSTALL" | "UNINSTALL" | "SHUTDOWN" | "KILL" | "PURGE" | "RESET"
                | "CHANGE" | "START" | "STOP"
                    if !(key(0) == "START" && key(1) == "TRANSACTION") =>
                {
                    server()
                }
                "LOAD" => files(),
                _ if has("OUTFILE") || has("DUMPFILE") => files(),
                _ if makes && (follows("DATA", "DIRECTORY") || follows("INDEX", "DIRECTORY")) => files(),
                _ => None,
            }
        }
    }
}

/// Whether a body of code has the words for that.
fn alters_roles(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().map(|word| word.trim_matches('\'').to_ascii_lowercase()).collect();
    words.windows(2).any(|pair| pair[0].ends_with("alter") && matches!(pair[1].as_str(), "role" | "user"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reaches(dialect: Dialect, sql: &str) -> bool {
        found(dialect, sql, &["rich".to_owned(), "mysql".to_owned()], None).is_some()
    }

    #[test]
    fn what_leaves_its_database_is_seen_and_what_does_not_is_let_through() {
        for sql in [
            "create table far (a int) engine=federated connection='s/t'",
            "alter table users engine = CONNECT",
            "insert into rich.users (a) values (1)",
            "select 1;\nalter table `Rich`.`users` add column b int",
            "use rich",
            "set global max_connections = 77",
            "create user if not exists 'x'@'%' identified by 'y'",
            "grant select on *.* to x",
            "update mysql.user set x = 1",
            "select * from users into outfile '/tmp/x'",
            "create table a (b int) data directory = '/tmp/x'",
            "create or replace database other",
        ] {
            assert!(reaches(Dialect::Mysql, sql), "{sql}");
        }
        for sql in [
            "insert into users (a) values ('rich.users')",
            "start transaction",
            "set names utf8mb4",
            "create table richer (rich int) -- rich.users",
            "update users u set u.rich = 1",
        ] {
            assert!(!reaches(Dialect::Mysql, sql), "{sql}");
        }
        for sql in [
            "insert into public.rich values (1)",
            "with gone as (delete from only rich returning *) select 1",
            "truncate rich",
            "copy rich from stdin",
            "update users set a = far.a from \"mysql\" far",
            "create foreign table if not exists x.far (a int) server s; select 1 from far",
            "import foreign schema public from server s into public",
            "alter database rich set work_mem = '64MB'",
            "alter role postgres in database rich set search_path = x",
            "create role leak login password 'x'",
            "grant admin to app",
            "copy (select 1) to program 'touch /tmp/x'",
            "copy users from '/tmp/x'",
            "do $$ begin set local role reader; alter role reader set work_mem = 100; end $$",
            "alter system set work_mem = '1GB'",
        ] {
            assert!(reaches(Dialect::Postgres, sql), "{sql}");
        }
        for sql in [
            "create foreign table far (a int) server s",
            "alter foreign table rich add column b int; drop foreign table rich",
            "create view v as select 1 from rich",
            "update users set rich = 'rich' where rich > 1",
            "insert into users (id, rich) select u.id, u.rich from users u",
            "grant select on users to app",
            "create user mapping for app server other",
            "create extension if not exists dblink",
            "alter table users add column role text",
            "create table users (id int); comment on table users is 'DATABASE'",
            "copy users from stdin",
        ] {
            assert!(!reaches(Dialect::Postgres, sql), "{sql}");
        }
        assert!(reaches(Dialect::Sqlite, "attach database '/x.db' as real"));
        assert!(!reaches(Dialect::Sqlite, "create table attached (a int)"));
    }
}
