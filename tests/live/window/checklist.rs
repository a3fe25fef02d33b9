//! Items that evaluate themselves, in the window: each says what it saw, and looks again when it is asked to.

use super::shown;
use switchback_tests::{
    cli::Desk,
    desktop::{Desktop, Done},
    listening, port,
};

fn policy(port: u16) -> String {
    format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments:\n  production: {{ checklist: own }}\n\
         notify: [{{ desktop: true, on: [started] }}]\nchecklists:\n  own:\n    before:\n      - {{ id: on-call, auto: on-call, \
         file: on-call.txt }}\n      - {{ id: told, auto: people-informed }}\n      - {{ id: way-back, auto: rollback-ready }}\n      - \
         {{ id: support, ask: Support told, required: false }}\n    after:\n      - {{ id: observed, auto: observed, for: 1s }}\ntargets:\n  web/production:\n    process: {{ run: \
         [\"{{release}}/server\"], port: {port} }}\n    strategy: recreate\n    grace: 1s\n    health: {{ tcp: true, within: \
         10s, every: 100ms, passes: 1 }}\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_that_evaluates_itself_says_what_it_saw_and_looks_again() -> Done {
    let desk = Desk::new().await?;
    listening::release(&desk, "1.0");
    let end = desk.folder().join("end");
    let server = format!(
        "#!/bin/sh\n/bin/busybox httpd -f -p 127.0.0.1:$PORT & trap 'kill $!; exit 0' TERM\nwhile [ ! -e {} ]; do sleep 0.2; done; kill $!; exit 4\n",
        end.display()
    );
    std::fs::write(desk.folder().join("1.0/server"), server)?;
    let _ = desk.apply(&policy(port::free())).await?.exits(0);
    let _ = desk.run(["release", "add", "web", "1.0"]).await?.exits(0);
    shown(&Desktop::of(&desk)?, async |window| {
        window.reads("cell-web-production", "").await?;
        window.click("deploy-button").await?;
        window.see("[data-testid='gate-checklist'][data-verdict='noData']").await?;
        window.click("to-checklist").await?;
        window.see("[data-testid='item-on-call'][data-verdict='noData']").await?;
        window.reads("evidence-on-call", "on-call.txt").await?;
        window.reads("evidence-told", "this desktop").await?;
        std::fs::write(desk.folder().join("on-call.txt"), "amara, +49 30 1234\n")?;
        window.tab_to("again-on-call").await?;
        window.press(' ').await?;
        window.see("[data-testid='item-on-call'][data-verdict='pass']").await?;
        window.reads("evidence-on-call", "amara, +49 30 1234").await?;
        window.see("[data-testid='checklist-bar'][data-held='false']").await?;
        // What is ticked on another desk is ticked here.
        let _ = desk.run(["checklist", "tick", "web", "production", "1.0", "support"]).await?.exits(0);
        window.see("[data-testid='item-support'][data-verdict='pass']").await?;

        // Afterwards: it was seen to run for so long, until it does not run any more.
        let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
        window.click("again-observed").await?;
        window
            .until(
                "document.querySelector(`[data-testid='again-observed']`)?.click(); \
             return document.querySelector(`[data-testid='item-observed']`)?.dataset.verdict",
                Vec::new(),
                |verdict| verdict == "pass",
            )
            .await?;
        std::fs::write(&end, "")?;
        window
            .until(
                "document.querySelector(`[data-testid='again-observed']`)?.click(); \
             return document.querySelector(`[data-testid='evidence-observed']`)?.textContent ?? ''",
                Vec::new(),
                |said| said.as_str().is_some_and(|said| said.contains("exited")),
            )
            .await?;
        Ok(())
    })
    .await
}
