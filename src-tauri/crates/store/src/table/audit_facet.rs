//! Who did what where, counted at each append: any filter of these is counted by adding up a few rows, and a page of
//! several facets is merged from their sorted numbers.
//!
//! The combinations that ever occurred are few (people times actions times environments), whatever the entries.

use crate::{column::count, fault::Fault, table::audit::HOUR};
use sqlx::SqliteConnection;
use switchback_core::port::AuditFilter;

/// One combination that occurred.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Facet {
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// Where; empty for entries of no environment.
    pub environment: String,
    /// How often.
    pub entries: i64,
}

/// Counts one more.
pub async fn add(
    on: &mut SqliteConnection,
    actor: &str,
    action: &str,
    environment: Option<&str>,
    milestone: bool,
) -> Result<(), Fault> {
    sqlx::query(
        "insert into audit_facet (actor, action, environment, milestone, entries) values (?, ?, ?, ?, 1)
         on conflict (actor, action, environment) do update set entries = entries + 1",
    )
    .bind(actor)
    .bind(action)
    .bind(environment.unwrap_or_default())
    .bind(milestone)
    .execute(on)
    .await?;
    Ok(())
}

/// Whether all entries are counted, and the hours reach from the first to the last.
pub async fn is_whole(on: &mut SqliteConnection) -> Result<bool, Fault> {
    Ok(sqlx::query_scalar(
        "select last = 0 or ((select coalesce(sum(entries), 0) from audit_facet) >= last
           and (select coalesce(min(first_seq), 0) = 1 and max(last_seq) >= last from audit_hour))
         from (select coalesce(max(seq), 0) as last from audit)",
    )
    .fetch_one(on)
    .await?)
}

/// Counts all entries, and finds their hours, anew. In a transaction.
pub async fn recount(on: &mut SqliteConnection) -> Result<(), Fault> {
    sqlx::query("delete from audit_facet").execute(&mut *on).await?;
    sqlx::query(
        "insert into audit_facet (actor, action, environment, milestone, entries)
         select actor, action, coalesce(environment, ''), max(milestone), count(*) from audit group by 1, 2, 3",
    )
    .execute(&mut *on)
    .await?;
    sqlx::query("delete from audit_hour").execute(&mut *on).await?;
    sqlx::query(
        "insert into audit_hour (hour, first_seq, last_seq) select at / ?, min(seq), max(seq) from audit group by 1",
    )
    .bind(HOUR)
    .execute(on)
    .await?;
    Ok(())
}

/// The combinations a filter lets through; its words and times are not looked at.
pub async fn matching(on: &mut SqliteConnection, filter: &AuditFilter) -> Result<Vec<Facet>, Fault> {
    Ok(sqlx::query_as(
        "select actor, action, environment, entries from audit_facet
         where (?1 is null or actor = ?1) and (?2 is null or substr(action, 1, length(?2)) = ?2)
           and (?3 is null or environment = ?3) and milestone >= ?4",
    )
    .bind(filter.who.as_deref())
    .bind(filter.action.as_deref())
    .bind(filter.environment.as_deref())
    .bind(filter.milestones_only)
    .fetch_all(on)
    .await?)
}

/// How many entries they hold together.
pub fn entries(facets: &[Facet]) -> u64 {
    count(facets.iter().map(|facet| facet.entries).sum())
}

/// Stands for milestones in the search index. A mark first, as no word of a text begins with it.
pub const MILESTONE: &str = "_milestone";

/// The words that stand for an entry's facets in the search index.
pub fn words(actor: &str, action: &str, environment: Option<&str>, milestone: bool) -> String {
    let facets = [word('a', actor), word('x', action), word('e', environment.unwrap_or_default())].join(" ");
    if milestone { format!("{facets} {MILESTONE}") } else { facets }
}

/// One facet's word. Hexadecimal, so that it is one word.
pub fn word(letter: char, value: &str) -> String {
    format!("_{letter}{}", crate::chain::hex(value.as_bytes()))
}
