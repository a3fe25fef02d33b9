//! The core's port over all this: migrations that run with a release.

use crate::{
    Connection, DatabaseError, Outcome, Place, Proof, WayOut,
    connection::asked,
    demanded,
    edited::Edited,
    half::left,
    loss, own,
    prove::{Proving, prove, prove_with},
    rights,
    runner::{RunError, run_one},
    schema::meant,
    settle::settle,
    status::{State, judged},
    tool::Hand,
};
use async_trait::async_trait;
use futures::channel::mpsc::UnboundedSender;
use secrecy::SecretString;
use std::{collections::BTreeSet, sync::Arc};
use switchback_core::{
    failure::{Failure, FailureKind},
    migration::{Goal, Leg, Set, Tool, Way},
    port::{Arrival, Databases, MissingRight, Programs, Proven, Stands, Stop, Unmet, Walked},
    release::Digest,
    schema::{Database, Loss, Written},
};
use switchback_lint::Dialect;

/// PostgreSQL, MySQL or MariaDB, and SQLite.
#[derive(Clone)]
pub struct Servers {
    programs: Arc<dyn Programs>,
}

impl Servers {
    /// With what runs the team's own commands where migrations are no SQL.
    pub fn new(programs: Arc<dyn Programs>) -> Self {
        Self { programs }
    }

    fn hand<'a>(&'a self, set: &'a Set) -> Option<Hand<'a>> {
        set.tool.as_deref().map(|tool| Hand { programs: &*self.programs, tool })
    }
}

pub(crate) fn place(at: &Database) -> Result<Place, Failure> {
    at.place.parse().map_err(|error: DatabaseError| Failure::new(FailureKind::Other, error.to_string()))
}

pub(crate) fn failed(at: &Database, error: &DatabaseError) -> Failure {
    let kind = match error {
        DatabaseError::LoginRefused { .. } => {
            FailureKind::LoginRefused { secret: at.password.as_ref().map(|password| password.name.clone()) }
        }
        DatabaseError::ForeignTable { table, .. } => FailureKind::ForeignTable { table: (*table).to_owned() },
        error if error.is_unreachable() => FailureKind::DatabaseAway { database: at.name.clone() },
        error if error.is_held_up() => held(at),
        _ => FailureKind::Other,
    };
    Failure::new(kind, error.to_string())
}

fn held(at: &Database) -> FailureKind {
    FailureKind::DatabaseHeld { database: at.name.clone() }
}

pub(crate) fn stopped(at: &Database, version: &str, error: RunError) -> Failure {
    match error {
        RunError::Database(error) => failed(at, &error),
        // Somebody else's run ends some time, and so does whoever holds a lock: the release is not to blame.
        RunError::Locked { .. } | RunError::Stopped { held_up: true, .. } => Failure::new(held(at), error.to_string()),
        RunError::Outgrown { ref what, .. } => {
            Failure::new(FailureKind::MigrationLoses { what: what.clone() }, error.to_string())
        }
        other => Failure::new(FailureKind::MigrationFailed { version: version.to_owned() }, other.to_string()),
    }
}

/// The script of one version, with what stands before it. What the other versions have or lack is not asked about.
fn leg<'a>(set: &'a Set, version: &str, way: Way) -> Result<Leg<'a>, RunError> {
    let versions = set.migrations.iter().map(|one| one.version.clone());
    let (applied, goal): (BTreeSet<String>, Goal) = match way {
        Way::Up => (versions.filter(|one| one != version).collect(), Goal::Latest),
        Way::Down => ([version.to_owned()].into(), Goal::Nothing),
    };
    let found = set.route(&applied, &goal)?.into_iter().next();
    found.ok_or_else(|| RunError::NotOffered(format!("{version} is not in the set")))
}

/// The scripts of these versions; none where a command runs them, which nobody reads.
fn read<'a>(at: &Database, set: &'a Set, legs: &[(String, Way)]) -> Result<Vec<Leg<'a>>, Failure> {
    let legs = if set.tool.is_some() { &[][..] } else { legs };
    legs.iter().map(|(version, way)| leg(set, version, *way).map_err(|error| stopped(at, version, error))).collect()
}

#[async_trait]
impl Databases for Servers {
    async fn listed(&self, tool: &Tool) -> Result<Set, Failure> {
        Hand { programs: &*self.programs, tool }.list().await
    }

