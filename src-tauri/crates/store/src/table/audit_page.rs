//! Pages of the audit, by filter and by words, whose cost does not grow with the audit.
//!
//! A page is first found as numbers from one index, then read. A span of time is turned into a span of numbers by the
//! hours' table; a prefix of an action into the few actions that begin so. Totals come from counts kept at each
//! append; for several filters together, a span or a search they are counted, up to [`COUNTED`].

use crate::{
    column::{count, nanos},
    fault::{Fault, not_found},
    table::audit::{Row, hour},
};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use switchback_core::port::{AuditFilter, AuditRow, Page};

/// As far as matches are counted when no kept count answers: nobody reads on for 10 000 rows.
pub const COUNTED: i64 = 10_000;

/// Most words of a search that are looked at.
const WORDS: usize = 16;

/// Numbers `from..until`.
struct Span {
    from: i64,
    until: i64,
}

/// A page, newest first; the cursor is the last row's number.
pub async fn page(
    on: &mut SqliteConnection,
    filter: &AuditFilter,
    cursor: Option<&str>,
    limit: u32,
) -> Result<Page<AuditRow>, Fault> {
    let limit = i64::from(limit.clamp(1, 1000));
    let whole = span(on, filter).await?;
    let until =
        cursor.map(|cursor| cursor.parse::<i64>().map_err(|_| not_found(format!("page {cursor:?}")))).transpose()?;
    let here = Span { from: whole.from, until: until.map_or(whole.until, |until| until.min(whole.until)) };
    let mut found = numbers(on, filter, &here, limit + 1).await?;
    let more = i64::try_from(found.len()).unwrap_or(i64::MAX) > limit;
    if more {
        found.pop();
    }
    let next = found.last().filter(|_| more).map(ToString::to_string);
    let rows: Vec<Row> = sqlx::query_as(
        "select seq, at, actor, origin, action, subject, environment, why, before, after, prev_hash, hash, signature,
           signed_by from audit where seq in (select value from json_each(?)) order by seq desc",
    )
    .bind(serde_json::to_string(&found)?)
    .fetch_all(&mut *on)
    .await?;
    let rows = rows.into_iter().map(Row::into_audit).collect::<Result<_, _>>()?;
    Ok(Page { rows, next, total: total(on, filter, &whole).await? })
}

/// The numbers that a span of time can lie in. The exact times are compared beside it.
async fn span(on: &mut SqliteConnection, filter: &AuditFilter) -> Result<Span, Fault> {
    let mut span = Span { from: 1, until: i64::MAX };
    if let Some(since) = filter.since {
        let first: Option<i64> = sqlx::query_scalar("select min(first_seq) from audit_hour where hour >= ?")
            .bind(hour(nanos(since)))
            .fetch_one(&mut *on)
            .await?;
        span.from = first.unwrap_or(i64::MAX);
    }
    if let Some(until) = filter.until {
        let last: Option<i64> = sqlx::query_scalar("select max(last_seq) from audit_hour where hour <= ?")
            .bind(hour(nanos(until)))
            .fetch_one(on)
            .await?;
        span.until = last.map_or(0, |last| last + 1);
    }
    Ok(span)
}

/// The newest matching numbers, newest first.
async fn numbers(on: &mut SqliteConnection, filter: &AuditFilter, span: &Span, limit: i64) -> Result<Vec<i64>, Fault> {
    let Some(prefix) = filter.action.as_deref().filter(|_| filter.search.trim().is_empty()) else {
        return Ok(select(filter, None, span, limit).build_query_scalar().fetch_all(on).await?);
    };
    // Each action's numbers lie sorted in one index; the newest of all are among the newest of each.
    let mut all: Vec<i64> = Vec::new();
    for action in actions(on, prefix, filter.milestones_only).await? {
        let some: Vec<i64> =
            select(filter, Some(&action), span, limit).build_query_scalar().fetch_all(&mut *on).await?;
        all.extend(some);
    }
    all.sort_unstable_by(|one, other| other.cmp(one));
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(all)
}

/// The distinct actions that begin with a prefix: a few dozen at most.
async fn actions(on: &mut SqliteConnection, prefix: &str, milestones_only: bool) -> Result<Vec<String>, Fault> {
    Ok(sqlx::query_scalar(
        "select distinct value from audit_count
         where facet = 'action' and substr(value, 1, length(?1)) = ?1 and milestone >= ?2",
    )
    .bind(prefix)
    .bind(milestones_only)
    .fetch_all(on)
    .await?)
}

