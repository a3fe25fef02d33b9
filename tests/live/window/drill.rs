//! A drill from the window: before the click that goes back, beside it.

use super::{axe, shown};
use switchback_tests::{
    cli::Desk,
    desktop::{Desktop, Done},
    listening, port,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_back_is_rehearsed_where_it_is_chosen() -> Done {
    let desk = Desk::new().await?;
    let policy = format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments:\n  production: {{ zone: UTC \
         }}\ntargets:\n  web/production:\n    process: {{ run: [\"{{release}}/server\"], port: {} }}\n    strategy: \
         recreate\n    grace: 1s\n    health: {{ tcp: true, within: 10s, every: 100ms, passes: 1 }}\n",
        port::free()
    );
    let _ = desk.apply(&policy).await?.exits(0);
    for version in ["1.0", "1.1"] {
        listening::release(&desk, version);
        let _ = desk.run(["deploy", "web", "production", version]).await?.exits(0);
    }
    let desktop = Desktop::of(&desk)?;
    shown(&desktop, async |window| {
        window.reads("cell-web-production", "1.1").await?;
        window.tab_to("cell-web-production").await?;
        window.press('r').await?;
        window.reads("rollback-panel", "1.0").await?;
        window.reads("drill-told", "not rehearsed yet").await?;
        window.tab_to("rehearse").await?;
        window.press(' ').await?;
        window.reads("drill-told", "back in").await?;
        axe::finds_nothing(window).await?;
        desktop.picture("drill").await
    })
    .await?;
    let drills = desk.run(["drill", "web", "production", "--list"]).await?.exits(0);
    assert_eq!((drills.json[0]["to"].as_u64(), &drills.json[0]["holds"]), (Some(1), &true.into()), "{:#}", drills.json);
    Ok(())
}