    async fn stands(&self, at: &Database, password: Option<&SecretString>, set: &Set) -> Result<Stands, Failure> {
        if let Some(hand) = self.hand(set) {
            return hand.stands(at, password, set).await;
        }
        let place = place(at)?;
        let mut connection = Connection::open(&place, password).await.map_err(|error| failed(at, &error))?;
        let answer = async {
            let (standing, busy) = judged(&mut connection, &place, set).await?;
            let read_only = asked(&place, read_only(&mut connection)).await?;
            Ok::<_, DatabaseError>((standing, busy, read_only))
        };
        let answer = answer.await;
        connection.close().await;
        let (standing, busy, read_only) = answer.map_err(|error| failed(at, &error))?;
        let named =
            |state| standing.versions.iter().filter(move |one| one.state == state).map(|one| one.version.clone());
        Ok(Stands {
            applied: named(State::Applied).collect(),
            half: named(State::HalfApplied).next(),
            busy,
            ahead: named(State::Unknown).collect(),
            edited: standing.edited.iter().map(told).collect(),
            read_only,
        })
    }

    async fn schema(&self, at: &Database, password: Option<&SecretString>, set: &Set) -> Result<Digest, Failure> {
        let place = place(at)?;
        let mut connection = Connection::open(&place, password).await.map_err(|error| failed(at, &error))?;
        let books = set.tool.as_ref().map_or(&[][..], |tool| &tool.books);
        // As proofs read it: what they hold against it is what a way there and back leads to.
        let lines = asked(&place, meant(&mut connection, books)).await;
        connection.close().await;
        lines.map(|lines| lines.hash()).map_err(|error| failed(at, &error))
    }

    async fn missing_rights(
        &self,
        at: &Database,
        password: Option<&SecretString>,
        set: &Set,
        legs: &[(String, Way)],
    ) -> Result<Vec<MissingRight>, Failure> {
        let all = read(at, set, legs)?;
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let place = place(at)?;
        let mut connection = Connection::open(&place, password).await.map_err(|error| failed(at, &error))?;
        let found = asked(&place, rights::missing(&mut connection, set, &all)).await;
        connection.close().await;
        found.map_err(|error| failed(at, &error))
    }

    async fn unmet(
        &self,
        at: &Database,
        password: Option<&SecretString>,
        set: &Set,
        legs: &[(String, Way)],
    ) -> Result<Vec<Unmet>, Failure> {
        let legs = read(at, set, legs)?;
        demanded::unmet(&place(at)?, password, &legs).await.map_err(|error| failed(at, &error))
    }

    async fn losses(
        &self,
        at: &Database,
        password: Option<&SecretString>,
        set: &Set,
        version: &str,
        way: Way,
    ) -> Result<Vec<Loss>, Failure> {
        if let Some(hand) = self.hand(set) {
            return hand.losses(at, password, version, way).await;
        }
        let leg = leg(set, version, way).map_err(|error| stopped(at, version, error))?;
        let mut connection = Connection::open(&place(at)?, password).await.map_err(|error| failed(at, &error))?;
        let found = loss::tally(&mut connection, set, &leg).await;
        connection.close().await;
        found.map(|tally| tally.losses).map_err(|error| failed(at, &error))
    }

    async fn written(
        &self,
        at: &Database,
        password: Option<&SecretString>,
        set: &Set,
        version: &str,
    ) -> Result<Vec<Written>, Failure> {
        // What a command wrote, nobody can tell from what was there.
        if set.tool.is_some() {
            return Ok(Vec::new());
        }
        // One without a way back takes nothing away.
        let Ok(leg) = leg(set, version, Way::Down) else { return Ok(Vec::new()) };
        let mut connection = Connection::open(&place(at)?, password).await.map_err(|error| failed(at, &error))?;
        let found = own::written(&mut connection, set, &leg).await;
        connection.close().await;
        found.map_err(|error| failed(at, &error))
    }

    async fn prove(
        &self,
        at: &Database,
        password: Option<&SecretString>,
        set: &Set,
        told: UnboundedSender<Proven>,
        stop: Stop,
    ) -> Result<(), Failure> {
        let tell = |proof: &Proof| {
            // Whoever listened may be gone; then nobody keeps it.
            if let Some(proven) = proven(proof) {
                drop(told.unbounded_send(proven));
            }
        };
        let proving = Proving { place: &place(at)?, password, set, programs: &*self.programs, stop };
        let proven = match self.hand(set) {
            Some(hand) => {
                hand.obeys(at, password).await?;
                prove_with(&proving, (&hand, at), tell).await
            }
            None => prove(&proving, None, tell).await,
        };
        proven.map(drop).map_err(|error| failed(at, &error))
    }

    async fn walk(
        &self,
        at: &Database,
        password: Option<&SecretString>,
        set: &Set,
        version: &str,
        way: Way,
        known: Option<&[Loss]>,
    ) -> Result<Walked, Failure> {
        if let Some(hand) = self.hand(set) {
            // What a command wrote, nobody can tell from what was there.
            let arrival = hand.walk(at, password, set, version, way).await?;
            return Ok(Walked { arrival, written: Vec::new() });
        }
        let place = place(at)?;
        walked(&place, password, set, (version, way, known), &*self.programs)
            .await
            .map_err(|error| stopped(at, version, error))
    }
}

