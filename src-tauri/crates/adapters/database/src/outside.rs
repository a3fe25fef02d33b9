//! What of a script would reach beyond the database that it runs on: another one that it names, the server's own settings
//! and logins, files and programs. A proof runs on a database made for it, and nothing else may change.
//!
//! What a function or a block of code does is not seen here.

use crate::{Connection, DatabaseError};
use switchback_lint::{
    Dialect,
    statement::{Statement, cut},
};

/// The first line that does, and what it would reach.
pub async fn reach(connection: &mut Connection, sql: &str) -> Result<Option<(usize, String)>, DatabaseError> {
    let dialect = connection.dialect();
    let others = match dialect {
        Dialect::Mysql => {
            let all = "select cast(schema_name as char) from information_schema.schemata \
                       where schema_name <> database() and schema_name <> 'information_schema'";
            connection.names(all).await?
        }
        Dialect::Postgres | Dialect::Sqlite => Vec::new(),
    };
    Ok(found(dialect, sql, &others))
}

fn found(dialect: Dialect, sql: &str, others: &[String]) -> Option<(usize, String)> {
    let statements = cut(dialect, sql).statements;
    statements.iter().find_map(|one| beyond(dialect, one, others).map(|what| (one.line(), told(&what))))
}

fn told(what: &str) -> String {
    format!("it reaches {what}, which a proof must not: prove it on a server of its own")
}

fn beyond(dialect: Dialect, statement: &Statement, others: &[String]) -> Option<String> {
    let keys: Vec<&str> = statement.tokens.iter().map(|token| token.key.as_str()).collect();
    let key = |at: usize| keys.get(at).copied().unwrap_or_default();
    let has = |word: &str| keys.contains(&word);
    let server = || Some("the server's own settings or logins".to_owned());
    let files = || Some("files or programs of the server".to_owned());
    // The kind of thing, behind `or replace` and `if not exists`.
    let kind = (1..keys.len().min(5)).map(key).find(|word| !["OR", "REPLACE", "IF", "NOT", "EXISTS"].contains(word));
    let kind = kind.unwrap_or_default();
    let makes = matches!(key(0), "CREATE" | "ALTER" | "DROP" | "RENAME");
    match dialect {
        Dialect::Sqlite => match key(0) {
            "ATTACH" => Some("another file".to_owned()),
            "VACUUM" if has("INTO") => Some("another file".to_owned()),
            _ if has("LOAD_EXTENSION") => files(),
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
            _ if keys.iter().any(|word| word.starts_with("DBLINK")) => Some("another database".to_owned()),
            _ => None,
        },
        Dialect::Mysql => {
            let named = statement.tokens.windows(2).find(|pair| {
                pair[1].text == "." && others.iter().any(|other| other.eq_ignore_ascii_case(&pair[0].text))
            });
            if let Some(pair) = named {
                return Some(format!("the database {} by its name", pair[0].text));
            }
            match key(0) {
                "USE" => Some("another database".to_owned()),
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
                _ => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reaches(dialect: Dialect, sql: &str) -> bool {
        found(dialect, sql, &["rich".to_owned(), "mysql".to_owned()]).is_some()
    }

    #[test]
    fn what_leaves_its_database_is_seen_and_what_does_not_is_let_through() {
        for sql in [
            "insert into rich.users (a) values (1)",
            "select 1;\nalter table `Rich`.`users` add column b int",
            "use rich",
            "set global max_connections = 77",
            "create user if not exists 'x'@'%' identified by 'y'",
            "grant select on *.* to x",
            "update mysql.user set x = 1",
            "select * from users into outfile '/tmp/x'",
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
            "alter database rich set work_mem = '64MB'",
            "alter role postgres in database rich set search_path = x",
            "create role leak login password 'x'",
            "grant admin to app",
            "copy (select 1) to program 'touch /tmp/x'",
            "copy users from '/tmp/x'",
            "alter system set work_mem = '1GB'",
        ] {
            assert!(reaches(Dialect::Postgres, sql), "{sql}");
        }
        for sql in [
            "grant select on users to app",
            "create user mapping for app server other",
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
