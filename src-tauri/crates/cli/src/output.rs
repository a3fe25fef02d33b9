//! Writing answers: JSON or text to standard output, errors to standard error.

use crate::args::Format;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use std::io::Write as _;
use switchback_api::{ApiError, dto::Change};
use switchback_core::gate;

/// Writes an answer, as JSON or by `text`. A reader that went away is not an error.
pub fn answer<T: Serialize>(format: Format, value: &T, text: impl FnOnce(&T) -> String) {
    let written = match format {
        Format::Json => serde_json::to_string_pretty(value).unwrap_or_default(),
        Format::Text => plain(&text(value), &['\n', '\t']),
    };
    if !written.is_empty() {
        let _ = writeln!(std::io::stdout(), "{}", written.trim_end());
    }
}

/// Writes an error and returns its exit code.
pub fn error(format: Format, error: &ApiError) -> u8 {
    let mut stderr = std::io::stderr();
    if format == Format::Json {
        let _ = writeln!(stderr, "{}", serde_json::to_string(error).unwrap_or_default());
    } else {
        for (index, cause) in error.causes.iter().enumerate() {
            let lead = if index == 0 { "error" } else { "     " };
            let _ = writeln!(stderr, "{lead}: {}", line(cause));
        }
        if let Some(hint) = &error.hint {
            let _ = writeln!(stderr, " hint: {}", line(hint));
        }
    }
    error.exit_code()
}

/// What came from elsewhere, as one line: nothing in it steers a terminal or pretends to be a line of ours.
pub fn line(text: &str) -> String {
    plain(text, &[])
}

/// Text with its control characters, and those that turn the direction of writing, made visible.
fn plain(text: &str, but: &[char]) -> String {
    let turns = |letter| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let steers = |letter: char| (letter.is_control() || turns(letter)) && !but.contains(&letter);
    let shown = |letter: char| if steers(letter) { letter.escape_default().to_string() } else { letter.to_string() };
    text.chars().map(shown).collect()
}

/// An instant by the clocks of a zone; by those of UTC where this machine does not know it.
pub fn local(at: jiff::Timestamp, zone: &str) -> String {
    gate::local(at, &jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC))
}

/// What something was and what it becomes.
pub fn turned(change: &Change) -> String {
    let shown = |value: &Option<String>| match value.as_deref() {
        Some(from) if change.key == Change::POD_TEMPLATE => format!("as imported from {}", line(from)),
        Some(value) => line(value),
        None if change.key == Change::POD_TEMPLATE => "the workload's own".to_owned(),
        None => "absent".to_owned(),
    };
    format!("{} -> {}", shown(&change.before), shown(&change.after))
}

/// A line for each change, by what kind of thing it is.
pub fn changes(kinds: [(&str, &[Change]); 3]) -> String {
    let lines = kinds.into_iter().flat_map(|(kind, changes)| {
        changes.iter().map(move |change| format!("{kind}: {} {}\n", line(&change.key), turned(change)))
    });
    lines.collect()
}

/// A table without lines.
pub fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(head);
    for row in rows {
        table.add_row(row.map(|cell| line(&cell)));
    }
    table.trim_fmt()
}

/// Milliseconds as people read them.
#[allow(clippy::cast_precision_loss)]
pub fn took(ms: Option<u64>) -> String {
    match ms {
        None => "-".to_owned(),
        Some(ms) if ms < 1000 => format!("{ms} ms"),
        Some(ms) if ms < 60_000 => format!("{:.1} s", ms as f64 / 1000.0),
        Some(ms) => format!("{} m {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_from_elsewhere_is_one_line_and_steers_no_terminal() {
        let after = Some("live\n\u{1b}[2J\u{202e}safe".to_owned());
        let change = Change { key: "MODE\n".to_owned(), before: None, after };
        let told = changes([("config", &[change]), ("secret", &[]), ("setting", &[])]);
        assert_eq!(told, "config: MODE\\n absent -> live\\n\\u{1b}[2J\\u{202e}safe\n");
        let change = Change { key: Change::POD_TEMPLATE.to_owned(), before: None, after: Some("web-6d5f".to_owned()) };
        assert_eq!(turned(&change), "the workload's own -> as imported from web-6d5f");
        assert!(table(["WHY"], [["a\nb\u{7}".to_owned()]]).contains("a\\nb\\u{7}"));
        assert_eq!(line("鄞州 – naïve 🚂"), "鄞州 – naïve 🚂");
    }
}
