//! Checklists as templates: what they take in from others, the default one, and the version by which a change is seen.

use crate::{
    Document,
    check::Finds,
    environment::{Auto, Checklist, Forge, Item},
    scalar::Span,
};
use std::{collections::BTreeSet, time::Duration};
use switchback_core::{gate::Phase, name::Environment, release::Digest};

/// The name of the built-in checklist.
pub(crate) const DEFAULT: &str = "default";

/// A checklist with everything it takes in.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Changes with its content and with nothing else.
    pub version: String,
    /// In order.
    pub items: Vec<(Phase, Item)>,
}

impl Document {
    /// The checklist of an environment's deployments, if it asks for one.
    pub fn template(&self, environment: &Environment) -> Option<Template> {
        let name = self.environments.get(environment)?.checklist.as_deref()?;
        let mut items = Vec::new();
        self.gather(name, &mut BTreeSet::new(), &mut items);
        items.sort_by_key(|(phase, _)| *phase);
        let content: Vec<(String, &Item)> = items.iter().map(|(phase, item)| (format!("{phase:?}"), item)).collect();
        let version = Digest::of(serde_json::to_string(&content).unwrap_or_default().as_bytes()).short().to_owned();
        Some(Template { name: name.to_owned(), version, items })
    }

    fn gather(&self, name: &str, seen: &mut BTreeSet<String>, items: &mut Vec<(Phase, Item)>) {
        if !seen.insert(name.to_owned()) {
            return;
        }
        let built_in;
        let checklist = match self.checklists.get(name) {
            Some(checklist) => checklist,
            None if name == DEFAULT => {
                built_in = default();
                &built_in
            }
            None => return,
        };
        for other in &checklist.include {
            self.gather(other, seen, items);
        }
        for (phase, item) in
            phases(checklist).into_iter().flat_map(|(phase, _, own)| own.iter().map(move |item| (phase, item)))
        {
            // An item named again replaces the one that was taken in.
            items.retain(|(_, known)| known.id != item.id);
            items.push((phase, item.clone()));
        }
    }
}

