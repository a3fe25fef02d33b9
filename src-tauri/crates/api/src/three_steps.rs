//! Expand, deploy, contract: what a migration takes away goes, and what it refuses is refused, when no running code needs
//! it, and that was watched.

use crate::{Answer, ApiError, App, behind::refused_late};
use switchback_core::{
    deployment::State,
    ident::{Instant, RevisionNumber},
    migration::{Leg, Set},
    port::{DeploymentRow, TargetRow},
};
use switchback_lint::{Breach, Contraction, Dialect, expands};

/// How long the code that does without something is watched before that may go.
const OBSERVED: jiff::SignedDuration = jiff::SignedDuration::from_mins(30);
/// What a migration says that takes away what no running code needs: the release since which that is so.
const UNUSED_SINCE: &str = "switchback:unused-since";

/// The three steps, in words for what is taken away or refused.
struct Steps {
    said: String,
    expand: String,
    deploy: String,
    hint: String,
}

impl Steps {
    fn of(one: &Contraction, runs: &str) -> Self {
        let Contraction { path, what, .. } = one;
        match one.breach {
            Breach::Gone => Self {
                said: format!("{what} goes with this release, and {runs}, which runs, may still use it"),
                expand: format!("a release whose migration only adds what replaces {what}"),
                deploy: format!("a release whose code does without {what}"),
                hint: format!(
                    "Take {path} out of this release; until then a rollback would start code whose column is gone."
                ),
            },
            Breach::Refuses(refusal) => Self {
                said: format!(
                    "{what} {} from this release on, and {runs}, which runs, may write otherwise",
                    refusal.as_str()
                ),
                expand: format!(
                    "a release whose migration refuses nothing that {runs} writes: a column that may be empty or has a default, a new column beside one of another type, no check yet"
                ),
                deploy: "a release whose code writes what will be asked".to_owned(),
                hint: format!(
                    "Take {path} out of this release; or, where {runs} is known to write nothing else, accept contract_before_observed in the file: `switchback migrations accept`."
                ),
            },
        }
    }
}

impl App {
    /// Whether what a migration takes away or refuses is needed by nobody who runs, and has been for long enough.
    pub(crate) async fn may_go(&self, row: &TargetRow, set: &Set, one: &Contraction) -> Answer<()> {
        let Some(current) = &row.current else { return Ok(()) };
        let migration = set.migrations.iter().find(|migration| migration.version == one.version);
        let up = migration.and_then(|migration| migration.up.as_ref());
        let since = up.and_then(|up| up.sql.lines().find_map(|line| line.split_once(UNUSED_SINCE)));
        let since = since.and_then(|(_, rest)| rest.split_whitespace().next());
        let Contraction { path, line, what, version, breach, .. } = one;
        let Some(since) = since else {
            let runs = &current.version;
            let Steps { said, expand, deploy, hint } = Steps::of(one, runs);
            let mut error = ApiError::new("three_steps", format!("{path}:{line}: {said}"))
                .with("version", version)
                .with("what", what)
                .with("running", runs);
            error.causes.extend([
                format!("1. expand: {expand}"),
                format!("2. deploy: {deploy}, and watch it for 30 minutes"),
                format!(
                    "3. contract: then this migration in a release of its own, with the line -- {UNUSED_SINCE} VERSION of step 2"
                ),
            ]);
            return Err(error.hint(hint));
        };
        let ran = self.history.revisions(&row.target, 1000).await?;
        let known = ran.iter().find(|one| one.version == since);
        let unused = match breach {
            Breach::Gone => format!("{what} is unused since {since}"),
            Breach::Refuses(refusal) => format!("{what} {}, which code keeps to since {since}", refusal.as_str()),
        };
        let early = |why: String| {
            ApiError::new("three_steps", format!("{path}:{line}: {unused}, and {why}"))
                .with("version", version)
                .with("what", what)
                .with("running", &current.version)
                .hint("Deploy the code that does without it first, and watch it.")
        };
        let Some(known) = known.filter(|known| known.revision <= current.revision) else {
            return Err(early(format!("{} runs, which is not known to come after it", current.version)));
        };
        if self.watched(row, known.revision).await? {
            return Ok(());
        }
        let runs = &current.version;
        let which = if *runs == since { "that".to_owned() } else { format!("{runs}, which came after it,") };
        Err(early(format!("{which} runs for less than 30 minutes")))
    }

    /// Whether code that does without something was watched for long enough. `since` is the revision that is said to be
    /// the first: while it runs itself its own time counts. Where another one runs, the time counts since nothing up to the
    /// named one serves any more, because a name in a comment is a claim, and a wrong one would take the clock away.
    async fn watched(&self, row: &TargetRow, since: RevisionNumber) -> Answer<bool> {
        let now = self.ports().clock.now();
        let long = |at: Instant| now.duration_since(at) >= OBSERVED;
        if row.current.as_ref().is_some_and(|current| current.revision == since) {
            return Ok(row.arrived.as_ref().is_none_or(|(at, _)| long(*at)));
        }
        let mut cursor = None;
        loop {
            let page = self.history.deployments(&row.target, cursor.as_deref(), 100).await?;
            for one in page.rows.iter().filter(|one| one.state == State::Succeeded) {
                if one.revision <= since {
                    return Ok(false);
                }
                if one.ended.is_some_and(long) {
                    return Ok(true);
                }
            }
            let Some(next) = page.next else { return Ok(false) };
            cursor = Some(next);
        }
    }
}

impl App {
    /// What the last deployment should have run after the app and could not, as long as the database lacks it.
    pub(crate) async fn left_undone(&self, newest: &[DeploymentRow]) -> Option<String> {
        let last = newest.iter().find(|one| one.state == State::Succeeded)?;
        let (plan, journal) = self.ports().ledger.load(last.id).await.ok()?;
        let (version, why) = refused_late(&plan, &journal)?;
        let scripts = plan.scripts.as_ref()?;
        let set = scripts.set();
        // Only then is the database asked: somebody may have run it since.
        if self
            .standing_of(&scripts.database, &set)
            .await
            .is_ok_and(|stands| stands.applied.iter().any(|one| one == version))
        {
            return None;
        }
        let up = set.migrations.iter().find(|one| one.version == version)?.up.as_ref()?;
        Some(format!("{} did not run after the app: {why}", up.path))
    }
}

/// What goes late goes after the new app runs, and so does all that stands behind it in the folder. What the new app may
/// need from its first moment on cannot stand there.
pub(crate) fn in_order(dialect: Dialect, contract: &Contraction, late: &[Leg<'_>]) -> Answer<()> {
    let brings = |leg: &Leg<'_>| Some((leg.script.path.clone(), expands(dialect, leg.script)?));
    let Some((path, (line, brought))) = late.iter().find_map(brings) else { return Ok(()) };
    let Contraction { path: before, what, .. } = contract;
    let does = match contract.breach {
        Breach::Gone => format!("takes {what} away"),
        Breach::Refuses(refusal) => format!("says that {what} {}", refusal.as_str()),
    };
    let said = if path == *before {
        format!("{path}:{line}: {brought} comes in the script that {does}")
    } else {
        format!("{path}:{line}: {brought} comes behind {before}, which {does}")
    };
    Err(ApiError::new("three_steps", format!("{said} and runs only after the new app: that would start without it"))
        .with("path", &path)
        .with("what", &brought)
        .hint(
            "Let what is added have a release of its own, or a version before what is taken away. Nothing was changed.",
        ))
}
