//! Layouts that keep both ways in one file, in sections under a marker: goose and dbmate.

use super::{Found, Layout, Migration, Script, SetRule, SourceFile, Wrapping, says};
use crate::said::Said;
use std::collections::BTreeMap;

/// A section of a file while it is read.
struct Section<'a> {
    /// The marker's line, from 1.
    line: usize,
    /// The file's lines, those of others empty.
    lines: Vec<&'a str>,
    wrapping: Wrapping,
}

/// What a marker says.
enum Marker {
    Up(Wrapping),
    Down(Wrapping),
    NoTransaction,
    StatementBegin,
    StatementEnd,
    Environment,
    Unknown(String),
}

pub(super) fn read(layout: Layout, files: &[&SourceFile], found: &mut Found) {
    let mut versions: BTreeMap<u64, String> = BTreeMap::new();
    // goose orders by number, dbmate by the file's name.
    let mut read: Vec<(u64, Migration)> = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".sql") && !file.path.contains('/')) {
        let digits = file.path.chars().take_while(char::is_ascii_digit).count();
        let stem = file.path.trim_end_matches(".sql");
        let (version, name) = stem.split_at(digits);
        let named = name.starts_with('_') || (layout == Layout::Dbmate && name.is_empty());
        let Some(number) = version.parse::<u64>().ok().filter(|number| named && *number > 0) else {
            // dbmate writes the schema beside the migrations on some set-ups; it is none of them.
            if stem != "schema" {
                let why = says::without_version(layout.as_str(), &file.path);
                found.tell(SetRule::BadFileName, &file.path, 1, why, "Name it 20260131120000_what_it_does.sql.");
            }
            continue;
        };
        if let Some(first) = versions.get(&number) {
            let why = says::twice(number, first);
            found.tell(SetRule::DuplicateVersion, &file.path, 1, why, "Give one of the two a version of its own.");
            continue;
        }
        versions.insert(number, file.path.clone());
        let (up, down) = split(layout, file, found);
        let version = if layout == Layout::Dbmate { version.to_owned() } else { number.to_string() };
        let name = name.trim_start_matches('_').to_owned();
        read.push((number, Migration { version, name, up, down, repeatable: false }));
    }
    if layout == Layout::Dbmate {
        for pair in read.windows(2).filter(|pair| pair[0].0 > pair[1].0) {
            let path = pair[1].1.up.as_ref().or(pair[1].1.down.as_ref()).map_or("", |script| &script.path);
            let why = says::by_name(&pair[1].1.version, &pair[0].1.version);
            found.tell(SetRule::OutOfOrder, path, 1, why, "Give all versions the same number of digits.");
        }
    } else {
        read.sort_by_key(|(number, _)| *number);
    }
    found.migrations.extend(read.into_iter().map(|(_, migration)| migration));
}

fn split(layout: Layout, file: &SourceFile, found: &mut Found) -> (Option<Script>, Option<Script>) {
    let (mut up, mut down): (Option<Section<'_>>, Option<Section<'_>>) = (None, None);
    let mut in_down = false;
    let mut bare = false;
    let mut open: Option<usize> = None;
    // A marker that was not understood may have been meant for this section.
    let mut strange = false;
    let text = file.text.trim_start_matches('\u{feff}');
    let total = text.lines().count();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let mut tell =
            |why: Said, rewrite: &str| found.tell(SetRule::AnnotationError, &file.path, number, why, rewrite);
        match marker(layout, line) {
            Some(Marker::Up(_)) if up.is_some() => tell(says::second_up(), "Keep one."),
            Some(Marker::Up(_)) if down.is_some() => tell(says::down_first(), "Put the up first."),
            Some(Marker::Down(_)) if down.is_some() => tell(says::second_down(), "Keep one."),
            Some(Marker::Up(wrapping)) => up = Some(Section { line: number, lines: vec![""; total], wrapping }),
            Some(Marker::Down(wrapping)) => {
                if up.is_none() {
                    tell(says::down_first(), "Put the section for the way up first.");
                }
                if let Some(begin) = open.take() {
                    tell(says::begun_without_end(begin), "Close it before the way down.");
                }
                in_down = true;
                down = Some(Section { line: number, lines: vec![""; total], wrapping });
            }
            Some(Marker::NoTransaction) => bare = true,
            Some(Marker::StatementBegin) if open.is_some() => {
                tell(says::begins_within(), "Close the first one.");
            }
            Some(Marker::StatementBegin) => open = Some(number),
            Some(Marker::StatementEnd) if open.take().is_none() => {
                tell(says::ends_without_begin(), "Begin it, or remove the marker.");
            }
            Some(Marker::StatementEnd | Marker::Environment) => {}
            Some(Marker::Unknown(word)) => {
                tell(says::unknown_marker(layout.as_str(), format_args!("{word:?}")), markers(layout));
                strange = true;
                // An option nobody knows leaves the section what it is.
                if word.starts_with("migrate:up ") && up.is_none() {
                    up = Some(Section { line: number, lines: vec![""; total], wrapping: Wrapping::Transaction });
                }
            }
            None => {
                let section = if in_down { &mut down } else { &mut up };
                if let Some(section) = section {
                    section.lines[index] = line;
                } else if !strange && !super::is_blank(line) {
                    tell(says::before_first_marker(), markers(layout));
                    return (None, None);
                }
            }
        }
    }
    let mut tell =
        |line, why: Said, rewrite: &str| found.tell(SetRule::AnnotationError, &file.path, line, why, rewrite);
    if let Some(begin) = open {
        tell(begin, says::begins_without_end(), "Add -- +goose StatementEnd behind it.");
    }
    if up.is_none() && down.is_none() && !strange {
        tell(1, says::no_up_marker(), markers(layout));
    }
    let script = |section: Section<'_>| {
        let wrapping = if bare { Wrapping::None } else { section.wrapping };
        Script::new(&file.path, &section.lines, section.line, wrapping)
    };
    (up.map(script), down.map(script))
}

fn marker(layout: Layout, line: &str) -> Option<Marker> {
    let comment = line.trim_start().strip_prefix("--")?.trim();
    if layout == Layout::Goose {
        let word = comment.strip_prefix("+goose")?.trim().to_ascii_lowercase();
        return Some(match word.as_str() {
            "up" => Marker::Up(Wrapping::Transaction),
            "down" => Marker::Down(Wrapping::Transaction),
            "no transaction" => Marker::NoTransaction,
            "statementbegin" => Marker::StatementBegin,
            "statementend" => Marker::StatementEnd,
            "envsub on" | "envsub off" => Marker::Environment,
            _ => Marker::Unknown(word),
        });
    }
    let rest = comment.strip_prefix("migrate:")?;
    let mut words = rest.split_whitespace();
    let way = words.next().unwrap_or_default();
    let mut wrapping = Wrapping::Transaction;
    for option in words {
        match option {
            "transaction:false" => wrapping = Wrapping::None,
            "transaction:true" => {}
            _ => return Some(Marker::Unknown(format!("migrate:{rest}"))),
        }
    }
    Some(match way {
        "up" => Marker::Up(wrapping),
        "down" => Marker::Down(wrapping),
        _ => Marker::Unknown(format!("migrate:{rest}")),
    })
}

const fn markers(layout: Layout) -> &'static str {
    match layout {
        Layout::Goose => {
            "Use -- +goose Up, -- +goose Down, and StatementBegin with StatementEnd around a statement that holds semicolons."
        }
        _ => {
            "Use -- migrate:up and -- migrate:down, with transaction:false where it must run outside of a transaction."
        }
    }
}
