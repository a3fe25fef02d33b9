//! This machine, this user, this process, and this moment: the ports that are one line each.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use switchback_core::{
    ident::{Actor, Clock, IdSource, Instant},
    port::Owner,
    release::Digest,
};
use uuid::Uuid;

/// The system's clock.
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }
}

/// The time.
pub fn clock() -> Arc<dyn Clock> {
    #[cfg(debug_assertions)]
    if let Some(set) = crate::stand_in::SetClock::named() {
        return Arc::new(set);
    }
    Arc::new(SystemClock)
}

/// UUIDv7 from the system's randomness.
pub struct RandomIds;

impl IdSource for RandomIds {
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// `SWITCHBACK_HOME`, else the platform's data directory.
pub fn home() -> Option<PathBuf> {
    if let Some(home) = std::env::var_os("SWITCHBACK_HOME").filter(|home| !home.is_empty()) {
        return Some(PathBuf::from(home));
    }
    Some(directories::ProjectDirs::from("dev", "switchback", "switchback")?.data_dir().to_owned())
}

/// Makes the home directory, for its owner only.
pub fn make_private(home: &Path) -> io::Result<()> {
    std::fs::create_dir_all(home)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(home, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// The keychain's service name: the usual home is `switchback`; others get a suffix, so that two homes on one machine
/// do not share secrets.
pub fn keychain_name(home: &Path) -> String {
    let usual =
        directories::ProjectDirs::from("dev", "switchback", "switchback").map(|dirs| dirs.data_dir().to_owned());
    if usual.as_deref() == Some(home) {
        return "switchback".to_owned();
    }
    let full = std::fs::canonicalize(home).unwrap_or_else(|_| home.to_owned());
    format!("switchback-{}", Digest::of(full.as_os_str().as_encoded_bytes()).short())
}

fn user() -> String {
    #[cfg(debug_assertions)]
    if let Some(name) = crate::stand_in::user() {
        return name;
    }
    whoami::username().unwrap_or_else(|_| "unknown".to_owned())
}

fn host() -> String {
    whoami::hostname().unwrap_or_else(|_| "this machine".to_owned())
}

/// Who acts.
pub fn actor(client: &str) -> Actor {
    Actor { name: user(), origin: format!("{client}, {}", host()) }
}

/// This process, as leases name it.
pub fn owner(client: &str) -> Owner {
    let host = host();
    Owner { label: format!("{}, {client} on {host}", user()), host, pid: std::process::id(), session: Uuid::now_v7() }
}
