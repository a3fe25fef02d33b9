//! Back to any prior revision: image, config and secrets as they were, from the registry when the engine has forgotten
//! everything, and said beforehand when it cannot be.

use serde_json::{Value, json};
use switchback_tests::{
    cli::{Answer, Desk},
    engine::EngineKind,
    http::Request,
    image::Image,
    part::PartError,
    port,
    shop::{REPOSITORY, Shop},
};

const SERVE: &str = "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
const RELEASES: u32 = 10;
const HEALTH: &str = "health: { http: /, within: 20s, every: 100ms, passes: 1 }";

/// Revision `n` has its own image, its own value of `STEP`, and a secret rotated before it; `ONLY_OLD` ends with r5.
fn policy(shop: &Shop, port: u16, n: u32) -> String {
    let old = if n <= 5 { ", ONLY_OLD: \"yes\"" } else { "" };
    let config = format!("config: {{ STEP: \"{n}\"{old} }}");
    let secrets = "secrets: { TOKEN: \"keychain:checkout/token\" }";
    shop.policy(port, &["strategy: recreate", HEALTH, &config, secrets], "")
}

fn token(n: u32) -> String {
    format!("token-of-day-{n}")
}

/// Ten releases, each with another config and another secret; gives their digests, the first at 0.
async fn ten_releases(shop: &Shop, port: u16) -> Result<Vec<String>, PartError> {
    let mut digests = Vec::new();
    for n in 1..=RELEASES {
        let page = |image: Image| image.file("www/index.html", format!("release {n}"));
        digests.push(shop.publish(&format!("{n}.0"), SERVE, page).await?);
        let _ = shop.desk.given(&token(n), ["secret", "set", "checkout/token"]).await?.exits(0);
        let _ = shop.desk.apply(&policy(shop, port, n)).await?.exits(0);
        let _ = shop.deploy(&format!("{n}.0")).await?.exits(0);
    }
    Ok(digests)
}

async fn preview(desk: &Desk, to: &str) -> Result<Answer, PartError> {
    desk.run(["rollback", "checkout", "production", "--to", to, "--dry-run"]).await
}

fn check<'a>(preview: &'a Answer, id: &str) -> &'a Value {
    let checks = preview.json["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["id"] == id).unwrap_or(&Value::Null)
}

async fn way_back(desk: &Desk, revision: u32) -> Result<Value, PartError> {
    let history = desk.run(["history", "checkout", "production"]).await?.exits(0);
    let entries = history.json["entries"].as_array().cloned().unwrap_or_default();
    let entry = entries.into_iter().find(|entry| entry["revision"] == revision).unwrap_or_default();
    Ok(entry["wayBack"].clone())
}

/// The environment of the one running container, of ours alone.
async fn environment(shop: &Shop) -> Result<Vec<String>, PartError> {
    let all = shop.containers().await?;
    let running: Vec<&Value> = all.iter().filter(|container| container["State"]["Running"] == true).collect();
    assert_eq!(running.len(), 1, "{running:?}");
    let env = running[0]["Config"]["Env"].as_array().cloned().unwrap_or_default();
    let mut env: Vec<String> = env.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    env.retain(|one| !one.starts_with("PATH="));
    env.sort();
    Ok(env)
}

