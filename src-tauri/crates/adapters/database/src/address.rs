//! A database's address as the team's own commands are told it: in their environment, where no other user reads it.

use crate::Place;
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt::Write as _;
use switchback_core::server::Server;

/// `DATABASE_URL`, which most tools read by themselves, and its parts for those that do not.
pub fn environment(place: &Place, password: Option<&SecretString>) -> Vec<(&'static str, SecretString)> {
    let mut given = vec![("DATABASE_URL", url(place, password))];
    match place {
        Place::Postgres(at) | Place::Mysql(at) => {
            given.push(("SWITCHBACK_HOST", at.host.clone().into()));
            given.push(("SWITCHBACK_DATABASE", at.dbname.clone().into()));
            given.push(("SWITCHBACK_USER", at.user.clone().into()));
            given.extend(at.port.map(|port| ("SWITCHBACK_PORT", port.to_string().into())));
            given.extend(password.map(|password| ("SWITCHBACK_PASSWORD", password.clone())));
        }
        Place::Sqlite(path) => given.push(("SWITCHBACK_DATABASE", path.display().to_string().into())),
    }
    given
}

/// A socket's folder or path cannot stand where a host does, so it is a parameter, as the servers' own clients read it; the
/// host before it is one because Node's client takes no address without.
fn url(place: &Place, password: Option<&SecretString>) -> SecretString {
    let (scheme, socket, at) = match place {
        Place::Postgres(at) => ("postgresql", "host", at),
        Place::Mysql(at) => ("mysql", "socket", at),
        Place::Sqlite(path) => return format!("sqlite:///{}", path.display()).into(),
    };
    let Server { host, port, dbname, user } = at;
    let password = password.map(|password| format!(":{}", encoded(password.expose_secret()))).unwrap_or_default();
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let (user, dbname) = (encoded(user), encoded(dbname));
    if host.starts_with('/') {
        return format!("{scheme}://{user}{password}@localhost{port}/{dbname}?{socket}={}", encoded(host)).into();
    }
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    format!("{scheme}://{user}{password}@{host}{port}/{dbname}").into()
}

fn encoded(text: &str) -> String {
    let mut url = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => url.push(char::from(byte)),
            _ => drop(write!(url, "%{byte:02X}")),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(place: &str, password: Option<&str>) -> String {
        let password = password.map(SecretString::from);
        let given = environment(&place.parse().unwrap(), password.as_ref());
        given.iter().fold(String::new(), |told, (name, value)| told + name + "=" + value.expose_secret() + " ")
    }

    #[test]
    fn a_database_is_told_as_an_address_and_in_parts() {
        assert_eq!(
            told("postgres:host=db port=5433 dbname=shop user=app", Some("a b/@:é")),
            "DATABASE_URL=postgresql://app:a%20b%2F%40%3A%C3%A9@db:5433/shop SWITCHBACK_HOST=db SWITCHBACK_DATABASE=shop \
             SWITCHBACK_USER=app SWITCHBACK_PORT=5433 SWITCHBACK_PASSWORD=a b/@:é "
        );
        let first = |place: &str| told(place, None).split(' ').next().unwrap_or_default().to_owned();
        assert_eq!(
            first("postgres:host=/run/pg port=5433 dbname=shop user=app"),
            "DATABASE_URL=postgresql://app@localhost:5433/shop?host=%2Frun%2Fpg"
        );
        assert_eq!(first("mysql:host=::1 dbname=shop user=app"), "DATABASE_URL=mysql://app@[::1]/shop");
        assert_eq!(first("sqlite:/var/shop.db"), "DATABASE_URL=sqlite:////var/shop.db");
    }
}
