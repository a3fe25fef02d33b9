//! Checklists of deployments: shown with their evidence, ticked and unticked, and asked as a gate.
//!
//! A tick belongs to a target's version and counts until that version was deployed; the next time is asked anew.

mod auto;

use crate::says::items;
use crate::{Answer, ApiError, App, app::reason, dto::ChecklistView};
use std::{collections::BTreeMap, path::Path};
use switchback_core::{
    gate::{self, Line, Phase, Tick},
    health::Finding,
    ident::Instant,
    name::Target,
    plan::Kind,
    port::{DeploymentRow, LedgerError},
};
use switchback_policy::{Document, Template, environment::Item};

/// How many deployments back a version's last one is looked for.
const BACK: u32 = 50;

/// What is asked about.
pub(crate) struct Asked<'a> {
    /// The policy in force.
    pub document: &'a Document,
    /// Where its relative paths count from.
    pub base: &'a Path,
    /// Where to.
    pub target: &'a Target,
    /// What.
    pub version: &'a str,
}

impl App {
    /// A version's checklist for a target, evaluated now.
    pub async fn checklist(&self, target: &str, version: &str) -> Answer<ChecklistView> {
        let target = crate::app::target(target)?;
        let (document, base) = self.document().await?;
        let asked = Asked { document: &document, base: &base, target: &target, version };
        let template = template(&asked)?;
        let lines = self.lines(&asked, &template, None).await?;
        let gate = gate::checklist(&template.name, &lines);
        Ok(ChecklistView {
            target: target.to_string(),
            version: version.to_owned(),
            template: template.name,
            template_version: template.version,
            open: !gate.holds(),
            lines,
        })
    }

    /// Evaluates one item that evaluates itself, once more.
    pub async fn evaluate_item(&self, target: &str, version: &str, item: &str) -> Answer<Line> {
        let target = crate::app::target(target)?;
        let (document, base) = self.document().await?;
        let asked = Asked { document: &document, base: &base, target: &target, version };
        let template = template(&asked)?;
        let line = self.lines(&asked, &template, Some(item)).await?.pop();
        line.filter(|line| line.auto.is_some()).ok_or_else(|| {
            ApiError::new("not_found", format!("{item:?} is no item of {} that evaluates itself", template.name))
                .with("what", item)
        })
    }

    /// Ticks an item, or takes its tick back. `seen` is how often it had been ticked and unticked when the person looked;
    /// whoever was quicker is not undone.
    pub async fn tick(
        &self,
        target: &str,
        version: &str,
        item: &str,
        ticked: bool,
        note: &str,
        seen: Option<u32>,
    ) -> Answer<ChecklistView> {
        let name = crate::app::target(target)?;
        let (document, base) = self.document().await?;
        let asked = Asked { document: &document, base: &base, target: &name, version };
        let template = template(&asked)?;
        let (phase, question) = question(&template, item)?;
        if phase != Phase::Before && self.last(&asked).await?.is_none() {
            return Err(ApiError::new(
                "bad_input",
                format!("{item} is for after the deployment began, and {version} was not deployed here"),
            )
            .hint("Tick it once the deployment runs."));
        }
        // Nobody has looked at what is not there.
        self.release_for(&name, version).await?;
        let ticks = self.last_ticks(&asked).await?;
        let now = self.ports().clock.now();
        let tick = Tick {
            item: item.to_owned(),
            seq: seen.unwrap_or_else(|| ticks.get(item).map_or(0, |tick| tick.seq)).saturating_add(1),
            ticked,
            question: question.to_owned(),
            note: if ticked { note.trim().chars().take(1000).collect() } else { reason(note)? },
            by: self.actor.name.clone(),
            at: now,
        };
        let word = if ticked { "checklist.ticked" } else { "checklist.unticked" };
        let mut audit = self.audit_line(word, format!("{} {version}: {item}", name.service), &tick.note);
        audit.environment = Some(name.environment.to_string());
        audit.after =
            serde_json::json!({ "question": question, "template": template.name, "version": template.version });
        self.gatebook.tick(&name, version, &tick, &audit).await.map_err(|error| match error {
            LedgerError::Conflict { .. } => {
                ApiError::new("conflict", format!("{item}: somebody was quicker ({error})"))
                    .hint("Look at the item as it stands now (`switchback checklist show`).")
            }
            other => other.into(),
        })?;
        self.checklist(target, version).await
    }

