//! What the real login does in a scratch database because its scripts' own may not, though it leads nowhere else: it makes
//! PostgreSQL's extensions that only a superuser makes, and MySQL's triggers and routines where the server writes a log for
//! replicas and trusts nobody else with them. These run as the scripts' login all the same.

use crate::{Connection, DatabaseError, Place, books::text, unit::words};
use secrecy::SecretString;
use sqlx::mysql::MySqlDatabaseError;
use switchback_lint::Dialect;

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

    /// The statement with the scripts' login where it gives something to the real one, whose part that plays.
    pub fn plays(&self, sql: &str) -> Option<String> {
        let Place::Postgres(at) = &self.place else { return None };
        let mut words = sql.split_whitespace().rev();
        let name = words.next()?;
        let own = name
            .strip_prefix('"')
            .and_then(|name| name.strip_suffix('"'))
            .map_or_else(|| at.user == name.to_ascii_lowercase(), |quoted| at.user == quoted.replace("\"\"", "\""));
        let before: Vec<String> = words.take(2).map(str::to_ascii_lowercase).collect();
        let gives = match [before.first()?.as_str(), before.get(1)?.as_str()] {
            ["to", "owner"] | ["authorization", _] => "current_user",
            ["role", "set" | "local" | "session"] => "none",
            _ => return None,
        };
        own.then(|| format!("{}{gives}", &sql[..sql.trim_end().len() - name.len()]))
    }

    /// The statement as the real login runs it, after `error` said that the scripts' may not.
    pub fn instead(&self, sql: &str, error: &sqlx::Error) -> Option<String> {
        let answer = error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?;
        if answer.number() != LOGGED {
            return None;
        }
        let lower = sql.to_ascii_lowercase();
        let head = ["create or replace ", "create "].into_iter().find(|head| lower.starts_with(head))?;
        Some(format!("{}definer = {} {}", &sql[..head.len()], self.account, &sql[head.len()..]))
    }

    /// Runs a statement as the real login.
    pub async fn run(&mut self, sql: &str) -> Result<(), DatabaseError> {
        if self.connection.is_none() {
            self.connection = Some(Connection::open(&self.place, self.password).await?);
        }
        let Some(connection) = &mut self.connection else { return Ok(()) };
        connection.run(sql).await.map_err(DatabaseError::doing("by the real login"))?;
        if extension(sql).is_some() {
            for close in connection.names(CLOSED).await? {
                connection.run(&close).await.map_err(DatabaseError::doing("close what connects elsewhere"))?;
            }
        }
        Ok(())
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
        assert_eq!(played("set role app").as_deref(), Some("set role none"));
        for other in ["alter table a owner to reader", "grant select on a to app", "alter table a add column app"] {
            assert_eq!(played(other), None, "{other}");
        }
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
