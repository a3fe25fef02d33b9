//! A database that lacks what the running revision was deployed with: somebody emptied the tool's table, or took versions
//! back by hand. Ups would run once more on a schema that has them, and the innocent release would be blamed.

use crate::{Answer, ApiError, App};
use switchback_core::{
    deployment::{Entry, Event, State},
    migration::{Layout, Way},
    name::Target,
    plan::{Action, Plan},
    schema::{Database, Schema},
};

/// How many past deployments are looked through for the last with migrations.
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
        // What was refused after the app is missing rightly, and so is all that stands behind it.
        let late = self.last_late(target).await?;
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

    /// The version that the last deployment with migrations should have run after the app and could not. One without,
    /// such as bringing back what was changed by hand, left it where it was.
    async fn last_late(&self, target: &Target) -> Answer<Option<String>> {
        let newest = self.history.deployments(target, None, LOOKED_BACK).await?.rows;
        for one in newest.iter().filter(|one| one.state == State::Succeeded) {
            let (plan, journal) = self.ports().ledger.load(one.id).await?;
            if plan.scripts.is_some() {
                return Ok(refused_late(&plan, &journal).map(|(version, _)| version.to_owned()));
            }
        }
        Ok(None)
    }
}

/// The version that a deployment which succeeded should have run after the app and could not, and why.
pub(crate) fn refused_late<'a>(plan: &'a Plan, journal: &'a [Entry]) -> Option<(&'a str, &'a str)> {
    journal.iter().find_map(|entry| match &entry.event {
        Event::StepFailed { step, failure, .. } => match &plan.steps.get(*step)?.action {
            Action::Migrate { version, way: Way::Up, .. } => Some((version.as_str(), failure.message.as_str())),
            _ => None,
        },
        _ => None,
    })
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
