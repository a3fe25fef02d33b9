//! What was released beside what is there now: the scripts of a service as files, those that are applied, and those that a
//! revision was made with.

use crate::{Answer, ApiError};
use std::collections::BTreeSet;
use switchback_core::{
    migration::{self, Pin, Script, Set, pins},
    plan::Before,
    port::TargetRow,
    schema::Schema,
};

/// The schema of what runs.
pub(crate) fn running(before: Option<&Before>) -> Option<&Schema> {
    before.and_then(|before| before.workload.schema.as_ref())
}

/// Why a revision does not fit although all its versions are there: one of them was another script when it was released
/// than the one that ran, or would run now.
pub(crate) fn made_for_another(
    wanted: &Schema,
    running: Option<&Schema>,
    set: &Set,
    applied: &BTreeSet<String>,
) -> Option<String> {
    let (ran, files) = (running.map(|schema| schema.versions.as_slice()).unwrap_or_default(), pins(set));
    let of = |pins: &[Pin], version: &str| pins.iter().find(|pin| pin.version == version).map(|pin| pin.up.clone());
    wanted.versions.iter().find_map(|Pin { version, up, .. }| {
        let is_there = applied.contains(version);
        let ran = is_there.then(|| of(ran, version)).flatten();
        let there = ran.or_else(|| of(&files, version))?;
        let what = if is_there { "the one that is applied" } else { "its file is now" };
        (there != *up).then(|| format!("that revision was released with another {version} than {what}"))
    })
}

/// What code that runs knows: the versions that are applied, and those of its release.
pub(crate) fn known_to_running(row: &TargetRow, set: &Set, applied: &[String]) -> Vec<Pin> {
    let Some(current) = &row.current else { return Vec::new() };
    let released = running(Some(current)).map(|schema| schema.versions.as_slice()).unwrap_or_default();
    let here = pins(set).into_iter().filter(|pin| applied.contains(&pin.version));
    released.iter().cloned().chain(here).collect()
}

/// What is not as it was when the release that runs was made, of those versions that are applied.
pub(crate) fn since_release(row: &TargetRow, set: &Set, applied: impl Fn(&String) -> bool) -> Vec<migration::Problem> {
    let schema = running(row.current.as_ref());
    let released = schema.map(|schema| schema.versions.as_slice()).unwrap_or_default();
    let ran: Vec<Pin> = released.iter().filter(|pin| applied(&pin.version)).cloned().collect();
    migration::against_pins(set, &ran, |_| None)
}

/// Refuses scripts that are not what was released, where they matter. One that was released and is not applied, because
/// it was refused after the app, may be mended.
pub(crate) fn as_released(
    row: &TargetRow,
    set: &Set,
    applied: &BTreeSet<String>,
    matters: impl Fn(&migration::Problem) -> bool,
) -> Answer<()> {
    match since_release(row, set, |version| applied.contains(version)).iter().find(|problem| matters(problem)) {
        None => Ok(()),
        Some(migration::Problem { path, line, why, rewrite, .. }) => {
            let place = if path.is_empty() { String::new() } else { format!("{path}:{line}: ") };
            Err(ApiError::new("bad_input", format!("{place}{why}")).hint(rewrite))
        }
    }
}

/// Whether it is a down alone that is not what was released.
pub(crate) fn is_of_a_down(set: &Set, problem: &migration::Problem) -> bool {
    let is = |script: &Option<Script>| {
        script.as_ref().is_some_and(|script| script.path == problem.path && script.line == problem.line)
    };
    problem.rule == migration::SetRule::EditedAfterRelease
        && set.migrations.iter().any(|one| is(&one.down) && !is(&one.up))
}
