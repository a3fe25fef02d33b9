//! Which home the window shows. The window opens at once; calls wait here until the application behind it is ready.
//!
//! The user's own home when anything is configured in it. Else the living demo, in a home of its own below it, so that
//! applying a policy to the user's home brings that up at the next start, and what the window imports at once. A home that
//! cannot be opened still gets a window: every call answers with the error.

use std::{path::PathBuf, sync::Arc};
use switchback_api::{ApiError, App};
use switchback_wiring::{Courier, Options, Wired};
use tokio::sync::watch;

/// The demo's home, inside the user's.
const DEMO_HOME: &str = "demo-home";
/// Set to anything: an empty home shows as empty.
const NO_DEMO: &str = "SWITCHBACK_NO_DEMO";

/// The open application.
#[derive(Clone)]
pub struct Open {
    /// What answers calls.
    pub app: App,
    /// Delivers messages, and reads its channels anew after a policy was applied.
    pub courier: Courier,
    /// The user's own home, where this is the demo in its place.
    pub own: Option<Arc<Open>>,
}

type Shown = Option<Result<Open, ApiError>>;

/// Holds what the window shows; `None` while it opens. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    shown: watch::Sender<Shown>,
}

impl Default for Desk {
    fn default() -> Self {
        Self { shown: watch::Sender::new(None) }
    }
}

impl Desk {
    /// Opens the user's home, or the demo when nothing is configured there.
    pub async fn open(&self) {
        let own = match wired(None).await {
            Ok(own) => own,
            Err(error) => return self.show(Err(error)),
        };
        let empty = own.app.is_empty().await.is_ok_and(|empty| empty);
        if !empty || std::env::var_os(NO_DEMO).is_some() {
            return self.show(Ok(own));
        }
        if let Err(error) = self.demo_below(&own).await {
            // The user's own home works, so it is what they get.
            tracing::warn!(%error, "the demo cannot be opened");
            self.show(Ok(own));
        }
    }

    /// Shows the demo from now on, in place of an empty home.
    pub async fn load_demo(&self) -> Result<(), ApiError> {
        let own = self.current().await?;
        if own.app.home().demo {
            return Ok(());
        }
        if !own.app.is_empty().await? {
            return Err(ApiError::new(
                "bad_input",
                "this home is in use; the demo takes the place of an empty one only",
            ));
        }
        self.demo_below(&own).await
    }

    /// Shows the user's own home from now on, in place of the demo.
    pub fn leave_demo(&self, own: &Open) {
        self.show(Ok(own.clone()));
    }

    /// What is shown, once it is open.
    pub async fn current(&self) -> Result<Open, ApiError> {
        let mut shown = self.shown.subscribe();
        let ready = shown.wait_for(Option::is_some).await.map(|shown| shown.clone());
        ready.ok().flatten().unwrap_or_else(|| Err(ApiError::new("internal", "the window is closing")))
    }

    /// Ticks when something else is shown.
    pub fn changes(&self) -> watch::Receiver<Shown> {
        self.shown.subscribe()
    }

    /// Opens the demo below a home and shows it at once; it fills while the window watches.
    async fn demo_below(&self, own: &Open) -> Result<(), ApiError> {
        let home = own.app.home().path.join(DEMO_HOME);
        switchback_wiring::mark_demo(&home)?;
        let demo = Open { own: Some(Arc::new(own.clone())), ..wired(Some(home)).await? };
        let app = demo.app.clone();
        // One that a window left half filled is filled on.
        tauri::async_runtime::spawn(async move {
            if let Err(error) = switchback_wiring::set_up_demo(&app).await {
                tracing::error!(%error, "the demo is not complete");
            }
        });
        self.show(Ok(demo));
        Ok(())
    }

    fn show(&self, shown: Result<Open, ApiError>) {
        if let Err(error) = &shown {
            tracing::error!(%error, "this home cannot be opened");
        }
        if let Ok(open) = &shown {
            keep_going(open);
        }
        self.shown.send_replace(Some(shown));
    }
}

async fn wired(home: Option<PathBuf>) -> Result<Open, ApiError> {
    let Wired { app, courier } = switchback_wiring::open(Options { home, client: "desktop" }).await?;
    Ok(Open { app, courier, own: None })
}

/// Finishes or undoes what a process that died left behind, delivers messages, begins what is scheduled, and keeps routers
/// on what serves.
fn keep_going(open: &Open) {
    let app = open.app.clone();
    tauri::async_runtime::spawn(async move {
        match app.recover().await {
            Ok(0) => {}
            Ok(found) => tracing::info!(found, "deployments of a process that died were brought to their end"),
            Err(error) => tracing::error!(%error, "deployments of a process that died wait"),
        }
    });
    tauri::async_runtime::spawn(open.courier.clone().run(open.app.clone()));
    tauri::async_runtime::spawn(open.app.clone().keep_agenda());
    tauri::async_runtime::spawn(open.app.clone().keep_routers());
}
