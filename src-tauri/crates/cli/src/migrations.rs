//! `switchback migrations`: what can be said of migrations from their files alone needs no home and no database.

use crate::{
    args::{
        Format,
        migrations::{Migrations, On, Place},
    },
    input, migrating,
    output::{self, answer, line},
    run::Done,
    signals,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::{io::IsTerminal as _, path::Path};
use switchback_api::ApiError;
use switchback_core::migration::{self, Migration, Pin, Problem, Script, Set, Wrapping};
use switchback_lint::{Accepted, Asked, Dialect, Report, Reversible, Severity, VersionVerdict};
use switchback_wiring::{Again, Half, MigrationState, MigrationStatus, Proof};

/// The exit code when something refuses: as a gate would.
const REFUSED: u8 = 3;

/// Does it.
pub async fn migrations(format: Format, asked: &Migrations) -> Done {
    match asked {
        Migrations::Pair(place) => pair(format, place),
        Migrations::Lint { place, dialect } => lint(format, place, *dialect),
        Migrations::Prove { place, on, version } => prove(format, place, on, version.as_deref()).await,
        Migrations::Status { place, on } => status(format, place, on).await,
        Migrations::Show { .. }
        | Migrations::Accept(_)
        | Migrations::Run(_)
        | Migrations::Finish(_)
        | Migrations::Undo(_)
        | Migrations::Mark { .. } => Ok(0),
    }
}

/// The answer of `pair`, which is also what `--released` reads.
#[derive(Serialize)]
struct Paired<'a> {
    #[serde(flatten)]
    set: &'a Set,
    /// What a release of this state pins.
    pins: Vec<Pin>,
}

/// The answer of `status`.
#[derive(Serialize)]
struct Stands<'a> {
    #[serde(flatten)]
    status: &'a MigrationStatus,
    /// What is half applied, with the ways out.
    half: Option<&'a Half>,
    /// Whether another run is at it.
    busy: bool,
    /// What does not fit in the folder.
    problems: &'a [Problem],
}

/// As much of an earlier answer as is needed.
#[derive(Deserialize)]
struct Released {
    pins: Vec<Pin>,
    #[serde(default)]
    migrations: Vec<Was>,
}

/// Where a version was when it was released.
#[derive(Deserialize)]
struct Was {
    version: String,
    up: Option<WasAt>,
}

#[derive(Deserialize)]
struct WasAt {
    path: String,
    line: usize,
}

fn pair(format: Format, asked: &Place) -> Done {
    let set = some(asked)?;
    answer(format, &Paired { set: &set, pins: migration::pins(&set) }, |_| told(&set));
    Ok(if set.problems.is_empty() { 0 } else { REFUSED })
}

/// A folder in which there is nothing is most likely not the one that was meant.
pub fn some(asked: &Place) -> Result<Set, ApiError> {
    let set = read(asked)?;
    if set.migrations.is_empty() && set.problems.is_empty() {
        let what = format!("{} holds no migration as {} lays them out", asked.folder.display(), set.layout.as_str());
        return Err(ApiError::new("bad_input", what).hint("Give the folder of the migrations, and their --layout."));
    }
    Ok(set)
}

fn lint(format: Format, asked: &Place, dialect: Dialect) -> Done {
    let set = some(asked)?;
    let released = asked.released.as_deref().map(released).transpose()?.map(|one| one.pins).unwrap_or_default();
    let today = jiff::Zoned::now().date();
    let report = switchback_lint::lint(&Asked { set: &set, dialect, today, released: &released });
    answer(format, &report, reported);
    Ok(if report.refuses() { REFUSED } else { 0 })
}

fn reported(report: &Report) -> String {
    let mut text = String::new();
    for found in &report.findings {
        let severity = if found.severity == Severity::Error { "error" } else { "warning" };
        let rule = found.rule.as_str();
        let (path, why, rewrite) = (line(&found.path), line(&found.why), line(&found.rewrite));
        text += &format!("{path}:{}: {severity}: {rule}: {why}\n  {rewrite}\n", found.line);
    }
    for one in &report.accepted {
        let Accepted { finding, reason, until } = one;
        text += &format!(
            "{}:{}: {} accepted until {until}: {reason}\n",
            line(&finding.path),
            finding.line,
            finding.rule.as_str()
        );
    }
    let row = |one: &VersionVerdict| {
        let word = match one.reversible {
            Reversible::Yes => "yes",
            Reversible::DataLoss => "data loss",
            Reversible::No => "no",
            Reversible::Unknown => "unknown",
        };
        [one.version.clone(), one.name.clone(), word.to_owned(), one.because.as_deref().unwrap_or_default().to_owned()]
    };
    text + &output::table(["VERSION", "NAME", "REVERSIBLE", "BECAUSE"], report.versions.iter().map(row))
}

async fn prove(format: Format, asked: &Place, on: &On, version: Option<&str>) -> Done {
    let set = some(asked)?;
    if let Some(version) = version
        && !set.migrations.iter().any(|migration| migration.version == version)
    {
        return Err(ApiError::new("not_found", format!("there is no version {version} in {}", asked.folder.display())));
    }
    let progress = |proof: &Proof| eprintln!("{} {}: {proof}", proof.version, proof.name);
    let password = password(on)?;
    let proving = |stop| switchback_wiring::prove_migrations(&on.database, password, &set, version, progress, stop);
    let proofs = signals::stoppable(proving).await?;
    // A person at a terminal has seen each of them as it was made.
    let seen = format == Format::Text && std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
    if seen {
        return Ok(proved(&proofs));
    }
    answer(format, &proofs, |proofs| {
        let row = |proof: &Proof| [proof.version.clone(), proof.name.clone(), proof.to_string()];
        output::table(["VERSION", "NAME", "PROOF"], proofs.iter().map(row))
    });
    Ok(proved(&proofs))
}

