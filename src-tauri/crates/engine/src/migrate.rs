//! Migrations as steps of a deployment: the scripts are the plan's, the password is the keychain's.

use crate::{
    act::{patiently, told},
    executor::Run,
};
use secrecy::SecretString;
use switchback_core::{
    deployment::{Event, State},
    failure::{Failure, FailureKind},
    migration::{Set, Way},
    plan::{Action, Undo},
    port::{Arrival, SecretError, Walked},
    schema::{Database, Loss, OnLoss, Written},
};

/// The password of a database, read when it is needed and kept for as long as the run lives.
async fn password(run: &Run, database: &Database) -> Result<Option<SecretString>, Failure> {
    let Some(reference) = &database.password else { return Ok(None) };
    let mut kept = run.kept.lock().await;
    if let Some(value) = kept.get(reference) {
        return Ok(Some(value.clone()));
    }
    let value = run.engine.ports.secrets.get(reference).await.map_err(|error| {
        let kind = match &error {
            SecretError::Missing { .. } => FailureKind::SecretMissing { name: reference.name.clone() },
            other => FailureKind::KeychainMissing { why: other.to_string() },
        };
        Failure::new(kind, format!("{}: {error}", database.name))
    })?;
    kept.insert(reference.clone(), value.clone());
    Ok(Some(value))
}

/// Before anything changes: the password is fetched now, because the keychain may be gone when a way back needs it.
pub async fn ready(run: &Run) -> Result<(), Failure> {
    match &run.plan.scripts {
        Some(scripts) => password(run, &scripts.database).await.map(drop),
        None => Ok(()),
    }
}

/// Runs an up that may have to be undone; gives what of that which its down takes away it wrote itself.
pub async fn up(run: &Run, version: &str) -> Result<(String, Vec<Written>), Failure> {
    let Some(scripts) = &run.plan.scripts else { return Ok((walk(run, version, Way::Up, &[]).await?, Vec::new())) };
    let (at, set) = (&scripts.database, scripts.set());
    let password = password(run, at).await?;
    let databases = &run.engine.ports.databases;
    let Walked { arrival, written } =
        patiently(run, || databases.walk(at, password.as_ref(), &set, version, Way::Up, None)).await?;
    Ok((arrived(arrival, version, Way::Up, &at.name), written))
}

/// What of the losses of a way back is still as the up of this very deployment wrote it: nobody wrote it but the up.
async fn untouched(run: &Run, at: &Database, set: &Set, version: &str, losses: &[Loss]) -> Vec<Loss> {
    let Ok((plan, entries)) = run.engine.ports.ledger.load(run.id()).await else { return Vec::new() };
    let of = |step: usize| matches!(plan.steps.get(step).map(|step| &step.action), Some(Action::Migrate { version: one, way: Way::Up, .. }) if one == version);
    let written = entries.into_iter().rev().find_map(|entry| match entry.event {
        Event::Wrote { step, written } if of(step) => Some(written),
        _ => None,
    });
    let (Some(written), Ok(password)) = (written, password(run, at).await) else { return Vec::new() };
    let databases = &run.engine.ports.databases;
    let Ok(now) = databases.written(at, password.as_ref(), set, version).await else { return Vec::new() };
    let same = |loss: &&Loss| {
        let as_many = |one: &Written| loss.rows.is_none_or(|rows| rows == one.rows);
        written.iter().any(|one| one.what == loss.what && as_many(one) && now.contains(one))
    };
    losses.iter().filter(same).cloned().collect()
}

fn arrived(arrival: Arrival, version: &str, way: Way, database: &str) -> String {
    told(arrival, &format!("{} {version} on {database}", way.as_str()), "the schema was there already")
}

/// Runs the script of one version. A way back that would lose rows nobody gave up stops here, and says what all that is
/// still to be undone would lose: who gives it up is asked once.
pub async fn walk(run: &Run, version: &str, way: Way, accepted: &[Loss]) -> Result<String, Failure> {
    let Some(scripts) = &run.plan.scripts else {
        return Err(Failure::new(FailureKind::Other, format!("the plan has no script of {version}")));
    };
    let (at, set) = (&scripts.database, scripts.set());
    if way == Way::Down && run.loss != Some(OnLoss::Lose) {
        return back(run, at, &set, version, accepted).await;
    }
    let password = password(run, at).await?;
    let databases = &run.engine.ports.databases;
    let walk = || databases.walk(at, password.as_ref(), &set, version, way, None);
    let Walked { arrival, .. } = patiently(run, walk).await?;
    Ok(arrived(arrival, version, way, &at.name))
}

