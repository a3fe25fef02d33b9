//! Migrations as steps of a deployment: the scripts are the plan's, the password is the keychain's.

use crate::{
    act::{patiently, told},
    executor::Run,
};
use secrecy::SecretString;
use switchback_core::{
    failure::{Failure, FailureKind},
    migration::Way,
    port::SecretError,
    schema::{Database, Loss, OnLoss},
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

/// Runs the script of one version. A way back that would lose rows nobody gave up stops here.
pub async fn walk(run: &Run, version: &str, way: Way, accepted: &[Loss]) -> Result<String, Failure> {
    let Some(scripts) = &run.plan.scripts else {
        return Err(Failure::new(FailureKind::Other, format!("the plan has no script of {version}")));
    };
    let (at, set) = (&scripts.database, scripts.set());
    let password = password(run, at).await?;
    let databases = &run.engine.ports.databases;
    if way == Way::Down && run.loss != Some(OnLoss::Lose) {
        let losses = patiently(run, || databases.losses(at, password.as_ref(), &set, version, way)).await?;
        // More rows than were counted when a person was asked are more than they gave up.
        let given = |loss: &&Loss| accepted.iter().any(|given| given.what == loss.what && given.rows >= loss.rows);
        let what: Vec<String> = losses.iter().filter(|loss| !given(loss)).map(ToString::to_string).collect();
        let what = what.join(", ");
        if !what.is_empty() && run.loss == Some(OnLoss::Keep) {
            return Ok(format!("left as it is: it would lose {what}"));
        }
        if !what.is_empty() {
            let said = format!("the way back of {version} would lose {what}");
            return Err(Failure::new(FailureKind::MigrationLoses { what }, said));
        }
    }
    let arrival = patiently(run, || databases.walk(at, password.as_ref(), &set, version, way)).await?;
    Ok(told(arrival, &format!("{} {version} on {}", way.as_str(), at.name), "the schema was there already"))
}
