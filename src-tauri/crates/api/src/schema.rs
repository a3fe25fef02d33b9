//! What a deployment does to its database: which scripts run before the app and which after, which way, and whether that
//! may be.
//!
//! Asked of the real database when a plan is made and again when it starts: one that does not answer, takes no writes, is
//! half applied, ahead of the release or behind what runs is told before anything changes.

use crate::{
    Answer, ApiError, App,
    migrations::{self, Located, gone_for_good},
    released::{as_released, is_of_a_down, made_for_another, running},
    says,
    three_steps::in_order,
};
use secrecy::SecretString;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use switchback_core::{
    migration::{self, Goal, Leg, Script, Set, Way, pins},
    name::Target,
    plan::{Action, Plan},
    planner::{Move, Moves},
    port::{ProofRow, Stands, TargetRow, Unmet},
    said::Said,
    schema::{Database, Loss, Schema, Scripts},
};
use switchback_lint::{Accepted, Dialect, contractions, hidden};
use switchback_policy::Document;

/// A service's migrations in one environment.
pub(crate) struct Place {
    pub database: Database,
    pub set: Set,
    pub dialect: Dialect,
}

/// What a plan does to the schema, and the schema it arrives at.
#[derive(Default)]
pub(crate) struct Planned {
    pub moves: Moves,
    pub schema: Option<Schema>,
    pub warnings: Vec<Said>,
}

impl App {
    /// Where a target's migrations are, when its service has any.
    pub(crate) async fn place(&self, document: &Document, base: &Path, target: &Target) -> Answer<Option<Place>> {
        let Some((found, set)) = Box::pin(self.migrations_of(document, base, target)).await? else { return Ok(None) };
        let dialect = found.dialect;
        Ok(Some(Place { database: self.database(found).await?, set, dialect }))
    }

    /// With the reference of today's password.
    pub(crate) async fn database(&self, found: Located) -> Answer<Database> {
        let password = match &found.password {
            Some(name) => Some(self.ports().secrets.current(name).await?),
            None => None,
        };
        Ok(Database { name: found.name, place: found.place, password })
    }

    pub(crate) async fn password(&self, database: &Database) -> Answer<Option<SecretString>> {
        match &database.password {
            Some(reference) => Ok(Some(self.ports().secrets.get(reference).await?)),
            None => Ok(None),
        }
    }

    /// Where the database stands, whatever that means for a deployment.
    pub(crate) async fn standing_of(&self, database: &Database, set: &Set) -> Answer<Stands> {
        let password = self.password(database).await?;
        Ok(self.ports().databases.stands(database, password.as_ref(), set).await?)
    }

    /// Where the database stands, when a deployment may begin there.
    pub(crate) async fn stands(&self, database: &Database, set: &Set) -> Answer<Stands> {
        let stands = self.standing_of(database, set).await?;
        let Database { name, place, .. } = database;
        if stands.read_only {
            let hint = if place.starts_with("sqlite:") {
                "Let this user write the file and its folder. Nothing was changed."
            } else {
                "Point at the primary, or have the server take writes again. Nothing was changed."
            };
            return Err(ApiError::new("no_access", format!("{name} takes no writes")).with("target", name).hint(hint));
        }
        if stands.busy {
            return Err(ApiError::new("migration_locked", format!("another run of migrations is under way on {name}"))
                .with("target", name)
                .hint("Wait for it to end. Nothing was changed."));
        }
        if let Some(version) = &stands.half {
            let hint = if set.tool.is_some() {
                "Finish or undo it with its own tool. Nothing was changed.".to_owned()
            } else {
                let layout = set.layout.as_str();
                format!(
                    "`switchback migrations status DIR --layout {layout} --database \"{place}\"`, with the folder of the \
                     migrations for DIR, shows the ways out. Nothing was changed."
                )
            };
            return Err(ApiError::new("migration_half", format!("{version} is half applied on {name}"))
                .with("version", version)
                .hint(hint));
        }
        if !stands.ahead.is_empty() {
            let versions = stands.ahead.join(", ");
            return Err(ApiError::new("database_ahead", format!("{name} has {versions}, which these files do not"))
                .with("versions", versions)
                .hint("Deploy a release that has them, or bring the files back. Nothing was changed."));
        }
        Ok(stands)
    }

    /// Refuses a login that may not do what these scripts do, as far as its server tells.
    async fn permitted(&self, database: &Database, set: &Set, legs: &[(String, Way)]) -> Answer<()> {
        let password = self.password(database).await?;
        let lacks = self.ports().databases.missing_rights(database, password.as_ref(), set, legs).await?;
        let Some((first, more)) = lacks.split_first() else { return Ok(()) };
        let mut error = ApiError::missing_right(first);
        error.causes.extend(more.iter().map(|one| format!("{one}: `{};`", one.way_out)));
        Err(error)
    }