async fn any_revision_comes_back(kind: EngineKind) -> Result<(), PartError> {
    let (shop, port) = (Shop::open(kind).await?, port::free());
    let digests = ten_releases(&shop, port).await?;
    assert_eq!(shop.current().await?, (10, "10.0".to_owned()));
    shop.prune().await?;
    let left = shop.engine.call(&Request::new("GET", "/images/json?all=1")).await?.json()?;
    assert!(left.as_array().is_some_and(|left| left.len() <= 1), "more is left than what runs: {left:#}");

    let seen = preview(&shop.desk, "r2").await?.exits(0);
    assert_eq!(seen.json["undoesReleases"], 8, "{:#}", seen.json);
    let brief = |digest: &str| digest.trim_start_matches("sha256:")[..12].to_owned();
    for (side, digest) in [("before", &digests[9]), ("after", &digests[1])] {
        let image = seen.json["image"][side].as_str().unwrap_or_default();
        assert!(image.contains(&brief(digest)), "{side}: {image} is not {digest}");
    }
    let config = json!([
        { "key": "ONLY_OLD", "before": null, "after": "yes" },
        { "key": "STEP", "before": "10", "after": "2" },
    ]);
    assert_eq!(seen.json["config"], config);
    let secrets = seen.json["secrets"].as_array().cloned().unwrap_or_default();
    assert_eq!(secrets.len(), 1, "{secrets:?}");
    assert!(secrets[0]["key"] == "TOKEN" && secrets[0]["before"] != secrets[0]["after"], "{secrets:?}");
    assert_eq!(seen.json["settings"], json!([]));
    assert!(!seen.json.to_string().contains("token-of-day"), "a secret's value is in the preview");
    for id in ["image-pullable", "secrets-present", "target-reachable"] {
        assert_eq!(check(&seen, id)["verdict"], "pass", "{:#}", seen.json);
    }
    assert_eq!(shop.current().await?.0, 10, "a preview changes nothing");
    let between = shop.desk.run(["diff", "checkout", "production", "r5", "r6"]).await?.exits(0);
    let config = json!([
        { "key": "ONLY_OLD", "before": "yes", "after": null },
        { "key": "STEP", "before": "5", "after": "6" },
    ]);
    assert_eq!((&between.json["config"], between.text("/fromVersion")), (&config, "5.0"), "{:#}", between.json);
    let last = shop.desk.run(["diff", "checkout", "production"]).await?.exits(0);
    assert_eq!((last.json["from"].as_u64(), last.json["to"].as_u64()), (Some(9), Some(10)));
    let _ = shop.desk.run(["diff", "checkout", "production", "r5", "r99"]).await?.exits(7);
    let _ = shop.desk.run(["history", "checkout", "nowhere"]).await?.exits(7);
    let _ = shop.desk.run(["release", "list", "nobody"]).await?.exits(7);
    let _ = shop.desk.run(["release", "add", "checkout", "1.0", "--from", "2.0"]).await?.exits(2);

    let _ = shop.desk.run(["rollback", "checkout", "production", "--to", "r2"]).await?.exits(0);
    assert_eq!(shop.running().await?, [digests[1].clone()]);
    assert_eq!(environment(&shop).await?, ["ONLY_OLD=yes", "STEP=2", "TOKEN=token-of-day-2"]);
    assert_eq!(shop.current().await?, (2, "2.0".to_owned()));
    Ok(())
}

#[tokio::test]
async fn any_revision_comes_back_whole_after_the_old_engine_forgot_it() -> Result<(), PartError> {
    any_revision_comes_back(EngineKind::Old).await
}

#[tokio::test]
async fn any_revision_comes_back_whole_after_the_current_engine_forgot_it() -> Result<(), PartError> {
    any_revision_comes_back(EngineKind::Current).await
}

#[tokio::test]
async fn a_revision_whose_image_is_gone_says_so_before_anything_is_pressed() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let (shop, port) = (Shop::open(kind).await?, port::free());
        let mut digests = Vec::new();
        for n in 1..=3 {
            let page = |image: Image| image.file("www/index.html", format!("release {n}"));
            digests.push(shop.publish(&format!("{n}.0"), SERVE, page).await?);
            let _ = shop.desk.apply(&shop.policy(port, &["strategy: recreate", HEALTH], "")).await?.exits(0);
            let _ = shop.deploy(&format!("{n}.0")).await?.exits(0);
        }
        assert_eq!(way_back(&shop.desk, 1).await?["kind"], "safe", "{kind:?}");
        shop.prune().await?;
        shop.registry.delete(REPOSITORY, &digests[0]).await?;

        let seen = preview(&shop.desk, "r1").await?.exits(7);
        assert_eq!(check(&seen, "image-pullable")["verdict"], "fail", "{kind:?}: {:#}", seen.json);
        let way = way_back(&shop.desk, 1).await?;
        assert_eq!(way["kind"], "impossible", "{kind:?}: {way}");
        assert_eq!(way_back(&shop.desk, 2).await?["kind"], "safe", "{kind:?}: the other is still to be had");

        // Pressed all the same: refused or undone, and what ran still runs.
        let pressed = shop.desk.run(["rollback", "checkout", "production", "--to", "r1"]).await?;
        assert!([4, 7].contains(&pressed.code), "{kind:?}: {pressed:?}");
        assert_eq!(shop.running().await?, [digests[2].clone()], "{kind:?}");
        assert_eq!(shop.current().await?.0, 3, "{kind:?}");
    }
    Ok(())
}
