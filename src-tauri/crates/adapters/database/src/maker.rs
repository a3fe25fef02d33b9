//! What the real login does in a scratch database because its scripts' own may not, though it leads nowhere else: it makes
//! PostgreSQL's extensions that only a superuser makes, and MySQL's triggers and routines where the server writes a log for
//! replicas and trusts nobody else with them. These run as the scripts' login all the same.

use crate::{
    Connection, DatabaseError, Place,
    books::text,
    outside::{named, others},
    part::ident,
    unit::words,
};
use secrecy::SecretString;
use sqlx::mysql::MySqlDatabaseError;
use switchback_lint::{Dialect, statement::cut};

/// MySQL's number for a trigger or routine that only a superuser makes while there is such a log.
const LOGGED: u16 = 1419;

/// The real login, as far as it is needed.
pub struct Maker<'a> {
    place: Place,
    password: Option<&'a SecretString>,
    /// As whom the scripts run.
    account: &'a str,
    connection: Option<Connection>,
}

impl<'a> Maker<'a> {
    /// At the scratch database.
    pub fn new(place: Place, password: Option<&'a SecretString>, account: &'a str) -> Self {
        Self { place, password, account, connection: None }
    }

    /// As whom the scripts run.
    pub const fn account(&self) -> &str {
        self.account
    }

    /// Whether a statement is the real login's to run, because the scripts' would be refused.
    pub async fn is_needed(&self, own: &mut Connection, sql: &str) -> Result<bool, DatabaseError> {
        if own.dialect() != Dialect::Postgres {
            return Ok(false);
        }
        let Some((_, name)) = extension(sql) else { return Ok(false) };
        // One that is trusted is its maker's own.
        let trusted = format!(
            "select name::text from pg_available_extension_versions where name = {} and trusted",
            text(Dialect::Postgres, &name)
        );
        Ok(own.names(&trusted).await?.is_empty())
    }