    /// The rows for which the server would refuse these scripts.
    pub(crate) async fn unmet(&self, database: &Database, set: &Set, legs: &[(String, Way)]) -> Answer<Vec<Unmet>> {
        let password = self.password(database).await?;
        Ok(self.ports().databases.unmet(database, password.as_ref(), set, legs).await?)
    }

    /// Refuses scripts that the server would refuse for rows that are there.
    async fn met(&self, database: &Database, set: &Set, legs: &[(String, Way)]) -> Answer<()> {
        let unmet = self.unmet(database, set, legs).await?;
        let Some((first, more)) = unmet.split_first() else { return Ok(()) };
        let mut error = ApiError::unmet(first);
        error.causes.extend(more.iter().map(ToString::to_string));
        Err(error)
    }

    /// What deploying the service's folder as it is does to the schema.
    pub(crate) async fn forwards(&self, document: &Document, base: &Path, row: &TargetRow) -> Answer<Planned> {
        let Some(Place { database, set, dialect }) = self.place(document, base, &row.target).await? else {
            return Ok(Planned::default());
        };
        let stands = self.stands(&database, &set).await?;
        self.not_behind(&row.target, running(row.current.as_ref()), &database, &stands.applied).await?;
        let proofs = self.proofs_here(&row.target.service, &database, &set, Some(&stands)).await?;
        let applied: BTreeSet<String> = stands.applied.into_iter().collect();
        // A way back that was mended goes with this release.
        as_released(row, &set, &applied, |problem| !is_of_a_down(&set, problem))?;
        let legs = set.route(&applied, &Goal::Latest).map_err(|error| no_route(&error))?;
        if let (Some(edited), false) = (stands.edited.first(), legs.is_empty()) {
            return Err(ApiError::new("edited_after_applied", format!("{} on {}", edited.why, database.name))
                .with("path", &edited.path)
                .hint(format!("{} Nothing was changed.", edited.way_out)));
        }
        let versions: Vec<(String, Way)> = legs.iter().map(of_version).collect();
        self.permitted(&database, &set, &versions).await?;
        let pending: Vec<String> = legs.iter().map(|leg| leg.migration.version.clone()).collect();
        self.whole(document, row, &set, dialect, &pending)?;
        let today = migrations::today(document, &row.target, self.ports().clock.now());
        let mut going = contractions(dialect, &set, &pending, today);
        going.retain(|one| !one.accepted);
        if row.current.is_some() {
            for one in &going {
                self.may_go(row, &set, one).await?;
            }
        }
        let contracts = |leg: &&Leg<'_>| going.iter().any(|one| one.version == leg.migration.version);
        // Order is the folder's: what stands behind something that goes late goes late too.
        let first = legs.iter().position(|leg| row.current.is_some() && contracts(&leg)).unwrap_or(legs.len());
        if let (Some(contract), Some(late)) = (going.first(), legs.get(first..)) {
            in_order(dialect, contract, late)?;
        }
        self.met(&database, &set, &versions).await?;
        let step = |leg: &Leg<'_>| Move {
            version: leg.migration.version.clone(),
            way: leg.way,
            undoable: leg.migration.down.is_some(),
            accepted: Vec::new(),
        };
        let schema = Schema { database: database.name.clone(), layout: set.layout, versions: pins(&set) };
        let doubts = doubts(&legs, &proofs);
        let moves = Moves {
            before: legs[..first].iter().map(step).collect(),
            after: legs[first..].iter().map(step).collect(),
            scripts: (!legs.is_empty()).then(|| Scripts::of(database, &set).doubting(doubts.clone())),
        };
        let scripts = legs.iter().flat_map(|leg| [&leg.migration.up, &leg.migration.down]).flatten();
        let mut warnings = untold(dialect, &set, scripts);
        warnings.extend(elsewhere(&legs, &proofs));
        warnings.extend(doubts.iter().map(says::doubted));
        let gone = gone_for_good(document, &row.target, &set, dialect, self.ports().clock.now());
        warnings.extend(for_good(&legs, &gone));
        Ok(Planned { moves, schema: Some(schema), warnings })
    }

    /// Refuses what is wrong with a script that would run: above all a way back that is missing. What is out already, and
    /// what somebody accepted in the file, is not asked about.
    fn whole(
        &self,
        document: &Document,
        row: &TargetRow,
        set: &Set,
        dialect: Dialect,
        pending: &[String],
    ) -> Answer<()> {
        let report = migrations::report(document, &row.target, set, dialect, self.ports().clock.now(), &[]);
        let accepted = |problem: &migration::Problem| {
            let of =
                |one: &Accepted| one.finding.path == problem.path && one.finding.rule.as_str() == problem.rule.as_str();
            report.accepted.iter().any(of)
        };
        let runs = |path: &str| {
            let scripts = set.migrations.iter().filter(|one| pending.contains(&one.version));
            scripts.flat_map(|one| [&one.up, &one.down]).flatten().any(|script| script.path == path)
        };
        if let Some(problem) = set.ambiguous() {
            return Err(ApiError::duplicate_version(problem));
        }
        match set.problems.iter().find(|problem| runs(&problem.path) && !accepted(problem)) {
            None => Ok(()),
            Some(migration::Problem { path, line, why, rewrite, .. }) => {
                Err(ApiError::new("no_way_back", format!("{path}:{line}: {why}")).with("path", path).hint(rewrite))
            }
        }
    }

    /// What going to a revision with this schema does: downs in reverse, and ups where it is a later one.
    pub(crate) async fn backwards(
        &self,
        document: &Document,
        base: &Path,
        row: &TargetRow,
        wanted: Option<&Schema>,
        lose_data: bool,
    ) -> Answer<Planned> {
        let Some(Place { database, set, dialect }) = self.place(document, base, &row.target).await? else {
            return Ok(Planned::default());
        };
        let Some(wanted) = wanted else {
            return Ok(Planned { warnings: vec![says::schema_stays()], ..Planned::default() });
        };
        let stands = self.stands(&database, &set).await?;
        self.not_behind(&row.target, running(row.current.as_ref()), &database, &stands.applied).await?;
        let proofs = self.proofs_here(&row.target.service, &database, &set, Some(&stands)).await?;
        let applied: BTreeSet<String> = stands.applied.into_iter().collect();
        if let Some(why) = made_for_another(wanted, running(row.current.as_ref()), &set, &applied) {
            return Err(ApiError::new("edited_after_applied", why)
                .hint("Deploy a release that was made for the schema as it is. Nothing was changed."));
        }
        let goal = wanted.last().map_or(Goal::Nothing, |last| Goal::Version(last.to_owned()));
        let legs = set.route(&applied, &goal).map_err(|error| no_route(&error))?;
        as_released(row, &set, &applied, |problem| legs.iter().any(|leg| leg.script.path == problem.path))?;
        let versions: Vec<(String, Way)> = legs.iter().map(of_version).collect();
        self.permitted(&database, &set, &versions).await?;
        self.met(&database, &set, &versions).await?;
        let mut before = Vec::new();
        let mut warnings = untold(dialect, &set, legs.iter().map(|leg| leg.script));
        warnings.extend(elsewhere(&legs, &proofs));
        let gone = gone_for_good(document, &row.target, &set, dialect, self.ports().clock.now());
        warnings.extend(for_good(&legs, &gone));
        let scripts = Scripts::of(database, &set).doubting(doubts(&legs, &proofs));
        for leg in &legs {
            let losses = self.costs(&scripts, &set, &leg.migration.version, leg.way).await?;
            warnings.extend(losses.iter().map(says::loses));
            before.push(Move {
                version: leg.migration.version.clone(),
                way: leg.way,
                undoable: leg.migration.up.is_some() && leg.migration.down.is_some(),
                accepted: if lose_data { losses } else { Vec::new() },
            });
        }
        let scripts = (!legs.is_empty()).then_some(scripts);
        Ok(Planned { moves: Moves { scripts, before, after: Vec::new() }, schema: Some(wanted.clone()), warnings })
    }

    /// What a way back would take with it, counted now. Ways there are the linter's to judge.
    pub(crate) async fn losses(&self, database: &Database, set: &Set, version: &str, way: Way) -> Answer<Vec<Loss>> {
        if way == Way::Up {
            return Ok(Vec::new());
        }
        // Nobody counts what a command takes away, so nobody is asked.
        if let Some(tool) = &set.tool {
            return Ok(tool.loss(version).into_iter().collect());
        }
        let password = self.password(database).await?;
        Ok(self.ports().databases.losses(database, password.as_ref(), set, version, way).await?)
    }

    /// The same with what is known to speak against a way back.
    async fn costs(&self, scripts: &Scripts, set: &Set, version: &str, way: Way) -> Answer<Vec<Loss>> {
        let mut losses = self.losses(&scripts.database, set, version, way).await?;
        losses.extend(scripts.doubts(version).filter(|_| way == Way::Down));
        Ok(losses)
    }

    /// Asked once more when a plan starts: the database answers, stands where the plan begins, and no rows go that nobody
    /// gave up.
    pub(crate) async fn schema_ready(&self, plan: &Plan) -> Answer<()> {
        let Some(scripts) = &plan.scripts else { return Ok(()) };
        let (database, set) = (&scripts.database, scripts.set());
        let stands = self.stands(database, &set).await?;
        self.not_behind(&plan.target, running(plan.before.as_ref()), database, &stands.applied).await?;
        let legs = plan.steps.iter().filter_map(|step| match &step.action {
            Action::Migrate { version, way, .. } => Some((version.clone(), *way)),
            _ => None,
        });
        let legs: Vec<(String, Way)> = legs.collect();
        self.permitted(database, &set, &legs).await?;
        self.met(database, &set, &legs).await?;
        let mut lost: Vec<Loss> = Vec::new();
        for step in &plan.steps {
            let Action::Migrate { version, way, accepted } = &step.action else { continue };
            if stands.applied.contains(version) == (*way == Way::Up) {
                let said = format!("{version} on {} is not where the plan found it", database.name);
                return Err(ApiError::new("plan_stale", said).hint("Look at a new plan."));
            }
            let losses = self.costs(scripts, &set, version, *way).await?;
            lost.extend(losses.into_iter().filter(|loss| !accepted.iter().any(|one| one.covers(loss))));
        }
        loses(&lost)
    }
}

