//! Delivered to containers.

use super::{CONFESS, HOOK, KEY, LIE, PASSWORD, PEM, SECRETS, Said, markers, search, set_all, watch::Watch};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use switchback_tests::{engine::EngineKind, http::Request, part::PartError, port, shop::Shop, sink::Sink};

/// Says what arrived without telling it.
const GOOD: &str = "BOX=busybox; printf '%s|%s' \"$API_KEY\" \"$API_PEM\" | $BOX sha256sum >/www/arrived; \
                    echo checkout >/www/index.html; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
const HEALTH: &str =
    "health: { http: /, expect: { status: 200, body: checkout }, within: 4s, every: 200ms, passes: 2 }";

async fn page(port: u16, path: &str) -> Result<String, PartError> {
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.map_err(PartError::io("connect"))?;
    Ok(Request::new("GET", path).send(stream).await?.text())
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

async fn nowhere_else(kind: EngineKind) -> Result<(), PartError> {
    let (shop, slack, hook) = (Shop::open(kind).await?, Sink::start().await, Sink::start().await);
    let (desk, mut said, port) = (&shop.desk, Said::default(), port::free());
    let with_page = |image: switchback_tests::image::Image| image.file("www/index.html", "empty");
    let dies = format!("BOX=busybox; {CONFESS}\nexit 1");
    let lies = format!("{LIE} >/www/index.html; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait");
    for (version, script) in [("1.0", GOOD), ("2.0", &dies), ("2.1", &lies)] {
        shop.publish(version, script, with_page).await?;
    }
    let login = format!("robot:{PASSWORD}");
    let registry = format!("registry/{}", shop.registry.address().replace(':', "-"));
    let more =
        [(registry.as_str(), login.as_str()), ("slack/releases", &slack.url(HOOK)), ("hook/releases", &hook.url(HOOK))];
    for answer in set_all(desk, &more).await? {
        said.keep("secret set", &answer);
    }
    let told = "notify:\n  - { slack: \"keychain:slack/releases\", on: [all] }\n  - { webhook: \"keychain:hook/releases\", on: [all] }\n";
    let policy = shop.policy(port, &["strategy: recreate", HEALTH, SECRETS], told);
    said.keep("apply", &desk.apply(&policy).await?.exits(0));

    let watch = Watch::begin(desk.program().to_owned());
    // Everything the libraries say too, to whoever looks for a fault.
    let mut command = desk.surroundings(desk.program());
    command.env("SWITCHBACK_LOG", "trace").args(["--output", "json", "deploy", "checkout", "production", "1.0"]);
    let good = desk.ask("", command).await?.exits(0);
    assert!(good.stderr.lines().count() > 100, "a trace says a lot: {}", good.stderr);
    said.keep("deploy 1.0 with a trace", &good);
    let arrived = page(port, "/arrived").await?;
    assert!(arrived.starts_with(&digest(&format!("{KEY}|{PEM}"))), "{arrived}");
    let mut deployments = vec![good.text("/id").to_owned()];
    for bad in ["2.0", "2.1"] {
        let answer = said.ask(desk, &["deploy", "checkout", "production", bad, "--override", "to see"]).await?.exits(4);
        deployments.push(answer.text("/id").to_owned());
        assert!(answer.stdout.contains("***"), "it was quoted, and masked: {:#}", answer.json);
    }
    for (place, text) in watch.end().await {
        said.0.push((place, text));
    }
    assert!(page(port, "/arrived").await?.starts_with(&digest(&format!("{KEY}|{PEM}"))), "the good one is back");

    said.everything(desk, "checkout", &deployments).await?;
    for (place, sink) in [("the chat", &slack), ("the webhook", &hook)] {
        let bodies = sink.bodies();
        assert!(bodies.len() >= 4, "{place}: {bodies:?}");
        said.0.extend(bodies.into_iter().map(|body| (place.to_owned(), body)));
    }
    search(&markers(), &said, desk);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_given_to_a_container_is_nowhere_else_on_the_old_engine() -> Result<(), PartError> {
    nowhere_else(EngineKind::Old).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_given_to_a_container_is_nowhere_else_on_the_current_engine() -> Result<(), PartError> {
    nowhere_else(EngineKind::Current).await
}
