//! The disk under the history is full, before a deployment and in the middle of one.
//!
//! A file system of a few mebibytes, really filled.

use super::{HEALTH, history, is_told, serving_from, state};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use switchback_tests::{cli::Desk, daemon::unmount_under, engine::EngineKind, part::PartError, port, shop::Shop};
use tokio::io::{AsyncBufReadExt as _, BufReader};

/// A small disk mounted at a folder; unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, mebibytes: u32) -> Result<Self, PartError> {
        std::fs::create_dir_all(at).map_err(PartError::io("make a mount point"))?;
        let size = format!("size={mebibytes}m,mode=700");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "switchback-test"]).arg(at).output();
        let done = done.map_err(PartError::io("mount a small disk"))?;
        if done.status.success() {
            return Ok(Self(at.to_owned()));
        }
        let how = format!("run the live tests as root: {}", String::from_utf8_lossy(&done.stderr));
        Err(PartError::Missing { what: "the right to mount a small disk".to_owned(), how })
    }

    /// Fills it to the last byte; if so asked, of the room too that is kept for what has begun.
    fn fill(&self, all: bool) -> Result<(), PartError> {
        if all {
            std::fs::remove_file(self.0.join("history.db.reserve")).map_err(PartError::io("take the reserve"))?;
        }
        let mut file = File::create(self.filler()).map_err(PartError::io("fill the disk"))?;
        let mut piece = vec![0; 64 * 1024];
        while !piece.is_empty() {
            if file.write_all(&piece).is_err() {
                piece.truncate(piece.len() / 2);
            }
        }
        Ok(())
    }

    /// Makes room again.
    fn clear(&self) -> Result<(), PartError> {
        std::fs::remove_file(self.filler()).map_err(PartError::io("clear the disk"))
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        unmount_under(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_under_the_history_refuses_a_deployment_before_it_begins() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let small = SmallDisk::mount(&desk.home(), 16)?;
    let (shop, _) = serving_from(desk, EngineKind::Current).await?;
    let (before, past) = (state(&shop).await?, history(&shop).await?);

    small.fill(false)?;
    let answer = shop.deploy("1.1").await?.exits(1);
    is_told(&answer, "disk_full", &[], &["disk"]);
    assert_eq!(shop.running().await?, before.running);
    let answer = shop.desk.given("value", ["secret", "set", "api/key"]).await?;
    assert_ne!(answer.code, 0, "what cannot be noted is not said to be done: {}", answer.stdout);

    small.clear()?;
    assert_eq!((state(&shop).await?, history(&shop).await?), (before, past));
    let _ = shop.deploy("1.1").await?.exits(0);
    Ok(())
}

/// Empties SQLite's log, which otherwise keeps the room it once had.
async fn log_emptied(desk: &Desk) {
    let file = SqliteConnectOptions::new().filename(desk.home().join("history.db"));
    let mut by_hand = SqliteConnection::connect_with(&file).await.expect("the history");
    sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut by_hand).await.expect("a checkpoint");
    by_hand.close().await.expect("an end");
}