/// Refuses what goes and nobody gave up: all of it in one sentence, so that who gives it up knows of all of it.
fn loses(lost: &[Loss]) -> Answer<()> {
    if lost.is_empty() {
        return Ok(());
    }
    let what = lost.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut versions: Vec<&str> = lost.iter().map(|loss| loss.version.as_str()).collect();
    versions.dedup();
    Err(ApiError::new("migration_loses", format!("the way back would lose {what}"))
        .with("what", &what)
        .with("version", versions.join(", "))
        .hint("Save what is worth it, then say that it may go: --lose-data. Nothing was changed."))
}

pub(crate) fn of_version(leg: &Leg<'_>) -> (String, Way) {
    (leg.migration.version.clone(), leg.way)
}

/// Says of which scripts nobody can tell beforehand what they take away.
fn untold<'a>(dialect: Dialect, set: &Set, scripts: impl Iterator<Item = &'a Script>) -> Vec<Said> {
    let told = |script: &Script| {
        let Script { path, .. } = script;
        match &set.tool {
            Some(tool) => Some(says::run_by_tool(format_args!("{path}:1"), tool.up.join(" "))),
            None => Some(says::not_in_text(format_args!("{path}:{}", hidden(dialect, script)?))),
        }
    };
    let mut all: Vec<Said> = scripts.filter_map(told).collect();
    // One file may hold both ways.
    all.dedup();
    all
}

