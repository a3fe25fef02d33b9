//! What must hold when everything is over, however often a process died on the way.

use super::{Act, Desk, schema};
use crate::http::Request;
use std::collections::BTreeSet;
use switchback_core::{
    deployment::{State, fold},
    ident::DeploymentId,
    plan::InstanceName,
    port::{ChainVerdict, History as _, InstanceState, Ledger as _},
};
use tokio::net::TcpStream;

/// What was there before an act, to examine what came of it.
pub struct Exam {
    last: Option<DeploymentId>,
    serving: Option<String>,
    arriving: String,
}

impl Exam {
    /// Looks before `act`. Effects are counted from here.
    pub async fn before(desk: &Desk, act: &Act) -> Self {
        desk.tally.clear();
        let row = desk.store.target(&desk.world.target).await.expect("the target");
        let serving = row.current.map(|current| current.version);
        let arriving = match act {
            Act::Deploy(version) => version.clone(),
            Act::Rollback => desk.plan(act).await.version,
        };
        Self { last: desk.last().await, serving, arriving }
    }

    /// Examines everything; returns how the deployment ended, `None` when it never began.
    pub async fn after(&self, desk: &Desk, at: &str) -> Option<State> {
        assert_eq!(desk.store.unfinished().await.expect("a list"), [], "{at}: nothing is left unfinished");
        let ended = self.ending(desk, at).await;
        let expected = match ended {
            Some(State::Succeeded) => Some(&self.arriving),
            Some(State::Stuck { ref instructions, .. }) => {
                assert!(!instructions.is_empty(), "{at}: stuck without instructions");
                return ended;
            }
            _ => self.serving.as_ref(),
        };
        serves(desk, expected, at).await;
        once(desk, at);
        let chain = desk.store.verify().await.expect("the audit is read");
        assert!(matches!(chain, ChainVerdict::Intact { .. }), "{at}: {chain:?}");
        unmoved_by_recovery(desk, at).await;
        ended
    }

    async fn ending(&self, desk: &Desk, at: &str) -> Option<State> {
        let id = desk.last().await.filter(|id| Some(*id) != self.last)?;
        let (plan, entries) = desk.store.load(id).await.expect("its journal");
        let state = fold(&plan, &entries).expect("a legal journal").expect("a begun journal");
        assert!(state.ended(), "{at}: {}", state.name());
        let row = desk.store.deployment(id).await.expect("its row");
        assert_eq!(row.state, state, "{at}: the row is what the journal folds to");
        Some(state)
    }
}

/// Exactly the instances of the current revision run, beside it there is at most its way back, and users get its answer.
async fn serves(desk: &Desk, version: Option<&String>, at: &str) {
    let world = &desk.world;
    let row = desk.store.target(&world.target).await.expect("the target");
    assert_eq!(row.current.as_ref().map(|current| &current.version), version, "{at}: what the store says runs");
    let observed = desk.runtime().observe(world.settings(), &world.target).await.expect("what is there");
    let running = observed.iter().filter(|it| matches!(it.state, InstanceState::Running { .. }));
    let running: BTreeSet<&InstanceName> = running.map(|it| &it.name).collect();
    let current: BTreeSet<&InstanceName> = row.current.iter().flat_map(|current| &current.instances).collect();
    assert_eq!(running, current, "{at}: what runs is the current revision and nothing else; all: {observed:#?}");
    for extra in observed.iter().filter(|it| !current.contains(&it.name)) {
        assert!(row.kept.contains(&extra.name), "{at}: {} is left over; kept: {:?}", extra.name, row.kept);
    }
    for ours in observed.iter().filter(|it| current.contains(&it.name)) {
        assert_eq!(ours.revision, row.current.as_ref().map(|current| current.revision), "{at}: {}", ours.name);
    }
    assert_eq!(answer(world.port).await.as_ref(), version, "{at}: what users get");
    schema::holds(&world.home, version, at).await;
}

/// What the service answers; `None` when nobody listens.
async fn answer(port: u16) -> Option<String> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let answer = Request::new("GET", "/version").send(stream).await.ok()?;
    Some(answer.text().trim().to_owned())
}

/// No act had its effect twice.
fn once(desk: &Desk, at: &str) {
    let effects = desk.tally.read();
    for (effect, times) in &effects {
        assert_eq!(*times, 1, "{at}: {effect} was done {times} times; all: {effects:#?}");
    }
}

/// Recovering again finds nothing to do: no write, no change in the world.
async fn unmoved_by_recovery(desk: &Desk, at: &str) {
    let (store, world) = (&desk.store, &desk.world);
    let look = async || {
        let generation = store.generation().await.expect("a number");
        (generation, desk.runtime().observe(world.settings(), &world.target).await.expect("what is there"))
    };
    let before = look().await;
    assert_eq!(desk.recover().await.expect("a second recovery"), [], "{at}");
    assert_eq!(look().await, before, "{at}: a second recovery changes nothing");
}
