//! Outside of the window's hours: refused, ticked, overridden with a reason, and followed up, all in the window.

use super::{Done, desktop::Desktop, page::Window, shown};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use switchback_tests::{cli::Desk, listening, load::free_port};

const CHECKLIST: &str = "checklists:\n  own:\n    before: [{ id: support, ask: Support told }]\n";

fn policy(port: u16, environment: &str) -> String {
    format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments:\n  production: {{ zone: UTC{environment} \
         }}\n{CHECKLIST}targets:\n  web/production:\n    process: {{ run: [\"{{release}}/server\"], port: {port} }}\n    \
         strategy: recreate\n    grace: 1s\n    health: {{ tcp: true, within: 10s, every: 100ms, passes: 1 }}\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_window_is_explained_passed_with_a_reason_and_followed_up() -> Done {
    let (desk, port) = (Desk::new().await?, free_port());
    for version in ["1.0", "1.1"] {
        listening::release(&desk, version);
    }
    let _ = desk.apply(&policy(port, "")).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    let _ = desk.run(["release", "add", "web", "1.1"]).await?.exits(0);
    // Open again the day after tomorrow.
    let then = Timestamp::now().to_zoned(TimeZone::UTC).checked_add(2.days())?;
    let closed = format!(", checklist: own, windows: [{{ allow: {} 10:00-11:00 }}]", then.strftime("%a"));
    let _ = desk.apply(&policy(port, &closed)).await?.exits(0);
    shown(&Desktop::on(&desk.home())?, friday).await?;
    let open = desk.run(["override", "list"]).await?.exits(0);
    assert_eq!(open.json, serde_json::json!([]));
    let all = desk.run(["override", "list", "--all"]).await?.exits(0);
    assert_eq!((all.text("/0/reason"), all.text("/0/note")), ("checkout is down", "support was told"));
    Ok(())
}

async fn friday(window: &Window) -> Done {
    window.click("rail-calendar").await?;
    window.see("[data-testid='why'][data-open='false']").await?;
    window.reads("next", "10:00").await?;

    window.click("rail-board").await?;
    window.reads("cell-web-production", "1.0").await?;
    window.click("deploy-button").await?;
    // The release that does not run yet is chosen already.
    window.see("[data-testid='version-select'] option[value='1.1']").await?;
    window.see("[data-testid='gate-bar'][data-held='true']").await?;
    window.see("[data-testid='gate-window'][data-verdict='fail']").await?;
    window.see("[data-testid='gate-checklist'][data-verdict='fail']").await?;

    // What the checklist asks is done where it is asked.
    window.click("to-checklist").await?;
    window.click("item-support").await?;
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

    // Red on the board, until somebody says what came of it.
    window.click("rail-board").await?;
    window.see("[data-testid='override-web-production']").await?;
    window.tab_to("cell-web-production").await?;
    window.click("follow-web-production").await?;
    window.write("reason", "support was told").await?;
    window.click("reason-confirm").await?;
    window.see("[data-testid='cell-web-production']:not(:has([data-testid='override-web-production']))").await?;
    window.click("rail-audit").await?;
    window.reads("audit-table", "support was told").await
}
