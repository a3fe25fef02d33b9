//! Being told to stop: Ctrl-C at a terminal, SIGTERM from whoever started us.

use futures::{FutureExt as _, channel::oneshot};
use switchback_api::ApiError;
use switchback_core::port::Stop;

/// Both, as one stream.
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    /// From now on they do not end the process.
    pub fn listen() -> Result<Self, ApiError> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let failed = |error: std::io::Error| ApiError::new("internal", error.to_string());
            Ok(Self {
                terminate: signal(SignalKind::terminate()).map_err(failed)?,
                interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// The next one.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Does what can be stopped: the first signal tells it so, and it cleans up after itself; the second does not wait for that.
pub async fn stoppable<T, W>(work: impl FnOnce(Stop) -> W) -> Result<T, ApiError>
where
    W: Future<Output = Result<T, ApiError>>,
{
    let (tell, told) = oneshot::channel();
    let work = work(told.map(drop).boxed().shared());
    tokio::pin!(work);
    let (mut tell, mut signals) = (Some(tell), Signals::listen()?);
    loop {
        tokio::select! {
            done = &mut work => {
                let interrupted = || ApiError::new("aborted", "interrupted: what was made for it is removed");
                return if tell.is_some() { done } else { done.and_then(|_| Err(interrupted())) };
            }
            () = signals.next() => {
                let Some(tell) = tell.take() else {
                    let hint = "The next proof on that server removes what is left.";
                    return Err(ApiError::new("aborted", "interrupted: what was made for it is left").hint(hint));
                };
                eprintln!("interrupted: what was made for it is being removed; once more to leave it as it is");
                // It may have ended at this very moment.
                let _ = tell.send(());
            }
        }
    }
}
