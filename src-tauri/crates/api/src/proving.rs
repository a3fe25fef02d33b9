//! A target's migrations with all that is known of them, proofs made and kept, and what going back means for the schema.

use crate::{
    Answer, ApiError, App, app,
    dto::{
        EditedView, FindingView, MigrationState, MigrationView, MigrationsView, ProofView, SchemaAt, SchemaWay,
        ScriptView, Stale,
    },
    migrations::{self, gone_for_good},
    released::{known_to_running, made_for_another, since_release},
    schema::{Place, of_version},
};
use futures::StreamExt as _;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};
use switchback_core::{
    ident::Instant,
    migration::{Goal, Migration, NoRoute, Script, Set, SetRule, Way},
    name::{Environment, Service, Target},
    port::{ProofRow, Stands, Stop, TargetRow, never, strayed},
    said::Said,
    says::parts,
    schema::{Database, Loss, Schema},
};
use switchback_lint::{Finding, Report, Reversible, Severity, Where};
use switchback_policy::Document;

/// What is asked once for all revisions of a target.
pub(crate) struct SchemaNow {
    document: Arc<Document>,
    target: Target,
    place: Place,
    now: Schema,
    proofs: Vec<ProofRow>,
    /// What is applied, or why no plan may begin there; asked when a revision needs it.
    standing: Option<Result<BTreeSet<String>, SchemaWay>>,
    /// What refuses these scripts for the rows that are there, where something does.
    refusals: BTreeMap<Vec<(String, Way)>, Option<SchemaWay>>,
    /// What ups took away for good; asked when a way back goes over one.
    gone: Option<BTreeMap<String, Said>>,
    /// What each down would take with it, or why nobody can say.
    losses: BTreeMap<String, Result<Vec<Loss>, String>>,
}

impl App {
    /// The migrations of a target's service, and where its databases stand.
    pub async fn migrations(&self, target: &str) -> Answer<MigrationsView> {
        let target = app::target(target)?;
        let (document, base) = self.document().await?;
        let Some(Place { database, set, dialect }) = self.place(&document, &base, &target).await? else {
            return Err(ApiError::new("not_found", format!("{} has no migrations", target.service))
                .hint("Name their folder under `services:`, as `migrations:`."));
        };
        let standings = self.standings(&document, &base, &target, &set).await;
        let here = standings.iter().find(|(environment, _)| *environment == target.environment);
        let stands = here.map_or_else(
            || Err(no_database(&target).to_string()),
            |(_, found)| found.as_ref().map_err(ToString::to_string),
        );
        let row = self.history.target(&target).await?;
        let applied = stands.as_ref().map_or(&[][..], |stands| stands.applied.as_slice());
        let known = known_to_running(&row, &set, applied);
        let report = migrations::report(&document, &target, &set, dialect, self.ports().clock.now(), &known);
        let proofs = self.proofs_here(&target.service, &database, &set, stands.as_ref().ok().copied()).await?;
        let versions = set.migrations.iter().map(|one| view(one, stands.as_ref().ok().copied(), &report, &proofs));
        let versions = versions.collect();
        let mut environments = Vec::new();
        for (environment, found) in &standings {
            environments.push(SchemaAt {
                environment: environment.to_string(),
                version: found.as_ref().ok().and_then(|stands| stands.applied.last().cloned()),
                pending: found.as_ref().map_or(0, |stands| {
                    set.migrations
                        .iter()
                        .filter(|one| !one.repeatable && !stands.applied.contains(&one.version))
                        .count()
                }),
                ahead: found.as_ref().map(|stands| stands.ahead.clone()).unwrap_or_default(),
                unreachable: found.as_ref().err().map(ToString::to_string),
            });
        }
        let edited = stands.as_ref().map(|stands| edited(&row, &set, stands)).unwrap_or_default();
        Ok(MigrationsView {
            edited,
            target: target.to_string(),
            database: database.name,
            place: database.place,
            layout: set.layout.as_str().to_owned(),
            readable: set.tool.is_none(),
            unreachable: stands.as_ref().err().map(ToString::to_string),
            versions,
            ahead: stands.map(|stands| stands.ahead.clone()).unwrap_or_default(),
            environments,
        })
    }

