//! The operating system's keychain behind the `Secrets` port: Secret Service, macOS Keychain or Windows Credential Manager.
//!
//! Apart, because it is the one crate that links `keyring` and the one place where a value is stored. Each name has an
//! index entry and one entry per value under `name@fingerprint`, so that a rollback finds the secret of its day.
//!
//! Deliberately not here: any fallback. Without a keychain nothing is stored, in no file and in no memory of our own.
//! Nor a cache: a value is read when it is asked for, and its bytes are wiped afterwards. What the bus library keeps of
//! them in its own buffers is outside our reach.

mod bounds;
mod index;
mod store;
mod turn;

use crate::bounds::{check_fingerprint, check_name, check_value};
use crate::index::{Index, KEPT};
use crate::store::{Store, apart};
use crate::turn::Turn;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use switchback_core::port::{SecretError, SecretStatus, Secrets};
use switchback_core::workload::SecretRef;
use zeroize::{Zeroize, Zeroizing};

/// The entry that holds the desk's signing seed; no secret may take this name.
pub const SIGNING_KEY: &str = "switchback-signing-key";

/// The keychain, seen through one service name.
#[derive(Debug, Clone)]
pub struct Keychain {
    store: Store,
}

impl Keychain {
    /// A view on the entries of `service`: `switchback`, with a suffix for a home other than the usual one. Touches
    /// nothing; ask `status` at start whether there is a keychain behind it.
    pub fn open(service: &str) -> Self {
        Self { store: Store::new(service) }
    }

    /// The desk's ed25519 seed, drawn and stored when it is asked for the first time. Wipe it after use.
    ///
    /// A stored seed that cannot be read is an error and is never replaced: what it signed would lose its proof.
    pub async fn signing_key(&self) -> Result<[u8; 32], SecretError> {
        let store = self.store.clone();
        apart(move || signing_key(&store)).await
    }
}

#[async_trait]
impl Secrets for Keychain {
    async fn status(&self) -> SecretStatus {
        let store = self.store.clone();
        match apart(move || store.probe()).await {
            Ok(kind) => SecretStatus { available: true, detail: kind.to_owned() },
            Err(SecretError::NoKeychain { why }) => SecretStatus { available: false, detail: why },
            Err(error) => SecretStatus { available: false, detail: error.to_string() },
        }
    }

    async fn set(&self, name: &str, value: SecretString) -> Result<SecretRef, SecretError> {
        check_name(name)?;
        check_value(value.expose_secret())?;
        let (store, name) = (self.store.clone(), name.to_owned());
        apart(move || set(&store, name, &value)).await
    }

    async fn current(&self, name: &str) -> Result<SecretRef, SecretError> {
        check_name(name)?;
        let (store, name) = (self.store.clone(), name.to_owned());
        apart(move || {
            let index = index(&store, &name)?;
            match index.as_ref().and_then(Index::current) {
                Some(fingerprint) => Ok(SecretRef { fingerprint: fingerprint.to_owned(), name }),
                None => Err(SecretError::Missing { name }),
            }
        })
        .await
    }

    async fn get(&self, reference: &SecretRef) -> Result<SecretString, SecretError> {
        let (store, entry) = (self.store.clone(), entry_of(reference)?);
        apart(move || match store.read(&entry)? {
            Some(value) => Ok(SecretString::from(value.as_str())),
            None => Err(SecretError::Missing { name: entry }),
        })
        .await
    }

    async fn has(&self, reference: &SecretRef) -> Result<bool, SecretError> {
        let (store, entry) = (self.store.clone(), entry_of(reference)?);
        apart(move || store.holds(&entry)).await
    }

    async fn remove(&self, name: &str) -> Result<(), SecretError> {
        check_name(name)?;
        let (store, name) = (self.store.clone(), name.to_owned());
        apart(move || {
            let _turn = Turn::take(store.service());
            let index = index(&store, &name)?.ok_or_else(|| SecretError::Missing { name: name.clone() })?;
            // The index goes last, so that a removal that was cut short can be repeated.
            for fingerprint in index.fingerprints() {
                store.delete(&value_entry(&name, fingerprint))?;
            }
            store.delete(&name)
        })
        .await
    }
}

fn set(store: &Store, name: String, value: &SecretString) -> Result<SecretRef, SecretError> {
    let _turn = Turn::take(store.service());
    let mut index = index(store, &name)?.unwrap_or_default();
    if let Some(fingerprint) = index.current().map(str::to_owned)
        && let Some(stored) = store.read(&value_entry(&name, &fingerprint))?
        && stored.as_str() == value.expose_secret()
    {
        return Ok(SecretRef { name, fingerprint });
    }
    let fingerprint = index.unused(|| draw::<6>().map(|bytes| *bytes))?;
    // The value goes first: an index never names a value that is not there.
    store.write(&value_entry(&name, &fingerprint), value.expose_secret())?;
    let dropped = index.add(fingerprint.clone(), store::now());
    store.write(&name, &index.to_text()?)?;
    for old in dropped {
        tracing::info!(name, fingerprint = old, "dropped the oldest of more than {KEPT} values");
        store.delete(&value_entry(&name, &old))?;
    }
    Ok(SecretRef { name, fingerprint })
}

fn signing_key(store: &Store) -> Result<[u8; 32], SecretError> {
    let _turn = Turn::take(store.service());
    if let Some(text) = store.read(SIGNING_KEY)? {
        let bytes = STANDARD.decode(text.as_bytes()).map(Zeroizing::new).map_err(|_| broken_key())?;
        return <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| broken_key());
    }
    let mut seed = draw::<32>()?;
    let text = Zeroizing::new(STANDARD.encode(*seed));
    let written = store.write(SIGNING_KEY, &text);
    let key = *seed;
    seed.zeroize();
    written.map(|()| key)
}

fn broken_key() -> SecretError {
    SecretError::Other { said: format!("the entry {SIGNING_KEY} does not hold a signing key") }
}

fn index(store: &Store, name: &str) -> Result<Option<Index>, SecretError> {
    store.read(name)?.map(|text| Index::from_text(name, &text)).transpose()
}

fn entry_of(reference: &SecretRef) -> Result<String, SecretError> {
    check_name(&reference.name)?;
    check_fingerprint(&reference.fingerprint)?;
    Ok(value_entry(&reference.name, &reference.fingerprint))
}

/// `@` stands in no name, so a value's entry is never another name's index.
fn value_entry(name: &str, fingerprint: &str) -> String {
    format!("{name}@{fingerprint}")
}

fn draw<const N: usize>() -> Result<Zeroizing<[u8; N]>, SecretError> {
    let mut bytes = Zeroizing::new([0; N]);
    match getrandom::fill(bytes.as_mut_slice()) {
        Ok(()) => Ok(bytes),
        Err(error) => Err(SecretError::Other { said: format!("no randomness on this machine: {error}") }),
    }
}
