//! The folder of certificates of an engine that wants TLS, looked at before it is used: the client names no file when one is
//! missing or is not what it should be.

use rustls::pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{Error, PemObject as _},
};
use std::path::Path;

/// What is wrong with a folder, by file; nothing where it can be used.
pub(crate) fn wrong(folder: &Path) -> Option<String> {
    let certificate =
        |name: &str| told(&folder.join(name), CertificateDer::from_pem_file(folder.join(name)).err(), "certificate");
    let key = folder.join("key.pem");
    certificate("ca.pem")
        .or_else(|| certificate("cert.pem"))
        .or_else(|| told(&key, PrivateKeyDer::from_pem_file(&key).err(), "private key"))
}

fn told(file: &Path, error: Option<Error>, what: &str) -> Option<String> {
    Some(match error? {
        Error::Io(error) => format!("{}: {error}", file.display()),
        // What the file holds is not repeated: it may be a key.
        _ => format!("{} holds no {what} in PEM form", file.display()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";

    #[test]
    fn the_file_that_is_missing_or_garbage_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        put("ca.pem", CERTIFICATE);
        put("cert.pem", CERTIFICATE);
        let missing = wrong(folder.path()).unwrap();
        assert!(missing.contains("key.pem: ") && missing.contains("No such file"), "{missing}");
        for garbage in ["garbage", CERTIFICATE, "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n"] {
            put("key.pem", garbage);
            let told = wrong(folder.path()).unwrap();
            assert!(told.ends_with("key.pem holds no private key in PEM form"), "{told}");
        }
        put("key.pem", KEY);
        assert_eq!(wrong(folder.path()), None);
        put("ca.pem", "");
        assert!(wrong(folder.path()).unwrap().ends_with("ca.pem holds no certificate in PEM form"));
    }
}
