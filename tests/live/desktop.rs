//! Notifications on the desktop: really sent over a session bus, and said clearly where there is none.

use std::{path::PathBuf, process::Stdio};
use switchback_tests::{
    cli::{Desk, program},
    notifications::Notifications,
    part::PartError,
    port,
};

/// A process target whose one release dies at once, and that tells the desktop of it.
async fn begin() -> Result<Desk, PartError> {
    let desk = Desk::new().await?;
    let folder = desk.folder().join("releases/1.0");
    std::fs::create_dir_all(&folder).map_err(PartError::io("make a release"))?;
    std::fs::write(
        folder.join("run"),
        "#!/bin/sh\necho 'Error: connect ECONNREFUSED 127.0.0.1:5432 <b>pool</b>' >&2; exit 1\n",
    )
    .map_err(PartError::io("write a release"))?;
    let policy = format!(
        "version: 1\nservices: {{ web: {{ folder: \"releases/{{version}}\" }} }}\nenvironments: {{ production: {{}} }}\n\
         targets:\n  web/production:\n    process: {{ run: [/bin/sh, run], port: {} }}\n    grace: 1s\nnotify:\n  \
         - {{ desktop: true, on: [rolled-back] }}\n",
        port::free()
    );
    let _ = desk.apply(&policy).await?.exits(0);
    Ok(desk)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_release_is_told_on_the_desktop_and_its_log_is_no_markup() -> Result<(), PartError> {
    let desk = begin().await?;
    let daemon = Notifications::start(&desk.bus()).await?;
    let told = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(4);
    assert!(!told.stderr.contains("not delivered"), "{}", told.stderr);
    let shown = daemon.shown();
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!((shown[0].app.as_str(), shown[0].urgency), ("Switchback", 2));
    assert_eq!(shown[0].summary, "web/production: deploy 1.0 failed and was rolled back");
    assert!(shown[0].body.contains("127.0.0.1:5432 &lt;b&gt;pool&lt;/b&gt;"), "{shown:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_desktop_the_command_says_so_and_the_message_waits() -> Result<(), PartError> {
    let desk = begin().await?;
    // A bus, and nobody on it who shows anything.
    let told = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(4);
    assert!(told.stderr.contains("not delivered: desktop: no notification daemon took it"), "{}", told.stderr);
    // No bus at all, as on a CI machine.
    let mut bare = tokio::process::Command::new(program()?);
    bare.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", desk.folder());
    let home: PathBuf = desk.home();
    bare.arg("--home").arg(&home).args(["deploy", "web", "production", "1.0", "--override", "again"]);
    let output = bare.stdin(Stdio::null()).output().await.map_err(PartError::io("start switchback"))?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    assert!(stderr.contains("not delivered: desktop: there is no session bus here"), "{stderr}");
    Ok(())
}
