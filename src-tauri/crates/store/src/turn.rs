//! Turns to write among processes: `<db>.writing` is locked by whoever writes or is about to.
//!
//! SQLite's own waiting is asking again after a while, as long as a tenth of a second. Whoever comes at the right moment is
//! quicker each time, so that of fifty processes some never get in. Here the operating system wakes who waits.

use crate::{
    fault::Fault,
    head::{locked, locked_at_once},
};
use std::{fs::File, path::PathBuf, time::Duration};
use switchback_core::port::LedgerError;
use tokio::sync::oneshot;

/// How long a turn is waited for. A transaction takes milliseconds, but where fifty processes share two cores each of its
/// steps waits for one of them too.
const PATIENCE: Duration = Duration::from_mins(2);

/// A turn, until it is dropped or its process ends.
pub struct Turn {
    _held: File,
}

/// Waits for a turn.
pub async fn take(path: PathBuf) -> Result<Turn, Fault> {
    // Most of the time nobody else writes, and a thread would cost more than the lock.
    if let Some(held) = locked_at_once(&path)? {
        return Ok(Turn { _held: held });
    }
    let (tell, told) = oneshot::channel();
    // A thread of its own, because nothing ends its waiting: the runtime would wait for one of its own when the process ends.
    std::thread::Builder::new().name("turn to write".to_owned()).spawn(move || {
        // Nobody may want it any more, and then it is given back here.
        let _ = tell.send(locked(&path));
    })?;
    match tokio::time::timeout(PATIENCE, told).await {
        Ok(Ok(held)) => Ok(Turn { _held: held? }),
        Ok(Err(_)) => Err(std::io::Error::other("the thread that waits for a turn to write ended").into()),
        Err(_) => {
            let said = format!("other processes have not let it be written for {} s", PATIENCE.as_secs());
            Err(LedgerError::Other { said }.into())
        }
    }
}
