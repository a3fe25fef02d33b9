//! Delivered to supervised processes, whose output we keep on disk ourselves.

use super::{CONFESS, HOOK, LIE, SECRETS, Said, markers, search, set_all, watch::Watch};
use std::{os::unix::fs::PermissionsExt as _, path::Path};
use switchback_tests::{cli::Desk, part::PartError, port, sink::Sink};

const HEALTH: &str = "health: { http: /, expect: { status: 200, body: web }, within: 4s, every: 200ms, passes: 2 }";
/// The static one serves, the shell is the machine's.
const BOX: &str = "BOX=/bin/busybox";

fn release(desk: &Desk, version: &str, script: &str) -> Result<(), PartError> {
    let write = |path: &Path, text: &str, mode: u32| {
        std::fs::write(path, text)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
    };
    let folder = desk.folder().join(version);
    std::fs::create_dir_all(&folder).map_err(PartError::io("make a release"))?;
    let script = format!("#!/bin/sh\n{BOX}\n{script}\n");
    write(&folder.join("server"), &script, 0o755).map_err(PartError::io("write a release"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_given_to_a_process_is_nowhere_else() -> Result<(), PartError> {
    let (desk, hook, port) = (Desk::new().await?, Sink::start().await, port::free());
    let mut said = Said::default();
    // Served from a folder of the test, not of the home: what a program writes elsewhere is its own.
    let www = tempfile::tempdir().map_err(PartError::io("make a folder"))?;
    let serve =
        format!("cd {}; $BOX httpd -f -p 127.0.0.1:$PORT & trap 'kill $!; exit 0' TERM; wait", www.path().display());
    let page = format!("{}/index.html", www.path().display());
    release(&desk, "1.0", &format!("{CONFESS}\necho web >{page}; {serve}"))?;
    release(&desk, "2.0", &format!("{CONFESS}\nexit 1"))?;
    release(&desk, "2.1", &format!("{CONFESS}\n{LIE} >{page}; {serve}"))?;
    for answer in set_all(&desk, &[("hook/releases", &hook.url(HOOK))]).await? {
        said.keep("secret set", &answer);
    }
    let policy = format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments: {{ production: {{ zone: UTC }} \
         }}\ntargets:\n  web/production:\n    process: {{ run: [\"{{release}}/server\"], port: {port} }}\n    strategy: \
         recreate\n    grace: 2s\n    {HEALTH}\n    {SECRETS}\nnotify:\n  - {{ webhook: \"keychain:hook/releases\", on: \
         [all] }}\n"
    );
    said.keep("apply", &desk.apply(&policy).await?.exits(0));
    let watch = Watch::begin(desk.program().to_owned());
    let mut deployments = Vec::new();
    for (version, code) in [("1.0", 0), ("2.0", 4), ("2.1", 4)] {
        let answer =
            said.ask(&desk, &["deploy", "web", "production", version, "--override", "to see"]).await?.exits(code);
        deployments.push(answer.text("/id").to_owned());
    }
    for (place, text) in watch.end().await {
        said.0.push((place, text));
    }
    said.everything(&desk, "web", &deployments).await?;
    let printed = desk.run(["logs", "web", "production"]).await?.exits(0);
    assert!(printed.json.to_string().contains("login with *** and pin ***"), "{:#}", printed.json);
    let bodies = hook.bodies();
    assert!(bodies.len() >= 4, "{bodies:?}");
    said.0.extend(bodies.into_iter().map(|body| ("the webhook".to_owned(), body)));
    let files = search(&markers(), &said, &desk);
    assert!(files > 8, "the logs of each instance are among what was looked through: {files}");
    Ok(())
}
