//! All mistakes of form of a file: unknown keys and words, values of the wrong kind, keys that are missing.
//!
//! A typed reading ends at its first mistake. So the entry it is in is left out and the file is read once more, until
//! nothing is wrong with the rest. What then is wrong with something because a part of it was left out is not told: it may
//! be right once that part is. The rest is looked at for mistakes of meaning too.

use crate::{
    places::{Place, Tree},
    problem::Problem,
    pruned::Cut,
};
use serde_saphyr::Location;

/// The most that are told of one file; somebody who has made more mends these first.
pub(crate) const MOST: usize = 20;

/// The most readings: some of them find only what is wrong for an earlier mistake.
const READINGS: usize = 3 * MOST;

/// What a file can be read on behind.
const OF_FORM: [&str; 4] = ["unknown_key", "unknown_word", "bad_value", "missing_key"];

/// An entry of a mapping or an item of a list.
struct Entry {
    at: (u64, u64),
    path: Vec<usize>,
    item: bool,
}

/// What is wrong with the form of a file, and what of it can be read all the same.
pub(crate) struct Form {
    /// All mistakes, in the order they are found.
    pub told: Vec<Problem>,
    /// What has to be left out so that the rest can be read; nothing where no rest can.
    pub cut: Option<Cut>,
    /// The same by names.
    pub left_out: Vec<Vec<String>>,
}

/// All mistakes of form. `read` reads without what is cut, and gives the mistake it ends at.
pub(crate) fn all(tree: &Tree, first: Problem, read: impl Fn(&Cut) -> Option<Problem>) -> Form {
    let mut entries = Vec::new();
    walk(tree, &mut Vec::new(), &mut entries);
    let (mut cut, mut told, mut found) = (Cut::default(), Vec::<Problem>::new(), Some(first));
    let (mut left_out, mut readings) = (Vec::new(), READINGS);
    let readable = loop {
        let Some(problem) = found.take() else { break true };
        if readings == 0 {
            break false;
        }
        readings -= 1;
        let code = problem.code;
        let path = Some(()).filter(|()| OF_FORM.contains(&code)).and_then(|()| holder(&entries, &problem, &cut));
        let known = |one: &Problem| (one.line, one.column) == (problem.line, problem.column);
        let follows = path.as_deref().is_some_and(|path| cut.touches(path)) || told.iter().any(known);
        if told.is_empty() || (path.is_some() && !follows) {
            told.push(problem);
        }
        let Some(path) = path.filter(|_| told.len() < MOST) else { break false };
        cut.add(&path);
        left_out.push(names(tree, &path));
        found = read(&cut);
    };
    Form { told, cut: readable.then_some(cut), left_out }
}

/// A path by names: keys of mappings, numbers of items.
fn names(tree: &Tree, path: &[usize]) -> Vec<String> {
    let (mut tree, mut names) = (tree, Vec::new());
    for index in path {
        match tree {
            Tree::Leaf => break,
            Tree::List(items) => {
                names.push(index.to_string());
                let Some(item) = items.get(*index) else { break };
                tree = &item.value;
            }
            Tree::Map(all) => {
                let Some((key, value)) = all.get(*index) else { break };
                names.push(key.value.clone());
                tree = &value.value;
            }
        }
    }
    names
}

/// Mistakes that are there whatever else stands in the file. Others may be about what is missing, and that may be what is
/// left out.
const BY_ITSELF: [&str; 29] = [
    "command_empty",
    "config_and_secret",
    "database_place",
    "default_invalid",
    "every_zero",
    "forge_address",
    "freeze_empty",
    "image_and_folder",
    "image_tagged",
    "item_address",
    "item_empty",
    "item_twice",
    "key_shared",
    "kubeconfig_relative",
    "namespace_name",
    "passes_zero",
    "password_in_file",
    "port_zero",
    "probe_url",
    "promotes_itself",
    "ready_on_process",
    "replicas_zero",
    "status_unknown",
    "strategy_of_manifest",
    "timeout_zero",
    "variable_name",
    "window_twice",
    "workload_unknown",
    "zone_unknown",
];

/// Whether a mistake of meaning at a path may be there only because something of the file was left out.
pub(crate) fn follows(left_out: &[Vec<String>], path: &[String], code: &str) -> bool {
    let section = |out: &Vec<String>| out.first().cloned().unwrap_or_default();
    let own = |out: &Vec<String>| path.len() >= 2 && out.starts_with(&path[..2]);
    let declared = match code {
        "service_unknown" => "services",
        "environment_unknown" => "environments",
        "checklist_unknown" => "checklists",
        "database_unknown" => "databases",
        code if BY_ITSELF.contains(&code) => return false,
        _ => return left_out.iter().any(|out| !["targets", "notify"].contains(&section(out).as_str()) || own(out)),
    };
    // The name may be the one that is left out; and what a process needs is declared by the target itself.
    let name = |out: &Vec<String>| section(out) == declared && out.len() <= 2;
    left_out.iter().any(|out| name(out) || (own(out) && out.get(2).is_none_or(|part| part == "process")))
}

/// The path of the entry that a mistake is in, or of the nearest above it that is not left out yet.
fn holder(entries: &[Entry], problem: &Problem, cut: &Cut) -> Option<Vec<usize>> {
    let at = (problem.line, problem.column);
    let mut path = if problem.code == "missing_key" {
        // Told at the mapping, which begins where its first key does, or as an item of a list.
        let here = entries.iter().filter(|entry| entry.at == at).min_by_key(|entry| entry.path.len());
        match here {
            Some(item) if item.item => item.path.clone(),
            Some(first) => first.path.split_last()?.1.to_vec(),
            None => last(entries.iter().filter(|entry| entry.at < at))?,
        }
    } else {
        // An alias stands for entries elsewhere, which have that place too.
        let open = || entries.iter().filter(|entry| entry.at <= at);
        last(open().filter(|entry| !cut.has(&entry.path))).or_else(|| last(open()))?
    };
    while cut.has(&path) {
        path.pop()?;
    }
    (!path.is_empty()).then_some(path)
}

fn last<'a>(entries: impl Iterator<Item = &'a Entry>) -> Option<Vec<usize>> {
    entries.max_by_key(|entry| (entry.at, entry.path.len())).map(|entry| entry.path.clone())
}

fn walk(tree: &Tree, path: &mut Vec<usize>, entries: &mut Vec<Entry>) {
    let mut note = |path: &mut Vec<usize>, index: usize, at: Location, item: bool, below: &Tree| {
        path.push(index);
        let Place { line, column, .. } = Place::new("", at);
        entries.push(Entry { at: (line, column), path: path.clone(), item });
        walk(below, path, entries);
        path.pop();
    };
    match tree {
        Tree::Leaf => {}
        Tree::List(items) => {
            for (index, item) in items.iter().enumerate() {
                note(path, index, item.referenced, true, &item.value);
            }
        }
        Tree::Map(all) => {
            for (index, (key, value)) in all.iter().enumerate() {
                note(path, index, key.referenced, false, &value.value);
            }
        }
    }
}
