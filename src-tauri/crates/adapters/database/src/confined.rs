//! The login that a proof's scripts run as. It owns its scratch database and may do nothing else, so that the server itself
//! refuses what would reach further: what triggers, procedures, blocks of code and SQL put together at run time do cannot be
//! read out of a script. Made for one proof, and gone with it.
//!
//! Where the real login may make none, `crate::unsure` refuses what cannot be read.

use crate::{Connection, DatabaseError, books::text, scratch};
use secrecy::{ExposeSecret as _, SecretString};
use switchback_core::server::Server;
use switchback_lint::Dialect;

/// How its name begins on MySQL, which takes 32 letters of a name; as many of the scratch database's own follow as fit.
const PREFIX: &str = "switchback_";
/// How many of these.
const LETTERS: usize = 21;
/// Schemas of MySQL's own, which everybody sees.
const SYSTEM: &str = "('information_schema', 'performance_schema', 'sys')";

/// PostgreSQL's roles that scripts give things to or act as, and that are nobody outside of a database: without a login, a
/// power over the server, a role above them or anything of the server that is theirs.
const HARMLESS: &str = "select quote_ident(r.rolname) from pg_roles r where not (r.rolcanlogin or r.rolsuper or r.rolcreaterole \
    or r.rolcreatedb or r.rolreplication or r.rolbypassrls) and r.rolname !~ '^pg_' and pg_has_role(current_user, r.oid, 'member') \
    and not exists (select from pg_auth_members m where m.member = r.oid) and not exists (select from pg_shdepend d \
    where d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid and d.dbid = 0) order by 1 limit 100";

/// A login.
pub struct Confined {
    name: String,
    /// As statements name it.
    account: String,
    password: SecretString,
}

impl Confined {
    /// Makes one for the scratch database of this name; `None` where the real login may not.
    pub async fn make(outside: &mut Connection, scratch: &str) -> Option<Self> {
        // Rules for passwords may want one of each.
        let secret = format!("{}-A1", uuid::Uuid::now_v7().simple());
        match outside.dialect() {
            Dialect::Sqlite => None,
            Dialect::Postgres => {
                let one = Self { name: scratch.to_owned(), account: scratch.to_owned(), password: secret.into() };
                let create = format!("create role {scratch} login password '{}'", one.password.expose_secret());
                // Who makes a database for another must be one of them.
                if !one.given(outside, &create, &format!("grant {scratch} to current_user")).await {
                    return None;
                }
                for role in outside.names(HARMLESS).await.unwrap_or_default() {
                    // One that the real login may not pass on is refused in the script that names it.
                    let _ = outside.run(&format!("grant {role} to {scratch}")).await;
                }
                Some(one)
            }
            Dialect::Mysql => {
                let name = mysql_name(scratch)?;
                // Seen from where this connection comes from: elsewhere nobody needs it.
                let user = outside.names("select user()").await.ok()?.into_iter().next()?;
                let host = text(Dialect::Mysql, user.rsplit_once('@')?.1);
                let one = Self { account: format!("'{name}'@{host}"), name, password: secret.into() };
                let create = format!("create user {} identified by '{}'", one.account, one.password.expose_secret());
                let pattern = scratch.replace('_', "\\_");
                let grant = format!("grant all privileges on `{pattern}`.* to {}", one.account);
                one.given(outside, &create, &grant).await.then_some(one)
            }
        }
    }

    async fn given(&self, outside: &mut Connection, create: &str, grant: &str) -> bool {
        if outside.run(create).await.is_err() {
            return false;
        }
        let granted = outside.run(grant).await.is_ok();
        if !granted {
            self.remove(outside).await;
        }
        granted
    }

    /// The same server, seen as this login.
    pub fn at(&self, at: Server) -> Server {
        Server { user: self.name.clone(), ..at }
    }

    /// Its name as statements write it.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Its password.
    pub const fn password(&self) -> &SecretString {
        &self.password
    }

    /// Removes it. What it owns must be gone.
    pub async fn remove(&self, outside: &mut Connection) {
        let kind = if outside.dialect() == Dialect::Postgres { "role" } else { "user" };
        let _ = outside.run(&format!("drop {kind} if exists {}", self.account)).await;
    }
}

