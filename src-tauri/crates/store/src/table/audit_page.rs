//! Pages of the audit, by filter and by words, whose cost does not grow with the audit.
//!
//! A page is first found as numbers in an index, then read. A span of time becomes a span of numbers by the hours'
//! table; several facets become the few combinations that occurred, each sorted in one index, merged. Counts of facets
//! are added up from kept ones; a search or a span of time is counted only up to [`COUNTED`].

use crate::{
    column::{count, nanos},
    fault::{Fault, not_found},
    table::{
        audit::{Row, hour},
        audit_facet::{self, Facet, MILESTONE, word},
    },
    words::searched,
};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::collections::BTreeSet;
use switchback_core::port::{AuditFilter, AuditRow, Matching, Page};

/// As far as matches are counted when no kept count answers.
const COUNTED: i64 = 1000;

/// Most words of a search that are looked at.
const WORDS: usize = 16;

/// Most sorted runs that are merged. Behind more combinations than this lie so many entries that walking along them
/// finds a page soon.
const RUNS: usize = 128;

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
    let until =
        cursor.map(|cursor| cursor.parse::<i64>().map_err(|_| not_found(format!("page {cursor:?}")))).transpose()?;
    let facets = audit_facet::matching(on, filter).await?;
    if facets.is_empty() {
        return Ok(Page { rows: Vec::new(), next: None });
    }
    let mut here = span(on, filter).await?;
    here.until = until.map_or(here.until, |until| until.min(here.until));
    let words = searched(&filter.search, WORDS);
    let wanted = Wanted { filter, words: &words, facets: &facets };
    let mut found = numbers(on, &wanted, &here, limit + 1).await?;
    let more = i64::try_from(found.len()).unwrap_or(i64::MAX) > limit;
    if more {
        found.pop();
    }
    let next = found.last().filter(|_| more).map(ToString::to_string);
    let rows: Vec<Row> = sqlx::query_as(
        "select seq, at, actor, origin, action, subject, environment, why, before, after, prev_hash, hash, signature,
           signed_by, milestone from audit where seq in (select value from json_each(?)) order by seq desc",
    )
    .bind(serde_json::to_string(&found)?)
    .fetch_all(&mut *on)
    .await?;
    let rows = rows.into_iter().map(Row::into_audit).collect::<Result<_, _>>()?;
    Ok(Page { rows, next })
}

/// How many match: by the kept counts where those tell, else as far as [`COUNTED`]. SQLite counts: a thousand numbers handed
/// over one by one cost more than finding them.
pub async fn matching(on: &mut SqliteConnection, filter: &AuditFilter) -> Result<Matching, Fault> {
    let facets = audit_facet::matching(on, filter).await?;
    let words = searched(&filter.search, WORDS);
    if facets.is_empty() || words.is_empty() && filter.since.is_none() && filter.until.is_none() {
        return Ok(Matching { count: audit_facet::entries(&facets), whole: true });
    }
    let any = span(on, filter).await?;
    let mut query = QueryBuilder::new("select count(*) from (");
    Wanted { filter, words: &words, facets: &facets }.newest(&mut query, &any, COUNTED + 1);
    query.push(")");
    let found: i64 = query.build_query_scalar().persistent(false).fetch_one(on).await?;
    Ok(Matching { count: count(found.min(COUNTED)), whole: found <= COUNTED })
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

/// The newest matching numbers, newest first, at most `limit`.
async fn numbers(on: &mut SqliteConnection, wanted: &Wanted<'_>, span: &Span, limit: i64) -> Result<Vec<i64>, Fault> {
    let mut query = QueryBuilder::new("");
    wanted.newest(&mut query, span, limit);
    Ok(query.build_query_scalar().persistent(false).fetch_all(on).await?)
}

/// What a page is asked for.
struct Wanted<'a> {
    filter: &'a AuditFilter,
    words: &'a [String],
    /// Those the filter lets through.
    facets: &'a [Facet],
}

