//! Ten thousand revisions in the real window: few nodes, every row within reach of the keys, frames that keep coming.

use super::{page::Window, shown};
use fantoccini::key::Key;
use serde_json::Value;
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use std::collections::BTreeSet;
use switchback_tests::{
    cli::Desk,
    desktop::{Desktop, Done, PATIENCE, turn},
};

/// Deployments of the target, five of them the demo's own.
const ALL: usize = 10_000;
/// More nodes than this and the window holds rows that nobody sees.
const NODES: u64 = 2_500;
const FILL: &str = include_str!("long.sql");

/// From now on, how long each frame took, in milliseconds.
const COUNT_FRAMES: &str = "window.frames = []; let last = performance.now();
  const next = (now) => { window.frames.push(now - last); last = now; window.counting = requestAnimationFrame(next); };
  cancelAnimationFrame(window.counting); window.counting = requestAnimationFrame(next);";
/// Rows of the table that are there, and all nodes.
const TABLE: &str = "return [[...document.querySelectorAll('[data-testid^=table-row-]')].map((row) => row.dataset.testid), \
                     document.querySelectorAll('*').length]";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_revisions_stay_fluid_and_every_one_is_reached_by_keys() -> Done {
    let _turn = turn().await?;
    let desk = Desk::new().await?;
    let _ = desk.run(["demo"]).await?.exits(0);
    let file = SqliteConnectOptions::new().filename(desk.home().join("history.db")).busy_timeout(PATIENCE);
    let mut store = SqliteConnection::connect_with(&file).await?;
    sqlx::raw_sql(FILL).execute(&mut store).await?;
    store.close().await?;
    shown(&Desktop::on(&desk.home())?, walk).await
}

async fn walk(window: &Window) -> Done {
    window.reads("cell-web-production", "r5").await?;
    window.tab_to("cell-web-staging").await?;
    window.press(Key::Right).await?;
    window.press(Key::Enter).await?;
    window.reads("history", "10,000 deployments").await?;
    // The overview counts what was never loaded: sixty weeks of an hour each.
    let weeks = "return Number(document.querySelector('[data-testid=overview]')?.dataset.weeks ?? 0)";
    window.until(weeks, Vec::new(), |weeks| weeks.as_u64().is_some_and(|weeks| (59..=62).contains(&weeks))).await?;

    frames(window, "the track, page by page", async || {
        for _ in 0..60 {
            window.press(Key::PageDown).await?;
        }
        Ok(())
    })
    .await?;
    // All the way down. The oldest row is a tunnel of weeks that passed; opened it shows its days, and a day its rows.
    let begun = tokio::time::Instant::now();
    window.press(Key::End).await?;
    let last = "return [...document.querySelectorAll('[role=option][aria-selected=true]')].at(-1)?.textContent ?? ''";
    window.until(last, Vec::new(), |row| row.as_str().is_some_and(|row| row.contains("r100001"))).await?;
    println!("the whole history was loaded after {:?}", begun.elapsed());
    for _ in 0..2 {
        window.press(Key::Right).await?;
        window.press(Key::End).await?;
    }
    window.reads("rollback-panel", "r100001").await?;
    assert!(nodes(window).await? < NODES);
    frames(window, "the track, from the oldest up", async || {
        for _ in 0..60 {
            window.press(Key::PageUp).await?;
        }
        Ok(())
    })
    .await?;
    window.press(Key::Home).await?;
    window.reads("rollback-panel", "r5").await?;

    // The table collapses nothing: each of its rows comes by, page by page.
    window.press('t').await?;
    window.find("history-table").await?;
    window.press(Key::End).await?;
    window.find("table-row-100001").await?;
    let mut seen = BTreeSet::new();
    frames(window, "the table, from the oldest to the newest", async || {
        for _ in 0..ALL {
            let answer = window.0.execute(TABLE, Vec::new()).await?;
            let rows = answer[0].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
            seen.extend(rows);
            assert!(answer[1].as_u64().is_some_and(|nodes| nodes < NODES), "{} nodes", answer[1]);
            if seen.contains("table-row-5") {
                break;
            }
            window.press(Key::PageUp).await?;
        }
        Ok(())
    })
    .await?;
    assert_eq!(seen.len(), ALL);
    Ok(())
}

async fn nodes(window: &Window) -> Done<u64> {
    let count = window.0.execute("return document.querySelectorAll('*').length", Vec::new()).await?;
    Ok(count.as_u64().unwrap_or(u64::MAX))
}

/// Prints how long frames took meanwhile. Not held to a bound: what else the machine does is in these numbers too.
async fn frames(window: &Window, what: &str, act: impl AsyncFnOnce() -> Done) -> Done {
    window.0.execute(COUNT_FRAMES, Vec::new()).await?;
    act().await?;
    let frames = window.0.execute("cancelAnimationFrame(window.counting); return window.frames", Vec::new()).await?;
    let mut frames: Vec<f64> = frames.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    frames.sort_by(f64::total_cmp);
    let at = |part: usize| frames.get(frames.len() * part / 100).or(frames.last()).copied().unwrap_or_default();
    println!(
        "{what}: {} frames, median {:.1} ms, p95 {:.1} ms, longest {:.1} ms; {} nodes",
        frames.len(),
        at(50),
        at(95),
        at(100),
        nodes(window).await?
    );
    Ok(())
}