fn phases(checklist: &Checklist) -> [(Phase, &'static str, &Vec<Item>); 3] {
    [
        (Phase::Before, "before", &checklist.before),
        (Phase::During, "during", &checklist.during),
        (Phase::After, "after", &checklist.after),
    ]
}

/// What a careful team asks before, during and after a deployment.
fn default() -> Checklist {
    let ask = |id: &str, ask: &str| Item { id: id.to_owned(), ask: Some(ask.to_owned()), ..Item::default() };
    let advice = |id: &str, text: &str| Item { required: Some(false), ..ask(id, text) };
    let auto = |id: &str, auto: Auto| Item { id: id.to_owned(), auto: Some(auto), ..Item::default() };
    Checklist {
        include: Vec::new(),
        before: vec![
            ask("reviewed", "The change was reviewed by somebody else"),
            ask("tested", "All tests passed: unit, integration, end to end"),
            ask("staging", "It was looked at on a staging environment"),
            auto("migrations", Auto::MigrationsReversible),
            auto("config", Auto::ConfigComplete),
            auto("image", Auto::ImagePresent),
            auto("way-back", Auto::RollbackReady),
            auto("window", Auto::WindowOpen),
            ask("informed", "The people concerned were told"),
            advice("dependencies", "Dependencies are up to date"),
            advice("documents", "Documents are up to date"),
        ],
        during: vec![
            ask("log", "The log shows nothing new"),
            ask("figures", "Error rate, latency, processor and memory are as before"),
            ask("neighbours", "Database, cache and other services are reached"),
        ],
        after: vec![
            ask("main-paths", "The main paths work: sign in, order, pay"),
            ask("quiet", "No alert, and nobody complains"),
            Item { lasting: Some(Span(Duration::from_mins(30))), ..auto("observed", Auto::Observed) },
        ],
    }
}

pub(crate) fn check(document: &Document, name: &str, checklist: &Checklist, finds: &mut Finds) {
    let mut seen = BTreeSet::new();
    for (_, phase, items) in phases(checklist) {
        for (index, item) in items.iter().enumerate() {
            let index = index.to_string();
            let path = ["checklists", name, phase, &index];
            let Item { id, auto, ask, lasting, rehearsed_within, forge, file, url, run, .. } = item;
            finds.exactly_one(&path, &[auto.is_some(), ask.is_some()], "auto and ask");
            for (key, text) in [("id", Some(id)), ("ask", ask.as_ref())] {
                if text.is_some_and(|text| text.trim().is_empty()) {
                    let message = format!("an item's {key:?} cannot be empty: people name and read it");
                    finds.tell(&[&path[..], &[key]].concat(), "item_empty", message);
                }
            }
            if !seen.insert(id) {
                let path = ["checklists", name, phase, &index, "id"];
                finds.tell(&path, "item_twice", format!("{id:?} is already an item of this checklist"));
            }
            if lasting.is_some() != (*auto == Some(Auto::Observed)) {
                let message = "\"for\" belongs to items that are \"auto: observed\", and those need it";
                finds.tell(&path, "observed_for", message);
            }
            if rehearsed_within.is_some() && *auto != Some(Auto::RollbackReady) {
                let message = "\"rehearsed-within\" belongs to items that are \"auto: rollback-ready\"";
                finds.tell(&path, "item_rehearsed", message);
            }
            let sources = [file.is_some(), url.is_some(), !run.is_empty()];
            let given = sources.iter().filter(|given| **given).count();
            let web = |url: &str| url.starts_with("https://") || url.starts_with("http://");
            if let Some(url) = url.as_ref().filter(|url| !web(url)) {
                let message = format!("{url:?} is no address: it begins with https:// or http://");
                finds.tell(&[&path[..], &["url"]].concat(), "item_address", message);
            }
            if let Some(forge) = forge {
                check_forge(&path, forge, *auto, given, finds);
            }
            match auto {
                Some(Auto::CiGreen | Auto::OnCall) if given > 1 => {
                    finds.exactly_one(&path, &sources, "file, url and run");
                }
                Some(Auto::CiGreen | Auto::OnCall) => {}
                _ if given > 0 => {
                    let message = "file, url and run belong to items that are \"auto: ci-green\" or \"auto: on-call\"";
                    finds.tell(&path, "item_source", message);
                }
                _ => {}
            }
        }
    }
    for (index, other) in checklist.include.iter().enumerate() {
        let index = index.to_string();
        let path = ["checklists", name, "include", &index];
        if other != DEFAULT {
            finds.known(
                &path,
                "checklist_unknown",
                "the checklist",
                other,
                document.checklists.keys().map(String::as_str),
            );
        }
        if leads_to(document, other, name, &mut BTreeSet::new()) {
            let message = format!("{other:?} takes in {name:?} again: a checklist cannot hold itself");
            finds.tell(&path, "checklist_cycle", message);
        }
    }
}

fn check_forge(path: &[&str], forge: &Forge, auto: Option<Auto>, others: usize, finds: &mut Finds) {
    let path = [path, &["forge"]].concat();
    if auto != Some(Auto::CiGreen) || others > 0 {
        let message = "a forge belongs to items that are \"auto: ci-green\", in the place of file, url and run";
        finds.tell(&path, "item_source", message);
    }
    let projects = [&forge.github, &forge.gitlab, &forge.gitea];
    finds.exactly_one(&path, &projects.map(Option::is_some), "github, gitlab and gitea");
    let fine = |part: &str| {
        let letter = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !part.is_empty() && part != "." && part != ".." && part.chars().all(letter)
    };
    for (key, project) in ["github", "gitlab", "gitea"].iter().zip(projects) {
        if let Some(project) = project.as_ref().filter(|name| !(name.contains('/') && name.split('/').all(fine))) {
            let message = format!("{project:?} is no project: write OWNER/NAME");
            finds.tell(&[&path[..], &[key]].concat(), "forge_project", message);
        }
    }
    let own = |at: &str| at.strip_prefix("http://").is_some_and(loopback);
    if let Some(at) = forge.at.as_ref().filter(|at| !(at.starts_with("https://") || own(at))) {
        let message = format!("{at:?} is no address that a token may be sent to: it begins with https://");
        finds.tell(&[&path[..], &["at"]].concat(), "forge_address", message);
    }
}

/// What never leaves this machine may go without TLS.
fn loopback(rest: &str) -> bool {
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (name, port) = host.rsplit_once(':').filter(|(name, _)| !name.ends_with(':')).unwrap_or((host, ""));
    // What stands before an @ is a name and no host.
    port.bytes().all(|byte| byte.is_ascii_digit()) && ["127.0.0.1", "localhost", "[::1]"].contains(&name)
}

fn leads_to<'a>(document: &'a Document, from: &'a str, to: &str, seen: &mut BTreeSet<&'a str>) -> bool {
    if from == to {
        return true;
    }
    let others = document.checklists.get(from).map(|checklist| checklist.include.as_slice()).unwrap_or_default();
    seen.insert(from) && others.iter().any(|other| leads_to(document, other, to, seen))
}
