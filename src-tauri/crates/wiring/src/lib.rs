//! From where it lives to a running [`App`]: opens the store, the keychain, the runtimes, and wires them.
//!
//! Shared by the shell and the command line, so that both are the same application. The only crate that knows every
//! adapter.

mod apart;
mod channels;
mod databases;
mod demo;
mod errand;
mod here;
mod log;
mod logins;
mod outside;
mod runtimes;
mod seal;
#[cfg(debug_assertions)]
mod stand_in;

pub use channels::Courier;
pub use databases::{
    half_migration, migration_status, planned_migrations, prove_migrations, run_migrations, settle_migration,
};
pub use demo::{mark as mark_demo, set_up as set_up_demo};
pub use errand::errand;
pub use log::log;
pub use switchback_database::{
    Again, Doubt, Half, Moment, Offer, Planned, Progress, Proof, Ran, State as MigrationState,
    Status as MigrationStatus, WayOut,
};

use runtimes::Adapters;
use secrecy::zeroize::Zeroize as _;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use switchback_api::{ApiError, App, Books, Home};
use switchback_core::port::{Ledger, LedgerError, Secrets, Trainbook};
use switchback_database::Servers;
use switchback_engine::{Engine, Ports};
use switchback_keychain::Keychain;
use switchback_process::LocalPrograms;
use switchback_store::{Signer, Store};

/// How to open the application.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The home directory; the platform's data directory, or `SWITCHBACK_HOME`, when `None`.
    pub home: Option<PathBuf>,
    /// What this client calls itself: `cli`, `desktop`, `agent`.
    pub client: &'static str,
}

/// The application with what keeps it going.
pub struct Wired {
    /// What clients talk to.
    pub app: App,
    /// Delivers messages; ask it to run in the background, or once before a command ends.
    pub courier: Courier,
}

/// Opens everything. Nothing is written outside the home directory and the keychain.
pub async fn open(options: Options) -> Result<Wired, ApiError> {
    open_over(options, |store| (store.clone(), store)).await
}

/// The same, with something between the application and its journals: a test, which sees what is written.
pub async fn open_over(
    options: Options,
    journals: impl FnOnce(Arc<Store>) -> (Arc<dyn Ledger>, Arc<dyn Trainbook>),
) -> Result<Wired, ApiError> {
    let home = options.home.or_else(here::home).ok_or_else(|| {
        ApiError::new("bad_input", "this user has no home directory").hint("Give one with --home or SWITCHBACK_HOME.")
    })?;
    // Supervisors work in folders of their own: a path that counts from this one would be another there.
    let whole = std::path::absolute(&home);
    let home = whole.map_err(|error| unusable(&home, &error))?;
    here::make_private(&home).map_err(|error| {
        if error.kind() == std::io::ErrorKind::StorageFull {
            return LedgerError::DiskFull.into();
        }
        unusable(&home, &error)
    })?;
    let keychain = Arc::new(Keychain::open(&here::keychain_name(&home)));
    let store = Arc::new(Store::open(&home.join("history.db"), signer(&keychain).await).await?);
    let seal = Arc::new(seal::DeskSeal(keychain.clone()));
    let secrets: Arc<dyn Secrets> = keychain;
    let adapters = Arc::new(Adapters::new(&home, secrets.clone())?);
    let (ledger, trains) = journals(store.clone());
    let ports = Ports {
        ledger,
        runtimes: adapters,
        databases: Arc::new(Servers::new(Arc::new(LocalPrograms))),
        secrets: secrets.clone(),
        clock: here::clock(),
        ids: Arc::new(here::RandomIds),
        owner: here::owner(options.client),
    };
    let courier = Courier::new(store.clone() as Arc<dyn Ledger>, store.clone(), secrets, ports.clock.clone());
    let demo = home.join(demo::MARK).exists();
    let outside = Arc::new(outside::FromHere::default());
    let app = App::new(
        Engine::new(ports),
        Books {
            history: store.clone(),
            gates: store.clone(),
            agenda: store.clone(),
            proofs: store.clone(),
            drills: store,
            trains,
            apart: Arc::new(apart::Folders(home.join("drills"))),
        },
        outside,
        seal,
        here::actor(options.client),
        Home { path: home, demo },
    );
    courier.refresh().await?;
    Ok(Wired { app, courier })
}

fn unusable(home: &Path, error: &std::io::Error) -> ApiError {
    ApiError::new("home_unusable", format!("{}: {error}", home.display()))
        .with("path", home.display())
        .hint("Choose a folder of your own that can be written to, with --home or SWITCHBACK_HOME.")
}

/// The key that signs the audit, when there is a keychain to keep it; without one entries are chained, not signed.
async fn signer(keychain: &Keychain) -> Option<Signer> {
    match keychain.signing_key().await {
        Ok(mut seed) => {
            let signer = Signer::new(&seed);
            seed.zeroize();
            Some(signer)
        }
        Err(error) => {
            tracing::warn!(%error, "the audit is chained but not signed");
            None
        }
    }
}

/// Installs the one TLS provider. The first thing each `main` does that may speak TLS.
pub fn prepare_tls() {
    // A second call finds it installed; that is fine.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
