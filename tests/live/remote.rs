//! Engines on other machines: through ssh, over TCP with TLS, by a Docker context. A release goes out, a bad one comes
//! back, a person goes back; and who is not let in is told why, and nothing is changed.

use std::path::Path;
use switchback_core::release::Digest;
use switchback_tests::{
    certificates::Certificates,
    engine::{Engine, EngineKind},
    part::PartError,
    port,
    shop::Shop,
    sshd::Sshd,
};

const GOOD: &str = "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
const HEALTH: &str =
    "health: { http: /, expect: { status: 200, body: checkout }, within: 20s, every: 200ms, passes: 2 }";
const CONTEXT: &str = "far";

/// A shop with releases, whose policy names its engine by `address` (YAML).
async fn open(engine: Engine, address: &str) -> Result<Shop, PartError> {
    let shop = Shop::around(engine).await?;
    for (version, script) in [("1.0", GOOD), ("1.1", GOOD), ("2.0", "echo no >&2; exit 1")] {
        shop.publish(version, script, |image| image.file("www/index.html", format!("checkout {version}"))).await?;
    }
    let policy = shop.policy(port::free(), &["strategy: recreate", HEALTH], "");
    let policy = policy.replace(&format!("\"{}\"", shop.engine.host()), address);
    assert!(policy.contains(address), "{policy}");
    let _ = shop.desk.apply(&policy).await?.exits(0);
    Ok(shop)
}

/// Out, over, back by itself, back by a person.
async fn works(shop: &Shop) -> Result<(), PartError> {
    for version in ["1.0", "1.1"] {
        let _ = shop.deploy(version).await?.exits(0);
    }
    let bad = shop.deploy("2.0").await?.exits(4);
    assert_eq!(bad.text("/state/kind"), "rolledBack", "{:#}", bad.json);
    assert_eq!(shop.current().await?.1, "1.1");
    let _ = shop.desk.run(["rollback", "checkout", "production"]).await?.exits(0);
    assert_eq!(shop.current().await?.1, "1.0");
    let logs = shop.containers().await?.into_iter().filter(|container| container["State"]["Running"] == true);
    assert_eq!(logs.count(), 1, "one release runs");
    Ok(())
}

/// A deployment that does not begin, because the engine is out of reach, for a reason that holds `words`.
async fn is_told(shop: &Shop, words: &[&str]) -> Result<(), PartError> {
    let refused = shop.deploy("1.0").await?.exits(6);
    println!("{}", refused.stderr.trim());
    for word in words {
        assert!(refused.stderr.contains(word), "{word:?} is not told: {}", refused.stderr);
    }
    assert_eq!(shop.containers().await?.len(), 0, "nothing was begun");
    Ok(())
}

async fn through_ssh(kind: EngineKind) -> Result<(), PartError> {
    let engine = Engine::start(kind).await?;
    let sshd = Sshd::start(&engine.host()).await?;
    let mut shop = open(engine, &format!("\"{}\"", sshd.address())).await?;
    shop.desk.set("PATH", sshd.path());

    is_told(&shop, &["Host key verification failed", "compare the host key"]).await?;
    sshd.accept()?;
    sshd.offer("stranger")?;
    is_told(&shop, &["Permission denied", "a key that this host accepts"]).await?;
    sshd.offer("known")?;
    works(&shop).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_engine_is_deployed_to_through_ssh() -> Result<(), PartError> {
    through_ssh(EngineKind::Old).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_current_engine_is_deployed_to_through_ssh() -> Result<(), PartError> {
    through_ssh(EngineKind::Current).await
}

/// An engine that lets in only who has a certificate of `certificates`, and where it listens.
async fn guarded(kind: EngineKind, certificates: &Certificates) -> Result<(Engine, String), PartError> {
    let address = format!("127.0.0.1:{}", port::free());
    let file = |name: &str| certificates.server().join(name).display().to_string();
    let more = [
        format!("--host=tcp://{address}"),
        "--tlsverify".to_owned(),
        format!("--tlscacert={}", file("ca.pem")),
        format!("--tlscert={}", file("cert.pem")),
        format!("--tlskey={}", file("key.pem")),
    ];
    Ok((Engine::start_with(kind, more.into()).await?, address))
}

async fn over_tls(kind: EngineKind) -> Result<(), PartError> {
    let (certificates, others) = (Certificates::make()?, Certificates::make()?);
    let (engine, address) = guarded(kind, &certificates).await?;
    let mut engine = engine;
    for plain in [format!("\"tcp://{address}\""), format!("{{ tcp: \"{address}\" }}")] {
        let shop = open(engine, &plain).await?;
        is_told(&shop, &["it wants TLS", "tls: FOLDER"]).await?;
        engine = shop.engine;
    }
    let folder = tempfile::tempdir().map_err(PartError::io("make a temporary folder"))?;
    let given = |name: &str, from: &Path| {
        std::fs::copy(from.join(name), folder.path().join(name)).map(drop).map_err(PartError::io("copy a certificate"))
    };
    for name in ["ca.pem", "cert.pem", "key.pem"] {
        given(name, &others.client())?;
    }
    let shop = open(engine, &format!("{{ tcp: \"{address}\", tls: \"{}\" }}", folder.path().display())).await?;
    is_told(&shop, &["invalid peer certificate", "ca.pem"]).await?;
    given("ca.pem", &certificates.client())?;
    is_told(&shop, &["knows these certificates"]).await?;
    for name in ["cert.pem", "key.pem"] {
        given(name, &certificates.client())?;
    }
    works(&shop).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_engine_is_deployed_to_over_tls() -> Result<(), PartError> {
    over_tls(EngineKind::Old).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_current_engine_is_deployed_to_over_tls() -> Result<(), PartError> {
    over_tls(EngineKind::Current).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_is_found_by_its_docker_context() -> Result<(), PartError> {
    let certificates = Certificates::make()?;
    let (engine, address) = guarded(EngineKind::Current, &certificates).await?;
    let mut shop = open(engine, &format!("\"context:{CONTEXT}\"")).await?;
    let folder = shop.desk.folder().join("docker");
    shop.desk.set("DOCKER_CONFIG", folder.clone());
    is_told(&shop, &["docker context ls"]).await?;

    // As `docker context create` files it.
    let id = Digest::of(CONTEXT.as_bytes()).0.replace("sha256:", "");
    let (meta, tls) = (folder.join("contexts/meta").join(&id), folder.join("contexts/tls").join(&id).join("docker"));
    let write = || {
        std::fs::create_dir_all(&meta)?;
        std::fs::create_dir_all(&tls)?;
        let host = format!("tcp://{address}");
        let text = serde_json::json!({ "Name": CONTEXT, "Metadata": {}, "Endpoints": { "docker": { "Host": host } } });
        std::fs::write(meta.join("meta.json"), text.to_string())?;
        for name in ["ca.pem", "cert.pem", "key.pem"] {
            std::fs::copy(certificates.client().join(name), tls.join(name))?;
        }
        Ok(())
    };
    write().map_err(PartError::io("file a context"))?;
    works(&shop).await
}
