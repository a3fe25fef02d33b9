//! Pages of the history and of the audit with 1,000 and with 1,000,000 deployments, and the audit's check beside
//! `sha256sum` over the same bytes.
//!
//! One deployment is really made; the store then gets as many audit entries, each chained as any other, is checked, and
//! gets copies of the deployment's rows, which nobody audited. What is timed are the use cases the window calls. A search
//! that finds less than a page among the few entries and a full page among the many is held to the time of a frame alone:
//! reading ninety rows more is no growth of the search. `cargo bench -p switchback-tests --bench history`;
//! the large one takes some minutes and about 10 GB of disk to fill.

use nix::sys::signal::Signal;
use sqlx::{
    AssertSqlSafe, Connection as _, Row as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};
use switchback_api::{
    App,
    dto::{AuditFilter, AuditVerdict},
};
use switchback_core::{ident::Actor, port::Ledger as _, record::Audit};
use switchback_store::Store;
use switchback_tests::{
    checkout::{self, TARGET},
    measure::{Promises, Times, ratio},
    processes,
};
use switchback_wiring::{Options, errand, open};

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

const SMALL: u64 = 1_000;
const LARGE: u64 = 1_000_000;
/// Longest time for any page: one frame of a window.
const FRAME: Duration = Duration::from_millis(16);
/// Pages asked for in a row, half of them from the newest on, half from the far end.
const PAGES: usize = 1_000;

fn main() -> Done<ExitCode> {
    if let Some(code) = errand() {
        return Ok(code);
    }
    tokio::runtime::Runtime::new()?.block_on(run())
}

/// A home with so many audit entries and one deployment.
async fn made(folder: &Path, entries: u64) -> Done<PathBuf> {
    let home = checkout::deployed(folder, env!("CARGO_BIN_EXE_demo-server")).await?;
    audited(&home.join("history.db"), entries).await?;
    Ok(home)
}

async fn opened(home: &Path) -> Done<App> {
    Ok(open(Options { home: Some(home.to_owned()), client: "bench" }).await?.app)
}

