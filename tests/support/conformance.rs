//! What every runtime must do, whatever it is made of: the text of the `Runtime` port as one suite.
//!
//! A runtime's own live test gives a [`Fixture`] (programs in its own form) and calls [`conformance`]. What only one
//! runtime has (registries, engine health checks, re-adoption) is tested beside that runtime, not here.

use crate::port;
use futures::{Stream, StreamExt as _};
use secrecy::SecretString;
use std::{
    net::{Ipv4Addr, TcpListener},
    time::{Duration, Instant},
};
use switchback_core::{
    failure::{Failure, FailureKind},
    ident::{DeploymentId, RevisionNumber},
    name::Target,
    plan::{InstanceName, InstanceSpec},
    port::{Arrival, InstanceState, Lifecycle, LifecycleEvent, ResolvedSecrets, Runtime, Upstream},
    release::ArtifactRequest,
    workload::{SecretRef, Workload},
};

/// The code [`Program::Crashing`] ends with.
pub const CRASH_CODE: i64 = 7;
/// The variable whose value [`Program::Crashing`] writes to standard error, as a line of its own.
pub const SAYS: &str = "SAYS";
/// What [`Program::Stubborn`] writes as a line of its own once the polite signal is lost on it. A program that only just
/// began ends by that signal like any other.
pub const DEAF: &str = "deaf";
/// The longest wait for an event.
const EVENT: Duration = Duration::from_secs(20);
/// A stopped instance is back within this, also on a busy machine; how fast it is in truth is what benchmarks say.
const BACK: Duration = Duration::from_secs(5);

/// What a fixture can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Listens on its port until it is asked to stop, then ends at once.
    Serving,
    /// Writes the value of [`SAYS`] to standard error and ends with [`CRASH_CODE`], at once.
    Crashing,
    /// Does not hear the polite signal, and writes [`DEAF`] as soon as it does not.
    Stubborn,
    /// Does not exist: its artifact is nowhere.
    Missing,
}

/// Programs in one runtime's own form.
pub trait Fixture: Sync {
    /// A program as a workload, published on `port` of 127.0.0.1, with 2 s of grace at most. Two calls with the same
    /// arguments give the same.
    fn workload(&self, program: Program, port: u16) -> Workload;

    /// A request that resolves to the artifact of [`Program::Serving`].
    fn request(&self) -> ArtifactRequest;

    /// Whether an instance is one program, with a port of this machine and two streams of output; else it is a workload
    /// of a cluster, which is at one instance at a time.
    fn one_program(&self) -> bool {
        true
    }
}

/// Holds a runtime to the port's text. Panics with what does not hold.
pub async fn conformance(runtime: &dyn Runtime, fixture: &dyn Fixture) {
    let suite = Suite { runtime, fixture };
    suite.a_request_resolves_to_the_digest_that_runs().await;
    suite.an_instance_lives_and_every_act_twice_changes_nothing().await;
    suite.what_is_unknown_is_absent_stopped_and_removed_already().await;
    suite.an_exit_right_after_the_start_is_seen_with_its_last_words().await;
    suite.a_secret_reaches_the_program().await;
    suite.a_removal_is_seen().await;
    suite.a_missing_artifact_is_named_as_such().await;
    if fixture.one_program() {
        suite.a_port_in_use_is_named().await;
        suite.behind_a_router_two_stand_beside_each_other_and_are_observed().await;
        suite.who_does_not_hear_the_signal_is_killed_after_its_grace().await;
    } else {
        suite.one_takes_the_place_of_the_other_and_gives_it_back().await;
    }
    suite.a_probe_command_tells_its_code_or_that_it_was_late().await;
}

struct Suite<'a> {
    runtime: &'a dyn Runtime,
    fixture: &'a dyn Fixture,
}