fn told(one: &Edited) -> switchback_core::port::Edited {
    switchback_core::port::Edited { why: one.why(), path: one.path.clone(), way_out: one.way_out() }
}

fn proven(proof: &Proof) -> Option<Proven> {
    let lost = match &proof.outcome {
        Outcome::Proven { lost, .. } => lost.clone(),
        _ => Vec::new(),
    };
    Some(Proven {
        version: proof.version.clone(),
        up: proof.up.clone()?,
        down: proof.down.clone(),
        holds: proof.outcome.holds(),
        broken: proof.speaks_against(),
        told: proof.to_string(),
        lost,
        between: proof.between.clone(),
    })
}

async fn walked(
    place: &Place,
    password: Option<&SecretString>,
    set: &Set,
    (version, way, known): (&str, Way, Option<&[Loss]>),
    programs: &dyn Programs,
) -> Result<Walked, RunError> {
    if let Some(out) = left_behind(place, password, set, version, way).await? {
        settle(place, password, set, out, programs, |_| {}).await?;
    }
    let leg = leg(set, version, way)?;
    Ok(match run_one(place, password, set, &leg, known, |_| {}).await? {
        Some(written) => Walked { arrival: Arrival::Done, written },
        None => Walked { arrival: Arrival::Already, written: Vec::new() },
    })
}

/// What to do about a run that died in the middle of this version: to its end when that is where we go, and back else.
async fn left_behind(
    place: &Place,
    password: Option<&SecretString>,
    set: &Set,
    version: &str,
    way: Way,
) -> Result<Option<WayOut>, RunError> {
    let mut connection = Connection::open(place, password).await?;
    let found = left(&mut connection, place, set).await;
    connection.close().await;
    let Some(found) = found? else { return Ok(None) };
    if found.leg.migration.version != version || !found.knows() {
        return Err(RunError::Half { version: found.leg.migration.version.clone() });
    }
    // One that is being undone can only be undone to its end; the script is then run anew.
    let finish = found.undoing() || found.leg.way == way;
    Ok(Some(if finish { WayOut::Finish } else { WayOut::Undo }))
}

pub(crate) async fn read_only(connection: &mut Connection) -> Result<bool, DatabaseError> {
    let query = match connection.dialect() {
        Dialect::Postgres => {
            "select (pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on')::text"
        }
        Dialect::Mysql => "select case when @@global.read_only then 'true' else 'false' end",
        // The file and its folder say it when something is written, which is taken back. To begin is not enough: SQLite begins
        // a transaction that only reads where it cannot write.
        Dialect::Sqlite => {
            let version = connection.names("select user_version || '' from pragma_user_version").await?;
            let same = format!("pragma user_version = {}", version.first().map_or("0", String::as_str));
            let mut written = connection.begin().await;
            if written.is_ok() {
                written = connection.run(&same).await;
            }
            let _ = connection.run("rollback").await;
            let refusals = ["readonly", "unable to open"];
            return Ok(written.is_err_and(|error| refusals.iter().any(|said| error.to_string().contains(said))));
        }
    };
    Ok(connection.names(query).await?.first().map(String::as_str) == Some("true"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchback_core::migration::{Layout, SourceFile, read};

    #[test]
    fn a_file_that_cannot_be_written_is_known_and_left_as_it_is() {
        use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        for read in [false, true] {
            let options = SqliteConnectOptions::new().filename(&path).create_if_missing(!read).read_only(read);
            let said = runtime.block_on(async {
                let mut connection = Connection::Sqlite(SqliteConnection::connect_with(&options).await.unwrap());
                if !read {
                    connection.run("pragma user_version = 7; create table a (id int)").await.unwrap();
                }
                let said = read_only(&mut connection).await.unwrap();
                let kept = connection.names("select user_version || '' from pragma_user_version").await.unwrap();
                assert_eq!(kept, ["7"]);
                said
            });
            assert_eq!(said, read);
        }
    }

    #[test]
    fn one_versions_way_does_not_depend_on_what_another_lacks() {
        let file = |path: &str| SourceFile { path: path.to_owned(), text: "drop table a;".to_owned() };
        let files = ["1_a.up.sql", "1_a.down.sql", "2_b.up.sql", "2_b.down.sql", "3_c.up.sql"].map(file);
        let set = read(Layout::GolangMigrate, &files);
        let told = |version, way| leg(&set, version, way).map(|leg| (leg.script.path.clone(), leg.previous)).ok();
        assert_eq!(told("2", Way::Down), Some(("2_b.down.sql".to_owned(), Some("1"))));
        assert_eq!(told("1", Way::Up), Some(("1_a.up.sql".to_owned(), None)));
        assert_eq!(told("3", Way::Down), None);
    }
}