    /// The proofs, after a look at the schema: what it speaks against is noted, for whoever does not look.
    pub(crate) async fn proofs_here(
        &self,
        service: &Service,
        database: &Database,
        set: &Set,
        stands: Option<&Stands>,
    ) -> Answer<Vec<ProofRow>> {
        let mut rows = self.proofbook.proofs(service, &database.name).await?;
        // What is under way, or was left half done, is no schema that anything was proven on.
        let settled = stands.filter(|stands| stands.half.is_none() && !stands.busy);
        let Some(stands) = settled.filter(|_| rows.iter().any(|row| row.proven.between.is_some())) else {
            return Ok(rows);
        };
        let password = self.password(database).await?;
        // One that cannot be looked at now says nothing new.
        let Ok(now) = self.ports().databases.schema(database, password.as_ref(), set).await else { return Ok(rows) };
        let mut changed = Vec::new();
        let astray = strayed(&rows, set, &stands.applied, &now);
        for (row, astray) in std::iter::zip(&mut rows, astray) {
            if row.strayed != astray {
                row.strayed = astray;
                changed.push(row.clone());
            }
        }
        if !changed.is_empty() {
            self.proofbook.keep_strayed(service, &database.name, &changed).await?;
        }
        Ok(rows)
    }

    /// Where each of the service's databases stands, by environment.
    pub(crate) async fn standings(
        &self,
        document: &Document,
        base: &Path,
        target: &Target,
        set: &Set,
    ) -> Vec<(Environment, Answer<Stands>)> {
        let service = document.services.get(&target.service);
        let name = service.and_then(|service| service.migrations.as_ref()).map(|migrations| &migrations.database);
        let places = name.and_then(|name| document.databases.get(name));
        let mut found = Vec::new();
        for environment in places.into_iter().flat_map(BTreeMap::keys) {
            let there = Target { service: target.service.clone(), environment: environment.clone() };
            found.push((environment.clone(), self.standing_in(document, base, &there, set).await));
        }
        found
    }

    async fn standing_in(&self, document: &Document, base: &Path, target: &Target, set: &Set) -> Answer<Stands> {
        let found = migrations::located(document, base, target)?;
        let found = found.ok_or_else(|| no_database(target))?;
        self.standing_of(&self.database(found).await?, set).await
    }

    /// Proves every version of a target's migrations on a scratch database beside its own. Each proof is kept as soon as it
    /// is made, so that whoever watches sees them come.
    pub async fn prove_migrations(&self, target: &str) -> Answer<MigrationsView> {
        self.prove_migrations_until(target, never()).await
    }

    /// The same, until it is stopped.
    pub async fn prove_migrations_until(&self, target: &str, stop: Stop) -> Answer<MigrationsView> {
        let parsed = app::target(target)?;
        let (document, base) = self.document().await?;
        let Some(Place { database, set, .. }) = self.place(&document, &base, &parsed).await? else {
            return self.migrations(target).await;
        };
        let password = self.password(&database).await?;
        let (tell, mut told) = futures::channel::mpsc::unbounded();
        let databases = self.ports().databases.clone();
        let proving = databases.prove(&database, password.as_ref(), &set, tell, stop);
        let keeping = async {
            while let Some(proven) = told.next().await {
                let what = format!("{} {}", parsed.service, proven.version);
                let mut audit = self.audit_line("migrations.proven", what, &proven.told);
                audit.environment = Some(parsed.environment.to_string());
                audit.after = serde_json::to_value(&proven).unwrap_or_default();
                let (at, by) = (self.ports().clock.now(), self.actor.name.clone());
                self.proofbook
                    .keep_proof(&parsed.service, &database.name, &ProofRow { proven, at, by, strayed: false }, &audit)
                    .await?;
            }
            Ok::<(), ApiError>(())
        };
        let (proven, kept) = futures::join!(proving, keeping);
        proven?;
        kept?;
        self.migrations(target).await
    }

    /// What is asked once before revisions are: `None` where the target's schema does not move with them.
    pub(crate) async fn schema_now(&self, target: &Target) -> Answer<Option<SchemaNow>> {
        let Some((document, base)) = self.policy_in_force().await? else { return Ok(None) };
        let row = self.history.target(target).await?;
        let now = row.current.and_then(|current| current.workload.schema);
        let Some(now) = now else { return Ok(None) };
        let Some(place) = self.place(&document, &base, target).await? else { return Ok(None) };
        let proofs = self.proofbook.proofs(&target.service, &place.database.name).await?;
        let (target, refusals, losses) = (target.clone(), BTreeMap::new(), BTreeMap::new());
        Ok(Some(SchemaNow { document, target, place, now, proofs, standing: None, refusals, gone: None, losses }))
    }