    /// The gate of a version's checklist; nothing where the environment asks for none.
    pub(crate) async fn checklist_gate(&self, asked: &Asked<'_>) -> Answer<Option<gate::Gate>> {
        let Some(template) = asked.document.template(&asked.target.environment) else { return Ok(None) };
        let lines = self.lines(asked, &template, None).await?;
        let way = format!(
            "switchback checklist show {} {} {}",
            asked.target.service, asked.target.environment, asked.version
        );
        let gate = gate::checklist(&template.name, &lines);
        Ok(Some(if gate.holds() { gate.way_out(way) } else { gate }))
    }

    /// The version's last deployment here.
    async fn last(&self, asked: &Asked<'_>) -> Answer<Option<DeploymentRow>> {
        let page = self.history.deployments(asked.target, None, BACK).await?;
        let of_this = |row: &DeploymentRow| row.version == asked.version && row.kind == Kind::Deploy;
        Ok(page.rows.into_iter().find(of_this))
    }

    async fn last_ticks(&self, asked: &Asked<'_>) -> Answer<BTreeMap<String, Tick>> {
        let ticks = self.gatebook.ticks(asked.target, asked.version).await?;
        // In the order they were made: the last of each item stays.
        Ok(ticks.into_iter().map(|tick| (tick.item.clone(), tick)).collect())
    }

    /// Every item as it stands now, or `only` one of them.
    async fn lines(&self, asked: &Asked<'_>, template: &Template, only: Option<&str>) -> Answer<Vec<Line>> {
        let ticks = self.last_ticks(asked).await?;
        let last = self.last(asked).await?;
        let last = last.as_ref();
        let mut lines = Vec::new();
        for (phase, item) in template.items.iter().filter(|(_, item)| only.is_none_or(|only| item.id == only)) {
            let tick = ticks.get(&item.id);
            let finding = match (&item.auto, last) {
                (None, _) | (Some(_), None) if *phase != Phase::Before && last.is_none() => not_yet(),
                (Some(auto), _) => self.evaluate(*auto, asked, item, last).await,
                (None, last) => gate::ticked(text(item), tick, since(*phase, last)),
            };
            lines.push(Line {
                id: item.id.clone(),
                phase: *phase,
                text: text(item).to_owned(),
                auto: item.auto.map(|auto| auto.word().to_owned()),
                required: item.required.unwrap_or(true),
                verdict: finding.verdict,
                evidence: finding.evidence,
                by: tick.filter(|_| item.auto.is_none()).map(|tick| tick.by.clone()),
                at: if item.auto.is_some() { Some(self.ports().clock.now()) } else { tick.map(|tick| tick.at) },
                seen: tick.map_or(0, |tick| tick.seq),
            });
        }
        Ok(lines)
    }
}

/// The checklist that the environment asks for.
fn template(asked: &Asked<'_>) -> Answer<Template> {
    asked.document.template(&asked.target.environment).ok_or_else(|| {
        if !asked.document.targets.contains_key(asked.target) {
            return switchback_policy::PolicyError::UnknownTarget { target: asked.target.clone() }.into();
        }
        ApiError::new("not_found", format!("{} asks for no checklist", asked.target.environment))
            .with("what", "checklist")
            .hint("Write `checklist: default`, or the name of your own, under the environment.")
    })
}

/// From when on a tick counts: before a deployment, since the last one of this version was over; during it and
/// afterwards, since it began.
fn since(phase: Phase, last: Option<&DeploymentRow>) -> Option<Instant> {
    let last = last?;
    match phase {
        Phase::Before => last.ended,
        Phase::During | Phase::After => Some(last.started),
    }
}

fn not_yet() -> Finding {
    Finding::no_data(items::not_yet())
}

/// What a person reads.
fn text(item: &Item) -> &str {
    item.ask.as_deref().unwrap_or(&item.id)
}

/// The question of an item that a person may tick.
fn question<'a>(template: &'a Template, id: &str) -> Answer<(Phase, &'a str)> {
    let found = template.items.iter().find(|(_, item)| item.id == id);
    let (phase, item) = found.ok_or_else(|| {
        let all: Vec<&str> = template.items.iter().map(|(_, item)| item.id.as_str()).collect();
        ApiError::new("not_found", format!("{id:?} is no item of the checklist {}", template.name))
            .with("what", id)
            .hint(format!("Its items are {}.", all.join(", ")))
    })?;
    match &item.auto {
        None => Ok((*phase, text(item))),
        Some(auto) => Err(ApiError::new("bad_input", format!("{id} evaluates itself ({})", auto.word()))
            .hint("Bring about what it asks for; it is evaluated each time it is looked at.")),
    }
}
