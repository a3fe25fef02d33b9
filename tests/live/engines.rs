//! The harness itself, proven on both engines: without this no other live test's result says anything.

use switchback_tests::engine::{Engine, EngineKind};
use switchback_tests::http::Request;
use switchback_tests::image::Image;
use switchback_tests::part::PartError;
use switchback_tests::registry::Registry;

#[tokio::test]
async fn both_engines_run_a_container_with_a_published_port() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let engine = Engine::start(kind).await?;
        let image = Image::web("switchback-test/web:1", format!("hello from {kind:?}"));
        image.load(&engine).await?;
        let container = engine.run(image.name(), 8080).await?;
        assert_eq!(container.page("/").await?, format!("hello from {kind:?}"));
        let version = engine.call(&Request::new("GET", "/version")).await?.json()?;
        let api = version["ApiVersion"].as_str().unwrap_or_default().to_owned();
        assert_eq!(api, if kind == EngineKind::Old { "1.41" } else { "1.56" });
    }
    Ok(())
}

#[tokio::test]
async fn an_image_pushed_by_either_engine_is_pulled_by_its_digest() -> Result<(), PartError> {
    let registry = Registry::start().await?;
    for kind in EngineKind::ALL {
        let engine = Engine::start(kind).await?;
        let image = Image::new("switchback-test/idle:1").label("engine", &format!("{kind:?}"));
        image.load(&engine).await?;
        let digest = registry.push(&engine, image.name(), "idle", "1").await?;
        let name = format!("{}/idle@{digest}", registry.address());
        let path = format!("/images/create?fromImage={}/idle&tag={digest}", registry.address());
        engine.call(&Request::new("POST", &path)).await?;
        let inspected = engine.call(&Request::new("GET", &format!("/images/{name}/json"))).await?.json()?;
        let known = inspected["RepoDigests"].as_array().cloned().unwrap_or_default();
        assert!(known.contains(&name.clone().into()), "{kind:?}: {name} is not among {known:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_engine_that_was_stopped_or_crashed_starts_again_over_its_images() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let mut engine = Engine::start(kind).await?;
        let image = Image::web("switchback-test/web:1", "still here");
        image.load(&engine).await?;
        engine.run(image.name(), 8080).await?;
        engine.stop();
        engine.start_again().await?;
        engine.run(image.name(), 8080).await?;
        engine.crash();
        engine.start_again().await?;
        let container = engine.run(image.name(), 8080).await?;
        assert_eq!(container.page("/").await?, "still here");
    }
    Ok(())
}
