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
