//! A Friday afternoon, all in the window: refused, ticked by keys, overridden with a reason; what can wait begins by
//! itself on Monday, when the override is followed up. The clock is the test's.

use super::{axe, page::Window, shown};
use switchback_tests::{
    cli::Desk,
    desktop::{Desktop, Done},
    listening, port,
};

const CHECKLIST: &str = "checklists:\n  own:\n    before: [{ id: support, ask: Support told }]\n";

fn policy(port: u16, environment: &str) -> String {
    format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments:\n  production: {{ zone: UTC{environment} \
         }}\n{CHECKLIST}targets:\n  web/production:\n    process: {{ run: [\"{{release}}/server\"], port: {port} }}\n    \
         strategy: recreate\n    grace: 1s\n    health: {{ tcp: true, within: 10s, every: 100ms, passes: 1 }}\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_friday_afternoon_is_refused_overridden_and_followed_up_on_monday() -> Done {
    let (mut desk, port) = (Desk::new().await?, port::free());
    for version in ["1.0", "1.1", "1.2"] {
        listening::release(&desk, version);
    }
    desk.set_clock("2026-11-26T14:00:00Z")?;
    let _ = desk.apply(&policy(port, "")).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    for version in ["1.2", "1.1"] {
        let _ = desk.run(["release", "add", "web", version]).await?.exits(0);
    }
    let _ = desk.apply(&policy(port, ", checklist: own, windows: [{ allow: default }]")).await?.exits(0);
    desk.set_clock("2026-11-27T15:10:00Z")?;
    let desktop = Desktop::by_clock(&desk.home(), &desk.clock())?;
    shown(&desktop, async |window| {
        friday(window).await?;
        let _ = desk.run(["checklist", "tick", "web", "production", "1.2", "support"]).await?.exits(0);
        desk.set_clock("2026-11-30T10:00:00Z")?;
        monday(window).await
    })
    .await?;
    let open = desk.run(["override", "list"]).await?.exits(0);
    assert_eq!(open.json, serde_json::json!([]));
    let all = desk.run(["override", "list", "--all"]).await?.exits(0);
    assert_eq!((all.text("/0/reason"), all.text("/0/note")), ("checkout is down", "support was told"));
    assert!(all.text("/0/at").starts_with("2026-11-27") && all.text("/0/followedUpAt").starts_with("2026-11-30"));
    Ok(())
}

async fn friday(window: &Window) -> Done {
    window.click("rail-calendar").await?;
    window.see("[data-testid='why'][data-open='false']").await?;
    window.reads("next", "10:00").await?;

    window.click("rail-board").await?;
    window.reads("cell-web-production", "1.0").await?;
    window.click("deploy-button").await?;
    window.see("[data-testid='version-select'] option[value='1.1']").await?.click().await?;
    window.see("[data-testid='gate-bar'][data-held='true']").await?;
    window.see("[data-testid='gate-window'][data-verdict='fail']").await?;
    window.see("[data-testid='gate-checklist'][data-verdict='fail']").await?;

    // What the checklist asks is done where it is asked, by keys alone.
    window.click("to-checklist").await?;
    window.tab_to("item-support").await?;
    window.press(' ').await?;
    window.see("[data-testid='item-support'][data-verdict='pass']").await?;
    window.see("[data-testid='gate-checklist'][data-verdict='pass']").await?;

    // The window is closed all the same, and glass is broken by hand.
    window.click("checklist-deploy").await?;
    window.see("[data-testid='gate-window'][data-verdict='fail']").await?;
    window.write("reason", "the fix").await?;
    window.see("[data-testid='start-button']:disabled").await?;
    window.click("break-glass").await?;
    window.write("glass-reason", "checkout is down").await?;
    window.see("[data-testid='start-button']:not(:disabled)").await?;
    window.click("start-button").await?;
    window.see("[data-testid='deployment-state'][data-state='succeeded']").await?;

    // What can wait begins by itself.
    window.click("rail-board").await?;
    window.see("[data-testid='override-web-production']").await?;
    window.click("deploy-button").await?;
    window.see("[data-testid='version-select'] option[value='1.2']").await?.click().await?;
    window.see("[data-testid='gate-window'][data-verdict='fail']").await?;
    window.click("later-choose").await?;
    window.write("reason", "the next train").await?;
    window.click("start-button").await?;
    window.reads("scheduled-row", "web/production 1.2").await?;
    window.click("rail-board").await?;
    window.see("[data-testid='scheduled-web-production']").await?;
    window.reads("cell-web-production", "1.1").await
}

async fn monday(window: &Window) -> Done {
    window.reads("cell-web-production", "1.2").await?;
    window.see("[data-testid='cell-web-production']:not(:has([data-testid='scheduled-web-production']))").await?;

    // Red on the board, until somebody says what came of it.
    window.see("[data-testid='override-web-production']").await?;
    window.tab_to("cell-web-production").await?;
    window.click("follow-web-production").await?;
    window.write("reason", "support was told").await?;
    window.click("reason-confirm").await?;
    window.see("[data-testid='cell-web-production']:not(:has([data-testid='override-web-production']))").await?;
    window.click("rail-audit").await?;
    window.reads("audit-table", "support was told").await
}

/// A release that was bad and the pause that it left are let go where they are met, each with a reason.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_and_a_quarantine_are_released_at_their_gates() -> Done {
    let (desk, port) = (Desk::new().await?, port::free());
    for version in ["1.0", "1.1"] {
        listening::release(&desk, version);
    }
    std::fs::write(desk.folder().join("1.1/server"), "#!/bin/sh\nexit 3\n")?;
    let _ = desk.apply(&policy(port, ", after-rollback: pause")).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.1"]).await?.exits(4);
    let gates = desk.run(["gates", "web", "production", "1.1"]).await?.exits(3);
    let held: Vec<&serde_json::Value> =
        gates.json["gates"].as_array().into_iter().flatten().filter(|gate| gate["verdict"] == "fail").collect();
    assert_eq!(held.len(), 2, "{:#}", gates.json);
    assert!(
        held.iter().all(|gate| ["by", "since", "wayOut"].into_iter().all(|told| gate[told].is_string())),
        "{held:#?}"
    );
    shown(&Desktop::on(&desk.home())?, async |window| {
        window.reads("cell-web-production", "1.0").await?;
        // A quarantined release is offered and never chosen by itself.
        window.click("deploy-button").await?;
        window.see("[data-testid='version-select'] option[value='1.1']").await?.click().await?;
        for gate in ["pause", "quarantine"] {
            window.see(&format!("[data-testid='gate-{gate}'][data-verdict='fail']")).await?;
            window.click(&format!("release-{gate}")).await?;
            window.see("[data-testid='reason-dialog'] [data-testid='reason']").await?.send_keys("looked at").await?;
            window.click("reason-confirm").await?;
            window.see(&format!("[data-testid='plan-dialog']:not(:has([data-testid='gate-{gate}']))")).await?;
        }
        Ok(())
    })
    .await?;
    let _ = desk.run(["gates", "web", "production", "1.1"]).await?.exits(0);
    let audit = desk.run(["audit", "list", "looked at"]).await?.exits(0);
    assert_eq!(audit.json["entries"].as_array().map(Vec::len), Some(2), "{:#}", audit.json);
    Ok(())
}

/// Whoever has the target is told to stop where that is met, with a reason, and the dialog goes on by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_is_released_at_its_gate_by_stopping_who_has_it() -> Done {
    let (desk, port) = (Desk::new().await?, port::free());
    for version in ["1.0", "1.1", "1.2"] {
        listening::release(&desk, version);
    }
    listening::deaf(&desk, "1.1");
    let _ = desk.apply(&policy(port, "").replace("within: 10s", "within: 5m")).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    let _ = desk.run(["release", "add", "web", "1.2"]).await?.exits(0);
    let mut running = desk.start(["deploy", "web", "production", "1.1", "--reason", "the wrong one"])?;
    shown(&Desktop::on(&desk.home())?, async |window| {
        window.reads("cell-web-production", "1.1").await?;
        window.click("deploy-button").await?;
        window.reads("gate-lock", "the wrong one").await?;
        window.see("[data-testid='version-select'] option[value='1.2']").await?.click().await?;
        window.reads("gate-lock", "the wrong one").await?;
        window.see("[data-testid='start-button']:disabled").await?;
        axe::finds_nothing(window).await?;
        window.click("release-lock").await?;
        window.see("[data-testid='reason-dialog'] [data-testid='reason']").await?.send_keys("not this one").await?;
        window.click("reason-confirm").await?;
        window.see("[data-testid='plan-dialog']:not(:has([data-testid='gate-lock'])) [data-testid='reason']").await?;
        window.reads("cell-web-production", "1.0").await
    })
    .await?;
    assert_eq!(running.wait().await?.code(), Some(4), "it was told, and undid what it had done");
    let audit = desk.run(["audit", "list", "lock.released"]).await?.exits(0);
    assert_eq!(audit.text("/entries/0/why"), "not this one");
    Ok(())
}