    /// The statement with the scripts' login where it gives something to the real one, whose part that plays: MySQL's
    /// definers, PostgreSQL's owners.
    pub fn plays(&self, sql: &str) -> Option<String> {
        let at = match &self.place {
            Place::Postgres(at) => at,
            Place::Mysql(_) => return Some(without_definer(sql)).filter(|without| without != sql),
            Place::Sqlite(_) => return None,
        };
        let is_own = |name: &str| match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
            Some(quoted) => at.user == quoted.replace("\"\"", "\""),
            None => at.user == name.to_ascii_lowercase(),
        };
        let head: Vec<String> = sql.split_whitespace().take(5).map(str::to_ascii_lowercase).collect();
        let for_own = sql.split_whitespace().nth(5).is_some_and(is_own);
        if for_own && head[..4] == ["alter", "default", "privileges", "for"] && matches!(&*head[4], "role" | "user") {
            let rest: Vec<&str> = sql.split_whitespace().skip(6).collect();
            return Some(format!("alter default privileges {}", rest.join(" ")));
        }
        let mut mapping = sql.split_whitespace().skip_while(|word| !word.eq_ignore_ascii_case("for")).skip(1);
        if head.get(1..3).is_some_and(|words| words == ["user", "mapping"]) && mapping.next().is_some_and(is_own) {
            let exists = head.get(3).is_some_and(|word| word == "if");
            let exists = if exists && head[0] == "create" {
                " if not exists"
            } else if exists {
                " if exists"
            } else {
                ""
            };
            let rest: Vec<&str> = mapping.collect();
            return Some(format!("{} user mapping{exists} for current_user {}", head[0], rest.join(" ")));
        }
        let mut words = sql.split_whitespace().rev();
        let name = words.next()?;
        let before: Vec<String> = words.take(2).map(str::to_ascii_lowercase).collect();
        let gives = match [before.first()?.as_str(), before.get(1)?.as_str()] {
            ["to", "owner"] | ["authorization", _] => "current_user",
            ["role", "set" | "local" | "session"] => "none",
            _ => return None,
        };
        is_own(name).then(|| format!("{}{gives}", &sql[..sql.trim_end().len() - name.len()]))
    }

    /// Runs a statement that was refused with `error` as the real login, where only that may; `None` where it is not for
    /// that one either. It must name no other database: to the real login they are open.
    pub async fn instead(&mut self, sql: &str, error: &sqlx::Error) -> Option<Result<(), DatabaseError>> {
        let answer = error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?;
        if answer.number() != LOGGED {
            return None;
        }
        let sql = logged(sql, self.account)?;
        let others = match self.connected().await {
            Ok(connection) => others(connection).await,
            Err(error) => return Some(Err(error)),
        };
        match others {
            Ok(others) if cut(Dialect::Mysql, &sql).statements.iter().any(|one| named(one, &others).is_some()) => None,
            Ok(_) => Some(self.run(&sql).await),
            Err(error) => Some(Err(error)),
        }
    }

    /// Makes or drops an extension, where `own` would.
    pub async fn extends(&mut self, own: &mut Connection, sql: &str) -> Result<(), DatabaseError> {
        let says_where = sql.split_whitespace().any(|word| word.eq_ignore_ascii_case("schema"));
        let makes = extension(sql).is_some_and(|(does, _)| does == "create");
        let schema = own.names("select current_schema()::text").await?.into_iter().next();
        match schema.filter(|_| makes && !says_where) {
            Some(schema) => self.run(&format!("{sql} schema {}", ident(Dialect::Postgres, &schema))).await,
            None => self.run(sql).await,
        }?;
        let connection = self.connected().await?;
        for close in connection.names(CLOSED).await? {
            connection.run(&close).await.map_err(DatabaseError::doing("close what connects elsewhere"))?;
        }
        Ok(())
    }

    /// Makes a foreign server of PostgreSQL's own wrapper that leads nowhere, and lets the scripts' login have tables of it;
    /// `false` where the real one may not make it either.
    pub async fn links(&mut self, sql: &str, nowhere: &str) -> Result<bool, DatabaseError> {
        let account = self.account;
        let connection = self.connected().await?;
        if connection.run(sql).await.is_err() {
            return Ok(false);
        }
        let refused = || DatabaseError::doing("keep a foreign server of the copy from leading elsewhere");
        for statement in connection.names(nowhere).await? {
            connection.run(&statement).await.map_err(refused())?;
        }
        let all = "select quote_ident(srvname) from pg_foreign_server where srvowner = current_user::regrole";
        for server in connection.names(all).await? {
            let usage = format!("grant usage on foreign server {server} to {account}");
            connection.run(&usage).await.map_err(refused())?;
        }
        Ok(true)
    }

    /// Runs a statement that only the owner of such a server may.
    pub async fn run(&mut self, sql: &str) -> Result<(), DatabaseError> {
        self.connected().await?.run(sql).await.map_err(DatabaseError::doing("by the real login"))
    }

    async fn connected(&mut self) -> Result<&mut Connection, DatabaseError> {
        if self.connection.is_none() {
            let mut connection = Connection::open(&self.place, self.password).await?;
            if connection.dialect() == Dialect::Postgres {
                // The scratch database's owner may have put functions of its own before the server's.
                let path = connection.run("set search_path = pg_catalog").await;
                path.map_err(DatabaseError::doing("set where names are looked for"))?;
            }
            return Ok(self.connection.insert(connection));
        }
        self.connection.as_mut().ok_or_else(|| DatabaseError::Place("no connection".to_owned()))
    }

    /// Says goodbye.
    pub async fn close(self) {
        if let Some(connection) = self.connection {
            connection.close().await;
        }
    }
}

/// Statements that keep everybody else from the functions that open connections.
const CLOSED: &str = "select format('revoke all on function %s from public', p.oid::regprocedure) from pg_proc p \
    join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e' \
    join pg_extension e on e.oid = d.refobjid where e.extname = 'dblink'";

/// What is sent for a trigger or routine, which runs as `account`.
fn logged(sql: &str, account: &str) -> Option<String> {
    let lower = sql.to_ascii_lowercase();
    if ["drop ", "alter "].iter().any(|head| lower.starts_with(head)) {
        return Some(sql.to_owned());
    }
    let head = ["create or replace ", "create "].into_iter().find(|head| lower.starts_with(head))?;
    Some(format!("{}definer = {account} {}", &sql[..head.len()], &sql[head.len()..]))
}

