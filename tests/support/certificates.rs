//! Certificates of an authority of the test's own: for an engine on the loopback and for its client.

use crate::part::PartError;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A folder with an authority, `server/` and `client/`; each of the two holds what Docker expects in such a folder.
#[derive(Debug)]
pub struct Certificates(tempfile::TempDir);

impl Certificates {
    /// Makes all of them anew.
    pub fn make() -> Result<Self, PartError> {
        let folder = tempfile::tempdir().map_err(PartError::io("make a temporary folder"))?;
        let at = folder.path();
        let (key, authority) = (at.join("key.pem"), at.join("ca.pem"));
        request("/CN=authority", &key, &authority, &["basicConstraints=critical,CA:TRUE"], None)?;
        for (name, usage) in [("server", "serverAuth"), ("client", "clientAuth")] {
            let own = at.join(name);
            std::fs::create_dir(&own).map_err(PartError::io("make a folder"))?;
            std::fs::copy(&authority, own.join("ca.pem")).map_err(PartError::io("copy a certificate"))?;
            let usage = format!("extendedKeyUsage={usage}");
            let extensions = ["basicConstraints=critical,CA:FALSE", "subjectAltName=IP:127.0.0.1", &usage];
            let subject = format!("/CN={name}");
            request(&subject, &own.join("key.pem"), &own.join("cert.pem"), &extensions, Some((&authority, &key)))?;
        }
        Ok(Self(folder))
    }

    /// What the engine is given.
    pub fn server(&self) -> PathBuf {
        self.0.path().join("server")
    }

    /// What its client is given.
    pub fn client(&self) -> PathBuf {
        self.0.path().join("client")
    }
}

fn request(
    subject: &str,
    key: &Path,
    certificate: &Path,
    extensions: &[&str],
    by: Option<(&Path, &Path)>,
) -> Result<(), PartError> {
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2"]);
    // Not the machine's settings, which may add extensions of their own.
    command.args(["-config", "/dev/null", "-subj", subject]);
    command.arg("-keyout").arg(key).arg("-out").arg(certificate);
    for extension in extensions {
        command.args(["-addext", extension]);
    }
    if let Some((authority, key)) = by {
        command.arg("-CA").arg(authority).arg("-CAkey").arg(key);
    }
    let output = command.output().map_err(|_| PartError::missing("openssl (package openssl)"))?;
    if output.status.success() {
        return Ok(());
    }
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(PartError::Ended { what: "openssl req".to_owned(), status: output.status.to_string(), log })
}
