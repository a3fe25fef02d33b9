//! On Docker, the oldest engine supported and a current one: blue-green behind a real nginx.

use super::{Course, DESK, SERVER, SUPERVISOR, courses, gate, print};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use switchback_core::{
    name::Target,
    port::Runtime as _,
    release::ArtifactRequest,
    strategy::{Confirm, Strategy},
    workload::{DockerSettings, EngineAddress, Publish, Settings, Workload},
};
use switchback_docker::Docker;
use switchback_tests::{
    crash::{Entries, Lane, Row, Side, Trouble, World},
    engine::{Engine, EngineKind},
    image::Image,
    line::Line,
    nginx::PrivateNginx,
    part::PartError,
    port,
    supervised::Supervised,
};
use tokio::task::JoinSet;

const REPOSITORY: &str = "switchback-test/shop";
const SERVING: &str = "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
const RELEASES: [(&str, &str); 3] = [("1", SERVING), ("2", SERVING), ("bad", "echo no; exit 1")];

/// Lanes that share the entries of one course among them, so that their waits overlap.
const SHARED: u32 = 4;

async fn engine(kind: EngineKind) -> Result<Arc<Engine>, PartError> {
    let engine = Engine::start(kind).await?;
    for (version, script) in RELEASES {
        let image = Image::new(format!("{REPOSITORY}:{version}")).entrypoint(["/bin/sh", "-c", script]);
        image.file("www/version", version).load(&engine).await?;
    }
    Ok(Arc::new(engine))
}

/// What all lanes of one engine share, and the number of the next.
struct Yard {
    engine: Arc<Engine>,
    lanes: JoinSet<Vec<Row>>,
    next: u32,
}

/// One lane to be.
struct Order {
    engine: Arc<Engine>,
    name: String,
    target: Target,
    /// Behind nginx, or one port handed over.
    routed: bool,
    course: Course,
    kind: fn(Arc<Line>) -> Trouble,
    entries: Entries,
}

impl Yard {
    fn order(&mut self, routed: bool, what: &str, course: Course, kind: fn(Arc<Line>) -> Trouble, entries: Entries) {
        self.next += 1;
        let way = if routed { "blue-green" } else { "recreate" };
        let name = format!("{:?} engine{what}, {way}, {}", self.engine.kind(), course.what);
        let target = format!("checkout/lane-{}", self.next).parse().expect("a name");
        let engine = Arc::clone(&self.engine);
        self.lanes.spawn(lane(Order { engine, name, target, routed, course, kind, entries }));
    }
}

async fn lane(order: Order) -> Vec<Row> {
    let Order { engine, name, target, routed, course, kind, entries } = order;
    let home = Supervised::new(SUPERVISOR, SERVER);
    let nginx = routed.then(|| PrivateNginx::start().expect("nginx"));
    let from = engine.socket().with_file_name(format!("{}.sock", target.environment));
    let wire = Arc::new(Line::lay(from, engine.socket()));
    let world = world(&home, nginx.as_ref(), &wire, target).await;
    let lane = Lane::new(world, DESK).await;
    lane.deploy(2).await;
    let trouble = kind(Arc::clone(&wire));
    vec![lane.trouble(&name, course.act.as_ref(), course.ending, &trouble, entries).await]
}

async fn world(home: &Supervised, nginx: Option<&PrivateNginx>, line: &Line, target: Target) -> World {
    let service = port::free();
    let settings = Settings::Docker(DockerSettings {
        engine: EngineAddress::Unix { path: line.path().display().to_string() },
        publish: vec![Publish { host: "127.0.0.1".into(), port: service, container: 8080 }],
        grace: Duration::from_secs(2),
        ..DockerSettings::default()
    });
    let (strategy, port) = match nginx {
        None => (Strategy::Recreate, service),
        Some(nginx) => {
            let router = nginx.router(Duration::from_secs(10));
            (Strategy::BlueGreen { router, confirm: Confirm::Automatic }, nginx.port())
        }
    };
    let docker = Docker::new(None);
    let mut releases = BTreeMap::new();
    for (version, _) in RELEASES {
        let request = ArtifactRequest::Image { reference: format!("{REPOSITORY}:{version}") };
        let artifact = docker.resolve(&settings, &request).await.expect("a local image");
        let (config, secrets) = (BTreeMap::new(), BTreeMap::new());
        let workload =
            Workload { artifact, config, secrets, settings: settings.clone(), replicas: 1, schema: None, health: None };
        releases.insert(version.to_owned(), workload);
    }
    let (supervisor, health) = (SUPERVISOR.to_owned(), gate(Duration::from_millis(200)));
    let home = home.state().parent().expect("a home").to_owned();
    World { home, supervisor, target, strategy, health, hooks: Vec::new(), port, releases }
}

async fn yard(kind: EngineKind) -> Result<Yard, PartError> {
    Ok(Yard { engine: engine(kind).await?, lanes: JoinSet::new(), next: 0 })
}

async fn killed(kind: EngineKind) -> Result<(), PartError> {
    let mut yard = yard(kind).await?;
    for routed in [false, true] {
        for course in courses() {
            yard.order(routed, "", course, |_| Trouble::Death, Entries::all(Side::After));
        }
    }
    print(yard.lanes).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_at_any_entry_of_the_journal_leaves_the_old_engine_whole() -> Result<(), PartError> {
    killed(EngineKind::Old).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_at_any_entry_of_the_journal_leaves_the_current_engine_whole() -> Result<(), PartError> {
    killed(EngineKind::Current).await
}

// Each engine and each way of changing over has both troubles below; the four pairs would say the same at twice the time.

async fn contested(kind: EngineKind, routed: bool) -> Result<(), PartError> {
    let mut yard = yard(kind).await?;
    for course in courses() {
        yard.order(routed, ", contested", course, |_| Trouble::Contest, Entries::all(Side::After));
    }
    let table = print(yard.lanes).await;
    assert!(table.0.iter().all(|row| row.refused > 0), "somewhere the second program was never refused");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_programs_on_one_database_one_acts_on_the_old_engine() -> Result<(), PartError> {
    contested(EngineKind::Old, true).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_programs_on_one_database_one_acts_on_the_current_engine() -> Result<(), PartError> {
    contested(EngineKind::Current, false).await
}

async fn away(kind: EngineKind, routed: bool) -> Result<(), PartError> {
    let mut yard = yard(kind).await?;
    for course in courses() {
        for first in 0..SHARED {
            let entries = Entries { side: Side::After, first, stride: SHARED as usize };
            yard.order(routed, " away", course.clone(), Trouble::Away, entries);
            yard.order(routed, " away, killed", course.clone(), Trouble::DeathAndAway, entries);
        }
    }
    let table = print(yard.lanes).await;
    assert!(table.0.iter().all(|row| row.waited > 0), "somewhere the engine was never missed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_engine_out_of_reach_for_ten_seconds_at_any_entry_costs_nothing_but_time() -> Result<(), PartError> {
    away(EngineKind::Old, false).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_current_engine_out_of_reach_for_ten_seconds_at_any_entry_costs_nothing_but_time() -> Result<(), PartError>
{
    away(EngineKind::Current, true).await
}
