//! What stands in the book of overrides is what the audit says of them: the red that somebody has to follow up is not
//! wiped away by another client of the database.

use super::Flaw;
use crate::{fault::Fault, table::override_grant};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use switchback_core::port::{OverrideRow, Passed};

/// What the audit says of one override.
#[derive(Default)]
struct Said {
    /// The entry that gave it.
    seq: i64,
    why: String,
    risk: String,
    task: String,
    until: Option<String>,
    followed_up: bool,
}

/// The first override that is not as the audit has it, which ends at entry `last`.
pub(super) async fn check(on: &mut SqliteConnection, last: i64) -> Result<Option<Flaw>, Fault> {
    let said = said(on).await?;
    let rows = override_grant::newest(on, false, u32::MAX).await?;
    let mut flaws: Vec<Flaw> = rows.iter().filter_map(|row| judge(row, said.get(&row.id.to_string()), last)).collect();
    let kept = |id: &str| rows.iter().any(|row| row.id.to_string() == id);
    let gone = said.iter().filter(|(id, _)| !kept(id));
    flaws.extend(gone.map(|(_, said)| Flaw { seq: said.seq, why: "the override that it tells of is gone".to_owned() }));
    Ok(flaws.into_iter().min_by_key(|flaw| flaw.seq))
}

async fn said(on: &mut SqliteConnection) -> Result<BTreeMap<String, Said>, Fault> {
    type Given = (String, i64, String, Option<String>, Option<String>, Option<String>);
    let given: Vec<Given> = sqlx::query_as(
        "select json_extract(after, '$.override'), seq, why, json_extract(after, '$.risk'),
           json_extract(after, '$.task'), json_extract(after, '$.until')
         from audit where action in ('gate.overridden', 'policy.overridden')
           and json_extract(after, '$.override') is not null order by seq desc",
    )
    .fetch_all(&mut *on)
    .await?;
    // The first entry of each gave it; later ones tell what else it let through.
    let mut all: BTreeMap<String, Said> = given
        .into_iter()
        .map(|(id, seq, why, risk, task, until)| {
            let (risk, task) = (risk.unwrap_or_default(), task.unwrap_or_default());
            (id, Said { seq, why, risk, task, until, followed_up: false })
        })
        .collect();
    let followed: Vec<(String,)> = sqlx::query_as(
        "select json_extract(before, '$.override') from audit
         where action = 'override.followed-up' and json_extract(before, '$.override') is not null",
    )
    .fetch_all(on)
    .await?;
    for (id,) in followed {
        all.entry(id).or_default().followed_up = true;
    }
    Ok(all)
}

fn judge(row: &OverrideRow, said: Option<&Said>, last: i64) -> Option<Flaw> {
    let Some(said) = said else {
        return Some(Flaw { seq: last, why: format!("nothing tells of the override {}", row.id) });
    };
    let until = match &row.passed {
        Passed::Deployments { until, .. } => until.map(|until| until.to_string()),
        Passed::Policy { .. } => None,
    };
    let flaw = |why: &str| Some(Flaw { seq: said.seq, why: format!("the override that it tells of {why}") });
    if said.followed_up != row.followed_up.is_some() {
        return flaw(if said.followed_up { "is open again" } else { "is marked as followed up, and nobody said so" });
    }
    if (&row.reason, &row.risk, &row.task, &until) != (&said.why, &said.risk, &said.task, &said.until) {
        return flaw("has another reason, risk, task or term");
    }
    None
}