/// The query for numbers. `action` is one exact action.
fn select(filter: &AuditFilter, action: Option<&str>, span: &Span, limit: i64) -> QueryBuilder<Sqlite> {
    let words = words(filter);
    let mut query = QueryBuilder::new("");
    match words {
        None => {
            query.push("select seq from audit where seq >= ").push_bind(span.from);
            query.push(" and seq < ").push_bind(span.until);
            narrow(&mut query, filter, action);
            if filter.milestones_only && action.is_none() {
                query.push(" and milestone = 1");
            }
            query.push(" order by seq desc limit ").push_bind(limit);
        }
        Some(words) => {
            query.push("select rowid from audit_text where audit_text match ").push_bind(words);
            query.push(" and rowid >= ").push_bind(span.from);
            query.push(" and rowid < ").push_bind(span.until);
            if narrows(filter) {
                query.push(" and exists (select 1 from audit where seq = audit_text.rowid");
                narrow(&mut query, filter, None);
                query.push(")");
            }
            query.push(" order by rowid desc limit ").push_bind(limit);
        }
    }
    query
}

/// Whether anything but words and milestones is asked for.
fn narrows(filter: &AuditFilter) -> bool {
    let AuditFilter { who, action, environment, since, until, .. } = filter;
    who.is_some() || action.is_some() || environment.is_some() || since.is_some() || until.is_some()
}

fn narrow(query: &mut QueryBuilder<Sqlite>, filter: &AuditFilter, action: Option<&str>) {
    if let Some(who) = &filter.who {
        query.push(" and actor = ").push_bind(who.clone());
    }
    if let Some(environment) = &filter.environment {
        query.push(" and environment = ").push_bind(environment.clone());
    }
    if let Some(action) = action {
        query.push(" and action = ").push_bind(action.to_owned());
    } else if let Some(prefix) = &filter.action {
        query.push(" and substr(action, 1, length(").push_bind(prefix.clone());
        query.push(")) = ").push_bind(prefix.clone());
    }
    if let Some(since) = filter.since {
        query.push(" and at >= ").push_bind(nanos(since));
    }
    if let Some(until) = filter.until {
        query.push(" and at < ").push_bind(nanos(until));
    }
}

/// The search in FTS5's language: each word quoted, so that none of it is an operator, and a prefix. `None` when
/// nothing is searched for.
fn words(filter: &AuditFilter) -> Option<String> {
    let words: Vec<String> = filter
        .search
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .take(WORDS)
        .map(|word| format!("\"{}\"*", word.replace('"', "\"\"").replace('\0', "")))
        .collect();
    if words.is_empty() {
        return None;
    }
    // FTS5's operators are upper case by definition.
    let milestones = if filter.milestones_only { " AND kind : milestone" } else { "" };
    Some(format!("words : ({}){milestones}", words.join(" AND ")))
}

/// How many match: kept counts where one facet answers, else counted up to [`COUNTED`].
async fn total(on: &mut SqliteConnection, filter: &AuditFilter, span: &Span) -> Result<u64, Fault> {
    let AuditFilter { who, action, environment, .. } = filter;
    let facet = match (who, action, environment) {
        (None, None, None) => Some(("all", "")),
        (Some(who), None, None) => Some(("actor", who.as_str())),
        (None, Some(prefix), None) => Some(("action", prefix.as_str())),
        (None, None, Some(environment)) => Some(("environment", environment.as_str())),
        _ => None,
    };
    let whole = words(filter).is_none() && filter.since.is_none() && filter.until.is_none();
    if let Some((facet, value)) = facet.filter(|_| whole) {
        let prefix = facet == "action";
        let entries = sqlx::query_scalar(
            "select coalesce(sum(entries), 0) from audit_count where facet = ?1 and milestone >= ?3
               and case when ?4 then substr(value, 1, length(?2)) = ?2 else value = ?2 end",
        )
        .bind(facet)
        .bind(value)
        .bind(filter.milestones_only)
        .bind(prefix)
        .fetch_one(on)
        .await?;
        return Ok(count(entries));
    }
    let found = numbers(on, filter, span, COUNTED).await?;
    Ok(u64::try_from(found.len()).unwrap_or(u64::MAX))
}
