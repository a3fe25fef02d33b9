//! Another hour than now, chosen in the window: one of the next openings, or a time of one's own; listed, and taken back.

use super::{axe, page::Window, shown};
use switchback_tests::{
    cli::Desk,
    desktop::{Desktop, Done},
    listening, port,
};

fn policy(port: u16) -> String {
    format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments:\n  production: {{ zone: Europe/Berlin, \
         windows: [{{ allow: \"Mon..Thu 10:00-16:00\" }}] }}\ntargets:\n  web/production:\n    process: {{ run: \
         [\"{{release}}/server\"], port: {port} }}\n    strategy: recreate\n    grace: 1s\n    health: {{ tcp: true, within: \
         10s, every: 100ms, passes: 1 }}\n"
    )
}

/// The choice of another hour, in the dialog of a plan.
async fn later(window: &Window) -> Done {
    window.click("rail-board").await?;
    window.reads("cell-web-production", "").await?;
    window.click("deploy-button").await?;
    window.see("[data-testid='gate-window'][data-verdict='fail']").await?;
    window.click("later-choose").await?;
    window.see("[data-testid='later-when'] option[value='2026-12-01T09:00:00Z']").await?;
    window.write("reason", "train 48").await
}

/// A local time of one's own.
async fn own(window: &Window, local: &str) -> Done {
    window.see("[data-testid='later-when'] option[value='own']").await?.click().await?;
    let field = window.find("later-own").await?;
    let script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', { bubbles: true }))";
    window.0.execute(script, vec![serde_json::to_value(field)?, local.into()]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_is_chosen_out_of_the_next_openings_or_freely_and_taken_back_with_a_reason() -> Done {
    let mut desk = Desk::new().await?;
    listening::release(&desk, "1.0");
    desk.set_clock("2026-11-27T15:10:00+01:00")?;
    let _ = desk.apply(&policy(port::free())).await?.exits(0);
    let _ = desk.run(["release", "add", "web", "1.0"]).await?.exits(0);
    shown(&Desktop::of(&desk)?, async |window| {
        // A time that no window allows is refused with when it opens, one that no clock shows cannot be chosen.
        later(window).await?;
        own(window, "2026-11-28T12:00").await?;
        window.reads("later-body", "Sat").await?;
        axe::finds_nothing(window).await?;
        window.click("start-button").await?;
        window.see("[data-testid='error'][data-code='window_closed']").await?;
        own(window, "2027-03-28T02:30").await?;
        window.see("[data-testid='start-button']:disabled").await?;

        own(window, "2026-11-30T12:30").await?;
        window.reads("later-body", "12:30").await?;
        window.click("start-button").await?;
        window.reads("scheduled-row", "12:30").await?;
        let waits = desk.run(["scheduled", "list"]).await?.exits(0);
        assert_eq!(waits.text("/0/due"), "2026-11-30T11:30:00Z");

        // Another one only once this is taken back.
        later(window).await?;
        window.see("[data-testid='later-when'] option[value='2026-12-01T09:00:00Z']").await?.click().await?;
        window.click("start-button").await?;
        window.see("[data-testid='error'][data-code='conflict']").await?;
        window.see("[data-testid='plan-dialog'] .hd button").await?.click().await?;
        window.click("rail-calendar").await?;
        window.click("unschedule").await?;
        window.write("reason", "not this train").await?;
        window.click("reason-confirm").await?;
        window.see("[data-testid='scheduled-ended'][data-state='cancelled']").await?;
        later(window).await?;
        window.see("[data-testid='later-when'] option[value='2026-12-01T09:00:00Z']").await?.click().await?;
        window.click("start-button").await?;
        window.reads("scheduled-row", "web/production 1.0").await
    })
    .await?;
    let all = desk.run(["scheduled", "list", "--all"]).await?.exits(0);
    assert_eq!((all.text("/0/due"), all.text("/0/state/kind")), ("2026-12-01T09:00:00Z", "waiting"));
    assert_eq!((all.text("/1/state/kind"), all.text("/1/state/why")), ("cancelled", "not this train"));
    Ok(())
}
