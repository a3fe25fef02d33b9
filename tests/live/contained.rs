//! Blue-green behind an nginx that runs in a container, by the real command: switched under load, an old connection is
//! served to its end, and a configuration that nginx refuses leaves the old one serving.

use std::time::Duration;
use switchback_tests::{
    engine::EngineKind,
    load::Load,
    nginx_container::{ContainedNginx, NETWORK},
    part::PartError,
    port,
    shop::Shop,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const SERVING: &str = "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
const HEALTH: &str =
    "health: { http: /, expect: { status: 200, body: checkout }, within: 30s, every: 200ms, passes: 2 }";
/// Longer than a changeover takes up to the switch; well within the default drain of 10 s.
const SLOW: &str = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\nbegun '\nsleep 5\ncat /www/index.html\n";
/// Good releases one after the other.
const ROUNDS: usize = 6;

/// A request that takes its time, read up to its first word.
async fn begun(port: u16) -> std::io::Result<(TcpStream, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(b"GET /cgi-bin/slow HTTP/1.0\r\n\r\n").await?;
    let mut answer = String::new();
    while !answer.contains("begun") {
        let mut bytes = [0; 1024];
        let count = stream.read(&mut bytes).await?;
        assert_ne!(count, 0, "the slow page ended early: {answer}");
        answer.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    Ok((stream, answer))
}

async fn behind_a_contained_nginx(kind: EngineKind) -> Result<(), PartError> {
    let shop = Shop::open(kind).await?;
    for version in ["1.0", "1.1", "1.2"] {
        let page = format!("checkout {version}");
        let more =
            |image: switchback_tests::image::Image| image.file("www/index.html", page).file("www/cgi-bin/slow", SLOW);
        shop.publish(version, SERVING, more).await?;
    }
    let nginx = ContainedNginx::start(&shop.engine).await?;
    let strategy = format!("strategy: {}", nginx.strategy());
    let policy = shop.policy(port::free(), &[&strategy, HEALTH], "");
    let policy = policy.replace("publish: [", &format!("networks: [{NETWORK}], publish: ["));
    let _ = shop.desk.apply(&policy).await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);

    let load = Load::on(nginx.port());
    let (mut old, mut answer) = begun(nginx.port()).await.map_err(PartError::io("ask the slow page"))?;
    let _ = shop.deploy("1.1").await?.exits(0);
    let rest = tokio::time::timeout(Duration::from_secs(30), old.read_to_string(&mut answer)).await;
    rest.expect("the slow page ends").map_err(PartError::io("read the slow page"))?;
    assert!(answer.ends_with("checkout 1.0"), "an old connection was cut off: {answer:?}");

    for round in 0..ROUNDS {
        let _ = shop.deploy(if round % 2 == 0 { "1.0" } else { "1.1" }).await?.exits(0);
    }
    let before = std::fs::read_to_string(nginx.conf()).map_err(PartError::io("read the upstream"))?;
    nginx.break_it()?;
    let refused = shop.deploy("1.2").await?.exits(4);
    assert_eq!(refused.text("/state/kind"), "rolledBack", "{:#}", refused.json);
    assert!(refused.json.to_string().contains("no-such-host.invalid"), "nginx's own words: {:#}", refused.json);
    let after = std::fs::read_to_string(nginx.conf()).map_err(PartError::io("read the upstream"))?;
    assert_eq!(before, after, "the file is what it was");
    assert_eq!(shop.current().await?.1, "1.1");

    let served = load.end().await;
    println!("{kind:?}, nginx in a container, {} switches and a refused one: {served:?}", ROUNDS + 1);
    assert_eq!(served.failed, 0, "{kind:?}: {served:?}");
    assert!(served.sent > 1000, "hardly any load: {served:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_behind_a_contained_nginx_notices_on_the_old_engine() -> Result<(), PartError> {
    behind_a_contained_nginx(EngineKind::Old).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_behind_a_contained_nginx_notices_on_the_current_engine() -> Result<(), PartError> {
    behind_a_contained_nginx(EngineKind::Current).await
}
