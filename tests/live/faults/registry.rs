//! The registry is down, has not got it, or does not let us in.

use super::{HEALTH, history, is_told, publish, serving, state, was_undone};
use switchback_tests::{
    engine::EngineKind,
    part::PartError,
    port,
    registry::{LOGIN, Registry},
    shop::{REPOSITORY, Shop},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_nobody_pushed_is_named_and_nothing_begins() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let (shop, _) = serving(kind).await?;
        let before = state(&shop).await?;
        let answer = shop.deploy("9.9").await?.exits(7);
        is_told(&answer, "image_missing", &["image"], &[]);
        let image = answer.error()["params"]["image"].as_str().unwrap_or_default().to_owned();
        assert_eq!(image, format!("{}/{REPOSITORY}:9.9", shop.registry.address()), "{kind:?}");
        assert_eq!((state(&shop).await?, history(&shop).await?.len()), (before, 1), "{kind:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pinned_image_that_was_deleted_is_refused_before_anything_begins() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let (shop, _) = serving(kind).await?;
        let _ = shop.desk.run(["release", "add", "checkout", "1.1"]).await?.exits(0);
        let digest = shop.registry.digest(REPOSITORY, "1.1").await?;
        shop.registry.delete(REPOSITORY, &digest).await?;
        shop.prune().await?;
        let before = state(&shop).await?;
        let plan = shop.desk.run(["plan", "checkout", "production", "1.1"]).await?.exits(7);
        assert_eq!(plan.text("/checks/0/verdict"), "fail", "the plan says it first: {:#}", plan.json);
        is_told(&plan, "image_missing", &[], &[]);
        is_told(&shop.deploy("1.1").await?.exits(7), "image_missing", &[], &[]);
        // Nothing began, and it says nothing against the release: pushed again it may ship.
        assert_eq!((state(&shop).await?, history(&shop).await?.len()), (before, 1), "{kind:?}");
        assert_eq!(publish(&shop, "1.1").await?, digest);
        let _ = shop.deploy("1.1").await?.exits(0);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_back_whose_layers_are_gone_is_impossible_before_the_click() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let (shop, _) = serving(kind).await?;
        let _ = shop.deploy("1.1").await?.exits(0);
        let whole = history(&shop).await?;
        assert_eq!(whole[1]["wayBack"]["kind"], "safe", "{whole:#?}");
        // The manifest stays, so that its digest is still to be had.
        shop.registry.tear(REPOSITORY, "1.0").await?;
        assert_eq!(history(&shop).await?[1]["wayBack"]["kind"], "safe", "the engine has it: {kind:?}");
        shop.prune().await?;
        let torn = history(&shop).await?;
        assert_eq!(torn[1]["wayBack"]["kind"], "impossible", "{kind:?}: {torn:#?}");
        let status = shop.desk.run(["status"]).await?.exits(0);
        assert_eq!(status.text("/rows/0/cells/0/readiness/kind"), "notReady", "{:#}", status.json);
        let before = state(&shop).await?;
        let back = shop.desk.run(["rollback", "checkout", "production", "--dry-run"]).await?.exits(7);
        assert_eq!(back.text("/checks/0/verdict"), "fail", "{:#}", back.json);
        is_told(&back, "image_missing", &[], &["sha256:", "removed there"]);
        let _ = shop.desk.run(["rollback", "checkout", "production"]).await?.exits(7);
        assert_eq!(state(&shop).await?, before, "nothing began");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_that_is_down_is_told_as_that_and_never_held_against_a_release() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let (mut shop, _) = serving(kind).await?;
        publish(&shop, "1.2").await?;
        let _ = shop.desk.run(["release", "add", "checkout", "1.1"]).await?.exits(0);
        shop.prune().await?;
        let before = state(&shop).await?;
        shop.registry.stop();

        // One that was never seen cannot be pinned.
        let answer = shop.deploy("1.2").await?.exits(6);
        is_told(&answer, "registry_unreachable", &["image"], &[&shop.registry.address()]);
        // One that is pinned begins, and ends before anything is stopped.
        let plan = shop.desk.run(["plan", "checkout", "production", "1.1"]).await?.exits(0);
        assert_eq!(plan.text("/checks/0/verdict"), "noData", "away is not gone: {:#}", plan.json);
        let answer = shop.deploy("1.1").await?.exits(6);
        was_undone(&answer, &history(&shop).await?[0], &[&shop.registry.address()]);
        assert_eq!(answer.text("/state/undone"), "untouched", "{:#}", answer.json);
        assert_eq!(answer.json["diagnosis"], serde_json::Value::Null, "nothing the program did");
        let done: Vec<&str> = answer.json["steps"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|step| (step["status"] == "done").then(|| step["action"].as_str()).flatten())
            .collect();
        assert!(!done.contains(&"stop"), "{done:?}");
        assert_eq!(state(&shop).await?, before, "{kind:?}");

        shop.registry.start_again().await?;
        for version in ["1.1", "1.2"] {
            let _ = shop.deploy(version).await?.exits(0);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_login_is_told_with_the_secret_to_set_and_the_right_one_works() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let mut shop = Shop::open(kind).await?;
        shop.registry = Registry::start_with_login().await?;
        publish(&shop, "1.0").await?;
        shop.prune().await?;
        let _ = shop.desk.apply(&shop.policy(port::free(), &["strategy: recreate", HEALTH], "")).await?.exits(0);
        let name = format!("registry/{}", shop.registry.address().replace(':', "-"));
        for login in [None, Some("robot:not-this-one"), Some("nobody:at all")] {
            if let Some(login) = login {
                let _ = shop.desk.given(login, ["secret", "set", &name]).await?.exits(0);
            }
            let answer = shop.deploy("1.0").await?.exits(6);
            is_told(&answer, "image_denied", &["image"], &[]);
            assert!(answer.error()["hint"].as_str().is_some_and(|hint| hint.contains(&name)), "{}", answer.stderr);
            let secret = login.and_then(|login| login.split_once(':')).map_or("-", |(_, password)| password);
            assert!(secret == "-" || !answer.stderr.contains(secret), "{}", answer.stderr);
            assert!(history(&shop).await?.is_empty(), "nothing began");
        }
        let _ = shop.desk.given(LOGIN, ["secret", "set", &name]).await?.exits(0);
        let _ = shop.deploy("1.0").await?.exits(0);
        assert_eq!(shop.current().await?.1, "1.0", "{kind:?}");

        // A login that went bad says nothing about the image of a release that is known.
        publish(&shop, "1.1").await?;
        let _ = shop.desk.run(["release", "add", "checkout", "1.1"]).await?.exits(0);
        shop.prune().await?;
        let _ = shop.desk.given("robot:not-this-one", ["secret", "set", &name]).await?.exits(0);
        let answer = shop.deploy("1.1").await?.exits(6);
        let told = format!("{:#}{}", answer.json, answer.stderr);
        assert!(told.contains("image_denied") && told.contains(&name), "{told}");
        assert_eq!(shop.current().await?.1, "1.0", "{kind:?}");
    }
    Ok(())
}