/// A way back that takes away nothing but what its own up wrote or somebody gave up.
async fn back(run: &Run, at: &Database, set: &Set, version: &str, accepted: &[Loss]) -> Result<String, Failure> {
    let password = password(run, at).await?;
    let databases = &run.engine.ports.databases;
    let mut tries = 2;
    loop {
        let Lost { own, counted, others } = lost_by(run, at, set, version, accepted).await?;
        if !others.is_empty() {
            let what = others.join(", ");
            if run.loss == Some(OnLoss::Keep) {
                let old = run.plan.before.as_ref().map_or("what runs", |before| before.version.as_str());
                return Ok(format!(
                    "left as it is, because its way back would lose {what}: {old} runs on a schema with {version}, for which it \
                     was not made; see that it works there"
                ));
            }
            return Err(asked(run, at, set, version, others).await);
        }
        tries -= 1;
        let walk = || databases.walk(at, password.as_ref(), set, version, Way::Down, Some(&counted));
        match patiently(run, walk).await {
            // Somebody wrote since: whose it is, and whether it was given up, is to be looked at again.
            Err(Failure { kind: FailureKind::MigrationLoses { .. }, .. }) if tries > 0 => {}
            Err(failure) => return Err(failure),
            Ok(Walked { arrival, .. }) => {
                let own: Vec<String> = own.iter().map(ToString::to_string).collect();
                let said = if own.is_empty() {
                    String::new()
                } else {
                    format!("; gone with it, all written by its own up: {}", own.join(", "))
                };
                return Ok(arrived(arrival, version, Way::Down, &at.name) + &said);
            }
        }
    }
}

/// What a person is asked: all that this way back and those behind it would lose.
async fn asked(run: &Run, at: &Database, set: &Set, version: &str, others: Vec<String>) -> Failure {
    let (mut versions, mut all) = (vec![version], others);
    for (version, accepted) in still_to_go(run) {
        let more = match lost_by(run, at, set, version, accepted).await {
            Ok(Lost { others, .. }) => others,
            Err(failure) => vec![format!("what was not counted ({version}: {})", failure.message)],
        };
        if !more.is_empty() {
            versions.push(version);
            all.extend(more);
        }
    }
    let (versions, what) = (versions.join(", "), all.join(", "));
    let said = format!("the way back of {versions} would lose {what}");
    Failure::new(FailureKind::MigrationLoses { what }, said)
}

/// What a way back would lose.
#[derive(Default)]
struct Lost {
    /// What only its own up wrote.
    own: Vec<Loss>,
    /// All that was counted in the database.
    counted: Vec<Loss>,
    /// In words what is somebody's and nobody gave up.
    others: Vec<String>,
}

async fn lost_by(run: &Run, at: &Database, set: &Set, version: &str, accepted: &[Loss]) -> Result<Lost, Failure> {
    let password = password(run, at).await?;
    let databases = &run.engine.ports.databases;
    let counted = patiently(run, || databases.losses(at, password.as_ref(), set, version, Way::Down)).await?;
    let mut losses = counted.clone();
    losses.extend(run.plan.scripts.iter().flat_map(|scripts| scripts.doubts(version)));
    if losses.is_empty() {
        return Ok(Lost::default());
    }
    // An up that failed whole left nothing: what the down names was there before it.
    let stands = patiently(run, || databases.stands(at, password.as_ref(), set)).await?;
    if !stands.applied.iter().any(|one| one == version) && stands.half.as_deref() != Some(version) {
        return Ok(Lost { counted, ..Lost::default() });
    }
    let own = untouched(run, at, set, version, &losses).await;
    // More rows than were counted when a person was asked are more than they gave up.
    let given = |loss: &&Loss| own.contains(loss) || accepted.iter().any(|given| given.covers(loss));
    let others = losses.iter().filter(|loss| !given(loss)).map(ToString::to_string).collect();
    Ok(Lost { own, counted, others })
}

/// The ways back behind the one that the run is at, in the order in which they would run.
fn still_to_go(run: &Run) -> Vec<(&str, &[Loss])> {
    let steps = &run.plan.steps;
    let actions: Vec<&Action> = match run.state() {
        State::RollingBack { step: Some(step), .. } => steps
            .iter()
            .take(*step)
            .rev()
            .filter_map(|step| if let Undo::By { action } = &step.undo { Some(action) } else { None })
            .collect(),
        State::Running { step, .. } => steps.iter().skip(step + 1).map(|step| &step.action).collect(),
        _ => Vec::new(),
    };
    let downs = actions.into_iter().filter_map(|action| match action {
        Action::Migrate { version, way: Way::Down, accepted } => Some((version.as_str(), accepted.as_slice())),
        _ => None,
    });
    downs.collect()
}
