//! sqitch: `sqitch.plan` orders the changes, `deploy`, `revert` and `verify` hold their scripts.

use super::{Found, Migration, Script, SetRule, SourceFile, Wrapping, says};
use std::collections::{BTreeMap, BTreeSet};

/// A line of the plan.
struct Change {
    line: usize,
    name: String,
    /// Its file's stem: with the tag behind it where the change was reworked later.
    stem: String,
}

pub(super) fn read(files: &[&SourceFile], found: &mut Found) {
    let Some(plan) = files.iter().find(|file| file.path == "sqitch.plan" || file.path.ends_with("/sqitch.plan")) else {
        let why = says::no_plan();
        found.tell(SetRule::AnnotationError, "sqitch.plan", 1, why, "Point at the folder that holds sqitch.plan.");
        return;
    };
    let top = plan.path.trim_end_matches("sqitch.plan");
    let file = |folder: &str, stem: &str| {
        let path = format!("{top}{folder}/{stem}.sql");
        files.iter().copied().find(|file| file.path == path)
    };
    let changes = changes(plan, found);
    let mut used = BTreeSet::new();
    for change in &changes {
        let up = file("deploy", &change.stem);
        let down = file("revert", &change.stem);
        used.extend(up.iter().chain(&down).map(|file| file.path.clone()));
        if up.is_none() && down.is_none() {
            let why = says::no_scripts(&change.name);
            found.tell(
                SetRule::MissingUp,
                &plan.path,
                change.line,
                why,
                "Add its scripts, or take it out of the plan.",
            );
        }
        let script = |file: &SourceFile| Script::whole(file, Wrapping::None);
        found.migrations.push(Migration {
            version: change.stem.clone(),
            name: change.name.clone(),
            up: up.map(script),
            down: down.map(script),
            repeatable: false,
        });
    }
    for file in files {
        let rest = file.path.strip_prefix(top).unwrap_or_default();
        let of_change = rest.starts_with("deploy/") || rest.starts_with("revert/");
        if of_change && rest.ends_with(".sql") && !used.contains(&file.path) {
            let why = says::not_in_plan();
            found.tell(SetRule::AnnotationError, &file.path, 1, why, "Add it with sqitch add, or remove it.");
        }
    }
}

fn changes(plan: &SourceFile, found: &mut Found) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    // Tags behind each change, for a change that comes again.
    let mut tags: Vec<(usize, String)> = Vec::new();
    let lines = || plan.text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let all: BTreeMap<&str, usize> = lines()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', '%', '@']))
        .filter_map(|(number, line)| line.split_whitespace().next().map(|name| (name, number)))
        .collect();
    for (number, line) in lines() {
        if line.is_empty() || line.starts_with(['#', '%']) {
            continue;
        }
        let mut words = line.split_whitespace();
        let Some(name) = words.next() else { continue };
        if let Some(tag) = name.strip_prefix('@') {
            tags.push((changes.len(), tag.to_owned()));
            continue;
        }
        let rest = line[name.len()..].trim_start();
        let inside = rest.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or_default();
        let requires: Vec<&str> = inside.split_whitespace().filter(|one| !one.starts_with('!')).collect();
        let reworks = requires.iter().any(|one| one.split_once('@').is_some_and(|(of, _)| of == name));
        if let Some(first) = changes.iter_mut().rev().find(|change| change.name == name) {
            let at = first.line;
            let tag = tags.iter().rev().map(|(_, tag)| tag.as_str()).next();
            let Some(tag) = tag.filter(|_| reworks) else {
                let why = says::stands_already(name, at);
                let rewrite = "Rework it behind a tag, or rename one.";
                found.tell(SetRule::DuplicateVersion, &plan.path, number, why, rewrite);
                continue;
            };
            first.stem = format!("{name}@{tag}");
        }
        for needed in requires.iter().map(|one| one.split('@').next().unwrap_or_default()) {
            // Another project's change is not in this plan.
            if needed.is_empty() || needed.contains(':') || changes.iter().any(|change| change.name == needed) {
                continue;
            }
            let (why, rewrite) = match all.get(needed) {
                Some(later) => (says::requires_later(name, needed, later), "Put what is required first."),
                None => (says::requires_unknown(name, needed), "Add it to the plan, or take the requirement out."),
            };
            found.tell(SetRule::OutOfOrder, &plan.path, number, why, rewrite);
        }
        changes.push(Change { line: number, name: name.to_owned(), stem: name.to_owned() });
    }
    changes
}
