//! Copies of released folders: those of releases that never served go, those of every revision that did stay.

use std::{fs, path::Path};
use switchback_tests::{cli::Desk, leftover::Leftovers, part::PartError, port};

/// A released folder: the server, or something that dies at once.
fn release(folder: &Path, version: &str, good: bool) {
    let place = folder.join("releases").join(version);
    fs::create_dir_all(&place).expect("a folder");
    fs::write(place.join("VERSION"), version).expect("a file");
    let script = "#!/bin/sh\nexit 1\n";
    let server = place.join("server");
    if good {
        fs::copy(env!("CARGO_BIN_EXE_demo-server"), server).expect("the server");
    } else {
        fs::write(&server, script).expect("a script");
        fs::set_permissions(&server, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it can be run");
    }
}

#[tokio::test]
async fn copies_of_what_never_served_go_and_any_revision_that_did_still_comes_back() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let (port, _leftovers) = (port::free(), Leftovers::of(desk.home()));
    let policy = format!(
        "version: 1\nservices: {{ web: {{ folder: \"releases/{{version}}\" }} }}\nenvironments: {{ production: {{}} }}\n\
         targets:\n  web/production:\n    process: {{ run: [./server, --port, \"{{port}}\"], port: {port} }}\n    \
         health: {{ http: /version, within: 20s, every: 100ms, passes: 1 }}\n    grace: 1s\n"
    );
    let _ = desk.apply(&policy).await?.exits(0);
    let copies = || fs::read_dir(desk.home().join("process/releases")).into_iter().flatten().count();
    for (version, good) in [("1", true), ("2", false), ("3", true), ("4", false), ("5", true)] {
        release(desk.folder(), version, good);
        let _ = desk.run(["deploy", "web", "production", version]).await?.exits(if good { 0 } else { 4 });
    }
    assert_eq!(copies(), 3, "one of each revision that served");
    let audit = desk.run(["audit", "list", "copies"]).await?.exits(0);
    assert_eq!(audit.json["matching"], 2, "{:#}", audit.json);

    // Long after its source is gone.
    fs::remove_dir_all(desk.folder().join("releases")).expect("gone");
    let _ = desk.run(["rollback", "web", "production", "--to", "r1"]).await?.exits(0);
    let _ = desk.run(["rollback", "web", "production", "--to", "r3"]).await?.exits(0);
    assert_eq!(copies(), 3);
    Ok(())
}
