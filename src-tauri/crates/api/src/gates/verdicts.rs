//! Every gate of a deployment with its verdict, and the refusal that they come to.

use super::Overriding;
use crate::{Answer, ApiError, App, app, checklist::Asked, dto::GatesView, schema::Place};
use std::path::Path;
use switchback_core::{
    gate::{self, Gate, GateKind},
    health::Verdict,
    migration::pins,
    name::Target,
    plan::{Kind, Plan},
    port::{LedgerError, OverrideRow},
    release::Digest,
    schema::Schema,
    workload::content,
};
use switchback_policy::Document;

/// What is asked of the gates.
pub(crate) struct Question<'a> {
    pub document: &'a Document,
    /// Where its relative paths count from.
    pub base: &'a Path,
    pub target: &'a Target,
    pub kind: Kind,
    /// Left out when only the target is asked about.
    pub version: Option<&'a str>,
    /// What it would do; left out where nothing was planned.
    pub plan: Option<&'a Plan>,
}

impl App {
    /// The gates of deploying to a target now; with a version, also what holds that version back.
    pub async fn gates(&self, target: &str, version: Option<&str>) -> Answer<GatesView> {
        let target = app::target(target)?;
        version.map(app::version).transpose()?;
        let (document, base) = self.document().await?;
        if !document.targets.contains_key(&target) {
            return Err(switchback_policy::PolicyError::UnknownTarget { target }.into());
        }
        let plan = self.planned(&document, &target, version).await?;
        let question = Question {
            document: &document,
            base: &base,
            target: &target,
            kind: Kind::Deploy,
            version,
            plan: plan.as_ref(),
        };
        let (gates, _) = self.verdicts(&question).await?;
        Ok(GatesView {
            target: target.to_string(),
            version: version.map(str::to_owned),
            open: !gates.iter().any(Gate::holds),
            at: self.ports().clock.now(),
            gates,
        })
    }

    /// What deploying a version would do, where people have to say yes to it and it is a release already.
    async fn planned(&self, document: &Document, target: &Target, version: Option<&str>) -> Answer<Option<Plan>> {
        let asks = document.environments.get(&target.environment).is_some_and(|spec| spec.approvals.is_some());
        let Some(version) = version.filter(|_| asks) else { return Ok(None) };
        if self.history.release(&target.service, version).await.is_err() {
            return Ok(None);
        }
        let view = Box::pin(self.plan_deploy(&target.to_string(), version)).await?;
        Ok(Some(self.ports().ledger.proposed(&view.plan_hash).await?))
    }

    /// Every gate, with the override that counts now laid over it.
    pub(crate) async fn verdicts(&self, question: &Question<'_>) -> Answer<(Vec<Gate>, Option<OverrideRow>)> {
        let Question { document, base, target, kind, version, .. } = *question;
        let now = self.ports().clock.now();
        let row = self.history.target(target).await?;
        let running = match row.running {
            Some(id) => Some(self.history.deployment(id).await?),
            None => None,
        };
        let held = row.lease.as_ref().filter(|_| self.held(&row));
        let held = held.map(|(owner, _, message)| (owner.label.as_str(), message.as_str()));
        let train = self.trainbook.train_of(target).await?;
        let mut gates = vec![match train {
            Some(train) => gate::in_train(target, train),
            None => gate::lock(target, running.as_ref(), held),
        }];
        let standing = match version {
            Some(version) => self.standing_override(target, version, now).await?,
            None => None,
        };
        let mut brought = None;
        if let Some(version) = version {
            let quarantine = self.history.quarantine().await?;
            brought = match question.plan {
                Some(plan) => Some((plan.workload.content(), plan.workload.schema.is_some())),
                None if standing.is_some() || !quarantine.is_empty() => {
                    self.brings(document, base, target, version).await
                }
                None => None,
            };
            // A way back is held by its version alone: what ran well is not barred by what was shipped after it.
            let twin = brought.as_ref().filter(|_| kind == Kind::Deploy);
            let twin = twin.map(|(content, migrations)| gate::Brings { content, migrations: *migrations });
            gates.push(gate::quarantine(&target.service, version, twin, &quarantine));
        }
        gates.push(gate::pause(target, kind, row.paused.as_ref()));
        let calendar = self.calendar_of(document, &target.environment).await?;
        gates.extend(gate::windows(kind, &calendar.at(now), &calendar.zone));
        if let (Some(version), Kind::Deploy) = (version, kind) {
            let asked = Asked { document, base, target, version };
            gates.extend(self.checklist_gate(&asked).await?);
        }
        if kind == Kind::Deploy {
            gates.extend(self.approvals_gate(document, question).await?);
        }
        if let Some(row) = &standing {
            let content = brought.as_ref().map(|(content, _)| content);
            let who = &self.actor.name;
            let over = |gate: Gate| {
                if row.covers(&gate, who, content) { gate.overridden(&row.by.name, &row.reason) } else { gate }
            };
            gates = gates.into_iter().map(over).collect();
        }
        Ok((gates, standing))
    }

