//! A release train in the window: put together by keys, watched to its end, found in the audit; and one brought back whole.

use super::{axe, page::Window, shown};
use crate::train::yard;
use switchback_tests::desktop::{Desktop, Done};

/// Puts a train together from the board.
async fn couples(window: &Window, services: &[&str]) -> Done {
    window.click("rail-board").await?;
    window.reads("cell-web-production", "1").await?;
    window.press('t').await?;
    for service in services {
        window.tab_to(&format!("add-{service}")).await?;
        window.press(' ').await?;
        window.see(&format!("[data-testid='version-{service}'] option[value='2']")).await?;
    }
    Ok(())
}

async fn departs(window: &Window, reason: &str) -> Done {
    window.write("reason", reason).await?;
    window.see("[data-testid='start-train']:not(:disabled)").await?;
    window.click("start-train").await
}

async fn all_stand(window: &Window, services: &[&str], how: &str) -> Done {
    for service in services {
        window.see(&format!("[data-testid='train-car-{service}'][data-standing='{how}']")).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_train_is_sent_watched_found_in_the_audit_and_brought_back() -> Done {
    let desk = yard::desk().await?;
    for service in yard::SERVICES {
        let _ = desk.run(["release", "add", service, "2"]).await?.exits(0);
    }
    let desktop = Desktop::of(&desk)?;
    shown(&desktop, async |window| {
        couples(window, &["api", "web", "worker"]).await?;
        // The web goes first.
        window.tab_to("up-web").await?;
        window.press(' ').await?;
        window.see("[data-testid='cars'] li:first-child[data-testid='car-web']").await?;
        window.see("[data-testid='car-plans'] li:first-child[data-testid='car-plan-web-production']").await?;
        axe::finds_nothing(window).await?;
        desktop.picture("train-dialog").await?;
        departs(window, "the October release").await?;
        window.see("[data-testid='train-state'][data-state='rolledBack']").await?;
        all_stand(window, &yard::SERVICES, "back").await?;
        axe::finds_nothing(window).await?;
        desktop.picture("train-undone").await?;
        window.see("[data-testid='train-car-worker'] a[href^='#/deployment/']").await?.click().await?;
        window.reads("of-train", "car 3 of 3").await?;
        axe::finds_nothing(window).await?;
        window.click("of-train").await?;
        window.click("train-audit").await?;
        window.reads("audit-table", "Car is back").await?;
        desktop.picture("train-audit").await?;

        // A freeze holds every car; it is passed by hand, for all of them at once.
        let freeze = ["freeze", "add", "production", "--reason", "the books are closed"];
        let _ = desk.run([&freeze[..], &["--to", "2099-01-01T00:00"]].concat()).await?.exits(0);
        couples(window, &["web", "api"]).await?;
        window.see("[data-testid='car-plan-api-production'][data-held='true']").await?;
        window.write("reason", "without the worker").await?;
        window.see("[data-testid='start-train']:disabled").await?;
        window.click("break-glass").await?;
        window.write("glass-reason", "checkout is down").await?;
        axe::finds_nothing(window).await?;
        desktop.picture("train-glass").await?;
        window.see("[data-testid='start-train']:not(:disabled)").await?;
        window.click("start-train").await?;
        window.see("[data-testid='train-state'][data-state='succeeded']").await?;
        window.click("train-back").await?;
        window.see("[data-testid='car-plans'] li:first-child[data-testid='car-plan-api-production']").await?;
        window.write("reason", "totals are wrong").await?;
        axe::finds_nothing(window).await?;
        desktop.picture("train-back").await?;
        window.click("train-back-go").await?;
        window.see("[data-testid='train-state'][data-state='rolledBack']").await?;
        all_stand(window, &["web", "api"], "back").await
    })
    .await?;
    assert_eq!(yard::running(&desk).await?, ["1@r1", "1@r1", "1@r1"]);
    let open = desk.run(["override", "list"]).await?.exits(0);
    let open: Vec<(String, String)> = [0, 1]
        .map(|at| (open.text(&format!("/{at}/target")).to_owned(), open.text(&format!("/{at}/reason")).to_owned()))
        .to_vec();
    assert!(open.iter().all(|(_, reason)| reason == "checkout is down"), "{open:?}");
    assert_ne!(open[0].0, open[1].0, "each car's gates were passed");
    Ok(())
}
