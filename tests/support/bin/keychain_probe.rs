//! The keychain adapter in a process of its own, driven by lines: a process sees one keychain, by its environment.
//!
//! Each line of standard input is one call, each line of standard output its result: `ok ...`, or the kind of error and
//! its words. Values come by standard input, as everywhere.

use secrecy::{ExposeSecret, SecretString};
use std::io::BufRead;
use switchback_core::port::{SecretError, Secrets};
use switchback_core::workload::SecretRef;
use switchback_keychain::Keychain;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let keychain = Keychain::open("switchback-test");
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        match call(&keychain, &words).await {
            Ok(said) => println!("ok {said}"),
            Err(error) => println!("{} {error}", kind(&error)),
        }
    }
    Ok(())
}

async fn call(keychain: &Keychain, words: &[&str]) -> Result<String, SecretError> {
    let reference = |name: &str, print: &str| SecretRef { name: name.to_owned(), fingerprint: print.to_owned() };
    match *words {
        ["status"] => {
            let status = keychain.status().await;
            Ok(format!("{} {}", status.available, status.detail))
        }
        ["set", name, value] => keychain.set(name, SecretString::from(value)).await.map(|set| set.fingerprint),
        ["current", name] => keychain.current(name).await.map(|current| current.fingerprint),
        ["get", name, print] => keychain.get(&reference(name, print)).await.map(|got| got.expose_secret().to_owned()),
        ["has", name, print] => keychain.has(&reference(name, print)).await.map(|has| has.to_string()),
        ["remove", name] => keychain.remove(name).await.map(|()| "removed".to_owned()),
        ["key"] => keychain.signing_key().await.map(|key| format!("{key:?}")),
        _ => Ok("no such call".to_owned()),
    }
}

fn kind(error: &SecretError) -> &'static str {
    match error {
        SecretError::NoKeychain { .. } => "no-keychain",
        SecretError::Locked => "locked",
        SecretError::Missing { .. } => "missing",
        SecretError::BadInput { .. } => "bad-input",
        SecretError::Other { .. } => "other",
    }
}
