//! One arm per command, one use case per arm.

use crate::{
    approval,
    args::{Args, Audit, Command, Format, Policy, Release, Secret},
    board, checklist, diagnose, drill,
    ending::became,
    found, gates, input, looking, migrating, migrations, moves, notify, output,
    output::answer,
    schedule, train, watch, way,
};
use std::{
    collections::BTreeSet,
    io::{IsTerminal as _, Read as _},
    path::Path,
    time::Duration,
};
use switchback_api::{
    ApiError, App, PolicyFile,
    dto::{AuditFilter, AuditVerdict},
};
use switchback_core::schema::OnLoss;
use switchback_wiring::{Options, Wired};

/// An exit code, or the error that has one.
pub type Done = Result<u8, ApiError>;

/// Runs a command; returns the exit code.
pub async fn run(args: Args) -> u8 {
    let format = args.output;
    let done = match &args.command {
        Command::Diagnose(asked) => diagnose::diagnose(format, asked),
        Command::Migrations(asked) if !migrating::changes(asked) => migrations::migrations(format, asked).await,
        Command::Policy(Policy::Schema) => Ok(schema()),
        _ => Box::pin(with_app(args)).await,
    };
    done.unwrap_or_else(|error| output::error(format, &error))
}

async fn with_app(args: Args) -> Done {
    let format = args.output;
    let wired = switchback_wiring::open(Options { home: args.home, client: "cli" }).await?;
    let before = wired.app.generation().await?;
    let done = Box::pin(command(&wired, format, args.command)).await;
    // What this command caused is told before it ends; what cannot be delivered now stays in the outbox. A command that
    // changed nothing does not wait for what others left there.
    let changed = wired.app.generation().await.is_ok_and(|after| after != before);
    if changed {
        tell(&wired).await;
    }
    done
}

/// How long a person at a terminal waits for channels that do not answer. What is not delivered by then stays in the outbox,
/// for the next command, the window or the agent; a pipeline, which may be the last for days, waits as long as it takes.
const HURRY: Duration = Duration::from_secs(3);

async fn tell(wired: &Wired) {
    let courier = &wired.courier;
    let hurried = std::io::stderr().is_terminal();
    let round = if hurried { courier.deliver_within(HURRY).await } else { courier.deliver().await };
    for why in round.map(|round| round.failures).unwrap_or_default() {
        eprintln!("warning: a message was not delivered: {why}");
    }
}

async fn command(wired: &Wired, format: Format, command: Command) -> Done {
    let app = &wired.app;
    match command {
        Command::Apply { file, dry_run, let_go, glass } => {
            let (files, base, glass) = (files(&file)?, base(&file), glass.given());
            let changes = app.apply_with(&files, &base, dry_run, glass.as_ref(), let_go).await?;
            wired.courier.refresh().await?;
            for plain in app.in_plain_text(&files)? {
                eprintln!("warning: {}", output::line(&plain));
            }
            let none = if dry_run { "nothing would change" } else { "nothing changed" };
            let told = |change: &String| output::line(change);
            answer(format, &changes, |changes| {
                if changes.is_empty() {
                    none.to_owned()
                } else {
                    changes.iter().map(told).collect::<Vec<_>>().join("\n")
                }
            });
            if dry_run && let Some(held) = app.policy_held(&files, &base).await? {
                eprintln!("note: it would be refused: {held}");
            }
            Ok(0)
        }
        Command::Export => {
            let yaml = app.export().await?;
            answer(format, &yaml, Clone::clone);
            Ok(0)
        }
        Command::Release(asked) => release(app, format, asked).await,
        Command::Plan(asked) => moves::plan(app, format, asked).await,
        Command::Deploy(asked) => Box::pin(moves::deploy(app, format, asked)).await,
        Command::Rollback(asked) => Box::pin(moves::rollback(app, format, asked)).await,
        Command::Train(asked) => Box::pin(train::train(app, format, asked)).await,
        Command::History { service, environment, limit } => {
            let page = app.history(&format!("{service}/{environment}"), None, limit).await?;
            answer(format, &page, |page| {
                output::table(
                    ["REVISION", "VERSION", "KIND", "OUTCOME", "WAY BACK", "BY", "AT", "TOOK", "DEPLOYMENT"],
                    page.entries.iter().map(|entry| {
                        let outcome = way::ended(entry.kind, &entry.outcome);
                        let kind = format!("{:?}", entry.kind).to_lowercase();
                        [
                            format!("r{}", entry.revision),
                            entry.version.clone(),
                            kind,
                            outcome,
                            way::told(&entry.way_back),
                            entry.by.clone(),
                            entry.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
                            output::took(entry.took_ms),
                            entry.deployment.clone(),
                        ]
                    }),
                )
            });
            Ok(0)
        }
        Command::Diff(asked) => looking::diff(app, format, asked).await,
        Command::Logs(asked) => looking::logs(app, format, asked).await,
        Command::Status => board::status(app, format).await,
        Command::Show { deployment } => show(app, format, &deployment).await,
        Command::Abort { deployment, reason } => done(app.abort(&deployment, &reason).await),
        Command::Confirm { deployment } => done(app.confirm(&deployment).await),
        Command::Resume { lose_data, keep_schema } => moves::resume(app, format, on_loss(lose_data, keep_schema)).await,
        Command::Gates(asked) => gates::gates(app, format, asked).await,
        Command::Window(asked) => gates::window(app, format, asked).await,
        Command::Approve(asked) => gates::approve(app, format, asked).await,
        Command::Checklist(asked) => checklist::checklist(app, format, asked).await,
        Command::Freeze(asked) => gates::freeze(app, format, asked).await,
        Command::Scheduled(asked) => schedule::scheduled(app, format, asked).await,
        Command::Agent => schedule::agent(wired).await,
        Command::Override(asked) => gates::overrides(app, format, asked).await,
        Command::ReleaseLock(asked) => gates::release_lock(app, format, asked).await,
        Command::ReleasePause { target, reason } => done(app.pause_release(&target, &reason).await),
        Command::Quarantine(asked) => gates::quarantine(app, format, asked).await,
        Command::Drift(asked) => found::drift(app, format, asked).await,
        Command::Drill(asked) => Box::pin(drill::drill(app, format, asked)).await,
        Command::Import(asked) => Box::pin(found::import(app, format, asked)).await,
        Command::Secret(asked) => secret(app, format, asked).await,
        Command::Notify(asked) => notify::notify(wired, format, asked).await,
        Command::Audit(asked) => audit(app, format, asked).await,
        Command::Doctor => doctor(app, format).await,
        Command::Demo => {
            let targets = switchback_wiring::set_up_demo(app).await?;
            answer(format, &targets, |targets| format!("the demo runs: {}", targets.join(", ")));
            Ok(0)
        }
        Command::Approval(asked) => approval::approval(app, format, asked).await,
        Command::Policy(Policy::Schema) => Ok(schema()),
        Command::Diagnose(asked) => diagnose::diagnose(format, &asked),
        Command::Migrations(asked) => migrating::migrating(app, format, &asked).await,
    }
}

