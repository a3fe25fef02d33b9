//! The audit's search index: the words of each entry, and its facets as words beside them.

use crate::{
    chain::Link,
    fault::Fault,
    table::{
        audit::{self, milestone},
        audit_facet,
    },
    words,
};
use sqlx::{Connection as _, SqliteConnection};

/// Entries of one transaction when many are indexed.
const BLOCK: i64 = 5_000;

/// Entries behind which gathering the index may be worth it.
const FEW: i64 = 1_000;

/// Pages of the index that one transaction gathers: some 30 ms.
const STEP: i64 = 500;

/// Indexes an entry.
pub async fn insert(on: &mut SqliteConnection, link: &Link<'_>) -> Result<(), Fault> {
    let environment = link.environment;
    let all = [link.actor, link.action, link.subject, environment.unwrap_or_default(), link.why].join("\n");
    let facets = audit_facet::words(link.actor, link.action, environment, milestone(link.action));
    sqlx::query("insert into audit_text (rowid, words) values (?, ?)")
        .bind(link.seq)
        .bind(words::indexed(&all) + " " + &facets)
        .execute(on)
        .await?;
    Ok(())
}

/// Whether entries are not indexed yet: all of them after the index was made anew.
pub async fn behind(on: &mut SqliteConnection) -> Result<bool, Fault> {
    let query =
        "select coalesce((select max(seq) from audit), 0) > coalesce((select max(id) from audit_text_docsize), 0)";
    Ok(sqlx::query_scalar(query).fetch_one(on).await?)
}

/// Whether the index is in many parts: each append adds one, of which only those of a size are joined, and a search looks
/// into each. Where an eighth came since they were all joined, doing it again costs little beside the appending.
pub async fn is_scattered(on: &mut SqliteConnection) -> Result<bool, Fault> {
    let query = "select last - until >= max(?, last / 8) from
        (select coalesce(max(until), 0) as until from audit_text_gathered),
        (select coalesce(max(id), 0) as last from audit_text_docsize)";
    Ok(sqlx::query_scalar(query).bind(FEW).fetch_one(on).await?)
}

/// Joins some of the index's parts, from the beginning or further; whether there is more to join. In a transaction.
pub async fn gather(on: &mut SqliteConnection, from_beginning: bool) -> Result<bool, Fault> {
    let changes = "select total_changes()";
    let before: i64 = sqlx::query_scalar(changes).fetch_one(&mut *on).await?;
    sqlx::query("insert into audit_text (audit_text, rank) values ('merge', ?)")
        .bind(if from_beginning { -STEP } else { STEP })
        .execute(&mut *on)
        .await?;
    let after: i64 = sqlx::query_scalar(changes).fetch_one(&mut *on).await?;
    // The command itself counts as one: https://www.sqlite.org/fts5.html#the_merge_command
    let more = after - before >= 2;
    if !more {
        sqlx::query("delete from audit_text_gathered").execute(&mut *on).await?;
        let all = "insert into audit_text_gathered select coalesce(max(id), 0) from audit_text_docsize";
        sqlx::query(all).execute(on).await?;
    }
    Ok(more)
}

/// Indexes what is not yet. Cut short, the next call goes on.
pub async fn catch_up(on: &mut SqliteConnection) -> Result<(), Fault> {
    while behind(on).await? {
        let mut work = on.begin_with("begin immediate").await?;
        let indexed = "select coalesce(max(id), 0) from audit_text_docsize";
        let indexed: i64 = sqlx::query_scalar(indexed).fetch_one(&mut *work).await?;
        for row in audit::after(&mut work, indexed, BLOCK).await? {
            insert(&mut work, &row.link()?).await?;
        }
        work.commit().await?;
    }
    Ok(())
}
