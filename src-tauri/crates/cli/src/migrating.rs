//! `switchback migrations run`, `finish`, `undo` and `mark`: what changes a database, and so is audited.

use crate::{
    args::{
        Format,
        migrations::{Mark, Migrations, Running, Settling},
    },
    migrations::{password, read, some},
    output::{self, answer},
    run::Done,
    signals,
};
use serde::Serialize;
use serde_json::json;
use switchback_api::{
    ApiError, App,
    dto::{EditedView, MigrationState, MigrationView, MigrationsView, Stale},
};
use switchback_core::migration::Goal;
use switchback_wiring::{Doubt, Half, Moment, Offer, Planned, Progress, Ran, WayOut};

/// The exit code when a pair does not hold.
const REFUSED: u8 = 3;

/// Whether the command needs a home: it changes something, or reads what is kept there.
pub const fn changes(asked: &Migrations) -> bool {
    matches!(
        asked,
        Migrations::Show { .. }
            | Migrations::Accept(_)
            | Migrations::Run(_)
            | Migrations::Finish(_)
            | Migrations::Undo(_)
            | Migrations::Mark { .. }
    )
}

/// Does it.
pub async fn migrating(app: &App, format: Format, asked: &Migrations) -> Done {
    match asked {
        Migrations::Show { service, environment, prove } => {
            show(app, format, &format!("{service}/{environment}"), *prove).await
        }
        Migrations::Accept(asked) => crate::accepting::accept(app, format, asked).await,
        Migrations::Run(running) => run(app, format, running).await,
        Migrations::Finish(settling) => settle(app, format, settling, WayOut::Finish).await,
        Migrations::Undo(settling) => settle(app, format, settling, WayOut::Undo).await,
        Migrations::Mark { settling, mark: Mark::Applied } => settle(app, format, settling, WayOut::MarkApplied).await,
        Migrations::Mark { settling, mark: Mark::NotApplied } => {
            settle(app, format, settling, WayOut::MarkNotApplied).await
        }
        other => crate::migrations::migrations(format, other).await,
    }
}

async fn show(app: &App, format: Format, target: &str, prove: bool) -> Done {
    let view = if prove {
        signals::stoppable(|stop| app.prove_migrations_until(target, stop)).await?
    } else {
        app.migrations(target).await?
    };
    answer(format, &view, |view| {
        let row = |one: &MigrationView| {
            let state = match one.state {
                MigrationState::Applied if view.edited.iter().any(|edited| edited.version == one.version) => {
                    "applied, and edited since"
                }
                MigrationState::Applied => "applied",
                MigrationState::Pending => "pending",
                MigrationState::HalfApplied => "half applied",
                MigrationState::Unknown => "-",
            };
            let proof = match &one.proof {
                Some(proof) => format!("{}: {}", proof.at.strftime("%F %H:%M"), proof.told),
                None => match one.stale {
                    Some(Stale::Files) => "of other scripts than these".to_owned(),
                    Some(Stale::Schema) => "the schema is not the one it was proven from".to_owned(),
                    None => "never".to_owned(),
                },
            };
            [one.version.clone(), one.name.clone(), state.to_owned(), one.reversible.clone(), proof]
        };
        let mut text =
            output::table(["VERSION", "NAME", "STATE", "REVERSIBLE", "PROOF"], view.versions.iter().map(row));
        for at in &view.environments {
            let stands = at.unreachable.clone().unwrap_or_else(|| {
                format!("at {}, {} pending", at.version.as_deref().unwrap_or("nothing"), at.pending)
            });
            text += &format!("\n{}: {stands}", at.environment);
            if !at.ahead.is_empty() {
                text += &format!("; it has {}, which these files do not: bring them back", at.ahead.join(", "));
            }
        }
        if let Some(one) = view.versions.iter().find(|one| one.state == MigrationState::HalfApplied) {
            text += &format!("\n\n{} is half applied: {}", one.version, way_out(view));
        }
        for EditedView { path, line, why, way_out, .. } in &view.edited {
            let path = output::line(path);
            text += &format!("\n\n{path}:{line}: {why}\n  {way_out}");
        }
        text
    });
    let bad = |one: &MigrationView| one.proof.as_ref().is_some_and(|proof| !proof.holds);
    let sound = view.edited.is_empty() && view.ahead.is_empty();
    Ok(if sound && !view.versions.iter().any(bad) { 0 } else { REFUSED })
}

/// Who settles what is half applied, and how.
fn way_out(view: &MigrationsView) -> String {
    let MigrationsView { place, layout, readable, .. } = view;
    if *readable {
        format!("`switchback migrations status DIR --layout {layout} --database \"{place}\"` shows the ways out")
    } else {
        "finish or undo it with its own tool".to_owned()
    }
}