fn done(result: Result<(), ApiError>) -> Done {
    result.map(|()| 0)
}

/// What editors complete and check by. JSON in either format.
fn schema() -> u8 {
    answer(Format::Json, &switchback_api::policy_schema(), |_| String::new());
    0
}

/// The policy files at a path.
pub fn files(path: &Path) -> Result<Vec<PolicyFile>, ApiError> {
    let unreadable = |path: &Path, error: std::io::Error| {
        input::unreadable(path.display(), &error)
            .hint("Give the path of a policy file in UTF-8, or of a folder of them.")
    };
    let mut paths = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, error))?;
        let yaml = |path: &std::path::PathBuf| path.extension().is_some_and(|kind| kind == "yaml" || kind == "yml");
        paths = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(yaml).collect();
        paths.sort();
        if paths.is_empty() {
            return Err(ApiError::new("bad_input", format!("{} holds no policy file (.yaml, .yml)", path.display()))
                .with("path", path.display())
                .hint("Give the path of a policy file, or of a folder of them; nothing was applied."));
        }
    }
    paths
        .iter()
        .map(|path| {
            Ok((path.display().to_string(), std::fs::read_to_string(path).map_err(|error| unreadable(path, error))?))
        })
        .collect()
}

/// Where relative paths in them count from.
pub fn base(path: &Path) -> std::path::PathBuf {
    let full = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if full.is_dir() { full } else { full.parent().map(Path::to_owned).unwrap_or_default() }
}

async fn release(app: &App, format: Format, asked: Release) -> Done {
    match asked {
        Release::Add { service, version, from, commit, notes } => {
            let release = app.release_add(&service, &version, from.as_deref(), commit, &notes).await?;
            answer(format, &release, |release| format!("{service} {} is {}", release.version, release.artifact));
        }
        Release::List { service } => {
            let releases = app.releases(&service).await?;
            answer(format, &releases, |releases| {
                output::table(
                    ["VERSION", "ARTIFACT", "ADDED", "BY", "NOTES"],
                    releases.iter().map(|release| {
                        let notes = if release.quarantined {
                            format!("QUARANTINED {}", release.notes)
                        } else {
                            release.notes.clone()
                        };
                        [
                            release.version.clone(),
                            release.artifact.clone(),
                            release.added_at.to_string(),
                            release.by.clone(),
                            notes,
                        ]
                    }),
                )
            });
        }
        Release::Show { service, version } => {
            let releases = app.releases(&service).await?;
            let release = releases.into_iter().find(|release| release.version == version).ok_or_else(|| {
                ApiError::new("not_found", format!("{service} has no release {version}"))
                    .hint(format!("`switchback release list {service}`"))
            })?;
            answer(format, &release, |release| format!("{} {}\n{}", release.version, release.artifact, release.notes));
        }
    }
    Ok(0)
}

