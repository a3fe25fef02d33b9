//! The living demo: a small web service on the process runtime, really deployed, really broken, really undone.
//!
//! Its programs are shell scripts around the machine's own Python or busybox, so that nothing has to be installed and
//! nothing of it is pretended. It lives in its own home directory beside the usual one and goes away with it.

use std::{net::TcpListener, path::Path};
use switchback_api::{
    ApiError, App, Overriding,
    dto::{HistoryEntry, Outcome},
};
use switchback_core::{deployment::State, failure::FailureKind};

/// The file in a home directory that says: this is the demo.
pub const MARK: &str = "demo";

/// Its second line, once the demo is whole.
const FILLED: &str = "It is filled.\n";

/// A good server: answers on `$1`, says its version.
const GOOD: &str = include_str!("demo/server.sh");
/// The server of the bad night: looks for its database on localhost and dies.
const BAD: &str = include_str!("demo/bad-server.sh");
/// The policy of the demo.
const POLICY: &str = include_str!("demo/switchback.yaml");

/// The ports it names.
const PORTS: [u16; 3] = [18081, 18082, 18090];

/// How often a version is shipped again because somebody took its port meanwhile.
const TRIES: u32 = 3;

/// Versions of the demo's history, oldest first, with what is in them. The bad one is deployed too.
const HISTORY: [(&str, &str, bool); 6] = [
    ("1.0.0", "First light", true),
    ("1.1.0", "Faster start page", true),
    ("1.2.0", "Order totals", true),
    ("1.3.0", "Simpler local setup", false),
    ("1.3.1", "Simpler local setup, with the right database", true),
    ("1.4.0", "Gift notes", true),
];

/// Fills a home with the demo: folders, policy, and a history made by deploying each version for real. Goes on where an
/// earlier one stopped, however it ended; a demo that is whole is left alone, whatever became of it since.
pub async fn set_up(app: &App) -> Result<Vec<String>, ApiError> {
    let home = app.home().path.clone();
    let targets = vec!["web/staging".to_owned(), "web/production".to_owned()];
    if std::fs::read_to_string(home.join(MARK)).is_ok_and(|text| text.ends_with(FILLED)) {
        return Ok(targets);
    }
    app.recover().await?;
    let base = home.join("demo-files");
    for (version, _, good) in HISTORY {
        release_folder(&base, version, good)
            .map_err(|error| ApiError::new("home_unusable", format!("{}: {error}", base.display())))?;
    }
    mark(&home)?;
    // The policy names ports that were free when it was made; its own services hold them now.
    if app.is_empty().await? {
        app.apply(&[("demo.yaml".to_owned(), policy())], &base, false).await?;
    }
    for target in &targets {
        let had = app.history(target, None, 100).await?.entries;
        for (version, notes, good) in HISTORY {
            // Production has not had the newest yet: promoting it is the visitor's first act.
            let first_act = target == "web/production" && version == "1.4.0";
            let settled = |entry: &HistoryEntry| !good || matches!(entry.outcome, Outcome::Succeeded);
            if first_act || had.iter().any(|entry| entry.version == version && settled(entry)) {
                continue;
            }
            let known = app.releases("web").await?.iter().any(|release| release.version == version);
            if !known {
                app.release_add("web", version, None, None, notes).await?;
            }
            let mut ended = ship(app, target, version, notes).await;
            for _ in 0..TRIES {
                // Somebody took a port between the look and the start.
                let Some(port) = taken(&ended) else { break };
                let moved = app.export().await?.replace(&port.to_string(), &free(0).unwrap_or(port).to_string());
                app.apply(&[("demo.yaml".to_owned(), moved)], &base, false).await?;
                ended = ship(app, target, version, notes).await;
            }
            let ended = ended?;
            if good && ended != State::Succeeded {
                return Err(not_running(target, version, ended));
            }
        }
    }
    write_mark(&home, FILLED)?;
    Ok(targets)
}

async fn ship(app: &App, target: &str, version: &str, notes: &str) -> Result<State, ApiError> {
    let environment = target.split('/').next_back().unwrap_or_default();
    let overriding = Overriding::because("the demo shows what a bad release does");
    let plan = app.plan_deploy(target, version).await?;
    Ok(app.execute(&plan.plan_hash, notes, environment, Some(&overriding)).await?.1)
}

/// The port that somebody else was quicker to take: before it began, or while it was under way.
fn taken(ended: &Result<State, ApiError>) -> Option<u16> {
    match ended {
        Ok(State::RolledBack { cause }) => match cause.failure.kind {
            FailureKind::PortInUse { port } => Some(port),
            _ => None,
        },
        Err(refused) if refused.code == "port_in_use" => refused.params.get("port")?.parse().ok(),
        _ => None,
    }
}

/// A demo whose own good release does not run is no demo: what hindered it is told.
fn not_running(target: &str, version: &str, ended: State) -> ApiError {
    let what = format!("the demo's own {version} did not arrive on {target}");
    match ended {
        State::RolledBack { cause } | State::Stuck { cause, .. } => {
            let mut told = ApiError::from(cause.failure);
            told.causes.insert(0, what);
            told
        }
        other => ApiError::new("conflict", format!("{what}: it is {}", other.name())),
    }
}

/// Marks a home directory as the demo's. A client that shows the demo while it fills does so before it opens it.
pub fn mark(home: &Path) -> Result<(), ApiError> {
    if home.join(MARK).exists() { Ok(()) } else { write_mark(home, "") }
}

fn write_mark(home: &Path, more: &str) -> Result<(), ApiError> {
    crate::here::make_private(home)
        .and_then(|()| std::fs::write(home.join(MARK), format!("This home shows the living demo.\n{more}")))
        .map_err(|error| ApiError::new("home_unusable", format!("{}: {error}", home.display())))
}

/// The policy, with another free port in place of each that somebody else listens on.
fn policy() -> String {
    PORTS.iter().fold(POLICY.to_owned(), |text, wanted| {
        let port = free(*wanted).or_else(|| free(0)).unwrap_or(*wanted);
        text.replace(&wanted.to_string(), &port.to_string())
    })
}

/// This port, or any where it is 0, when nobody listens on it.
fn free(port: u16) -> Option<u16> {
    let listener = TcpListener::bind(("127.0.0.1", port));
    listener.and_then(|listener| listener.local_addr()).ok().map(|address| address.port())
}

fn release_folder(base: &Path, version: &str, good: bool) -> std::io::Result<()> {
    let folder = base.join(version);
    std::fs::create_dir_all(&folder)?;
    let script = if good { GOOD } else { BAD };
    let server = folder.join("server");
    std::fs::write(&server, script)?;
    std::fs::write(folder.join("VERSION"), version)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&server, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
