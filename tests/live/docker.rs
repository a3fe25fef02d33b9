//! The Docker runtime on the oldest engine supported and on a current one: the port's text, and what is Docker's own.

use futures::StreamExt as _;
use secrecy::SecretString;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use switchback_core::{
    failure::FailureKind,
    ident::{DeploymentId, RevisionNumber},
    name::Target,
    plan::{InstanceName, InstanceSpec},
    port::{Arrival, Commander as _, InstanceState, Lifecycle, ResolvedSecrets, Runtime as _},
    release::{Artifact, ArtifactRequest, Digest},
    workload::{DockerSettings, EngineAddress, Publish, SecretRef, Settings, Workload},
};
use switchback_docker::Docker;
use switchback_tests::{
    conformance::{CRASH_CODE, DEAF, Fixture, Program, SAYS, conformance, until},
    engine::{Engine, EngineKind},
    http::Request,
    image::Image,
    part::PartError,
    registry::Registry,
};

const SERVING: &str = "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";

/// An engine and a registry with the suite's programs. Only what serves was ever pushed.
struct Rig {
    engine: Engine,
    registry: Registry,
    serving: Artifact,
    crashing: Artifact,
    stubborn: Artifact,
}

impl Rig {
    async fn new(kind: EngineKind) -> Result<Self, PartError> {
        let (engine, registry) = (Engine::start(kind).await?, Registry::start().await?);
        let host = registry.address();
        let shell =
            |name: &str, script: &str| Image::new(format!("{host}/{name}:1")).entrypoint(["/bin/sh", "-c", script]);
        let crashing = shell("crashing", &format!("echo begun; echo \"${SAYS}\" >&2; exit {CRASH_CODE}"));
        let stubborn = shell("stubborn", &format!("trap '' TERM; echo {DEAF}; while :; do sleep 1; done"));
        for image in [&shell("serving", SERVING).file("www/index.html", "v1"), &crashing, &stubborn] {
            image.load(&engine).await?;
        }
        let digest = registry.push(&engine, &format!("{host}/serving:1"), "serving", "1").await?;
        let docker = Docker::new(None);
        let settings = settings(&engine, 0);
        let mut local = Vec::new();
        for name in ["crashing", "stubborn"] {
            let request = ArtifactRequest::Image { reference: format!("{host}/{name}:1") };
            local.push(docker.resolve(&settings, &request).await.expect("a local image resolves"));
        }
        let [crashing, stubborn] = local.try_into().expect("two");
        let serving = Artifact::Image { repository: format!("{host}/serving"), digest: Digest(digest) };
        Ok(Self { engine, registry, serving, crashing, stubborn })
    }

    fn spec(&self, program: Program, port: u16) -> InstanceSpec {
        let (target, revision) = (target(), RevisionNumber(1));
        let deployment = DeploymentId(uuid::Uuid::now_v7());
        let name = InstanceName::new(&target, revision, deployment, 0);
        InstanceSpec { name, target, revision, deployment, workload: self.workload(program, port), behind_router: true }
    }

    async fn forget_serving(&self) -> Result<(), PartError> {
        let list = self.engine.call(&Request::new("GET", "/images/json")).await?.json()?;
        for image in list.as_array().into_iter().flatten() {
            let id = image["Id"].as_str().unwrap_or_default();
            if image.to_string().contains("/serving") {
                self.engine.call(&Request::new("DELETE", &format!("/images/{id}?force=1"))).await?;
            }
        }
        Ok(())
    }
}

fn target() -> Target {
    "checkout/production".parse().expect("a name")
}

fn settings(engine: &Engine, port: u16) -> Settings {
    Settings::Docker(DockerSettings {
        engine: EngineAddress::Unix { path: engine.socket().display().to_string() },
        publish: vec![Publish { host: "127.0.0.1".into(), port, container: 8080 }],
        grace: Duration::from_secs(1),
        ..DockerSettings::default()
    })
}