    /// What going back to a revision with this schema means. Rows are counted once for each down.
    pub(crate) async fn schema_way(&self, now: &mut SchemaNow, wanted: Option<&Schema>) -> SchemaWay {
        let Some(wanted) = wanted else { return SchemaWay::Same };
        let applied = match &now.standing {
            Some(found) => found.clone(),
            None => now.standing.insert(self.may_begin(now).await).clone(),
        };
        let applied = match applied {
            Ok(applied) => applied,
            Err(refused) => return refused,
        };
        if now.now == *wanted {
            return SchemaWay::Same;
        }
        if let Some(why) = made_for_another(wanted, Some(&now.now), &now.place.set, &applied) {
            return SchemaWay::Impossible(why);
        }
        let goal = wanted.last().map_or(Goal::Nothing, |last| Goal::Version(last.to_owned()));
        let legs = match now.place.set.route(&applied, &goal) {
            Ok(legs) => legs,
            Err(NoRoute::NoWay { version, way: Way::Down }) => {
                return SchemaWay::Impossible(format!("{version} has no way back"));
            }
            Err(error) => return SchemaWay::Impossible(error.to_string()),
        };
        let versions: Vec<(String, Way)> = legs.iter().map(of_version).collect();
        if !now.refusals.contains_key(&versions) {
            let Place { database, set, .. } = &now.place;
            let refused = match self.unmet(database, set, &versions).await {
                Ok(unmet) => unmet.first().map(|first| SchemaWay::Impossible(first.to_string())),
                Err(error) => Some(SchemaWay::Unknown(error.to_string())),
            };
            now.refusals.insert(versions.clone(), refused);
        }
        if let Some(Some(refused)) = now.refusals.get(&versions) {
            return refused.clone();
        }
        let (mut losses, mut proven, mut every, mut strayed, mut downs) = (Vec::new(), None::<Instant>, true, false, 0);
        for leg in legs.iter().filter(|leg| leg.way == Way::Down) {
            let (version, down) = (&leg.migration.version, leg.script);
            downs += 1;
            let pin = now.now.versions.iter().find(|pin| pin.version == *version);
            if pin.and_then(|pin| pin.down.as_ref()).is_some_and(|released| *released != down.checksum) {
                return SchemaWay::Impossible(format!("{} was edited since it was released", down.path));
            }
            let up = pin.map(|pin| &pin.up).or_else(|| leg.migration.up.as_ref().map(|up| &up.checksum));
            let pair = |row: &&ProofRow| Some(&row.proven.up) == up && row.proven.down.as_ref() == Some(&down.checksum);
            let proof = now.proofs.iter().filter(pair).find(|row| row.proven.holds);
            strayed |= proof.is_some_and(|row| row.strayed);
            every &= proof.is_some_and(|row| !row.strayed);
            proven = proof.map(|row| row.at).into_iter().chain(proven).min();
            if !now.losses.contains_key(version) {
                let Place { database, set, .. } = &now.place;
                let counted = self.losses(database, set, version, Way::Down).await;
                now.losses.insert(version.clone(), counted.map_err(|error| error.to_string()));
            }
            losses.extend(now.proofs.iter().rfind(pair).and_then(ProofRow::doubt));
            let gone = now.gone.get_or_insert_with(|| {
                gone_for_good(&now.document, &now.target, &now.place.set, now.place.dialect, self.ports().clock.now())
            });
            losses.extend(gone.get(version).map(|what| Loss {
                version: version.clone(),
                what: parts::gone_before(what).to_string(),
                rows: None,
            }));
            match now.losses.get(version) {
                Some(Ok(counted)) => losses.extend(counted.iter().cloned()),
                Some(Err(why)) => return SchemaWay::Unknown(why.clone()),
                None => {}
            }
        }
        match downs {
            0 => SchemaWay::Same,
            downs => SchemaWay::Downs { downs, proven: proven.filter(|_| every), strayed, losses },
        }
    }