/// What was seen of the versions' ways back that do not lead back.
fn doubts(legs: &[Leg<'_>], proofs: &[ProofRow]) -> Vec<Loss> {
    let last = |leg: &Leg<'_>| proofs.iter().rev().find(|row| row.is_of(leg.migration))?.doubt();
    legs.iter().filter_map(last).collect()
}

/// Says which versions take something away that no way back brings back: before they do, and where one goes back over them.
fn for_good(legs: &[Leg<'_>], gone: &BTreeMap<String, Said>) -> Vec<Said> {
    let versions = legs.iter().map(|leg| &leg.migration.version);
    versions.filter_map(|version| Some(says::takes_for_good(version, gone.get(version)?))).collect()
}

/// Says which of the plan's versions were proven on another schema than is there.
fn elsewhere(legs: &[Leg<'_>], proofs: &[ProofRow]) -> Option<Said> {
    let astray = |leg: &&Leg<'_>| proofs.iter().any(|row| row.is_of(leg.migration) && row.proven.holds && row.strayed);
    let versions: Vec<&str> = legs.iter().filter(astray).map(|leg| leg.migration.version.as_str()).collect();
    (!versions.is_empty()).then(|| says::strayed(versions.join(", ")))
}

fn no_route(error: &migration::NoRoute) -> ApiError {
    ApiError::new("not_found", error.to_string())
        .hint("Bring its files back; `switchback migrations pair` lists what there is.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_would_go_is_named_at_once() {
        let loss = |version: &str, what: &str, rows| Loss { version: version.to_owned(), what: what.to_owned(), rows };
        assert_eq!(loses(&[]), Ok(()));
        let all = [loss("3", "orders", Some(2)), loss("2", "users.email", Some(7)), loss("2", "users.note", Some(1))];
        let error = loses(&all).unwrap_err();
        let what = "orders of 2 rows (3), users.email of 7 rows (2), users.note of 1 row (2)";
        assert_eq!(error.to_string(), format!("the way back would lose {what}"));
        assert_eq!(error.params["what"], what);
        assert_eq!(error.params["version"], "3, 2");
    }
}