async fn run(app: &App, format: Format, asked: &Running) -> Done {
    let (set, password, place) = (some(&asked.place)?, password(&asked.on)?, &asked.on.database);
    if let Some(problem) = set.ambiguous() {
        return Err(ApiError::duplicate_version(problem));
    }
    let goal = match asked.to.as_deref() {
        None => Goal::Latest,
        Some("none") => Goal::Nothing,
        Some(version) => Goal::Version(version.to_owned()),
    };
    let planned = switchback_wiring::planned_migrations(place, password.clone(), &set, &goal).await?;
    if asked.dry_run {
        answer(format, &planned, |planned| planned.iter().map(shown).collect());
        return Ok(0);
    }
    let versions: Vec<String> = planned.iter().map(|one| format!("{} {}", one.way.as_str(), one.version)).collect();
    app.note_migrations("run-started", place, &asked.reason, json!(versions)).await?;
    let ran = switchback_wiring::run_migrations(place, password, &set, &goal, progress).await;
    let after = ran.as_ref().map_or_else(|error| json!({ "failed": error.to_string() }), |ran| json!(ran));
    app.note_migrations("run-ended", place, &asked.reason, after).await?;
    answer(format, &ran?, |ran| {
        let row = |one: &Ran| {
            [one.version.clone(), one.name.clone(), one.way.as_str().to_owned(), output::took(Some(one.ms))]
        };
        if ran.is_empty() {
            "nothing to run".to_owned()
        } else {
            output::table(["VERSION", "NAME", "WAY", "TOOK"], ran.iter().map(row))
        }
    });
    Ok(0)
}

fn shown(planned: &Planned) -> String {
    let kept = if planned.whole { "as one" } else { "statement by statement" };
    let sql = indented(&planned.sql);
    format!("{} {} {} ({}, {kept})\n{sql}", planned.way.as_str(), planned.version, planned.name, planned.path)
}

fn progress(at: &Progress) {
    match at.moment {
        Moment::Sends => {
            let Progress { version, way, statement, of, path, line, sql, .. } = at;
            let said = format!("{version} {} {statement}/{of} {path}:{line}: {sql}", way.as_str());
            eprintln!("{}", output::line(&said));
        }
        Moment::Recorded => eprintln!("{} {}: through", at.version, at.way.as_str()),
        Moment::Begun | Moment::Answered | Moment::Kept => {}
    }
}

/// What a way out would do or did.
#[derive(Serialize)]
struct Settled<'a> {
    #[serde(flatten)]
    offer: &'a Offer,
    version: &'a str,
    done: bool,
}

async fn settle(app: &App, format: Format, asked: &Settling, way_out: WayOut) -> Done {
    let (set, password, place) = (read(&asked.place)?, password(&asked.on)?, &asked.on.database);
    let half = switchback_wiring::half_migration(place, password.clone(), &set).await?;
    let half =
        half.ok_or_else(|| ApiError::new("not_found", "nothing is half applied").hint("There is nothing to do."))?;
    let offer = half.offers.iter().find(|offer| offer.way_out == way_out).ok_or_else(|| {
        ApiError::new("bad_input", format!("{} cannot be left in this way", half.version))
            .hint("`switchback migrations status` with the same folder, --layout and --database shows the ways out.")
    })?;
    if asked.yes {
        let word = serde_json::to_value(way_out).unwrap_or_default();
        let after = json!({ "version": half.version, "way-out": word, "sql": offer.sql });
        app.note_migrations("settle-started", place, &asked.reason, after).await?;
        let done = switchback_wiring::settle_migration(place, password, &set, way_out, progress).await;
        let after = json!({ "version": half.version, "failed": done.as_ref().err().map(ToString::to_string) });
        app.note_migrations("settle-ended", place, &asked.reason, after).await?;
        done?;
    }
    answer(format, &Settled { offer, version: &half.version, done: asked.yes }, |settled| {
        let end = if settled.done { "done" } else { "nothing was changed; repeat it with --yes" };
        format!("{}{end}", offered(settled.offer))
    });
    Ok(0)
}

fn offered(offer: &Offer) -> String {
    format!("{}: {}\n{}", command(offer.way_out), offer.why, indented(&offer.sql))
}

fn indented(sql: &[String]) -> String {
    sql.iter().fold(String::new(), |text, sql| text + "  " + &sql.replace('\n', "\n  ") + ";\n")
}

const fn command(way_out: WayOut) -> &'static str {
    match way_out {
        WayOut::Finish => "finish",
        WayOut::Undo => "undo",
        WayOut::MarkApplied => "mark --as applied",
        WayOut::MarkNotApplied => "mark --as not-applied",
    }
}

/// A half applied version in words.
pub fn told(half: &Half) -> String {
    let Half { version, path, of, .. } = half;
    let what = if half.undoing { "is half undone" } else { "is half applied" };
    let mut text = match half.done {
        Some(done) => format!("{version} {what}: {done} of {of} statements of {path} are done"),
        None if half.edited => format!(
            "{version} {what}, and {path} was edited since: take the edit back, and how far it came is told again, with the \
             ways to finish and to undo it"
        ),
        None => format!("{version} {what}: another tool says so, and not how far it came"),
    };
    text += &match (&half.doubt, half.line) {
        (Some(Doubt::Broken { index }), _) => format!("; {index} was begun and is not valid"),
        (Some(Doubt::HalfGone { index }), _) => format!("; {index} was being dropped, is still there and not valid"),
        (Some(Doubt::Done), _) => "; the last of them was under way, and the schema shows that it is done".to_owned(),
        (Some(Doubt::NotDone), _) => "; the next was under way, and the schema shows that it is not done".to_owned(),
        (None, _) => String::new(),
    };
    if let Some(line) = half.line.filter(|_| half.done.is_some()) {
        text += &format!("; it goes on at line {line}");
    }
    if half.done.is_some() && !half.offers.iter().any(|offer| offer.way_out == WayOut::Undo) {
        text += &match &half.untried {
            Some(why) => format!("; undo is not offered: it could not be tried: {}", output::line(why)),
            None => "; undo is not offered: no part of the other script was found that leads back to where it began"
                .to_owned(),
        };
    }
    text + "\n\n" + &half.offers.iter().map(offered).collect::<Vec<_>>().join("\n")
}
