//! Breaking the glass: a person passes closed gates with a reason, for this version, once or for a while. It stays red
//! until somebody says what came of it.

use crate::{Answer, ApiError, App, app::reason, dto::OverrideView};
use serde::Deserialize;
use std::time::Duration;
use switchback_core::{
    gate::Gate,
    ident::Instant,
    name::Target,
    plan::Plan,
    port::{LetThrough, OverrideRow, Passed, Topic},
};
use switchback_policy::scalar::Span;
use ts_rs::TS;

/// Longest an override counts: who needs more wants another policy.
const LONGEST: Duration = Duration::from_hours(24);
/// What is to be done when nobody says what.
const TASK: &str = "say what came of it, and why it could not wait";
/// How many are listed.
const LISTED: u32 = 100;

/// What a person says who passes closed gates.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Overriding {
    /// Why.
    pub reason: String,
    /// How long more deployments of the same version may pass: `2h`. This one alone when left out.
    #[serde(default)]
    pub until: Option<String>,
    /// What may go wrong.
    #[serde(default)]
    pub risk: String,
    /// What is to be done afterwards.
    #[serde(default)]
    pub task: String,
}

impl Overriding {
    /// With a reason and nothing else.
    pub fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..Self::default() }
    }
}

impl App {
    /// The overrides that count for a version now.
    pub(super) async fn standing_override(
        &self,
        target: &Target,
        version: &str,
        now: Instant,
    ) -> Answer<Option<OverrideRow>> {
        let rows = self.gatebook.overrides(true, u32::MAX).await?;
        Ok(rows.into_iter().find(|row| row.counts(target, version, now)))
    }

    /// Notes what passes: by a new override, or by one that still counts.
    pub(super) async fn let_through(
        &self,
        plan: &Plan,
        gates: &[&Gate],
        standing: Option<OverrideRow>,
        overriding: Option<&Overriding>,
    ) -> Answer<()> {
        let now = self.ports().clock.now();
        let passed = LetThrough {
            deployment: plan.deployment,
            gates: gates.iter().map(|gate| (gate.kind.word().to_owned(), gate.told())).collect(),
            content: Some(plan.workload.content()),
            at: now,
        };
        let mut row = match (standing, overriding) {
            (Some(row), _) => row,
            (None, Some(overriding)) => {
                let none = Passed::Deployments {
                    target: plan.target.clone(),
                    version: plan.version.clone(),
                    until: until(overriding, now)?,
                    let_through: Vec::new(),
                };
                self.granted(none, overriding, now)?
            }
            (None, None) => return Ok(()),
        };
        let term = match &mut row.passed {
            Passed::Deployments { until, let_through, .. } => {
                let_through.push(passed);
                *until
            }
            Passed::Policy { .. } => None,
        };
        let mut audit =
            self.audit_line("gate.overridden", format!("{} {}", plan.target.service, plan.version), &row.reason);
        audit.environment = Some(plan.target.environment.to_string());
        audit.after = serde_json::json!({
            "override": row.id, "by": row.by.name, "risk": row.risk, "task": row.task, "until": term,
            "deployment": plan.deployment.to_string(),
            "gates": gates.iter().map(|gate| serde_json::json!({ "gate": gate.kind.word(), "said": gate.told() })).collect::<Vec<_>>(),
        });
        let words: Vec<&str> = gates.iter().map(|gate| gate.kind.word()).collect();
        let subject = format!("{}: {} passes {} by {}", plan.target, plan.version, words.join(", "), row.by.name);
        let said: Vec<String> = gates.iter().map(|gate| gate.told()).collect();
        let body = format!("{}\n{}\nto do: {}", row.reason, said.join("\n"), row.task);
        let link = format!("switchback://deployment/{}", plan.deployment);
        let told = self.message(Topic::Overridden, plan.target.to_string(), subject, body, link);
        Ok(self.gatebook.note_override(&row, now, &audit, Some(&told)).await?)
    }

