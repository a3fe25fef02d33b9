//! What a test may put in the place of this machine's clock and user: a Friday afternoon cannot be waited for, and a
//! second person cannot be had on one machine.
//!
//! Debug builds alone hold this module; what is shipped knows the system's clock and the system's user and no other.

use std::{path::PathBuf, time::SystemTime};
use switchback_core::ident::{Clock, Instant};

/// Names a file that holds an instant: the time at which it was written. From then on it passes as usual.
const CLOCK: &str = "SWITCHBACK_TEST_CLOCK";
/// Names the user.
const USER: &str = "SWITCHBACK_TEST_USER";

/// A clock that somebody set.
pub struct SetClock(PathBuf);

impl SetClock {
    /// The one that the surroundings name.
    pub fn named() -> Option<Self> {
        std::env::var_os(CLOCK).map(|path| Self(path.into()))
    }

    fn read(&self) -> Option<Instant> {
        let set: Instant = std::fs::read_to_string(&self.0).ok()?.trim().parse().ok()?;
        let written = std::fs::metadata(&self.0).ok()?.modified().ok()?;
        set.checked_add(SystemTime::now().duration_since(written).unwrap_or_default()).ok()
    }
}

impl Clock for SetClock {
    fn now(&self) -> Instant {
        self.read().unwrap_or_else(Instant::now)
    }
}

/// The user that the surroundings name.
pub fn user() -> Option<String> {
    std::env::var(USER).ok().filter(|name| !name.is_empty())
}
