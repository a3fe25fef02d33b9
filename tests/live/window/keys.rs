//! The same night without a mouse: broken, explained, rolled back, found in the audit by keys alone.

use super::{page::Window, shown};
use fantoccini::key::Key;
use switchback_tests::desktop::{Desktop, Done};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_night_goes_by_keys_alone() -> Done {
    shown(&Desktop::start().await?, night).await
}

async fn night(window: &Window) -> Done {
    window.reads("cell-web-production", "r5").await?;
    // The keys are told by a key.
    window.press('?').await?;
    window.reads("key-help", "Ctrl K").await?;
    window.press(Key::Escape).await?;

    // The bad release leaves quarantine.
    window.types("gr").await?;
    window.tab_to("clear-1.3.0").await?;
    window.press(Key::Enter).await?;
    window.find("reason-dialog").await?;
    assert_eq!(window.focused().await?, "reason", "a dialog begins where one writes");
    window.types("look at it once more").await?;
    window.tab_to("reason-confirm").await?;
    window.press(Key::Enter).await?;
    window.see("[data-testid='release-1.3.0']:not(:has([data-testid='clear-1.3.0']))").await?;

    // From the board, by the cell that has the focus.
    window.types("gb").await?;
    window.find("cell-web-staging").await?;
    window.press(Key::Right).await?;
    assert_eq!(window.focused().await?, "cell-web-production");
    window.press(Key::Left).await?;
    assert_eq!(window.focused().await?, "cell-web-staging");
    window.press('d').await?;
    window.tab_to("version-select").await?;
    window.see("[data-testid='version-select'] option[value='1.3.0']").await?;
    window.types("1.3.0").await?;
    window
        .until("return document.querySelector('[data-testid=version-select]').value", Vec::new(), |v| v == "1.3.0")
        .await?;
    window.tab_to("reason").await?;
    window.types("simpler local setup").await?;
    window.tab_to("start-button").await?;
    window.press(Key::Enter).await?;
    window.see("[data-testid='diagnosis-cause'][data-cause='connection_refused_localhost']").await?;
    window.see("[data-testid='deployment-state'][data-state='rolledBack']").await?;

    // R preselects what to go back to; one further down is one key away.
    window.types("gb").await?;
    window.find("cell-web-staging").await?;
    window.tab_to("cell-web-staging").await?;
    window.press('r').await?;
    window.reads("rollback-panel", "r5").await?;
    window.press(Key::Down).await?;
    window.press(Key::Down).await?;
    window.reads("rollback-panel", "r3").await?;
    window.find("rollback-button").await?;
    window.press(Key::Enter).await?;
    assert_eq!(window.focused().await?, "reason", "Enter goes to the panel");
    window.types("totals are wrong").await?;
    window.tab_to("rollback-button").await?;
    window.press(Key::Enter).await?;
    window.see("[data-testid='deployment-state'][data-state='succeeded']").await?;

    window.types("ga").await?;
    window.find("audit-table").await?;
    window.press('/').await?;
    assert_eq!(window.focused().await?, "audit-search");
    window.types("totals").await?;
    let first = "return document.querySelector('[data-testid^=audit-row-]')?.textContent ?? ''";
    window.until(first, Vec::new(), |row| row.as_str().is_some_and(|row| row.contains("totals are wrong"))).await?;
    window.press(Key::Escape).await?;
    window.press(Key::Down).await?;
    window.reads("audit-drawer", "totals are wrong").await?;

    // Promotion asks for the name of what it changes, and production for its own.
    window.types("gb").await?;
    window.find("cell-web-production").await?;
    window.press(Key::Right).await?;
    window.press('u').await?;
    window.find("unlock-dialog").await?;
    window.types("production").await?;
    window.tab_to("unlock-confirm").await?;
    window.press(Key::Enter).await?;
    window.find("lock-button").await.map(|_| ())
}