    /// What is applied, where a plan back may begin, and what refuses one else.
    async fn may_begin(&self, now: &SchemaNow) -> Result<BTreeSet<String>, SchemaWay> {
        let Place { database, set, .. } = &now.place;
        let stands = async {
            let stands = self.stands(database, set).await?;
            self.not_behind(&now.target, Some(&now.now), database, &stands.applied).await?;
            Ok::<_, ApiError>(stands.applied.into_iter().collect())
        };
        stands.await.map_err(|error| match error.code {
            "migration_half" | "database_ahead" | "database_behind" | "no_access" => {
                SchemaWay::Impossible(error.to_string())
            }
            _ => SchemaWay::Unknown(error.to_string()),
        })
    }
}

fn no_database(target: &Target) -> ApiError {
    ApiError::new("not_found", format!("{target} has no migrations"))
}

/// By the checksums in its tool's own table, and by those of the release that runs; each file once.
fn edited(row: &TargetRow, set: &Set, stands: &Stands) -> Vec<EditedView> {
    let of_tool = stands.edited.iter().map(|one| (one.path.as_str(), &one.why, one.way_out.to_string()));
    let since = since_release(row, set, |version| stands.applied.contains(version));
    let since = since.iter().filter(|one| one.rule == SetRule::EditedAfterRelease);
    let all = of_tool.chain(since.map(|one| (one.path.as_str(), &one.why, one.rewrite.clone())));
    let mut found: Vec<EditedView> = Vec::new();
    for (path, why, way_out) in all {
        let scripts = |one: &Migration| [one.up.clone(), one.down.clone()].into_iter().flatten().collect::<Vec<_>>();
        let own = set.migrations.iter().find_map(|one| {
            let script = scripts(one).into_iter().find(|script| script.path == path)?;
            Some((one.version.clone(), script.line))
        });
        let Some((version, line)) = own.filter(|_| !found.iter().any(|one| one.path == path)) else { continue };
        found.push(EditedView { version, path: path.to_owned(), line, why: why.clone(), way_out });
    }
    found
}

fn view(one: &Migration, stands: Option<&Stands>, report: &Report, proofs: &[ProofRow]) -> MigrationView {
    let Migration { version, name, up, down, .. } = one;
    let script = |script: &Script| {
        // What is no SQL is shown as its file.
        let text = if script.sql.is_empty() { &script.file } else { &script.sql };
        ScriptView { path: script.path.clone(), line: script.line, sql: text.clone() }
    };
    let state = match stands {
        None => MigrationState::Unknown,
        Some(stands) if stands.half.as_ref() == Some(version) => MigrationState::HalfApplied,
        Some(stands) if stands.applied.contains(version) => MigrationState::Applied,
        Some(_) => MigrationState::Pending,
    };
    let verdict = report.versions.iter().find(|verdict| verdict.version == *version);
    let own = |found: &&Finding| [up, down].into_iter().flatten().any(|script| script.path == found.path);
    let findings = report.findings.iter().filter(own).map(finding).collect();
    let proof = proofs.iter().rev().find(|row| row.is_of(one));
    let outdated = match proof {
        Some(row) => row.strayed.then_some(Stale::Schema),
        None => proofs.iter().any(|row| row.proven.version == *version).then_some(Stale::Files),
    };
    MigrationView {
        version: version.clone(),
        name: name.clone(),
        state,
        up: up.as_ref().map(script),
        down: down.as_ref().map(script),
        reversible: word(verdict.map(|verdict| verdict.reversible)).to_owned(),
        because: verdict.and_then(|verdict| verdict.because.clone()),
        findings,
        stale: outdated,
        proof: proof.filter(|_| outdated.is_none()).map(|row| ProofView {
            at: row.at,
            by: row.by.clone(),
            holds: row.proven.holds,
            told: row.proven.told.clone(),
            lost: row.proven.lost.clone(),
        }),
    }
}

const fn word(reversible: Option<Reversible>) -> &'static str {
    match reversible {
        Some(Reversible::Yes) => "yes",
        Some(Reversible::DataLoss) => "data-loss",
        Some(Reversible::No) => "no",
        Some(Reversible::Unknown) | None => "unknown",
    }
}

fn finding(found: &Finding) -> FindingView {
    FindingView {
        rule: found.rule.as_str().to_owned(),
        path: found.path.clone(),
        line: found.line,
        place: match found.place {
            Where::Up => "up",
            Where::Down => "down",
            Where::Pair => "pair",
        }
        .to_owned(),
        severity: if found.severity == Severity::Error { "error" } else { "warning" }.to_owned(),
        why: found.why.clone(),
        rewrite: found.rewrite.clone(),
    }
}
