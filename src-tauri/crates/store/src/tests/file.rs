//! Which files are opened, and that those which are not stay as they are.

use super::*;

#[tokio::test]
async fn a_database_of_a_newer_switchback_is_refused_and_untouched() {
    for sql in [
        "pragma user_version = 9999",
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
         values (9999, 'later', true, x'00', 0)",
    ] {
        let bench = Bench::new().await;
        bench.store.close().await;
        let mut raw = bench.raw().await;
        sqlx::query(sql).execute(&mut raw).await.unwrap();
        raw.close().await.unwrap();
        let before = std::fs::read(bench.path()).unwrap();
        let refused = Store::open(&bench.path(), None).await.err().unwrap();
        assert_eq!(refused, LedgerError::Newer { path: bench.path().display().to_string() });
        assert_eq!(std::fs::read(bench.path()).unwrap(), before);
    }
}

#[tokio::test]
async fn what_is_no_database_or_not_ours_is_refused_and_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("garbage.db");
    std::fs::write(&garbage, "my diary, volume one. ".repeat(100)).unwrap();
    let foreign = folder.path().join("foreign.db");
    let options = SqliteConnectOptions::new().filename(&foreign).create_if_missing(true);
    let mut raw = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("create table diary (page text)").execute(&mut raw).await.unwrap();
    raw.close().await.unwrap();
    for path in [garbage, foreign] {
        let before = std::fs::read(&path).unwrap();
        let refused = Store::open(&path, None).await.err().unwrap();
        assert!(matches!(refused, LedgerError::Unreadable { .. }), "{refused}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
    let nowhere = folder.path().join("missing").join("history.db");
    assert!(matches!(Store::open(&nowhere, None).await.err().unwrap(), LedgerError::Unreadable { .. }));
}

#[tokio::test]
async fn a_file_of_an_older_schema_is_copied_before_it_is_changed_and_its_entries_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut raw = SqliteConnection::connect_with(&options).await.unwrap();
    let mark = format!("pragma application_id = {}", crate::open::APPLICATION_ID);
    sqlx::query(AssertSqlSafe(mark)).execute(&mut raw).await.unwrap();
    crate::open::MIGRATIONS.run_direct(Some(9), &mut raw, false).await.unwrap();
    sqlx::raw_sql(
        "insert into audit (seq, at, actor, origin, action, subject, environment, why, before, after, prev_hash, hash,
           milestone) values (1, 0, 'amara', 'cli', 'deploy.started', 'checkout', null, 'why', 'null', 'null', '', '', 1)",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    raw.close().await.unwrap();
    let store = Store::open(&path, None).await.unwrap();
    let who = Some("amara".to_owned());
    for search in ["", "check"] {
        let filter = AuditFilter { search: search.to_owned(), who: who.clone(), ..AuditFilter::default() };
        assert_eq!(store.matching(&filter).await.unwrap().count, 1);
    }
    let copy = folder.path().join(format!("history.db.before-{}.bak", crate::open::newest()));
    let mut raw = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(copy)).await.unwrap();
    let versions: i64 = sqlx::query_scalar("select count(*) from _sqlx_migrations").fetch_one(&mut raw).await.unwrap();
    assert_eq!(versions, 9, "the copy is of the old schema");
}

#[tokio::test]
async fn two_processes_that_start_on_a_new_file_both_find_a_whole_schema() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let (one, two) = tokio::join!(Store::open(&path, None), Store::open(&path, None));
    let (one, two) = (one.unwrap(), two.unwrap());
    one.note(&entry("notify.tested", "one")).await.unwrap();
    two.note(&entry("notify.tested", "two")).await.unwrap();
    assert_eq!(one.generation().await.unwrap(), 2);
}

#[tokio::test]
async fn what_was_written_is_there_after_closing_and_marked_as_ours() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    let plan = deploy(&bench.store, &lease, 1, 1, "1.0.0").await;
    bench.store.close().await;
    let again = Store::open(&bench.path(), None).await.unwrap();
    assert_eq!(again.load(plan.deployment).await.unwrap().0, plan);
    let mut raw = bench.raw().await;
    let mark: i64 = sqlx::query_scalar("pragma application_id").fetch_one(&mut raw).await.unwrap();
    assert_eq!(mark, crate::open::APPLICATION_ID);
}

#[tokio::test]
async fn a_file_that_is_damaged_behind_its_first_page_is_said_to_be_by_whoever_reads_there() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    let plan = deploy(&bench.store, &lease, 1, 1, "1.0.0").await;
    bench.store.sound().await.unwrap();
    bench.store.close().await;
    bench.lose_table("deployment").await;
    let store = Store::open(&bench.path(), None).await.unwrap();
    let damaged = LedgerError::Unreadable { path: "history.db".to_owned(), why: "it is damaged".to_owned() };
    assert_eq!(store.deployment(plan.deployment).await.unwrap_err(), damaged);
    assert_eq!(store.verify().await.unwrap_err(), damaged);
    assert_eq!(store.unfinished().await.unwrap(), [], "an index of its own says so");
    assert_eq!(store.sound().await.unwrap_err(), damaged);
    store.close().await;
    bench.lose_table("audit").await;
    let path = bench.path().display().to_string();
    let refused = Store::open(&bench.path(), None).await.err().unwrap();
    assert_eq!(refused, LedgerError::Unreadable { path, why: "it is damaged".to_owned() });
}