impl Suite<'_> {
    fn spec(&self, program: Program, port: u16) -> InstanceSpec {
        let (target, revision) = (target(), RevisionNumber(3));
        let deployment = DeploymentId(uuid::Uuid::now_v7());
        let name = InstanceName::new(&target, revision, deployment, 0);
        let workload = self.fixture.workload(program, port);
        InstanceSpec { name, target, revision, deployment, workload, behind_router: false }
    }

    async fn ready(&self, program: Program, port: u16) -> InstanceSpec {
        let spec = self.spec(program, port);
        self.prepared(&spec).await;
        spec
    }

    async fn prepared(&self, spec: &InstanceSpec) {
        self.runtime.prepare(&spec.workload).await.expect("the artifact is prepared");
        assert_eq!(self.runtime.prepare(&spec.workload).await.expect("prepared again"), Arrival::Already);
        self.runtime.available(&spec.workload).await.expect("what is prepared is available");
    }

    async fn create(&self, spec: &InstanceSpec) -> Result<Arrival, Failure> {
        self.runtime.create(spec, &ResolvedSecrets::new()).await
    }

    async fn start(&self, spec: &InstanceSpec) -> Result<Arrival, Failure> {
        self.runtime.start(spec, &ResolvedSecrets::new()).await
    }

    async fn remove(&self, spec: &InstanceSpec) -> Arrival {
        self.runtime.remove(&spec.workload.settings, &spec.name).await.expect("it is removed")
    }

    /// Waits until a program has written a line.
    async fn says(&self, spec: &InstanceSpec, line: &str) {
        let said = async {
            loop {
                let lines = self.runtime.logs(&spec.workload.settings, &spec.name, 20).await.expect("its lines");
                if lines.iter().any(|one| one.text == line) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(EVENT, said).await.unwrap_or_else(|_| panic!("{} never said {line}", spec.name));
    }

    async fn state(&self, spec: &InstanceSpec) -> InstanceState {
        self.runtime.state(&spec.workload.settings, &spec.name).await.expect("its state is told")
    }

    async fn runs(&self, spec: &InstanceSpec, port: u16) {
        if self.fixture.one_program() {
            assert_eq!(self.upstream(spec).await, Upstream { host: "127.0.0.1".to_owned(), port });
        } else {
            let state = self.state(spec).await;
            assert!(matches!(state, InstanceState::Running { .. }), "{state:?}");
        }
    }

    async fn upstream(&self, spec: &InstanceSpec) -> Upstream {
        match self.state(spec).await {
            InstanceState::Running { upstream: Some(upstream), .. } => upstream,
            other => panic!("{} does not run on a port: {other:?}", spec.name),
        }
    }

    async fn a_request_resolves_to_the_digest_that_runs(&self) {
        let workload = self.fixture.workload(Program::Serving, port::free());
        let version = self.runtime.ping(&workload.settings).await.expect("the runtime is there");
        assert!(!version.is_empty());
        let artifact = self.runtime.resolve(&workload.settings, &self.fixture.request()).await;
        assert_eq!(artifact.expect("the request resolves"), workload.artifact);
    }

    async fn an_instance_lives_and_every_act_twice_changes_nothing(&self) {
        let port = port::free();
        let spec = self.ready(Program::Serving, port).await;
        assert_eq!(self.state(&spec).await, InstanceState::Absent);

        assert_eq!(self.create(&spec).await.expect("created"), Arrival::Done);
        assert_eq!(self.create(&spec).await.expect("created twice"), Arrival::Already);
        assert_eq!(self.state(&spec).await, InstanceState::Created);
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        drop(taken.expect("what is only created takes no port"));

        assert_eq!(self.start(&spec).await.expect("started"), Arrival::Done);
        assert_eq!(self.start(&spec).await.expect("started twice"), Arrival::Already);
        self.runs(&spec, port).await;

        assert_eq!(self.runtime.stop(&spec).await.expect("stopped"), Arrival::Done);
        assert_eq!(self.runtime.stop(&spec).await.expect("stopped twice"), Arrival::Already);
        let InstanceState::Exited { at: Some(_), ran_ms: Some(_), out_of_memory: false, .. } = self.state(&spec).await
        else {
            panic!("a stopped instance is exited, with its times: {:?}", self.state(&spec).await)
        };

        let began = Instant::now();
        assert_eq!(self.start(&spec).await.expect("started again"), Arrival::Done);
        let took = began.elapsed();
        println!("a stopped instance was back in {took:?}");
        assert!(took < BACK, "a stopped instance was back only after {took:?}");
        self.runs(&spec, port).await;

        assert_eq!(self.remove(&spec).await, Arrival::Done);
        assert_eq!(self.remove(&spec).await, Arrival::Already);
        assert_eq!(self.state(&spec).await, InstanceState::Absent);
    }

    async fn what_is_unknown_is_absent_stopped_and_removed_already(&self) {
        let spec = self.spec(Program::Serving, port::free());
        assert_eq!(self.state(&spec).await, InstanceState::Absent);
        assert_eq!(self.runtime.stop(&spec).await.expect("absent counts as stopped"), Arrival::Already);
        assert_eq!(self.remove(&spec).await, Arrival::Already);
    }

    async fn an_exit_right_after_the_start_is_seen_with_its_last_words(&self) {
        let words = "fatal: cannot reach the database";
        let mut spec = self.spec(Program::Crashing, port::free());
        spec.workload.config.insert(SAYS.to_owned(), words.to_owned());
        self.prepared(&spec).await;
        let settings = &spec.workload.settings;
        let mut events = self.runtime.watch(settings, &spec.target).await.expect("it can be watched");
        self.create(&spec).await.expect("created");
        self.start(&spec).await.expect("a program that ends right after its start was started");
        let seen = until(&mut events, &spec.name, |what| matches!(what, Lifecycle::Exited { .. })).await;
        assert_eq!(seen.first(), Some(&Lifecycle::Started));
        assert_eq!(seen.last(), Some(&Lifecycle::Exited { code: Some(CRASH_CODE), out_of_memory: false }));
        match self.state(&spec).await {
            InstanceState::Exited { code: Some(CRASH_CODE), ran_ms: Some(_), .. } => {}
            other => panic!("it ended with {CRASH_CODE}, not {other:?}"),
        }
        let lines = self.runtime.logs(settings, &spec.name, 20).await.expect("its lines are kept");
        assert!(
            lines
                .iter()
                .any(|line| (line.stderr || !self.fixture.one_program()) && line.text == words && line.at.is_some()),
            "{lines:?}"
        );
        let last = self.runtime.logs(settings, &spec.name, 1).await.expect("its last line");
        assert_eq!(last.len(), 1, "{last:?}");
        self.remove(&spec).await;
    }

    async fn a_secret_reaches_the_program(&self) {
        let mut spec = self.spec(Program::Crashing, port::free());
        let reference = SecretRef { name: "words/test".to_owned(), fingerprint: "f1".to_owned() };
        spec.workload.secrets.insert(SAYS.to_owned(), reference);
        self.prepared(&spec).await;
        let settings = &spec.workload.settings;
        let mut events = self.runtime.watch(settings, &spec.target).await.expect("it can be watched");
        let secrets = ResolvedSecrets::from([(SAYS.to_owned(), SecretString::from("correct horse"))]);
        self.runtime.create(&spec, &secrets).await.expect("created");
        self.runtime.start(&spec, &secrets).await.expect("started");
        until(&mut events, &spec.name, |what| matches!(what, Lifecycle::Exited { .. })).await;
        let lines = self.runtime.logs(settings, &spec.name, 20).await.expect("its lines");
        // A runtime that keeps the log itself masks what it was given; the whole line is masked only if it was the value.
        let masked = |text: &str| text == "correct horse" || text == "***";
        assert!(lines.iter().any(|line| masked(&line.text)), "{lines:?}");
        self.remove(&spec).await;
    }

    async fn a_removal_is_seen(&self) {
        let spec = self.ready(Program::Serving, port::free()).await;
        self.create(&spec).await.expect("created");
        let mut events = self.runtime.watch(&spec.workload.settings, &spec.target).await.expect("it can be watched");
        self.remove(&spec).await;
        until(&mut events, &spec.name, |what| *what == Lifecycle::Removed).await;
    }

    async fn a_missing_artifact_is_named_as_such(&self) {
        let spec = self.spec(Program::Missing, port::free());
        let failures = [
            self.runtime.available(&spec.workload).await.expect_err("what is nowhere is not available"),
            self.runtime.prepare(&spec.workload).await.expect_err("what is nowhere cannot be prepared"),
            self.create(&spec).await.expect_err("what is nowhere cannot be made"),
        ];
        for failure in failures {
            let missing = matches!(failure.kind, FailureKind::ImageMissing { .. } | FailureKind::ArtifactGone { .. });
            assert!(missing, "{failure:?}");
        }
        assert_eq!(self.state(&spec).await, InstanceState::Absent);
    }

    async fn a_port_in_use_is_named(&self) {
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = other.local_addr().expect("its number").port();
        let spec = self.ready(Program::Serving, port).await;
        self.create(&spec).await.expect("creating takes no port");
        let failure = self.start(&spec).await.expect_err("the port is taken");
        assert_eq!(failure.kind, FailureKind::PortInUse { port }, "{failure:?}");
        drop(other);
        // A program that another test just begins holds what was open until it is its own.
        let free = async {
            while TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), free).await.expect("the port is free soon");
        self.start(&spec).await.expect("once the port is free it starts");
        assert_eq!(self.upstream(&spec).await.port, port);
        self.remove(&spec).await;
    }

    async fn behind_a_router_two_stand_beside_each_other_and_are_observed(&self) {
        let port = port::free();
        let mut specs = [self.ready(Program::Serving, port).await, self.spec(Program::Serving, port)];
        for spec in &mut specs {
            spec.behind_router = true;
            self.create(spec).await.expect("created");
            self.start(spec).await.expect("started");
        }
        specs.sort_by(|a, b| a.name.cmp(&b.name));
        let [first, second] = [self.upstream(&specs[0]).await, self.upstream(&specs[1]).await];
        assert_ne!(first.port, second.port);
        assert!(first.port != port && second.port != port, "behind a router the fixed port stays free");

        let settings = &specs[0].workload.settings;
        let observed = self.runtime.observe(settings, &target()).await.expect("observed");
        let names: Vec<_> = observed.iter().map(|one| &one.name).collect();
        assert_eq!(names, [&specs[0].name, &specs[1].name]);
        for (one, spec) in observed.iter().zip(&specs) {
            assert_eq!(one.revision, Some(spec.revision));
            assert_eq!(one.artifact.as_ref(), Some(&spec.workload.artifact));
            assert_eq!(one.content.as_ref(), Some(&spec.workload.digest().0));
            assert!(matches!(one.state, InstanceState::Running { .. }), "{:?}", one.state);
        }
        let elsewhere = "conformance/elsewhere".parse().expect("a name");
        assert_eq!(self.runtime.observe(settings, &elsewhere).await.expect("observed"), []);
        for spec in &specs {
            self.remove(spec).await;
        }
    }

    async fn one_takes_the_place_of_the_other_and_gives_it_back(&self) {
        let [first, second] = [self.spec(Program::Serving, 0), self.spec(Program::Serving, 0)];
        for spec in [&first, &second] {
            self.create(spec).await.expect("created");
            assert_eq!(self.start(spec).await.expect("started"), Arrival::Done);
        }
        let serving = async |is: &InstanceSpec, was: &InstanceSpec| {
            let settings = &is.workload.settings;
            let observed = self.runtime.observe(settings, &target()).await.expect("observed");
            assert_eq!(observed.len(), 2, "{observed:?}");
            for one in &observed {
                let running = matches!(one.state, InstanceState::Running { .. });
                assert_eq!(one.name == is.name, running, "{:?}", one.state);
                assert_eq!(one.revision, Some(is.revision));
                assert_eq!(one.artifact.as_ref(), Some(&is.workload.artifact));
                assert_eq!(one.content.as_ref(), Some(&is.workload.digest().0));
            }
            let state = self.state(was).await;
            assert!(matches!(state, InstanceState::Exited { at: Some(_), .. }), "{state:?}");
        };
        serving(&second, &first).await;
        assert_eq!(self.start(&first).await.expect("started again"), Arrival::Done);
        serving(&first, &second).await;
        let elsewhere = "conformance/elsewhere".parse().expect("a name");
        assert_eq!(self.runtime.observe(&first.workload.settings, &elsewhere).await.expect("observed"), []);
        for spec in [&first, &second] {
            self.remove(spec).await;
        }
    }

    async fn who_does_not_hear_the_signal_is_killed_after_its_grace(&self) {
        let spec = self.ready(Program::Stubborn, port::free()).await;
        self.create(&spec).await.expect("created");
        self.start(&spec).await.expect("started");
        self.says(&spec, DEAF).await;
        let began = Instant::now();
        assert_eq!(self.runtime.stop(&spec).await.expect("stopped"), Arrival::Done);
        let (took, grace) = (began.elapsed(), spec.workload.settings.grace());
        assert!(took >= grace && took < grace + Duration::from_secs(10), "{took:?} for a grace of {grace:?}");
        match self.state(&spec).await {
            InstanceState::Exited { code: Some(137), .. } => {}
            other => panic!("it was killed, not {other:?}"),
        }
        self.remove(&spec).await;
    }

    async fn a_probe_command_tells_its_code_or_that_it_was_late(&self) {
        let spec = self.spec(Program::Serving, port::free());
        let shell = |script: &str| ["/bin/sh", "-c", script].map(str::to_owned);
        let ended = self.runtime.run(&spec, &shell("echo no; exit 3"), EVENT).await.expect("it ran");
        assert_eq!((ended.code, ended.output.as_str()), (3, "no\n"));
        let late = self.runtime.run(&spec, &shell("exec sleep 60"), Duration::from_millis(200)).await.expect("it ran");
        assert_eq!(late.code, 124);
    }
}

/// What the suite deploys.
fn target() -> Target {
    "conformance/test".parse().expect("a name")
}

/// What happened to one instance, up to what is waited for.
pub async fn until(
    events: &mut (impl Stream<Item = Result<LifecycleEvent, Failure>> + Unpin),
    name: &InstanceName,
    last: impl Fn(&Lifecycle) -> bool,
) -> Vec<Lifecycle> {
    let mut seen = Vec::new();
    loop {
        let event = tokio::time::timeout(EVENT, events.next()).await;
        let event = event.unwrap_or_else(|_| panic!("{name}: nothing more within {EVENT:?} after {seen:?}"));
        let event = event.expect("the watch goes on").expect("the runtime stays");
        if event.instance == *name {
            seen.push(event.what);
            if seen.last().is_some_and(&last) {
                return seen;
            }
        }
    }
}