async fn show(app: &App, format: Format, id: &str) -> Done {
    let view = app.deployment(id).await?;
    answer(format, &view, |view| {
        watch::tell(view, &mut BTreeSet::new());
        became(view)
    });
    Ok(0)
}

async fn secret(app: &App, format: Format, asked: Secret) -> Done {
    match asked {
        Secret::Set { name } | Secret::Rotate { name } => {
            let mut value = String::new();
            std::io::stdin()
                .take(64 * 1024 + 1)
                .read_to_string(&mut value)
                .map_err(|error| ApiError::new("bad_input", error.to_string()))?;
            let value = value.strip_suffix('\n').map(str::to_owned).unwrap_or(value);
            let least = switchback_core::mask::SHORTEST;
            if (1..least).contains(&value.len()) {
                eprintln!("note: a value below {least} bytes is too short to be masked in what programs print");
            }
            let fingerprint = app.secret_set(&name, value.into()).await?;
            answer(format, &serde_json::json!({ "name": name, "fingerprint": fingerprint }), |_| {
                format!("{name} {fingerprint}")
            });
        }
        Secret::List => {
            let rows = app.secret_list().await?;
            answer(format, &rows, |rows| {
                output::table(
                    ["NAME", "FINGERPRINT", "SET"],
                    rows.iter().map(|row| [row.name.clone(), row.fingerprint.clone(), row.set_at.to_string()]),
                )
            });
        }
        Secret::Remove { name, confirm } => {
            app.secret_remove(&name, &confirm).await?;
            eprintln!("{name} is removed with all its values; no revision gets any of them back");
        }
    }
    Ok(0)
}

async fn audit(app: &App, format: Format, asked: Audit) -> Done {
    match asked {
        Audit::List { search, who, environment, every_step, train } => {
            let search = match train {
                Some(train) => format!("{} {search}", app.train(&train).await?.name),
                None => search,
            };
            let page =
                app.audit(AuditFilter { search, who, environment, every_step, ..AuditFilter::default() }).await?;
            answer(format, &page, |page| {
                output::table(
                    ["NO", "WHEN", "WHO", "WHAT", "SUBJECT", "WHERE", "WHY"],
                    page.entries.iter().map(|entry| {
                        [
                            entry.seq.to_string(),
                            entry.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
                            entry.who.clone(),
                            entry.action.clone(),
                            entry.subject.clone(),
                            entry.environment.clone().unwrap_or_default(),
                            entry.why.clone(),
                        ]
                    }),
                )
            });
            Ok(0)
        }
        Audit::Verify => {
            let verdict = app.audit_verify().await?;
            let (code, text) = match &verdict {
                AuditVerdict::Intact { entries, unsigned, head, .. } => {
                    let note =
                        if *unsigned > 0 { format!(", {unsigned} of them without a signature") } else { String::new() };
                    (0, format!("intact: {entries} entries{note}, head {head}"))
                }
                AuditVerdict::Broken { seq, why } => (8, format!("broken at entry {seq}: {why}")),
            };
            answer(format, &verdict, |_| text);
            Ok(code)
        }
        Audit::Export => {
            let mut cursor = None;
            loop {
                let page = app
                    .audit(AuditFilter { cursor: cursor.take(), every_step: true, ..AuditFilter::default() })
                    .await?;
                for entry in &page.entries {
                    println!("{}", serde_json::to_string(entry).unwrap_or_default());
                }
                match page.next {
                    Some(next) => cursor = Some(next),
                    None => return Ok(0),
                }
            }
        }
    }
}

async fn doctor(app: &App, format: Format) -> Done {
    let settings = app.settings().await?;
    answer(format, &settings, |settings| {
        let mut text = format!("home      {}\nkeychain  {}\n", settings.home, settings.keychain.detail);
        for engine in &settings.engines {
            let word = if engine.reachable { "ok" } else { "unreachable" };
            text += &format!("{}  {word}  {}  {}\n", engine.name, engine.endpoint, engine.detail);
        }
        text
    });
    Ok(match settings {
        settings if settings.engines.iter().any(|engine| !engine.reachable) => 6,
        settings if !settings.keychain.available => 1,
        _ => 0,
    })
}

/// What a person says about rows that a way back would lose.
const fn on_loss(lose: bool, keep: bool) -> Option<OnLoss> {
    match (lose, keep) {
        (true, _) => Some(OnLoss::Lose),
        (_, true) => Some(OnLoss::Keep),
        _ => None,
    }
}