impl Fixture for Rig {
    fn workload(&self, program: Program, port: u16) -> Workload {
        let artifact = match program {
            Program::Serving => self.serving.clone(),
            Program::Crashing => self.crashing.clone(),
            Program::Stubborn => self.stubborn.clone(),
            Program::Missing => {
                let repository = format!("{}/serving", self.registry.address());
                Artifact::Image { repository, digest: Digest::of(b"nothing") }
            }
        };
        let settings = settings(&self.engine, port);
        Workload {
            artifact,
            config: BTreeMap::new(),
            secrets: BTreeMap::new(),
            settings,
            replicas: 1,
            schema: None,
            health: None,
        }
    }

    fn request(&self) -> ArtifactRequest {
        ArtifactRequest::Image { reference: format!("{}/serving:1", self.registry.address()) }
    }
}

#[tokio::test]
async fn the_old_engine_keeps_the_ports_word() -> Result<(), PartError> {
    let rig = Rig::new(EngineKind::Old).await?;
    conformance(&Docker::new(None), &rig).await;
    Ok(())
}

#[tokio::test]
async fn the_current_engine_keeps_the_ports_word() -> Result<(), PartError> {
    let rig = Rig::new(EngineKind::Current).await?;
    conformance(&Docker::new(None), &rig).await;
    Ok(())
}

