//! Where a database server is, as the policy file writes it: settings without a password.
//!
//! What was written may hold a password all the same, so no error repeats any of it.

use std::{collections::BTreeMap, str::FromStr};

/// Where a server is and whom to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// A name or address, or the folder (PostgreSQL) or path (MySQL) of a socket.
    pub host: String,
    /// The port, when not the usual one.
    pub port: Option<u16>,
    /// The database's name.
    pub dbname: String,
    /// The user.
    pub user: String,
}

/// Why settings lead nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoServer {
    /// A password stands among them.
    #[error("a password is never written there: keep it in the keychain, and name it under \"password\"")]
    Password,
    /// They are not in the form of settings.
    #[error("it is no list of settings KEY=VALUE")]
    Form,
    /// A setting that is not known. It is not repeated, because a password with a sign in it looks like one.
    #[error("it has a setting that is none of host, port, dbname and user")]
    Unknown,
    /// One that is needed is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The port is no number up to 65535.
    #[error("its port is no port")]
    Port,
}

impl FromStr for Server {
    type Err = NoServer;

    fn from_str(text: &str) -> Result<Self, NoServer> {
        let key_of = |word: &str| word.split('=').next().unwrap_or_default().to_ascii_lowercase();
        let is_password = |word: &str| matches!(key_of(word).as_str(), "password" | "passwd" | "pwd" | "pass");
        // Or a URL, whose user goes on after a colon.
        if text.split_whitespace().any(is_password) || (text.contains("//") && text.contains('@')) {
            return Err(NoServer::Password);
        }
        let mut pairs = BTreeMap::new();
        for word in text.split_whitespace() {
            let (key, value) = word.split_once('=').ok_or(NoServer::Form)?;
            if !matches!(key, "host" | "port" | "dbname" | "user") {
                return Err(NoServer::Unknown);
            }
            pairs.insert(key, value.to_owned());
        }
        let mut take = |key| pairs.remove(key).ok_or(NoServer::Missing(key));
        let (host, dbname, user) = (take("host")?, take("dbname")?, take("user")?);
        let port = pairs.remove("port").map(|port| port.parse().map_err(|_| NoServer::Port)).transpose()?;
        Ok(Self { host, port, dbname, user })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_refused_in_every_form_and_never_repeated() {
        let read = |text: &str| text.parse::<Server>();
        assert_eq!(read("host=db port=5433 dbname=shop user=app").map(|at| at.port), Ok(Some(5433)));
        for text in [
            "host=db dbname=shop user=app password=sesame",
            "host=db dbname=shop user=app PASSWORD = sesame",
            "postgres://app:sesame@db/shop?sslmode=require",
            "//app:sesame@db/shop",
        ] {
            assert_eq!(read(text), Err(NoServer::Password), "{text}");
        }
        assert_eq!(read("host=db dbname=shop user=app:sesame ses=ame"), Err(NoServer::Unknown));
        assert_eq!(read("host=db user=app"), Err(NoServer::Missing("dbname")));
        for text in ["host=db dbname=shop user=app port=sesame", "host=db sesame", "x=sesame"] {
            assert!(!read(text).unwrap_err().to_string().contains("sesame"), "{text}");
        }
    }
}
