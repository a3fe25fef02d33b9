//! Text to [`Document`]: bounded, strict, and every mistake with its place.
//!
//! What the YAML library reports is put into our words here, so that nothing else knows which library it is. Mistakes of
//! form are told all together with those of meaning, which [`crate::check`] finds in what can be read.

use crate::{
    check,
    document::{Document, VERSION},
    mistakes::{self, Form},
    places::{Place, Places, Tree},
    problem::{Problem, nearest},
    pruned::{Cut, Pruned},
};
use serde::{Deserialize as _, de::DeserializeOwned};
use serde_saphyr::{Error, Options};
use std::collections::{BTreeMap, btree_map::Entry};
use switchback_core::name::{Environment, Service};

/// The longest file read, in bytes.
pub const TEXT_LIMIT: usize = 1 << 20;

/// Most nodes after aliases are expanded. A file of 1 MiB with a few bytes a node stays below; an alias bomb does not.
const NODE_LIMIT: usize = 250_000;

/// Deepest nesting. The format itself needs nine.
const DEPTH_LIMIT: usize = 32;

/// Reads one file.
pub fn parse(path_label: &str, text: &str) -> Result<Document, Vec<Problem>> {
    merge(&[(path_label.to_owned(), text.to_owned())])
}

/// Reads several files as one. A key named twice is a problem that names both places; lists of notifications follow
/// each other in the order of the files. Each problem is told at its own file.
pub fn merge(files: &[(String, String)]) -> Result<Document, Vec<Problem>> {
    let mut whole = Document::default();
    let mut places = Places::default();
    let (mut problems, mut left_out, mut readable) = (Vec::new(), Vec::new(), true);
    for (file, text) in files {
        match read(file, text) {
            Ok(Read { document, places: found, form, left_out: out }) => {
                let before = whole.notify.len();
                if !out.iter().any(|path| path == &["version"]) {
                    problems.extend(check_version(&document, &found));
                }
                problems.extend(form);
                left_out.extend(out);
                take(&mut whole, document, &places, &found, &mut problems);
                places.absorb(found, before);
            }
            Err(found) => {
                readable = false;
                problems.extend(found);
            }
        }
    }
    if readable {
        declare_implied(&mut whole);
        let meant = check::check(&whole, &places);
        let own = |(path, problem): &(Vec<String>, Problem)| !mistakes::follows(&left_out, path, problem.code);
        problems.extend(meant.into_iter().filter(own).map(|(_, problem)| problem));
    }
    if problems.is_empty() {
        return Ok(whole);
    }
    problems.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    Err(problems)
}

/// A mistake found outside of the files, told at the key it is about.
pub fn problem_in(files: &[(String, String)], path: &[&str], code: &'static str, message: &str) -> Problem {
    let place = files.iter().find_map(|(file, text)| {
        let tree: Tree = yaml(file, text).ok()?;
        Places::read(file, &tree).exactly(path)
    });
    Problem::at(&place.unwrap_or_else(|| Place::start("")), code, message)
}

/// A process target needs nothing from its service or environment, so one may be named without being declared. Not when
/// a declared name is near: a slip of the pen in `production` must not make an environment without a policy.
fn declare_implied(whole: &mut Document) {
    for (target, spec) in &whole.targets {
        if spec.process.is_none() {
            continue;
        }
        if nearest(target.service.as_str(), whole.services.keys().map(Service::as_str)).is_none() {
            whole.services.entry(target.service.clone()).or_default();
        }
        if nearest(target.environment.as_str(), whole.environments.keys().map(Environment::as_str)).is_none() {
            whole.environments.entry(target.environment.clone()).or_default();
        }
    }
}

fn check_version(document: &Document, places: &Places) -> Option<Problem> {
    let place = places.of(&["version"]);
    match document.version {
        VERSION => None,
        0 => Some(
            Problem::at(&place, "version_missing", "the file says no version of the format")
                .suggesting(Some(format!("version: {VERSION}"))),
        ),
        other => Some(
            Problem::at(&place, "version_unknown", format!("version {other} of the format is not known here"))
                .with("version", other),
        ),
    }
}

