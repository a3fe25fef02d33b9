//! The real window, driven as a person would: looked at, broken, rolled back, found in the audit; by mouse and by keys,
//! on the living demo and on a real engine.

mod approvals;
mod axe;
mod checklist;
mod cluster;
mod drill;
mod engine;
mod faces;
mod gates;
mod keys;
mod long;
mod migrations;
mod page;
mod schedule;
mod train;

use page::Window;
use switchback_tests::desktop::{Desktop, Done};

/// Opens the window, does something with it, and closes it whatever came of that.
async fn shown(desktop: &Desktop, act: impl AsyncFnOnce(&Window) -> Done) -> Done {
    let window = Window(desktop.open().await?);
    let done = act(&window).await;
    if done.is_err() {
        let shown = window.0.execute("return location.hash + '\\n' + document.body.innerText", Vec::new()).await;
        println!("the window showed {}", shown.unwrap_or_default().as_str().unwrap_or("nothing"));
    }
    let _ = window.0.clone().close().await;
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_is_broken_explained_rolled_back_and_found_in_the_audit() -> Done {
    shown(&Desktop::start().await?, night).await
}

async fn night(window: &Window) -> Done {
    // The demo has filled both targets, and its bad release is quarantined.
    window.see("[data-testid='board'] [data-testid='demo-banner']").await?;
    window.reads("cell-web-production", "r5").await?;
    window.click("rail-releases").await?;
    window.click("clear-1.3.0").await?;
    window.write("reason", "look at it once more").await?;
    window.click("reason-confirm").await?;

    window.click("rail-board").await?;
    window.click("deploy-button").await?;
    window.see("[data-testid='version-select'] option[value='1.3.0']").await?.click().await?;
    window.write("reason", "simpler local setup").await?;
    window.click("start-button").await?;
    window.see("[data-testid='diagnosis-cause'][data-cause='connection_refused_localhost']").await?;
    window.see("[data-testid='deployment-state'][data-state='rolledBack']").await?;

    // The way back is two clicks and a confirm: the cell, the revision, then why and the button.
    window.click("rail-board").await?;
    window.click("cell-web-staging").await?;
    window.click("revision-row-2").await?;
    window.write("reason", "totals are wrong").await?;
    window.click("rollback-button").await?;
    window.see("[data-testid='deployment-state'][data-state='succeeded']").await?;

    window.click("rail-audit").await?;
    window.reads("audit-table", "totals are wrong").await
}
