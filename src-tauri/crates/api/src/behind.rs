//! A database that lacks what the running revision was deployed with: somebody emptied the tool's table, or took versions
//! back by hand. Ups would run once more on a schema that has them, and the innocent release would be blamed.

use crate::{Answer, ApiError, App};
use switchback_core::{
    deployment::{Event, State},
    migration::{Layout, Way},
    name::Target,
    plan::{Action, Plan},
    port::DeploymentRow,
    schema::{Database, Schema},
};

/// How many past deployments are looked through for the last that succeeded.
const LOOKED_BACK: u32 = 100;

impl App {
    /// Refuses a database where versions of the running revision are not applied. `running` is its schema.
    pub(crate) async fn not_behind(
        &self,
        target: &Target,
        running: Option<&Schema>,
        database: &Database,
        applied: &[String],
    ) -> Answer<()> {
        // In a database of another name it never had any.
        let Some(running) = running.filter(|running| running.database == database.name) else { return Ok(()) };
        let missing = |version: &str| !applied.iter().any(|one| one == version);
        if !running.versions.iter().any(|pin| missing(&pin.version)) {
            return Ok(());
        }
        let newest = self.history.deployments(target, None, LOOKED_BACK).await?.rows;
        // What was refused after the app is missing rightly, and so is all that stands behind it.
        let late = self.refused_late(&newest).await.map(|(_, version, _)| version);
        let had =
            running.versions.iter().map(|pin| pin.version.as_str()).take_while(|one| Some(*one) != late.as_deref());
        let had: Vec<&str> = had.collect();
        let Some(last) = had.iter().rposition(|version| missing(version)).map(|at| had[at]) else { return Ok(()) };
        let lacks: Vec<&str> = had.into_iter().filter(|version| missing(version)).collect();
        let versions = lacks.join(", ");
        let said = format!("{} does not have {versions}, which the running revision was deployed with", database.name);
        Err(ApiError::new("database_behind", said).with("target", &database.name).with("versions", &versions).hint(
            format!(
                "{} Where they are really gone: `switchback migrations run DIR --to {last}`. Nothing was changed.",
                books(running.layout, last)
            ),
        ))
    }

    /// The version that the last deployment should have run after the app and could not, with its plan and why.
    pub(crate) async fn refused_late(&self, newest: &[DeploymentRow]) -> Option<(Plan, String, String)> {
        let last = newest.iter().find(|one| one.state == State::Succeeded)?;
        let (plan, journal) = self.ports().ledger.load(last.id).await.ok()?;
        let mut failed = journal.iter().filter_map(|entry| match &entry.event {
            Event::StepFailed { step, failure, .. } => match &plan.steps.get(*step)?.action {
                Action::Migrate { version, way: Way::Up, .. } => Some((version.clone(), failure.message.clone())),
                _ => None,
            },
            _ => None,
        });
        let (version, why) = failed.next()?;
        Some((plan, version, why))
    }
}

/// How the tool's table is told again that all up to a version is applied.
fn books(layout: Layout, last: &str) -> String {
    let told = |command: &str| format!("Where only the tool's table was emptied, tell it again: `{command}`.");
    match layout {
        Layout::GolangMigrate => told(&format!("migrate force {last}")),
        Layout::Flyway => told(&format!("flyway baseline -baselineVersion={last}")),
        Layout::Sqitch => told(&format!("sqitch deploy --log-only --to-change {last}")),
        Layout::Liquibase => told("liquibase changelog-sync-to-tag"),
        Layout::Sqlx => restored("_sqlx_migrations"),
        Layout::Goose => restored("goose_db_version"),
        Layout::Dbmate => restored("schema_migrations"),
        Layout::Command => "Where only the tool's own table was emptied, tell it again with the tool.".to_owned(),
    }
}

fn restored(table: &str) -> String {
    format!("Where only {table} was emptied, put its rows back from a backup.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_layout_names_its_own_way_to_be_told_again() {
        assert!(books(Layout::GolangMigrate, "7").contains("`migrate force 7`"));
        assert!(books(Layout::Goose, "7").contains("goose_db_version"));
    }
}