fn take(whole: &mut Document, file: Document, old: &Places, new: &Places, problems: &mut Vec<Problem>) {
    let Document { version, services, databases, environments, checklists, targets, people, policy, notify } = file;
    whole.version = version;
    let mut into = Joining { old, new, problems };
    into.join("services", &mut whole.services, services);
    into.join("databases", &mut whole.databases, databases);
    into.join("environments", &mut whole.environments, environments);
    into.join("checklists", &mut whole.checklists, checklists);
    into.join("targets", &mut whole.targets, targets);
    into.join("people", &mut whole.people, people);
    match (&whole.policy.approvals, policy.approvals) {
        (Some(_), Some(_)) => into.twice("policy", "approvals"),
        (None, approvals) => whole.policy.approvals = approvals,
        (Some(_), None) => {}
    }
    whole.notify.extend(notify);
}

struct Joining<'a> {
    old: &'a Places,
    new: &'a Places,
    problems: &'a mut Vec<Problem>,
}

impl Joining<'_> {
    fn join<K: Ord + ToString, V>(&mut self, section: &str, whole: &mut BTreeMap<K, V>, part: BTreeMap<K, V>) {
        for (key, value) in part {
            let name = key.to_string();
            match whole.entry(key) {
                Entry::Vacant(free) => {
                    free.insert(value);
                }
                Entry::Occupied(_) => self.twice(section, &name),
            }
        }
    }

    fn twice(&mut self, section: &str, name: &str) {
        let path = [section, name];
        let first = self.old.of(&path);
        let first = format!("{}:{}:{}", first.file, first.line, first.column);
        let message = format!("{name:?} under {section} is already declared at {first}");
        let problem = Problem::at(&self.new.of(&path), "duplicate_key", message).with("key", name);
        self.problems.push(problem.with("first", first));
    }
}

/// What can be read of a file.
struct Read {
    document: Document,
    places: Places,
    /// Mistakes of form.
    form: Vec<Problem>,
    /// What is left out for them.
    left_out: Vec<Vec<String>>,
}

/// Fails where nothing can be made of it.
fn read(file: &str, text: &str) -> Result<Read, Vec<Problem>> {
    if text.len() > TEXT_LIMIT {
        let message = format!("the file has {} bytes; at most {TEXT_LIMIT} are read", text.len());
        return Err(vec![Problem::at(&Place::start(file), "too_large", message).with("limit", TEXT_LIMIT)]);
    }
    let tree: Tree = yaml(file, text).map_err(|problem| vec![*problem])?;
    let places = Places::read(file, &tree);
    let first = match yaml(file, text) {
        Ok(document) => return Ok(Read { document, places, form: Vec::new(), left_out: Vec::new() }),
        Err(first) => first,
    };
    let Form { told: form, cut, left_out } =
        mistakes::all(&tree, *first, |cut| without(file, text, cut).err().map(|problem| *problem));
    match cut.map(|cut| without(file, text, &cut)) {
        Some(Ok(document)) => Ok(Read { document, places, form, left_out }),
        _ => Err(form),
    }
}

/// A file beside what is cut, or what else is wrong with it.
fn without(file: &str, text: &str, cut: &Cut) -> Result<Document, Box<Problem>> {
    let read = serde_saphyr::with_deserializer_from_str_with_options(text, options(), |yaml| {
        Document::deserialize(Pruned::new(yaml, Some(cut)))
    });
    read.map_err(|error| Box::new(told(file, &error)))
}

fn yaml<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Box<Problem>> {
    serde_saphyr::from_str_with_options(text, options())
        .map_err(|error| Box::new(tab(file, text, &error).unwrap_or_else(|| told(file, &error))))
}

