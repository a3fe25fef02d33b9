//! The audit's search index: the words of each entry, and its facets as words beside them.

use crate::{fault::Fault, table::audit_facet, words};
use sqlx::{Connection as _, SqliteConnection};

/// Entries of one transaction when many are indexed.
const BLOCK: i64 = 5_000;

/// What of an entry is searched.
#[derive(sqlx::FromRow)]
pub struct Text {
    /// Its number.
    pub seq: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Where.
    pub environment: Option<String>,
    /// Why.
    pub why: String,
    /// Shown without its steps.
    pub milestone: bool,
}

/// Indexes an entry.
pub async fn insert(on: &mut SqliteConnection, text: &Text) -> Result<(), Fault> {
    let environment = text.environment.as_deref();
    let all = [&text.actor, &text.action, &text.subject, environment.unwrap_or_default(), &text.why].join("\n");
    let facets = audit_facet::words(&text.actor, &text.action, environment, text.milestone);
    sqlx::query("insert into audit_text (rowid, words) values (?, ?)")
        .bind(text.seq)
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
        let missing: Vec<Text> = sqlx::query_as(
            "select seq, actor, action, subject, environment, why, milestone from audit
             where seq > (select coalesce(max(id), 0) from audit_text_docsize) order by seq limit ?",
        )
        .bind(BLOCK)
        .fetch_all(&mut *work)
        .await?;
        for text in &missing {
            insert(&mut work, text).await?;
        }
        work.commit().await?;
    }
    Ok(())
}
