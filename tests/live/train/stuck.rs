//! A train whose way back is barred says who stands where and what to do, and goes on when that is done.

use super::yard::{TRAIN, desk, running, standings};
use std::fs;
use switchback_tests::{listening, part::PartError};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_train_that_cannot_go_back_is_stuck_with_instructions_and_a_resume_goes_on() -> Result<(), PartError> {
    let desk = desk().await?;
    let needed = desk.folder().join("queue");
    fs::write(&needed, "").map_err(PartError::io("write a file"))?;
    // What api ran before needs something that is gone by the time it has to come back.
    let needs = format!("[ -e {} ] || {{ echo 'no queue' >&2; exit 3; }}", needed.display());
    listening::release_that(&desk, "api-3", &needs);
    let _ = desk.run(["deploy", "api", "production", "3"]).await?.exits(0);
    listening::release_that(&desk, "worker-2", &format!("rm {}; exit 3", needed.display()));

    let train = desk.run(TRAIN).await?.exits(5);
    assert_eq!(standings(&train), ["arrived", "stuck", "back"], "{:#}", train.json);
    let told = train.json["state"]["instructions"].to_string();
    assert!(told.contains("switchback rollback api production --to r2"), "{told}");
    assert!(told.contains("switchback resume") && told.contains("web 2 (r2)"), "{told}");
    assert_eq!(running(&desk).await?, ["2@r2", "2@r3", "1@r1"], "what could not go back runs what was brought");

    let again = desk.run(["resume"]).await?.exits(5);
    assert!(again.json.to_string().contains("rolledBack"), "its rollback was tried again: {:#}", again.json);
    fs::write(&needed, "").map_err(PartError::io("write a file"))?;
    let _ = desk.run(["resume"]).await?.exits(4);
    assert_eq!(running(&desk).await?, ["1@r1", "3@r2", "1@r1"]);
    let show = desk.run(["train", "show", train.text("/id")]).await?.exits(0);
    assert_eq!((show.text("/state/kind"), standings(&show)), ("rolledBack", vec!["back", "back", "back"]));
    let _ = desk.run(["resume"]).await?.exits(0);
    let _ = desk.run(["audit", "verify"]).await?.exits(0);
    Ok(())
}