/// Whether a connection is that of such a login and nothing but its scratch database is open to it: a server may let
/// everybody into one of its databases.
pub async fn holds(connection: &mut Connection) -> Result<bool, DatabaseError> {
    let (query, most) = match connection.dialect() {
        Dialect::Sqlite => return Ok(false),
        Dialect::Postgres => ("select session_user::text".to_owned(), 1),
        Dialect::Mysql => (
            format!(
                "select substring_index(user(), '@', 1) union all select cast(schema_name as char) from \
                 information_schema.schemata where schema_name <> database() and schema_name not in {SYSTEM}"
            ),
            1,
        ),
    };
    let told = connection.names(&query).await?;
    Ok(told.len() <= most && told.first().is_some_and(|name| is_ours(connection.dialect(), name)))
}

/// Databases that a server lets everybody into, as installations of MariaDB and MySQL bring one; as far as this login may
/// know.
pub async fn open_to_all(connection: &mut Connection) -> Vec<String> {
    match connection.dialect() {
        Dialect::Mysql => {
            let query = "select distinct cast(replace(db, '\\\\_', '_') as char) from mysql.db where user = ''";
            connection.names(query).await.unwrap_or_default()
        }
        Dialect::Postgres | Dialect::Sqlite => Vec::new(),
    }
}

fn is_ours(dialect: Dialect, name: &str) -> bool {
    match dialect {
        Dialect::Postgres => scratch::made(name).is_some(),
        Dialect::Mysql => of_mysql(name).is_some_and(|scratch| scratch::made(&scratch).is_some()),
        Dialect::Sqlite => false,
    }
}

fn mysql_name(scratch: &str) -> Option<String> {
    Some(format!("{PREFIX}{}", scratch.strip_prefix(scratch::PREFIX)?.get(..LETTERS)?))
}

/// The name that a scratch database would have, whose login has this one: when it was made is in both.
fn of_mysql(name: &str) -> Option<String> {
    let letters = name.strip_prefix(PREFIX).filter(|letters| letters.len() == LETTERS)?;
    Some(format!("{}{letters:0<32}", scratch::PREFIX))
}

/// Removes logins that killed proofs left behind, whose databases are gone. As far as the real login sees them.
pub async fn sweep(outside: &mut Connection) {
    let dialect = outside.dialect();
    let query = match dialect {
        Dialect::Sqlite => return,
        Dialect::Postgres => format!(
            "select r.rolname::text from pg_roles r where starts_with(r.rolname, '{}') \
             and not exists (select from pg_database d where d.datname = r.rolname) \
             and not exists (select from pg_stat_activity a where a.usename = r.rolname)",
            scratch::PREFIX
        ),
        Dialect::Mysql => format!(
            "select cast(concat(quote(u.user), '@', quote(u.host)) as char) from mysql.user u \
             where u.user like '{}%' and char_length(u.user) = {} and not exists (select 1 from \
             information_schema.schemata s where left(s.schema_name, {}) = concat('{}', substr(u.user, {})))",
            PREFIX.replace('_', "\\_"),
            PREFIX.len() + LETTERS,
            scratch::PREFIX.len() + LETTERS,
            scratch::PREFIX,
            PREFIX.len() + 1
        ),
    };
    for account in outside.names(&query).await.unwrap_or_default() {
        let name = match dialect {
            Dialect::Mysql => account.split('\'').nth(1).and_then(of_mysql),
            Dialect::Postgres | Dialect::Sqlite => Some(account.clone()),
        };
        let kind = if dialect == Dialect::Postgres { "role" } else { "user" };
        if name.is_some_and(|name| scratch::is_old(&name)) {
            let _ = outside.run(&format!("drop {kind} if exists {account}")).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_known_by_its_name_and_fits_into_32_letters() {
        let scratch = format!("{}{}", scratch::PREFIX, uuid::Uuid::now_v7().simple());
        let name = mysql_name(&scratch).unwrap();
        assert_eq!(name.len(), 32);
        assert!(is_ours(Dialect::Mysql, &name) && is_ours(Dialect::Postgres, &scratch));
        for other in ["switchback_deploy", "switchback_of_the_shop_people_xx", "root"] {
            assert!(!is_ours(Dialect::Mysql, other) && !is_ours(Dialect::Postgres, other), "{other}");
        }
    }
}