/// A `create` without the word for whose rights it runs with: they are those of who sends it.
pub fn without_definer(sql: &str) -> String {
    let lower = sql.to_ascii_lowercase();
    // It stands before what is made; later it is a word of the body.
    let at = lower.match_indices("definer").map(|(at, _)| at).find(|at| lower[at + 7..].trim_start().starts_with('='));
    let Some(at) = at.filter(|at| *at <= 60 && lower.trim_start().starts_with("create")) else { return sql.to_owned() };
    let Some((_, rest)) = sql[at..].split_once('=') else { return sql.to_owned() };
    let rest = rest.trim_start();
    let mut open = None;
    let end = rest.find(|letter: char| {
        match open {
            Some(quote) if quote == letter => open = None,
            None if matches!(letter, '`' | '\'' | '"') => open = Some(letter),
            _ => {}
        }
        letter.is_whitespace() && open.is_none()
    });
    end.map_or_else(|| sql.to_owned(), |end| format!("{}{}", &sql[..at], rest[end..].trim_start()))
}

/// What is done to which extension.
fn extension(sql: &str) -> Option<(String, String)> {
    let all = words(sql);
    let mut words = all.iter().map(String::as_str);
    let does = words.next().filter(|word| matches!(*word, "create" | "drop"))?;
    words.next().filter(|word| *word == "extension")?;
    let name = words.find(|word| !matches!(*word, "if" | "not" | "exists"))?;
    Some((does.to_owned(), name.trim_matches('"').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_to_the_real_login_is_given_to_the_one_that_plays_it() {
        let place: Place = "postgres:host=db dbname=shop user=app".parse().unwrap();
        let maker = Maker::new(place, None, "switchback_proof_1");
        let played = |sql: &str| maker.plays(sql);
        assert_eq!(
            played("ALTER TABLE public.a OWNER TO app").as_deref(),
            Some("ALTER TABLE public.a OWNER TO current_user")
        );
        assert_eq!(
            played("create schema s authorization \"app\"").as_deref(),
            Some("create schema s authorization current_user")
        );
        assert_eq!(
            played("ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA public GRANT SELECT ON TABLES TO reader")
                .as_deref(),
            Some("alter default privileges IN SCHEMA public GRANT SELECT ON TABLES TO reader")
        );
        assert_eq!(played("set role app").as_deref(), Some("set role none"));
        assert_eq!(
            played("DROP USER MAPPING IF EXISTS FOR app SERVER far").as_deref(),
            Some("drop user mapping if exists for current_user SERVER far")
        );
        for other in [
            "create user mapping for reader server far",
            "alter table a owner to reader",
            "grant select on a to app",
            "alter table a add column app",
        ] {
            assert_eq!(played(other), None, "{other}");
        }
    }

    #[test]
    fn a_definer_is_left_out_and_nothing_else() {
        for (sql, without) in [
            (
                "CREATE DEFINER=`a b`@`%` TRIGGER `t` before insert on `x` for each row set @a = 'DEFINER=b'",
                "CREATE TRIGGER `t` before insert on `x` for each row set @a = 'DEFINER=b'",
            ),
            (
                "CREATE ALGORITHM=UNDEFINED DEFINER=`root`@`localhost` SQL SECURITY DEFINER VIEW `v` AS select 1",
                "CREATE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW `v` AS select 1",
            ),
            (
                "create or replace definer = 'root'@'%' procedure p() select 1",
                "create or replace procedure p() select 1",
            ),
        ] {
            assert_eq!(without_definer(sql), without);
        }
        for sql in ["CREATE TABLE `t` (a int)", "update a set definer = 'x' where b = 1"] {
            assert_eq!(without_definer(sql), sql);
        }
        let made = logged("create or replace function f() returns int return 1", "'a'@'b'");
        assert_eq!(made.as_deref(), Some("create or replace definer = 'a'@'b' function f() returns int return 1"));
    }

    #[test]
    fn an_extension_is_known_by_its_name() {
        let named = |sql: &str| extension(sql).map(|(_, name)| name);
        assert_eq!(
            named("CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" with schema public").as_deref(),
            Some("uuid-ossp")
        );
        assert_eq!(named("drop extension if exists dblink cascade").as_deref(), Some("dblink"));
        assert_eq!(named("create table extension (a int)"), None);
    }
}