fn proved(proofs: &[Proof]) -> u8 {
    if proofs.iter().all(|proof| proof.outcome.holds()) { 0 } else { REFUSED }
}

async fn status(format: Format, asked: &Place, on: &On) -> Done {
    let set = read(asked)?;
    let password = password(on)?;
    let (status, busy) = switchback_wiring::migration_status(&on.database, password.clone(), &set).await?;
    let half = if !busy && status.versions.iter().any(|one| one.state == MigrationState::HalfApplied) {
        switchback_wiring::half_migration(&on.database, password, &set).await?
    } else {
        None
    };
    answer(
        format,
        &Stands { status: &status, half: half.as_ref(), busy, problems: &set.problems },
        |Stands { status, half, problems, .. }| {
            let word = |state| match state {
                MigrationState::Applied => "applied",
                MigrationState::Pending => "pending",
                MigrationState::HalfApplied if busy => "under way",
                MigrationState::HalfApplied => "half applied",
                MigrationState::Unknown => "applied, and not in this folder",
            };
            let rows = status.versions.iter().map(|one| {
                let edited = status.edited.iter().any(|edited| edited.version == one.version);
                let state = if edited { "applied, and edited since" } else { word(one.state) };
                [one.version.clone(), one.name.clone().unwrap_or_default(), state.to_owned()]
            });
            let again = status
                .repeatable
                .iter()
                .map(|one| ["-".to_owned(), one.name.clone(), runs_again(one.state).to_owned()]);
            let mut text = output::table(["VERSION", "NAME", "STATE"], rows.chain(again));
            for one in &status.edited {
                text += &format!("\n\n{}\n  {}", line(&one.to_string()), one.way_out());
            }
            for one in status.repeatable.iter().filter(|one| one.state == Again::Changed) {
                text += &format!("\n\n{} changed since {} ran it, which does so again", one.path, set.layout.as_str());
            }
            text += &problems.iter().fold(String::new(), |text, one| text + "\n" + &problem(one));
            text += &half.map(|half| format!("\n\n{}", migrating::told(half))).unwrap_or_default();
            if busy {
                text += "\n\nanother run of migrations is under way: wait for it to end";
            }
            if !status.kept {
                text += &format!("\n\n{} has applied nothing there yet", set.layout.as_str());
            }
            text
        },
    );
    Ok(if status.is_sound() && set.ambiguous().is_none() { 0 } else { REFUSED })
}

pub(crate) fn password(on: &On) -> Result<Option<SecretString>, ApiError> {
    if !on.password_stdin {
        return Ok(None);
    }
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .map_err(|error| ApiError::new("bad_input", format!("standard input: {error}")))?;
    Ok(Some(SecretString::from(line.trim_end_matches(['\r', '\n']).to_owned())))
}

/// Reads a folder and holds it against what was released.
pub(crate) fn read(asked: &Place) -> Result<Set, ApiError> {
    let files = switchback_api::migration_files(&asked.folder)?;
    let mut set = migration::read(asked.layout, &files);
    if let Some(path) = &asked.released {
        let Released { pins, migrations } = released(path)?;
        let problems = migration::against_pins(&set, &pins, |version| {
            let up = &migrations.iter().find(|one| one.version == version)?.up.as_ref()?;
            Some((up.path.clone(), up.line))
        });
        set.problems.extend(problems);
        set.problems.sort_by(|a, b| (&a.path, a.line, a.rule).cmp(&(&b.path, b.line, b.rule)));
    }
    Ok(set)
}

fn released(path: &Path) -> Result<Released, ApiError> {
    let text = std::fs::read_to_string(path).map_err(|error| input::unreadable(path.display(), &error))?;
    serde_json::from_str(&text).map_err(|error| {
        ApiError::new("bad_input", format!("{}: {error}", path.display()))
            .hint("Give the answer of an earlier `switchback --output json migrations pair`.")
    })
}

fn told(set: &Set) -> String {
    let way = |script: Option<&Script>| match script {
        None => "-".to_owned(),
        Some(script) if script.wrapping == Wrapping::None => format!("{}:{}", script.path, script.line),
        Some(script) => format!("{}:{} (in a transaction)", script.path, script.line),
    };
    let row = |one: &Migration| [one.version.clone(), one.name.clone(), way(one.up.as_ref()), way(one.down.as_ref())];
    let mut text = output::table(["VERSION", "NAME", "UP", "DOWN"], set.migrations.iter().map(row));
    for one in &set.problems {
        text += &format!("\n{}", problem(one));
    }
    text
}

fn problem(one: &Problem) -> String {
    let place = if one.path.is_empty() { String::new() } else { format!("{}:{}: ", line(&one.path), one.line) };
    format!("{place}{}: {}\n  {}", one.rule.as_str(), line(&one.why), line(&one.rewrite))
}

const fn runs_again(state: Again) -> &'static str {
    match state {
        Again::Pending => "runs again when it changed; not applied",
        Again::Applied => "runs again when it changed; applied as it is",
        Again::Changed => "runs again when it changed; changed since it was applied",
        Again::Untold => "runs again when it changed; applied, the tool alone can tell whether as it is",
    }
}