/// Adds audit entries one by one, as they are always added. Each is safe on disk before the next: where there is a file
/// system in memory, that is done there.
async fn audited(database: &Path, entries: u64) -> Done {
    let memory = Path::new("/dev/shm");
    let quick = if memory.is_dir() { tempfile::tempdir_in(memory)? } else { tempfile::tempdir()? };
    let parts = |folder: &Path| -> Done<Vec<PathBuf>> {
        Ok(std::fs::read_dir(folder)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.is_file())
            .collect())
    };
    let from = database.parent().ok_or("a folder")?;
    for part in parts(from)? {
        std::fs::copy(&part, quick.path().join(part.file_name().unwrap_or_default()))?;
    }
    let store = Store::open(&quick.path().join("history.db"), None).await?;
    // Such as tell of no deployment: there is none that they could be of.
    let actions = ["deploy.step-started", "deploy.step-done", "deploy.probed", "deploy.shown", "deploy.served"];
    for number in 0..usize::try_from(entries)? {
        let by = ["amara", "bo", "chen", "agent"][number / 5 % 4];
        let audit = Audit {
            by: Actor { name: by.to_owned(), origin: "cli, laptop".to_owned() },
            action: actions[number % 5].to_owned(),
            subject: format!("service-{} 2.{}.{}", number % 8, number / 3 % 2, number % 97),
            environment: Some(["production", "staging", "test"][number / 7 % 3].to_owned()),
            why: "friday's release".to_owned(),
            before: serde_json::json!({ "revision": number }),
            after: serde_json::json!({ "revision": number + 1 }),
        };
        store.note(&audit).await?;
    }
    store.close().await;
    // A reader that was the last to close leaves the write-ahead log behind; beside the new file it would be read over it.
    for part in parts(from)? {
        std::fs::remove_file(part)?;
    }
    for part in parts(quick.path())? {
        std::fs::copy(&part, from.join(part.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

/// Copies the one deployment and its revision, a minute after each other.
async fn deployed(database: &Path, copies: u64) -> Done {
    const BLOCK: u64 = 20_000;
    let options = SqliteConnectOptions::new().filename(database).journal_mode(SqliteJournalMode::Wal);
    let mut raw = SqliteConnection::connect_with(&options.synchronous(SqliteSynchronous::Off)).await?;
    for from in (1..=copies).step_by(usize::try_from(BLOCK)?) {
        let to = copies.min(from + BLOCK - 1);
        let copy = format!(
            "begin;
             create temporary table n as with recursive s(k) as (select {from} union all select k + 1 from s where k < {to})
               select k from s;
             insert into revision select service, environment, 1 + k, '1.' || k, workload, digest from revision, n
               where revision = 1;
             insert into deployment select printf('%08x-0000-7000-8000-%012x', k, k), service, environment, kind, 1 + k, k,
               '1.' || k, '1.' || (k - 1), reason, by, plan, state, state_name, started + k * 60000000000,
               ended + k * 60000000000, turned from deployment, n where revision = 1;
             insert into arrival select service, environment, 1 + k, at + k * 60000000000,
               printf('%08x-0000-7000-8000-%012x', k, k) from arrival, n where revision = 1;
             drop table n;
             commit;
             pragma wal_checkpoint(truncate);"
        );
        sqlx::raw_sql(AssertSqlSafe(copy)).execute(&mut raw).await?;
    }
    let count = format!("update target set deployments = {}, revision = {0}, version = '1.{copies}'", copies + 1);
    sqlx::raw_sql(AssertSqlSafe(count)).execute(&mut raw).await?;
    Ok(raw.close().await?)
}

/// One world's pages of one kind.
struct Walk<'a> {
    app: &'a App,
    cursor: Option<String>,
    times: Times,
    /// How full the fullest page was.
    rows: usize,
}

impl<'a> Walk<'a> {
    fn through(app: &'a App) -> Self {
        Self { app, cursor: None, times: Times::default(), rows: 0 }
    }

    async fn history(&mut self) -> Done {
        let began = Instant::now();
        let page = self.app.history(TARGET, self.cursor.as_deref(), 50).await?;
        self.times.add(began.elapsed());
        assert!(!page.entries.is_empty());
        self.rows = self.rows.max(page.entries.len());
        self.cursor = page.next;
        Ok(())
    }

    async fn audit(&mut self, filter: &AuditFilter, number: usize) -> Done {
        let began = Instant::now();
        let page = self.app.audit(AuditFilter { cursor: self.cursor.take(), ..filter.clone() }).await?;
        self.times.add(began.elapsed());
        self.rows = self.rows.max(page.entries.len());
        // Every other page is a jump towards the far end: a cursor is the number of an entry.
        self.cursor = page.next.and_then(|next| {
            let entry: u64 = next.parse().ok()?;
            Some(if number.is_multiple_of(2) { entry * 97 / 100 } else { entry }.to_string())
        });
        Ok(())
    }
}

/// Both worlds' pages of one kind.
struct Asked<'a> {
    name: &'static str,
    few: Walk<'a>,
    many: Walk<'a>,
}

impl<'a> Asked<'a> {
    fn of(name: &'static str, few: &'a App, many: &'a App) -> Self {
        Self { name, few: Walk::through(few), many: Walk::through(many) }
    }
}

fn searches() -> Vec<(&'static str, AuditFilter)> {
    let blank = || AuditFilter { every_step: true, ..AuditFilter::default() };
    let some = |text: &str| Some(text.to_owned());
    let words = |text: &str| AuditFilter { search: text.to_owned(), ..blank() };
    vec![
        ("audit, all", blank()),
        ("audit, milestones", AuditFilter::default()),
        ("audit, who", AuditFilter { who: some("chen"), ..blank() }),
        ("audit, action", AuditFilter { action: some("deploy."), ..blank() }),
        (
            "audit, who, action, where",
            AuditFilter { who: some("bo"), action: some("deploy.s"), environment: some("test"), ..blank() },
        ),
        ("audit, a word", words("service-7")),
        ("audit, a word in all", words("deploy")),
        ("audit, a prefix", AuditFilter { search: "serv".to_owned(), ..AuditFilter::default() }),
        ("audit, a letter", words("s")),
        ("audit, a word and who", AuditFilter { who: some("agent"), ..words("2.1") }),
        ("audit, two words and where", AuditFilter { environment: some("test"), ..words("2.0 friday") }),
        ("audit, a rare word", words("2.1.14")),
        ("audit, a rare word and who", AuditFilter { who: some("agent"), ..words("2.1.14") }),
        ("audit, two rare words", words("service-3 2.0.55")),
        ("audit, nothing found", words("absent")),
    ]
}

/// All that both worlds are asked, page by page in turn, so that whatever else the machine does falls on both.
async fn asked<'a>(few: &'a App, many: &'a App) -> Done<Vec<Asked<'a>>> {
    let mut history = Asked::of("history", few, many);
    for _ in 0..PAGES {
        history.few.history().await?;
        history.many.history().await?;
    }
    let mut all = vec![history];
    for (name, filter) in searches() {
        let mut audit = Asked::of(name, few, many);
        for number in 0..PAGES {
            audit.few.audit(&filter, number).await?;
            audit.many.audit(&filter, number).await?;
        }
        all.push(audit);
    }
    Ok(all)
}

/// Checks the chain, and lets `sha256sum` read the same bytes.
async fn verified(folder: &Path, home: &Path) -> Done {
    let app = opened(home).await?;
    let began = Instant::now();
    let verdict = app.audit_verify().await?;
    let ours = began.elapsed();
    let AuditVerdict::Intact { entries, .. } = verdict else { return Err(format!("{verdict:?}").into()) };
    let file = folder.join("bytes");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&file)?);
    let mut raw =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(home.join("history.db"))).await?;
    let sql =
        "select seq || at || actor || origin || action || subject || coalesce(environment, '') || why || before ||
        after || prev_hash as bytes from audit where seq > ? order by seq limit 10000";
    let mut last = 0_i64;
    loop {
        let rows = sqlx::query(sql).bind(last).fetch_all(&mut raw).await?;
        if rows.is_empty() {
            break;
        }
        last += i64::try_from(rows.len())?;
        for row in rows {
            out.write_all(row.get::<String, _>(0).as_bytes())?;
        }
    }
    out.flush()?;
    let began = Instant::now();
    let status = Command::new("sha256sum").arg(&file).stdout(std::process::Stdio::null()).status()?;
    let theirs = began.elapsed();
    assert!(status.success());
    let bytes = std::fs::metadata(&file)?.len();
    println!(
        "audit verify: {entries} entries in {ours:.2?}; sha256sum over their {} MB: {theirs:.2?}; ratio {:.1}",
        bytes / 1_000_000,
        ratio(ours, theirs)
    );
    Ok(())
}