/// Deploys, and fills the disk as soon as the new one runs: the old one is stopped, and the journal must go on. The exit
/// code and what was said.
async fn filled_amid(
    shop: &Shop,
    version: &str,
    small: &SmallDisk,
    all: bool,
) -> Result<(Option<i32>, Vec<String>), PartError> {
    let mut command = shop.desk.surroundings(shop.desk.program());
    command.args(["--output", "json", "deploy", "checkout", "production", version]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut deploying = command.spawn().map_err(PartError::io("start switchback"))?;
    let mut lines = deploying.stderr.take().map(|stderr| BufReader::new(stderr).lines()).unwrap();
    let mut said = Vec::new();
    while let Ok(Some(line)) = lines.next_line().await {
        if line.contains("done") && line.contains(" start ") {
            log_emptied(&shop.desk).await;
            small.fill(all)?;
        }
        said.push(line);
    }
    Ok((deploying.wait().await.map_err(PartError::io("wait for switchback"))?.code(), said))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_up_amid_a_deployment_stops_none_that_has_begun() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let small = SmallDisk::mount(&desk.home(), 16)?;
    let (shop, port) = serving_from(desk, EngineKind::Current).await?;
    let patient = HEALTH.replace("within: 10s", "delay: 3s, within: 20s");
    let _ = shop.desk.apply(&shop.policy(port, &["strategy: recreate", &patient], "")).await?.exits(0);

    let (code, said) = filled_amid(&shop, "1.1", &small, false).await?;
    assert_eq!(code, Some(0), "it is noted to its end in the room that was kept: {said:#?}");
    assert!(!small.0.join("history.db.reserve").exists(), "it was needed");
    assert_eq!(shop.current().await?.1, "1.1");
    let refused = shop.deploy("1.0").await?.exits(1);
    is_told(&refused, "disk_full", &[], &["disk"]);

    // Even that room is taken: it stands where its journal says, and goes on once there is some.
    small.clear()?;
    let _ = shop.deploy("1.0").await?.exits(0);
    let (code, said) = filled_amid(&shop, "1.1", &small, true).await?;
    assert_eq!(code, Some(5), "{said:#?}");
    let error: serde_json::Value = serde_json::from_str(said.last().map_or("", String::as_str)).unwrap_or_default();
    assert_eq!(error["code"], "stuck", "{said:#?}");
    assert!(error["causes"][0].as_str().is_some_and(|said| said.contains("no room left on the disk")), "{error:#}");
    assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("switchback resume")), "{error:#}");
    small.clear()?;
    assert_eq!(history(&shop).await?[0]["outcome"]["kind"], "running", "it is seen, and it is not over");
    let refused = shop.deploy("1.0").await?.exits(3);
    is_told(&refused, "unfinished", &["target", "deployment"], &[]);
    let _ = shop.desk.run(["resume"]).await?.exits(0);
    assert_eq!(history(&shop).await?[0]["outcome"]["kind"], "succeeded");
    assert_eq!(shop.current().await?.1, "1.1");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_that_does_not_fit_on_the_disk_is_named_and_leaves_nothing_half() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let _disk = SmallDisk::mount(&desk.home(), 16)?;
    let port = port::free();
    for (version, size) in [("1.0", 10), ("2.0", 12 * 1024 * 1024)] {
        let folder = desk.folder().join(version);
        std::fs::create_dir(&folder).map_err(PartError::io("make a release"))?;
        std::fs::write(folder.join("index.html"), version).map_err(PartError::io("make a release"))?;
        std::fs::write(folder.join("data"), vec![b'x'; size]).map_err(PartError::io("make a release"))?;
    }
    let policy = format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments: {{ production: {{ zone: UTC }} \
         }}\ntargets:\n  web/production:\n    process: {{ run: [\"/bin/busybox\", \"httpd\", \"-f\", \"-p\", \
         \"127.0.0.1:{{port}}\", \"-h\", \"{{release}}\"], port: {port} }}\n    strategy: recreate\n    health: {{ http: /, \
         within: 10s, every: 200ms }}\n    grace: 1s\n"
    );
    let _ = desk.apply(&policy).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    let kept = |desk: &Desk| {
        let folder = desk.home().join("process/releases");
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect::<Vec<_>>()
    };
    let before = kept(&desk);
    let answer = desk.run(["deploy", "web", "production", "2.0"]).await?.exits(1);
    assert_eq!(answer.text("/diagnosis/cause"), "disk_full", "{:#}", answer.json);
    assert!(answer.text("/state/cause").contains("No space left"), "{:#}", answer.json);
    assert_eq!(kept(&desk), before, "no half copy");
    let status = desk.run(["status"]).await?.exits(0);
    assert_eq!(status.text("/rows/0/cells/0/current/version"), "1.0");
    assert_eq!(status.text("/rows/0/cells/0/health/kind"), "healthy", "{:#}", status.json);
    let verdict = desk.run(["audit", "verify"]).await?.exits(0);
    assert_eq!(verdict.text("/kind"), "intact");
    Ok(())
}