impl Wanted<'_> {
    /// The query of the newest matching numbers, newest first, at most `limit`.
    fn newest(&self, query: &mut QueryBuilder<Sqlite>, span: &Span, limit: i64) {
        if self.words.is_empty() {
            let runs = runs(self.filter, self.facets);
            for (index, run) in runs.iter().enumerate() {
                query.push(if index == 0 { "" } else { " union all " });
                query.push("select seq from (select seq from audit where seq >= ").push_bind(span.from);
                query.push(" and seq < ").push_bind(span.until);
                run.narrow(query);
                times(query, self.filter);
                query.push(" order by seq desc limit ").push_bind(limit);
                query.push(")");
            }
            query.push(" order by seq desc limit ").push_bind(limit);
        } else {
            search(query, self, span);
            query.push(" order by rowid desc limit ").push_bind(limit);
        }
    }
}

/// Entries that lie sorted by number in one index.
#[derive(Default)]
struct Run<'a> {
    actor: Option<&'a str>,
    action: Option<&'a str>,
    /// `Some("")` stands for entries of no environment.
    environment: Option<&'a str>,
    milestone: bool,
}

impl Run<'_> {
    fn narrow(&self, query: &mut QueryBuilder<Sqlite>) {
        if let Some(actor) = self.actor {
            query.push(" and actor = ").push_bind(actor.to_owned());
        }
        if let Some(action) = self.action {
            query.push(" and action = ").push_bind(action.to_owned());
        }
        if let Some(environment) = self.environment {
            query.push(" and environment is ").push_bind((!environment.is_empty()).then(|| environment.to_owned()));
        }
        if self.milestone {
            // Written out, because a partial index is only used where its condition stands in the query.
            query.push(" and milestone = 1");
        }
    }
}

/// The runs that together hold what the facets of a filter let through.
fn runs<'a>(filter: &'a AuditFilter, facets: &'a [Facet]) -> Vec<Run<'a>> {
    let (actor, environment) = (filter.who.as_deref(), filter.environment.as_deref());
    let actions: BTreeSet<&str> = facets.iter().map(|facet| facet.action.as_str()).collect();
    match (actor, environment, &filter.action) {
        (None, _, None) | (_, None, None) => {
            vec![Run { actor, environment, milestone: filter.milestones_only, action: None }]
        }
        (None, None, Some(_)) => {
            actions.into_iter().map(|action| Run { action: Some(action), ..Run::default() }).collect()
        }
        _ if facets.len() <= RUNS => facets
            .iter()
            .map(|facet| Run {
                actor: Some(&facet.actor),
                action: Some(&facet.action),
                environment: Some(&facet.environment),
                milestone: false,
            })
            .collect(),
        _ => actions
            .into_iter()
            .map(|action| Run { actor, action: Some(action), environment, milestone: false })
            .collect(),
    }
}

fn times(query: &mut QueryBuilder<Sqlite>, filter: &AuditFilter) {
    if let Some(since) = filter.since {
        query.push(" and at >= ").push_bind(nanos(since));
    }
    if let Some(until) = filter.until {
        query.push(" and at < ").push_bind(nanos(until));
    }
}

/// The search, with the facets as words of the same index.
fn search(query: &mut QueryBuilder<Sqlite>, wanted: &Wanted<'_>, span: &Span) {
    let Wanted { filter, words, facets } = wanted;
    let mut all: Vec<String> = words.iter().map(|word| format!("\"{word}\"*")).collect();
    if let Some(actor) = &filter.who {
        all.push(word('a', actor));
    }
    if let Some(environment) = &filter.environment {
        all.push(word('e', environment));
    }
    if filter.action.is_some() {
        let actions: BTreeSet<String> = facets.iter().map(|facet| word('x', &facet.action)).collect();
        all.push(format!("({})", Vec::from_iter(actions).join(" OR ")));
    } else if filter.milestones_only {
        all.push(MILESTONE.to_owned());
    }
    query.push("select rowid from audit_text where audit_text match ").push_bind(all.join(" AND "));
    query.push(" and rowid >= ").push_bind(span.from);
    query.push(" and rowid < ").push_bind(span.until);
    if filter.since.is_some() || filter.until.is_some() {
        query.push(" and exists (select 1 from audit where seq = audit_text.rowid");
        times(query, filter);
        query.push(")");
    }
}
