//! The engine is not there, or kills what asks for more memory than it was given.

use super::{GOOD, HEALTH, history, is_told, serving, state, was_undone};
use switchback_tests::{engine::EngineKind, part::PartError, port, shop::Shop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_absent_engine_is_named_and_the_same_deployment_works_when_it_is_back() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let (mut shop, _) = serving(kind).await?;
        let host = shop.engine.host();
        shop.engine.stop();
        for words in [["deploy", "checkout", "production", "1.1"], ["rollback", "checkout", "production", "--to=r1"]] {
            let answer = shop.desk.run(words).await?;
            if words[0] == "deploy" {
                let answer = answer.exits(6);
                is_told(
                    &answer,
                    "target_unreachable",
                    &["endpoint"],
                    &["no Docker engine answers", &host, "start Docker"],
                );
            } else {
                // It runs already, which the history knows without the engine.
                let answer = answer.exits(2);
                is_told(&answer, "bad_input", &[], &["r1 runs now"]);
            }
        }
        let doctor = shop.desk.run(["doctor"]).await?.exits(6);
        assert_eq!(doctor.json["engines"][0]["reachable"], false, "{:#}", doctor.json);
        let board = shop.desk.run(["status"]).await?.exits(0);
        assert_eq!(board.text("/rows/0/cells/0/error/code"), "target_unreachable", "{:#}", board.json);
        assert_eq!(history(&shop).await?.len(), 1, "nothing began");

        shop.engine.start_again().await?;
        let _ = shop.deploy("1.1").await?.exits(0);
        assert_eq!(shop.current().await?.1, "1.1");
        assert_eq!(history(&shop).await?.len(), 2);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_restarts_while_a_release_is_verified_condemns_nothing() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let (mut shop, _) = serving(kind).await?;
        let slow = format!("trap 'exit 0' TERM\nsleep 4 & wait $!\n{GOOD}");
        shop.publish("2.0", &slow, |image| image.file("www/index.html", "checkout 2.0")).await?;
        let before = shop.running().await?;
        let desk = &shop.desk;
        let deploying = async {
            let mut command = desk.surroundings(desk.program());
            command.args(["--output", "json", "deploy", "checkout", "production", "2.0"]);
            desk.ask("", command).await
        };
        tokio::pin!(deploying);
        // The container of the new release runs, and does not serve yet.
        let begins = async {
            while shop.running().await?.iter().all(|digest| before.contains(digest)) {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            Ok::<_, PartError>(())
        };
        tokio::select! {
            answer = &mut deploying => panic!("it ended: {:#}", answer?.json),
            begins = begins => begins?,
        }
        // Long enough for the gate to have begun, and not for the program to serve.
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        shop.engine.stop();
        let (answer, back) = tokio::join!(deploying, shop.engine.start_again());
        back?;
        let _ = answer?.exits(0);
        assert_eq!(shop.current().await?.1, "2.0");
        let quarantine = shop.desk.run(["quarantine", "list"]).await?.exits(0);
        assert_eq!(quarantine.json, serde_json::json!([]), "{:#}", quarantine.json);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_was_never_there_is_named_with_its_address() -> Result<(), PartError> {
    let shop = Shop::open(EngineKind::Current).await?;
    let policy = shop.policy(port::free(), &["strategy: recreate", HEALTH], "");
    let nobody = format!("127.0.0.1:{}", port::free());
    for address in ["unix:///nowhere/docker.sock".to_owned(), format!("tcp://{nobody}")] {
        let _ = shop.desk.apply(&policy.replace(&shop.engine.host(), &address)).await?.exits(0);
        let answer = shop.deploy("1.0").await?.exits(6);
        is_told(&answer, "target_unreachable", &["endpoint"], &[&address]);
        assert!(history(&shop).await?.is_empty());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_killed_for_memory_is_told_as_that() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let shop = Shop::open(kind).await?;
        let port = port::free();
        // The good one stays far below; the bad one holds in memory what it reads.
        let greedy = "echo loading the catalogue; exec busybox tail -c 400000000 /dev/zero";
        shop.publish("1.0", GOOD, |image| image.file("www/index.html", "checkout 1.0")).await?;
        shop.publish("2.0", greedy, |image| image.file("www/index.html", "checkout 2.0")).await?;
        let policy = shop.policy(port, &["strategy: recreate", HEALTH], "");
        let policy = policy.replace("publish:", "limits: { memory: 32Mi }, publish:");
        let _ = shop.desk.apply(&policy).await?.exits(0);
        let _ = shop.deploy("1.0").await?.exits(0);
        let before = state(&shop).await?;
        let answer = shop.deploy("2.0").await?.exits(4);
        was_undone(&answer, &history(&shop).await?[0], &["137"]);
        assert_eq!(answer.text("/diagnosis/cause"), "oom_killed", "{:#}", answer.json);
        let after = state(&shop).await?;
        assert_eq!((after.running, after.current), (before.running, before.current), "{kind:?}");
    }
    Ok(())
}
