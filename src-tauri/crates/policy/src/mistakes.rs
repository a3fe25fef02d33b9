//! All mistakes of form of a file: unknown keys and words, values of the wrong kind, keys that are missing.
//!
//! A typed reading ends at its first mistake. So the entry it is in is left out and the file is read once more, until
//! nothing is wrong with the rest. What then is wrong with something because a part of it was left out is not told: it may
//! be right once that part is.

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

/// All mistakes of form, in the order they are found. `read` reads without what is cut, and gives the mistake it ends at.
pub(crate) fn all(tree: &Tree, first: Problem, read: impl Fn(&Cut) -> Option<Problem>) -> Vec<Problem> {
    let mut entries = Vec::new();
    walk(tree, &mut Vec::new(), &mut entries);
    let (mut cut, mut told, mut found) = (Cut::default(), Vec::<Problem>::new(), Some(first));
    for _ in 0..READINGS {
        let Some(problem) = found else { break };
        let code = problem.code;
        let path = Some(()).filter(|()| OF_FORM.contains(&code)).and_then(|()| holder(&entries, &problem, &cut));
        let known = |one: &Problem| (one.line, one.column) == (problem.line, problem.column);
        let follows = path.as_deref().is_some_and(|path| cut.touches(path)) || told.iter().any(known);
        if told.is_empty() || (path.is_some() && !follows) {
            told.push(problem);
        }
        let Some(path) = path.filter(|_| told.len() < MOST) else { break };
        cut.add(&path);
        found = read(&cut);
    }
    told
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
