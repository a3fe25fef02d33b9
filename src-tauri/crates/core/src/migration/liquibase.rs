//! Liquibase's formatted SQL: change sets with their rollback as comments in one file.
//!
//! Only this format: change logs in XML, YAML or JSON are not SQL files, and are passed over.

use super::{Found, Migration, Script, SetRule, SourceFile, Wrapping, says};
use crate::said::Said;
use std::collections::BTreeMap;

/// One change set while it is read.
struct ChangeSet {
    line: usize,
    author: String,
    id: String,
    wrapping: Wrapping,
    /// Whether it runs again whenever it changed.
    repeatable: bool,
    up: Vec<String>,
    down: Vec<String>,
    /// The first line of its rollback.
    rollback: Option<usize>,
}

/// Comments that Liquibase takes for more than a comment.
const WORDS: [&str; 9] = [
    "changeset",
    "rollback",
    "comment",
    "preconditions",
    "precondition-sql-check",
    "property",
    "validchecksum",
    "ignorelines",
    "ignore",
];

pub(super) fn read(files: &[&SourceFile], found: &mut Found) {
    let mut seen: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    for file in files.iter().filter(|file| file.path.ends_with(".sql")) {
        let text = file.text.trim_start_matches('\u{feff}');
        let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        if !header.trim_start_matches('-').trim().to_ascii_lowercase().starts_with("liquibase formatted sql") {
            let why = says::not_formatted();
            found.tell(SetRule::AnnotationError, &file.path, 1, why, "Begin it with --liquibase formatted sql.");
            continue;
        }
        for set in change_sets(file, text, found) {
            let key = (file.path.clone(), set.author.clone(), set.id.clone());
            if let Some(first) = seen.get(&key) {
                let why = says::stands_already(format_args!("{}:{}", set.author, set.id), first);
                found.tell(
                    SetRule::DuplicateVersion,
                    &file.path,
                    set.line,
                    why,
                    "Give one of the two an id of its own.",
                );
                continue;
            }
            found.migrations.push(migration(file, &set));
            seen.insert(key, set.line);
        }
    }
}

fn migration(file: &SourceFile, set: &ChangeSet) -> Migration {
    let lines = |lines: &[String]| lines.iter().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    let script = |text: &[String], line| {
        let text = lines(text);
        let text: Vec<&str> = text.iter().map(String::as_str).collect();
        Script::new(&file.path, &text, line, set.wrapping)
    };
    Migration {
        version: format!("{}:{}", set.author, set.id),
        name: file.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".sql").to_owned(),
        up: Some(script(&set.up, set.line)),
        down: set.rollback.map(|line| script(&set.down, line)),
        repeatable: set.repeatable,
    }
}

fn change_sets(file: &SourceFile, text: &str, found: &mut Found) -> Vec<ChangeSet> {
    let mut sets: Vec<ChangeSet> = Vec::new();
    let total = text.lines().count();
    let mut in_rollback = false;
    let mut told_stray = false;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let mut tell =
            |why: Said, rewrite: &str| found.tell(SetRule::AnnotationError, &file.path, number, why, rewrite);
        if in_rollback {
            let end = line.find("*/");
            if let Some(set) = sets.last_mut() {
                line[..end.unwrap_or(line.len())].clone_into(&mut set.down[index]);
            }
            in_rollback = end.is_none();
            continue;
        }
        let trimmed = line.trim_start();
        let lower = trimmed.to_ascii_lowercase();
        if let Some(rest) = lower.strip_prefix("/*").map(str::trim_start)
            && let Some(rest) = rest.strip_prefix("liquibase")
            && rest.trim_start().starts_with("rollback")
        {
            let Some(set) = sets.last_mut() else {
                tell(says::rollback_before_set(), "Put it behind its change set.");
                continue;
            };
            set.rollback.get_or_insert(number);
            let from =
                lower.find("rollback").map_or(line.len(), |at| line.len() - trimmed.len() + at + "rollback".len());
            let end = line.find("*/");
            line.get(from..end.unwrap_or(line.len())).unwrap_or_default().clone_into(&mut set.down[index]);
            in_rollback = end.is_none();
            continue;
        }
        let Some(word) = word(&lower) else {
            match sets.last_mut() {
                Some(set) => line.clone_into(&mut set.up[index]),
                None if !told_stray && !super::is_blank(line) => {
                    told_stray = true;
                    tell(says::statement_before_set(), "Begin with --changeset author:id.");
                }
                None => {}
            }
            continue;
        };
        let rest = trimmed[2..].trim_start()[word.len()..].trim_start_matches(':').trim();
        match (word.as_str(), sets.last_mut()) {
            ("changeset", _) => match change_set(rest, number, total) {
                Some(set) => sets.push(set),
                None => tell(says::no_change_set(format_args!("{rest:?}")), "Write --changeset author:id."),
            },
            ("rollback", Some(set)) => {
                set.rollback.get_or_insert(number);
                let said = rest.to_ascii_lowercase();
                if !matches!(said.trim_end_matches(';'), "empty" | "not required") {
                    // Text keeps its column, so that a finding points at the statement.
                    let column = line.len() - rest.len().min(line.len());
                    set.down[index] = format!("{}{rest}", " ".repeat(column));
                }
            }
            ("rollback", None) => {
                tell(says::rollback_before_set(), "Put it behind its change set.");
            }
            (word, _) if WORDS.contains(&word) || word == "liquibase" => {}
            (word, _) => {
                tell(
                    says::unknown_word(word),
                    "Write --changeset author:id or --rollback, or make it a plain comment.",
                );
            }
        }
    }
    sets
}

/// The word of an annotation, when the comment is one, or is nearly one.
fn word(lower: &str) -> Option<String> {
    let rest = lower.strip_prefix("--")?;
    let spaced = rest.trim_start();
    let word: String = spaced.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    if WORDS.contains(&word.as_str()) || word == "liquibase" {
        // With a space these are words of a sentence, but for the two that Liquibase takes so.
        let tight = rest.len() == spaced.len();
        return (tight || word == "changeset" || word == "rollback").then_some(word);
    }
    let near = |known: &&str| strsim::damerau_levenshtein(known, &word) <= 2;
    let meant = rest.len() == spaced.len() && ["changeset", "rollback"].iter().any(near);
    meant.then_some(word)
}

fn change_set(rest: &str, line: usize, total: usize) -> Option<ChangeSet> {
    let mut words = rest.split_whitespace();
    let (author, id) = words.next()?.split_once(':')?;
    if author.is_empty() || id.is_empty() {
        return None;
    }
    let attributes: Vec<String> = words.map(str::to_ascii_lowercase).collect();
    let says = |text: &str| attributes.iter().any(|attribute| attribute == text);
    Some(ChangeSet {
        line,
        author: author.trim_matches('"').to_owned(),
        id: id.trim_matches('"').to_owned(),
        wrapping: if says("runintransaction:false") { Wrapping::None } else { Wrapping::Transaction },
        repeatable: says("runonchange:true") || says("runalways:true"),
        up: vec![String::new(); total],
        down: vec![String::new(); total],
        rollback: None,
    })
}