async fn run() -> Done<ExitCode> {
    let mut promises = Promises::default();
    let (few, many) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let small = made(few.path(), SMALL).await?;
    deployed(&small.join("history.db"), SMALL).await?;
    let began = Instant::now();
    let large = made(many.path(), LARGE).await?;
    println!("filled with {LARGE} audit entries in {:.0?}", began.elapsed());
    verified(many.path(), &large).await?;
    deployed(&large.join("history.db"), LARGE).await?;
    println!("and with {LARGE} deployments after {:.0?}", began.elapsed());
    let (small, large) = (opened(&small).await?, opened(&large).await?);
    println!("{:<28} {SMALL:>12} {:>5} {LARGE:>12} {:>5} {:>7}", "p99 of a page", "rows", "rows", "ratio");
    let asked = asked(&small, &large).await?;
    for Asked { name, few, many } in &asked {
        let (short, long) = (few.times.percentile(99), many.times.percentile(99));
        let times = ratio(long, short);
        println!("{name:<28} {short:>12.2?} {:>5} {long:>12.2?} {:>5} {times:>6.1}x", few.rows, many.rows);
    }
    for Asked { name, few, many } in &asked {
        let (short, long) = (few.times.percentile(99), many.times.percentile(99));
        promises.hold(long <= FRAME, format!("{name}: within {FRAME:?}: {long:.2?}"));
        if few.rows == many.rows {
            promises.hold(long <= short * 2, format!("{name}: at most twice: {:.1}", ratio(long, short)));
        }
    }
    for folder in [few.path(), many.path()] {
        processes::signal_all_of(folder, Signal::SIGKILL);
    }
    Ok(promises.exit())
}