/// A tab where YAML wants spaces. The parser points at what it was reading when it met it, which is another line.
fn tab(file: &str, text: &str, error: &Error) -> Option<Problem> {
    if !error.without_snippet().to_string().contains("tab") {
        return None;
    }
    let indented = |line: &str| line.trim_start_matches(' ').starts_with('\t');
    let (at, line) = text.lines().enumerate().find(|(_, line)| indented(line))?;
    let column = line.chars().take_while(|letter| *letter == ' ').count() + 1;
    let place = Place { file: file.to_owned(), line: at as u64 + 1, column: column as u64 };
    Some(Problem::at(&place, "syntax", "a tab indents this line; YAML takes spaces only"))
}

fn options() -> Options {
    serde_saphyr::options! {
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_reader_input_bytes: Some(TEXT_LIMIT),
            max_nodes: NODE_LIMIT,
            max_events: NODE_LIMIT * 2,
            max_depth: DEPTH_LIMIT,
            // The second is refused by name; a third need not be looked at.
            max_documents: 2,
            max_total_scalar_bytes: TEXT_LIMIT,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: NODE_LIMIT, max_replay_stack_depth: 8 },
    }
}

fn told(file: &str, error: &Error) -> Problem {
    let place = error.location().map_or_else(|| Place::start(file), |location| Place::new(file, location));
    match error.without_snippet() {
        Error::AliasError { error, .. } => told(file, error),
        Error::SerdeUnknownField { field, expected, .. } => {
            let message = format!("{field:?} is not a key known here; known are {}", expected.join(", "));
            Problem::at(&place, "unknown_key", message)
                .suggesting(nearest(field, expected.iter().copied()))
                .with("key", field)
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            let message = format!("{variant:?} is not one of {}", expected.join(", "));
            Problem::at(&place, "unknown_word", message)
                .suggesting(nearest(variant, expected.iter().copied()))
                .with("word", variant)
        }
        Error::SerdeMissingField { field, .. } => {
            Problem::at(&place, "missing_key", format!("the key {field:?} is missing here")).with("key", field)
        }
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or("a key");
            Problem::at(&place, "duplicate_key", format!("{key:?} is written twice")).with("key", key)
        }
        Error::Message { msg, .. } => Problem::at(&place, "bad_value", msg),
        Error::SerdeInvalidType { expected, .. } | Error::SerdeInvalidValue { expected, .. } => {
            wanted(&place, expected)
        }
        Error::Unexpected { expected, .. } => wanted(
            &place,
            match *expected {
                "mapping start" => "keys with values, or {} for none",
                "sequence start" => "a list, or [] for none",
                "string scalar" | "scalar" => "one word or number",
                other => other,
            },
        ),
        Error::InvalidScalar { ty, .. } => wanted(
            &place,
            match *ty {
                "boolean" => "true or false",
                "u16" => "a whole number from 0 to 65535",
                "u32" => "a whole number from 0 up",
                other => other,
            },
        ),
        Error::NullIntoString { .. } => wanted(&place, "a value"),
        Error::MultipleDocuments { .. } => Problem::at(&place, "syntax", "a file holds one document; remove the ---"),
        Error::Budget { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => {
            Problem::at(&place, "too_large", "the file is nested too deep, or too large once aliases are expanded")
        }
        other => {
            let text = other.to_string();
            if text.contains("recursive reference") {
                return Problem::at(&place, "syntax", "an alias stands for something that it is a part of itself");
            }
            if text.contains("recursion limit") {
                return Problem::at(&place, "too_large", "the file is nested too deep");
            }
            let message = text.split(" at line ").next().unwrap_or(&text);
            Problem::at(&place, "syntax", message)
        }
    }
}

/// What was found is left out: it may be a secret written in the wrong place.
fn wanted(place: &Place, expected: &str) -> Problem {
    Problem::at(place, "bad_value", format!("expected here: {expected}")).with("expected", expected)
}