#[tokio::test]
async fn what_is_counted_and_searched_beside_the_audit_is_made_anew_where_it_was_taken_away() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    deploy(&bench.store, &lease, 1, 1, "1.0.0").await;
    let who = AuditFilter { who: Some("amara".to_owned()), ..AuditFilter::default() };
    let since = AuditFilter { since: Some(at(0)), until: Some(at(60)), ..AuditFilter::default() };
    let found = async |store: &Store| {
        let page = store.audit(&since, None, 100).await.unwrap();
        (store.matching(&who).await.unwrap(), store.matching(&since).await.unwrap(), page.rows.len())
    };
    let before = found(&bench.store).await;
    assert!(before.0.count > 5 && before.2 > 5, "{before:?}");
    bench.store.close().await;
    bench.attack("delete from audit_text_gathered; delete from audit_hour; delete from audit_facet").await;
    let store = Store::open(&bench.path(), None).await.unwrap();
    assert_eq!(found(&store).await, before);
    assert!(matches!(store.verify().await.unwrap(), switchback_core::port::ChainVerdict::Intact { .. }));
}

#[tokio::test]
async fn a_full_disk_is_said_to_be_one() {
    let bench = Bench::new().await;
    let mut connection = bench.store.writer.acquire().await.unwrap();
    let pages: i64 = sqlx::query_scalar("pragma page_count").fetch_one(&mut *connection).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("pragma max_page_count = {pages}"))).execute(&mut *connection).await.unwrap();
    drop(connection);
    let mut big = entry("notify.tested", "big");
    big.why = "word ".repeat(100_000);
    assert_eq!(bench.store.note(&big).await.unwrap_err(), LedgerError::DiskFull);
    // The limit was the connection's own: as if somebody had made room.
    bench.store.note(&big).await.unwrap();
}

#[tokio::test]
async fn what_has_begun_is_noted_in_the_room_that_was_kept_for_it() {
    let bench = Bench::new().await;
    let reserve = crate::reserve::Reserve::beside(&bench.path());
    let kept = bench.folder.path().join("history.db.reserve");
    reserve.fill().await.unwrap();
    let full = std::cell::Cell::new(0);
    let write = || async {
        full.set(full.get() + 1);
        if kept.exists() { Err(LedgerError::DiskFull) } else { Ok(()) }
    };
    bench.store.at_any_cost(write).await.unwrap();
    assert_eq!((full.get(), kept.exists()), (2, false));
    // With nothing left to give, it is said.
    let never = || async { Err::<(), _>(LedgerError::DiskFull) };
    assert_eq!(bench.store.at_any_cost(never).await, Err(LedgerError::DiskFull));
    let lease = bench.lease().await;
    deploy(&bench.store, &lease, 1, 1, "1.0.0").await;
    assert!(kept.exists(), "a deployment begins with it whole");
}

#[tokio::test]
async fn a_transaction_that_the_file_ended_by_itself_does_not_bar_the_next() {
    let bench = Bench::new().await;
    let mut work = bench.store.write().await.unwrap();
    // As SQLite does on a full disk.
    sqlx::raw_sql("rollback").execute(work.on()).await.unwrap();
    assert!(work.commit().await.is_err());
    bench.store.note(&entry("notify.tested", "next")).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn every_file_is_its_owners_alone_and_one_that_was_not_becomes_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new().await;
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(bench.path(), open).unwrap();
    let again = Store::open(&bench.path(), None).await.unwrap();
    again.write().await.unwrap().commit().await.unwrap();
    let folder = bench.path().parent().unwrap().to_owned();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{} is {mode:o}", entry.path().display());
        seen += 1;
    }
    assert!(seen >= 4, "database, log, index and lock");
}

#[tokio::test]
async fn a_first_start_that_was_killed_in_its_first_transaction_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let (writes, path) = (folder.path().join("writes.db"), folder.path().join("history.db"));
    let options = SqliteConnectOptions::new().filename(&writes).create_if_missing(true);
    let mut connection =
        SqliteConnection::connect_with(&options.journal_mode(SqliteJournalMode::Delete)).await.unwrap();
    // More than the cache holds is written before the end, and its journal before that.
    let cut_off = "pragma user_version = 1; pragma cache_size = 1; begin; create table a (b); \
                   insert into a select randomblob(9000) from (values (1), (2), (3), (4), (5), (6), (7), (8), (9))";
    sqlx::raw_sql(cut_off).execute(&mut connection).await.unwrap();
    for suffix in ["", "-journal"] {
        std::fs::copy(with_suffix(&writes, suffix), with_suffix(&path, suffix)).unwrap();
    }
    assert!(std::fs::metadata(&path).unwrap().len() > 9000, "half of it is in the file");
    drop(Store::open(&path, None).await.unwrap());
    let mut kept = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    let there = "select count(*) from sqlite_master where name in ('a', 'deployment')";
    assert_eq!(sqlx::query_scalar::<_, i64>(there).fetch_one(&mut kept).await.unwrap(), 1);
}