#[tokio::test]
async fn an_image_is_pulled_by_digest_and_its_failures_are_told_apart() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let mut rig = Rig::new(kind).await?;
        let docker = Docker::new(None);
        let spec = rig.spec(Program::Serving, 0);
        rig.registry.stop();
        let known = docker.resolve(&spec.workload.settings, &rig.request()).await;
        assert_eq!(known, Ok(rig.serving.clone()), "{kind:?}: a tag that is here is known without its registry");
        rig.registry.start_again().await?;

        rig.forget_serving().await?;
        assert_eq!(docker.available(&spec.workload).await, Ok(()), "{kind:?}: the registry has it");
        assert_eq!(docker.prepare(&spec.workload).await, Ok(Arrival::Done), "{kind:?}");
        assert_eq!(docker.resolve(&spec.workload.settings, &rig.request()).await, Ok(rig.serving.clone()), "{kind:?}");

        rig.forget_serving().await?;
        rig.registry.stop();
        let asked = docker.available(&spec.workload).await.expect_err("the registry is away");
        let pulled = docker.prepare(&spec.workload).await.expect_err("the registry is away");
        for failure in [asked, pulled] {
            assert!(matches!(failure.kind, FailureKind::RegistryUnreachable { .. }), "{kind:?}: {failure:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_container_somebody_deleted_is_made_anew_by_its_start() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let rig = Rig::new(kind).await?;
        let (docker, spec, none) = (Docker::new(None), rig.spec(Program::Serving, 0), ResolvedSecrets::new());
        rig.forget_serving().await?;
        assert_eq!(docker.start(&spec, &none).await, Ok(Arrival::Done), "{kind:?}");
        let state = docker.state(&spec.workload.settings, &spec.name).await.expect("its state");
        assert!(matches!(state, InstanceState::Running { upstream: Some(_), .. }), "{kind:?}: {state:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_engine_that_goes_away_ends_the_watch_and_is_unreachable() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let mut rig = Rig::new(kind).await?;
        let (docker, settings) = (Docker::new(None), settings(&rig.engine, 0));
        let mut events = docker.watch(&settings, &target()).await.expect("it is watched");
        rig.engine.crash();
        let end = tokio::time::timeout(Duration::from_secs(10), events.next()).await.expect("the end is told");
        let failure = end.expect("an item").expect_err("a failure");
        assert!(failure.passing(), "{kind:?}: {failure:?}");
        assert!(events.next().await.is_none());
        let failure = docker.ping(&settings).await.expect_err("it is gone");
        assert!(failure.passing() && failure.message.contains("start Docker"), "{kind:?}: {failure}");
    }
    Ok(())
}

#[tokio::test]
async fn a_health_check_and_a_command_inside_speak() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let mut rig = Rig::new(kind).await?;
        let name = format!("{}/checked:1", rig.registry.address());
        let check = "test -e /tmp-well";
        Image::new(name.clone()).healthcheck(check, 1).load(&rig.engine).await?;
        let docker = Arc::new(Docker::new(None));
        let request = ArtifactRequest::Image { reference: name };
        let settings = settings(&rig.engine, 0);
        rig.stubborn = docker.resolve(&settings, &request).await.expect("it resolves");
        let (spec, none) = (rig.spec(Program::Stubborn, 0), ResolvedSecrets::new());
        let mut events = docker.watch(&settings, &target()).await.expect("it is watched");
        docker.create(&spec, &none).await.expect("created");
        docker.start(&spec, &none).await.expect("started");
        until(&mut events, &spec.name, |what| *what == Lifecycle::Health { healthy: false }).await;
        let commander = docker.commander(EngineAddress::Unix { path: rig.engine.socket().display().to_string() });
        let touch = ["/bin/sh", "-c", "touch /tmp-well; echo done; exit 4"].map(str::to_owned);
        let ended = commander.exec(&spec.name.0, &touch, Duration::from_secs(10)).await.expect("it ran");
        assert_eq!((ended.code, ended.output.as_str()), (4, "done\n"), "{kind:?}");
        until(&mut events, &spec.name, |what| *what == Lifecycle::Health { healthy: true }).await;
        let state = docker.state(&settings, &spec.name).await.expect("its state");
        assert!(matches!(state, InstanceState::Running { healthy: Some(true), .. }), "{kind:?}: {state:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_start_that_is_refused_says_why_and_never_a_secret() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let mut rig = Rig::new(kind).await?;
        let name = format!("{}/wrong:1", rig.registry.address());
        Image::new(name.clone()).entrypoint(["/no/such/program"]).load(&rig.engine).await?;
        let docker = Docker::new(None);
        let settings = settings(&rig.engine, 0);
        rig.stubborn = docker.resolve(&settings, &ArtifactRequest::Image { reference: name }).await.expect("resolved");
        let mut spec = rig.spec(Program::Stubborn, 0);
        let reference = SecretRef { name: "word/test".into(), fingerprint: "f".into() };
        spec.workload.secrets.insert("WORD".into(), reference);
        // A value that the engine's sentence is bound to hold.
        let secrets = ResolvedSecrets::from([("WORD".to_owned(), SecretString::from("no/such/program"))]);
        docker.create(&spec, &secrets).await.expect("created");
        let failure = docker.start(&spec, &secrets).await.expect_err("there is no such program");
        assert_eq!(failure.kind, FailureKind::StartRefused, "{kind:?}: {failure:?}");
        assert!(failure.message.contains("***") && !failure.message.contains("no/such/program"), "{kind:?}: {failure}");
    }
    Ok(())
}

#[tokio::test]
async fn containers_that_are_not_ours_are_listed_for_import() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let rig = Rig::new(kind).await?;
        let image = format!("{}/serving:1", rig.registry.address());
        let container = rig.engine.run(&image, 8080).await?;
        let (docker, spec, none) = (Docker::new(None), rig.spec(Program::Serving, 0), ResolvedSecrets::new());
        docker.create(&spec, &none).await.expect("created");
        docker.start(&spec, &none).await.expect("started");
        let found = docker.foreign(&settings(&rig.engine, 0)).await.expect("listed");
        assert_eq!(found.len(), 1, "{kind:?}: {found:?}");
        assert_eq!(found[0].written, image);
        assert_eq!(found[0].artifact.as_ref(), Some(&rig.serving), "{kind:?}");
        assert!(found[0].env.is_empty(), "{kind:?}");
        assert!(found[0].running.is_some() && container.address.port() > 0);
    }
    Ok(())
}
