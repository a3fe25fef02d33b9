//! Statements of which nobody can tell beforehand what they reach: SQL put together at run time, procedures, functions that
//! act on the server. Where the server itself does not keep a proof in its scratch database, they are not run.

use switchback_lint::{Dialect, statement::Statement};

/// PostgreSQL's functions that act on the server rather than on a database.
const ACTING: [&str; 14] = [
    "pg_terminate_backend",
    "pg_cancel_backend",
    "pg_create_physical_replication_slot",
    "pg_create_logical_replication_slot",
    "pg_drop_replication_slot",
    "pg_replication_origin_create",
    "pg_reload_conf",
    "pg_rotate_logfile",
    "pg_switch_wal",
    "pg_promote",
    "pg_read_file",
    "pg_file_write",
    "lo_import",
    "lo_export",
];

/// Why it is not known what a statement reaches, and what to do; `None` when it is known. `open` are databases that every
/// login may write to, which no login of its own keeps a script out of.
pub fn of(dialect: Dialect, statement: &Statement, open: &[String]) -> Option<String> {
    let way_out = match dialect {
        Dialect::Sqlite => return None,
        _ if !open.is_empty() => format!(
            "every login may write to {} (`delete from mysql.db where user = ''; flush privileges;` ends that)",
            open.join(", ")
        ),
        Dialect::Postgres => "give it CREATEROLE".to_owned(),
        Dialect::Mysql => "give it CREATE USER, and its rights on switchback_proof_% with GRANT OPTION".to_owned(),
    };
    let what = if dialect == Dialect::Mysql { mysql(statement) } else { postgres(statement) }?;
    Some(format!("{what}, and this login cannot be kept in: {way_out}, or prove it elsewhere"))
}

fn mysql(statement: &Statement) -> Option<&'static str> {
    let keys: Vec<&str> = statement.tokens.iter().map(|token| token.key.as_str()).collect();
    let follows = |one: &str, other: &str| keys.windows(2).any(|pair| pair == [one, other]);
    let dynamic = keys.first() == Some(&"EXECUTE")
        || follows("EXECUTE", "IMMEDIATE")
        || keys.windows(3).any(|three| three[0] == "PREPARE" && three[2] == "FROM")
        || follows("BEGIN", "NOT");
    if dynamic {
        return Some("what it runs is put together at run time");
    }
    if keys.contains(&"CALL") {
        return Some("what the procedure does is not seen");
    }
    follows("SET", "PASSWORD").then_some("it changes a login")
}

fn postgres(statement: &Statement) -> Option<&'static str> {
    let first = statement.tokens.first().map(|token| token.key.as_str()).unwrap_or_default();
    if first == "CALL" {
        return Some("what the procedure does is not seen");
    }
    let body = matches!(first, "DO" | "CREATE");
    let mut words = statement.tokens.iter().flat_map(|token| words(&token.text, body));
    let act = |word: &String| ACTING.contains(&word.as_str()) || word.starts_with("dblink");
    if words.any(|word| act(&word)) {
        return Some("it calls a function that acts on the server");
    }
    // A trigger's own `execute function` is a word of the statement, and no text in it.
    let texts = statement.tokens.iter().filter(|token| body && token.text.contains(char::is_whitespace));
    let dynamic = |word: &String| ["execute", "role", "user", "database", "system", "dblink"].contains(&word.as_str());
    texts
        .flat_map(|token| self::words(&token.text, true))
        .any(|word| dynamic(&word))
        .then_some("what its code does is not known beforehand")
}

/// A token's words in lower case; of a text only where it is code.
fn words(text: &str, code: bool) -> Vec<String> {
    let all = if code { text } else { text.split(char::is_whitespace).next().unwrap_or_default() };
    all.split(|letter: char| !letter.is_alphanumeric() && letter != '_').map(str::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchback_lint::statement::cut;

    fn unsure(dialect: Dialect, sql: &str) -> bool {
        cut(dialect, sql).statements.iter().any(|one| of(dialect, one, &[]).is_some())
    }

    #[test]
    fn what_cannot_be_read_is_told_from_what_can() {
        for sql in [
            "prepare p from 'delete from shop.users'",
            "execute p",
            "execute immediate concat('delete from ', 'shop.users')",
            "begin not atomic delete from users; end",
            "call wipe()",
            "set password = password('a')",
            "create procedure p() begin prepare s from @sql; execute s; end",
        ] {
            assert!(unsure(Dialect::Mysql, sql), "{sql}");
        }
        for sql in [
            "create table prepare_log (call_id int, password varchar(9))",
            "update users set name = 'call me'",
            "create trigger t before insert on a for each row begin set new.b = 1; end",
        ] {
            assert!(!unsure(Dialect::Mysql, sql), "{sql}");
        }
        for sql in [
            "do $$ begin execute 'create role x'; end $$",
            "do $$ begin create role x; end $$",
            "select pg_terminate_backend(1)",
            "call wipe()",
            "create function f() returns void language plpgsql as $$ begin perform dblink_exec('a', 'b'); end $$",
        ] {
            assert!(unsure(Dialect::Postgres, sql), "{sql}");
        }
        for sql in [
            "create trigger t before update on a for each row execute function touch()",
            "create function touch() returns trigger language plpgsql as $$ begin new.at := now(); return new; end $$",
            "insert into notes values ('the user may execute it')",
            "grant select on users to app",
        ] {
            assert!(!unsure(Dialect::Postgres, sql), "{sql}");
        }
    }
}