    /// An override as whoever gives it says.
    fn granted(&self, passed: Passed, overriding: &Overriding, now: Instant) -> Answer<OverrideRow> {
        Ok(OverrideRow {
            id: self.ports().ids.next(),
            passed,
            by: self.actor.clone(),
            reason: reason(&overriding.reason)?,
            risk: short(&overriding.risk),
            task: Some(short(&overriding.task)).filter(|task| !task.is_empty()).unwrap_or_else(|| TASK.to_owned()),
            at: now,
            followed_up: None,
        })
    }

    /// Notes that a change of the policy passes in spite of what it asks for, and tells people; before it passes.
    pub(crate) async fn policy_let_through(
        &self,
        said: &str,
        changes: &[String],
        overriding: &Overriding,
    ) -> Answer<()> {
        if overriding.until.is_some() {
            return Err(ApiError::new("bad_input", "an override lets one change of the policy through, once"));
        }
        let now = self.ports().clock.now();
        let passed = Passed::Policy { said: said.to_owned(), changes: changes.to_vec() };
        let row = self.granted(passed, overriding, now)?;
        let mut audit = self.audit_line("policy.overridden", row.subject(), &row.reason);
        audit.after = serde_json::json!({
            "override": row.id, "by": row.by.name, "risk": row.risk, "task": row.task, "said": said, "changes": changes,
        });
        let subject = format!("the policy is changed without its approvals by {}", row.by.name);
        let shown: String = changes.join("\n").chars().take(4000).collect();
        let body = format!("{}\n{said}\n{shown}\nto do: {}", row.reason, row.task);
        let told = self.message(Topic::Overridden, row.subject(), subject, body, "switchback://audit".to_owned());
        Ok(self.gatebook.note_override(&row, now, &audit, Some(&told)).await?)
    }

    /// Overrides, newest first; `open`: only those nobody followed up.
    pub async fn overrides(&self, open: bool) -> Answer<Vec<OverrideView>> {
        let now = self.ports().clock.now();
        let rows = self.gatebook.overrides(open, LISTED).await?;
        Ok(rows.iter().map(|row| OverrideView::new(row, now)).collect())
    }

    /// Says what came of an override; it is red until then.
    pub async fn follow_up(&self, id: &str, note: &str) -> Answer<OverrideView> {
        let rows = self.gatebook.overrides(true, u32::MAX).await?;
        let mut row = rows.into_iter().find(|row| row.id.to_string() == id).ok_or_else(|| {
            ApiError::new("not_found", format!("there is no open override {id}"))
                .with("what", id)
                .hint("`switchback override list`")
        })?;
        let now = self.ports().clock.now();
        let note = reason(note)?;
        let mut audit = match &row.passed {
            Passed::Deployments { target, version, .. } => {
                let mut audit = self.audit_line("override.followed-up", format!("{} {version}", target.service), &note);
                audit.environment = Some(target.environment.to_string());
                audit
            }
            Passed::Policy { .. } => self.audit_line("override.followed-up", row.subject(), &note),
        };
        audit.before = serde_json::json!({ "override": row.id, "reason": row.reason, "task": row.task });
        row.followed_up = Some((now, self.actor.name.clone(), note));
        self.gatebook.note_override(&row, now, &audit, None).await?;
        Ok(OverrideView::new(&row, now))
    }
}

fn short(text: &str) -> String {
    text.trim().chars().take(1000).collect()
}

fn until(overriding: &Overriding, now: Instant) -> Answer<Option<Instant>> {
    let Some(text) = &overriding.until else { return Ok(None) };
    let bad = |why: String| ApiError::new("bad_input", why).hint("An override holds for 1m to 24h: --until 2h.");
    let Span(length) = text.parse::<Span>().map_err(|error| bad(error.to_string()))?;
    if length.is_zero() || length > LONGEST {
        return Err(bad(format!("an override cannot hold for {text}")));
    }
    Ok(now.checked_add(length).ok())
}
