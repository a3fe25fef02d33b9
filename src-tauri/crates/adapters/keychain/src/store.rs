//! The calls on `keyring`: bounded in time, off the async threads, and with errors that hold no value.
//!
//! Apart, because everything the library does by surprise is met here: its calls block, may wait for a person at an
//! unlock prompt, and its errors can carry the bytes they stumbled over. `keyring`'s `v1` face picks the store by
//! platform at compile time: Secret Service on Linux and the BSDs, never kernel keyutils, a file or a mock.
//!
//! The library connects once per process. Who starts the keychain later starts Switchback again; the status says so.

use keyring::{Entry, Error};

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use switchback_core::port::SecretError;
use zeroize::{Zeroize, Zeroizing};

/// How long a call may take: time enough for a person to type the keychain's password.
const PATIENCE: Duration = Duration::from_mins(1);

/// An entry that is never written; asking for it shows whether the keychain answers.
const PROBE: &str = "switchback-probe";

#[cfg(target_os = "macos")]
const KIND: &str = "macOS Keychain";
#[cfg(windows)]
const KIND: &str = "Windows Credential Manager";
#[cfg(not(any(target_os = "macos", windows)))]
const KIND: &str = "Secret Service";

#[cfg(any(target_os = "macos", windows))]
const WAY_OUT: &str = "unlock it, then start Switchback again";
#[cfg(not(any(target_os = "macos", windows)))]
const WAY_OUT: &str = "start and unlock a Secret Service such as GNOME Keyring or KWallet, then start Switchback again; \
     without a desktop session run it under `dbus-run-session` with `gnome-keyring-daemon --unlock`";

/// Entries under one service name. All calls block.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    service: String,
}

impl Store {
    /// Entries of this service.
    pub(crate) fn new(service: &str) -> Self {
        Self { service: service.to_owned() }
    }

    /// Its service name.
    pub(crate) fn service(&self) -> &str {
        &self.service
    }

    /// Asks the keychain something; the answer is which one it is.
    pub(crate) fn probe(&self) -> Result<&'static str, SecretError> {
        self.holds(PROBE).map(|_| KIND)
    }

    /// An entry's text, or none when there is no such entry.
    pub(crate) fn read(&self, user: &str) -> Result<Option<Zeroizing<String>>, SecretError> {
        absent(self.entry(user)?.get_password().map(Zeroizing::new))
    }

    /// Whether there is such an entry; its text stays where it is.
    pub(crate) fn holds(&self, user: &str) -> Result<bool, SecretError> {
        Ok(absent(self.entry(user)?.inner.get_credential())?.is_some())
    }

    /// Writes an entry over what it held.
    pub(crate) fn write(&self, user: &str, text: &str) -> Result<(), SecretError> {
        self.entry(user)?.set_password(text).map_err(told)
    }

    /// Deletes an entry; one that is not there is deleted already.
    pub(crate) fn delete(&self, user: &str) -> Result<(), SecretError> {
        absent(self.entry(user)?.delete_credential()).map(|_| ())
    }

    fn entry(&self, user: &str) -> Result<Entry, SecretError> {
        if let Err(error) = Entry::store_status() {
            return Err(SecretError::NoKeychain { why: format!("{KIND} does not answer ({error}): {WAY_OUT}") });
        }
        Entry::new(&self.service, user).map_err(told)
    }
}

/// Runs a blocking call on a thread of its own.
///
/// Not the runtime's blocking pool: a runtime waits for its pool when it ends, and a prompt nobody answers would hold
/// the command line open for ever.
pub(crate) async fn apart<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    let (answer, asked) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name("keychain".to_owned()).spawn(move || answer.send(call()).is_ok());
    if let Err(error) = thread {
        return Err(SecretError::Other { said: format!("no thread for it: {error}") });
    }
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(SecretError::Other { said: "the call broke off".to_owned() }),
        // What takes this long is a prompt that nobody answers.
        Err(_) => Err(SecretError::Locked),
    }
}

/// Seconds since 1970, for the index.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn absent<T>(result: keyring::Result<T>) -> Result<Option<T>, SecretError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(told(error)),
    }
}

/// The library's error in our words. Those that carry an entry's bytes are wiped and say only what they are.
fn told(error: Error) -> SecretError {
    let said = match error {
        Error::NoStorageAccess(_) => return SecretError::Locked,
        Error::NoDefaultStore => return SecretError::NoKeychain { why: format!("none was found: {WAY_OUT}") },
        Error::BadEncoding(mut bytes) => {
            bytes.zeroize();
            "the entry is not text".to_owned()
        }
        Error::BadDataFormat(mut bytes, _) => {
            bytes.zeroize();
            "the entry is not in the keychain's own format".to_owned()
        }
        Error::Ambiguous(entries) => format!("{} entries have this name; remove all but one", entries.len()),
        Error::TooLong(what, most) => format!("{what} is longer than the {most} this keychain takes"),
        other => other.to_string(),
    };
    SecretError::Other { said }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_never_repeats_the_bytes_it_stumbled_over() {
        let marker = b"hunter2".to_vec();
        for error in [Error::BadEncoding(marker.clone()), Error::BadDataFormat(marker, "hunter2".into())] {
            let told = told(error);
            assert!(!format!("{told} {told:?}").contains("hunter2"), "{told:?}");
        }
    }

    #[test]
    fn a_locked_store_is_told_apart_from_a_missing_one() {
        assert_eq!(told(Error::NoStorageAccess("prompt dismissed".into())), SecretError::Locked);
        assert!(
            matches!(told(Error::NoDefaultStore), SecretError::NoKeychain { why } if why.contains("GNOME Keyring"))
        );
    }

    #[tokio::test]
    async fn a_call_that_panics_is_an_error_and_not_a_panic() {
        let result = apart(|| -> Result<(), SecretError> { panic!("on purpose") }).await;
        assert!(matches!(result, Err(SecretError::Other { .. })), "{result:?}");
    }
}
