//! The night Switchback exists for, through its command: a release that dies at its start, in front of users.

use std::time::Duration;
use switchback_tests::{
    cli::{Answer, Desk},
    engine::{Engine, EngineKind},
    image::Image,
    load::{Load, free_port},
    part::PartError,
    registry::Registry,
    sink::Sink,
};

/// What the bad release prints; it has really been refused by then.
const TRACE: &str = "/app/node_modules/pg/lib/connection.js:55\n  this.stream.connect(this.config.host, this.config.port);\n\
    \u{20}              ^\nError: connect ECONNREFUSED 127.0.0.1:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] \
    (node:net:1187:16) {\n  errno: -111,\n  code: 'ECONNREFUSED',\n  syscall: 'connect',\n  address: '127.0.0.1',\n  \
    port: 5432\n}\n";
const BAD: &str = "echo starting; nc 127.0.0.1 5432 </dev/null || { cat /trace >&2; exit 1; }";
const GOOD: &str = "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
/// The last part of the webhook's address.
const HOOK: &str = "T00-B00-hunter2swordfish";
/// Longest time nobody may be served while one port is handed over and back.
const GAP: Duration = Duration::from_secs(1);

/// An engine, a registry with a good and a bad release, and somebody's Switchback.
struct Night {
    engine: Engine,
    registry: Registry,
    desk: Desk,
    slack: Sink,
}

impl Night {
    async fn begin(kind: EngineKind) -> Result<Self, PartError> {
        let (engine, registry) = (Engine::start(kind).await?, Registry::start().await?);
        for (version, script) in [("1.0", GOOD), ("2.0", BAD)] {
            let name = format!("shop/checkout:{version}");
            let image = Image::new(name.clone()).entrypoint(["/bin/sh", "-c", script]).file("trace", TRACE);
            image.file("www/index.html", format!("checkout {version}")).load(&engine).await?;
            registry.push(&engine, &name, "shop/checkout", version).await?;
        }
        let (desk, slack) = (Desk::new().await?, Sink::start().await);
        let _ = desk.given(&slack.url(HOOK), ["secret", "set", "slack/releases"]).await?.exits(0);
        Ok(Self { engine, registry, desk, slack })
    }

    fn policy(&self, port: u16, strategy: &str) -> String {
        let (registry, engine) = (self.registry.address(), self.engine.host());
        format!(
            "version: 1\nservices: {{ checkout: {{ image: {registry}/shop/checkout }} }}\nenvironments: {{ production: \
             {{ zone: UTC }} }}\ntargets:\n  checkout/production:\n    docker: {{ engine: \"{engine}\", publish: \
             [\"127.0.0.1:{port}:8080\"] }}\n    strategy: {strategy}\n    grace: 2s\n    health: {{ http: /, expect: \
             {{ status: 200, body: checkout }}, within: 20s, every: 200ms, passes: 2 }}\nnotify:\n  - {{ slack: \
             \"keychain:slack/releases\", on: [rolled-back] }}\n"
        )
    }

    async fn deploy(&self, version: &str) -> Result<Answer, PartError> {
        self.desk.run(["deploy", "checkout", "production", version]).await
    }
}

/// The bad release's deployment as the command tells it.
fn is_explained(answer: &Answer) {
    assert_eq!(answer.text("/state/kind"), "rolledBack", "{:#}", answer.json);
    assert_eq!(answer.text("/diagnosis/cause"), "connection_refused_localhost", "{:#}", answer.json);
    let summary = "connection refused to 127.0.0.1:5432: inside a container that is the container itself";
    assert_eq!(answer.text("/diagnosis/summary"), summary);
    let evidence = answer.json["diagnosis"]["evidence"].as_array().cloned().unwrap_or_default();
    let rests = evidence.iter().any(|line| line["text"] == "Error: connect ECONNREFUSED 127.0.0.1:5432");
    assert!(rests, "{evidence:?}");
}

async fn one_port_is_handed_over_and_back(kind: EngineKind) -> Result<(), PartError> {
    let night = Night::begin(kind).await?;
    let (desk, port) = (&night.desk, free_port());
    let _ = desk.apply(&night.policy(port, "recreate")).await?.exits(0);
    let _ = night.deploy("1.0").await?.exits(0);
    let before = desk.run(["status"]).await?.exits(0);

    let load = Load::on(port);
    let bad = night.deploy("2.0").await?.exits(4);
    let served = load.end().await;
    println!("{kind:?}, recreate: {served:?}");
    is_explained(&bad);
    assert!(served.gap <= GAP, "{kind:?}: {served:?}");

    let after = desk.run(["status"]).await?.exits(0);
    let current = |answer: &Answer| answer.json["rows"][0]["cells"][0]["current"]["revision"].clone();
    assert_eq!((current(&before), current(&after)), (1.into(), 1.into()), "{:#}", after.json);
    let refused = night.deploy("2.0").await?.exits(3);
    assert_eq!(refused.error()["code"], "quarantined", "{}", refused.stderr);
    let told = night.slack.bodies();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("connection refused to 127.0.0.1:5432"), "{told:?}");
    let verdict = desk.run(["audit", "verify"]).await?.exits(0);
    assert_eq!(verdict.text("/kind"), "intact");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_release_is_undone_within_a_second_on_the_old_engine() -> Result<(), PartError> {
    one_port_is_handed_over_and_back(EngineKind::Old).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_release_is_undone_within_a_second_on_the_current_engine() -> Result<(), PartError> {
    one_port_is_handed_over_and_back(EngineKind::Current).await
}
