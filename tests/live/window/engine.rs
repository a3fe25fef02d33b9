//! The night in the window on a real engine: images from a real registry, containers that really die.

use super::{page::Window, shown};
use fantoccini::key::Key;
use switchback_tests::{
    desktop::{Desktop, Done},
    engine::EngineKind,
    port,
    registry::Registry,
    shop::{REPOSITORY, Shop},
};

const GOOD: &str = "echo it serves; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
const BAD: &str = "echo starting; nc 127.0.0.1 5432 </dev/null || { cat /trace >&2; exit 1; }";
const TRACE: &str = "Error: connect ECONNREFUSED 127.0.0.1:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] \
                     (node:net:1187:16)\n";
const HEALTH: &str =
    "health: { http: /, expect: { status: 200, body: checkout }, within: 60s, every: 200ms, passes: 2 }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_that_dies_is_explained_in_the_window_and_an_older_revision_comes_back() -> Done {
    let shop = Shop::open(EngineKind::Current).await?;
    for (version, script) in [("1.0", GOOD), ("1.1", GOOD), ("1.2", GOOD), ("2.0", BAD)] {
        let page = format!("checkout {version}");
        shop.publish(version, script, |image| image.file("trace", TRACE).file("www/index.html", page)).await?;
    }
    let _ = shop.desk.apply(&shop.policy(port::free(), &["strategy: recreate", HEALTH], "")).await?.exits(0);
    for version in ["1.0", "1.1", "1.2"] {
        let _ = shop.deploy(version).await?.exits(0);
    }
    // The bad release is known, and not deployed yet: that is done in the window.
    let _ = shop.desk.run(["release", "add", "checkout", "2.0"]).await?.exits(0);
    shown(&Desktop::on(&shop.desk.home())?, async |window| night(window, &shop).await).await?;
    assert_eq!(shop.current().await?.1, "1.0");
    assert_eq!(shop.running().await?, [digest(&shop.registry, "1.0").await?]);
    Ok(())
}

async fn digest(registry: &Registry, version: &str) -> Done<String> {
    Ok(registry.digest(REPOSITORY, version).await?)
}

async fn night(window: &Window, shop: &Shop) -> Done {
    window.reads("cell-checkout-production", "1.2").await?;
    window.click("deploy-button").await?;
    window.see("[data-testid='version-select'] option[value='2.0']").await?.click().await?;
    window.write("reason", "simpler local setup").await?;
    window.click("start-button").await?;
    window.see("[data-testid='diagnosis-cause'][data-cause='connection_refused_localhost']").await?;
    window.see("[data-testid='deployment-state'][data-state='rolledBack']").await?;
    assert_eq!(shop.running().await?, [digest(&shop.registry, "1.2").await?], "it went back by itself");

    window.click("rail-board").await?;
    window.click("cell-checkout-production").await?;
    window.click("revision-row-1").await?;
    window.write("reason", "totals are wrong since 1.1").await?;
    window.click("rollback-button").await?;
    window.see("[data-testid='deployment-state'][data-state='succeeded']").await?;
    window.click("rail-board").await?;
    window.click("cell-checkout-production").await?;
    window.see("[data-testid='revision-row-1']").await?;
    window.press('l').await?;
    window.reads("logs-dialog", "it serves").await?;
    window.press(Key::Escape).await?;
    window.click("rail-audit").await?;
    window.reads("audit-table", "totals are wrong since 1.1").await
}
