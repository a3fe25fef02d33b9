//! Each release is what the audit says was added, by whom, when and with which notes.

use super::Flaw;
use crate::{
    column::{nanos, parse},
    fault::Fault,
};
use sqlx::SqliteConnection;
use std::collections::HashMap;
use switchback_core::release::Release;

/// What the audit says of a release.
struct Said {
    /// The entry that tells of its adding.
    seq: i64,
    at: i64,
    by: String,
    notes: String,
    /// The last entry with its digest: a commit may become known later, and entries of older versions have none.
    content: Option<(i64, String)>,
}

/// The first release that is not as the audit has it, which ends at entry `last`.
pub(super) async fn check(on: &mut SqliteConnection, last: i64) -> Result<Option<Flaw>, Fault> {
    let mut said = said(on).await?;
    let rows: Vec<(String, String, String, String, i64)> =
        sqlx::query_as("select service, version, content, digest, added_at from release").fetch_all(on).await?;
    let mut flaws = Vec::new();
    for (service, version, content, digest, added_at) in rows {
        let name = format!("{service} {version}");
        let Some(said) = said.remove(&name) else {
            flaws.push(Flaw { seq: last, why: format!("the release {name} is told of by nobody") });
            continue;
        };
        let told = |seq, what: &str| Flaw { seq, why: format!("the release that it tells of has {what}") };
        // One that cannot be read, or is filed under another digest, is not what was added.
        let Some(release) = parse::<Release>(&content).ok().filter(|it| it.id().to_string() == digest) else {
            let seq = said.content.map_or(said.seq, |(seq, _)| seq);
            flaws.push(told(seq, "another content"));
            continue;
        };
        let named = release.service.as_str() == service && release.version == version;
        if let Some((seq, _)) = said.content.filter(|(_, content)| *content != digest || !named) {
            flaws.push(told(seq, "another content"));
        } else if release.by != said.by
            // Entries of older versions have them whole.
            || !release.notes.chars().eq(said.notes.chars().take(Release::NOTES))
            || [nanos(release.added_at), added_at] != [said.at; 2]
        {
            flaws.push(told(said.seq, "another time or other notes, or is said to be another's"));
        }
    }
    let gone = |said: Said| Flaw { seq: said.seq, why: "the release that it tells of is gone".to_owned() };
    flaws.extend(said.into_values().map(gone));
    Ok(flaws.into_iter().min_by_key(|flaw| flaw.seq))
}

async fn said(on: &mut SqliteConnection) -> Result<HashMap<String, Said>, Fault> {
    type Added = (String, i64, i64, String, String, Option<String>);
    let entries: Vec<Added> = sqlx::query_as(
        "select subject, seq, at, actor, why, json_extract(after, '$.release') from audit
         where action = 'release.added' order by seq",
    )
    .fetch_all(on)
    .await?;
    let mut all: HashMap<String, Said> = HashMap::with_capacity(entries.len());
    for (subject, seq, at, by, notes, digest) in entries {
        let said = all.entry(subject).or_insert(Said { seq, at, by, notes, content: None });
        if let Some(digest) = digest {
            said.content = Some((seq, digest));
        }
    }
    Ok(all)
}