    /// What deploying a version would bring, and whether migrations are part of it; nothing where that is not known yet.
    async fn brings(&self, document: &Document, base: &Path, target: &Target, version: &str) -> Option<(Digest, bool)> {
        let release = self.history.release(&target.service, version).await.ok()?;
        let resolved = document.target(target).ok()?;
        let secrets = self.present_secrets(&resolved).await.ok()?;
        let place = self.place(document, base, target).await.ok()?;
        let schema = place.map(|Place { database, set, .. }| Schema {
            database: database.name,
            layout: set.layout,
            versions: pins(&set),
        });
        Some((content(&release.artifact, &resolved.config, &secrets, schema.as_ref()), schema.is_some()))
    }

    /// Asks every gate of a plan that is about to start. What is passed in spite of one is noted before it starts.
    pub(crate) async fn pass(
        &self,
        (document, base): (&Document, &Path),
        plan: &Plan,
        overriding: Option<&Overriding>,
    ) -> Answer<()> {
        let version = Some(plan.version.as_str());
        let question = Question { document, base, target: &plan.target, kind: plan.kind, version, plan: Some(plan) };
        let (gates, standing) = self.verdicts(&question).await?;
        // Whether somebody else is at work the lease decides, which also takes over what died.
        let held: Vec<&Gate> = gates.iter().filter(|gate| gate.kind != GateKind::Lock && gate.holds()).collect();
        if !held.is_empty() && overriding.is_none() {
            return Err(refused(&held, plan));
        }
        // What is passed beyond it wants a reason of its own.
        let standing = standing.filter(|_| held.is_empty());
        let passed: Vec<&Gate> = gates.iter().filter(|gate| gate.verdict == Verdict::Overridden).chain(held).collect();
        if passed.is_empty() {
            return Ok(());
        }
        // Nothing is noted for a deployment that cannot begin.
        let row = self.history.target(&plan.target).await?;
        if let Some((owner, since, message)) = row.lease.clone().filter(|_| self.held(&row)) {
            return Err(LedgerError::Held { target: plan.target.to_string(), owner, since, message }.into());
        }
        self.let_through(plan, &passed, standing, overriding).await
    }
}

/// The refusal: the first gate's code, every gate's evidence.
pub(crate) fn refused(held: &[&Gate], plan: &Plan) -> ApiError {
    let code = match held.first().map(|gate| gate.kind) {
        Some(GateKind::Quarantine) => "quarantined",
        Some(GateKind::Pause) => "paused",
        Some(GateKind::Freeze) => "frozen",
        Some(GateKind::Window) => "window_closed",
        Some(GateKind::Checklist) => "checklist_open",
        Some(GateKind::Approvals) => "approval_missing",
        Some(GateKind::Lock) | None => "held",
    };
    let words: Vec<&str> = held.iter().map(|gate| gate.kind.word()).collect();
    let mut error = ApiError::new(code, held.first().map(|gate| gate.told()).unwrap_or_default())
        .with("target", &plan.target)
        .with("version", &plan.version)
        .with("gates", words.join(", "));
    error.causes.extend(held.iter().skip(1).map(|gate| gate.told()));
    if let Some(opens) = held.iter().filter_map(|gate| gate.opens).max() {
        error = error.with("opens", opens);
    }
    let mut ways: Vec<String> =
        held.iter().filter_map(|gate| gate.way_out.as_ref()).map(|way| format!("`{way}`")).collect();
    if held.iter().any(|gate| gate.way_out.is_none()) {
        let wait = "`--when-open` to have it begin by itself when it opens, or `--override REASON --until 2h` to break \
                    the glass";
        ways.push(wait.to_owned());
    }
    error.hint(ways.join(", then "))
}
