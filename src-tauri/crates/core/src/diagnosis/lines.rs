//! From raw output to lines the rules can read.
//!
//! Apart from the rules, so that no rule has to know of colours, time stamps, compose prefixes or JSON. A line keeps the
//! number it had in the input, because evidence is shown by that number. Only the end of a long log is read: what ended
//! a start stands at its end, and a bound keeps the cost of a diagnosis known.
//! Deliberately not here: any opinion about what a line means, except its level and whether it is a stack frame.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::level::{Level, level};
use super::rules::regex;

/// How much of the end is read, in bytes.
pub(super) const MAX_BYTES: usize = 256 * 1024;
/// How much of the end is read, in lines.
pub(super) const MAX_LINES: usize = 4000;
/// A longer line is cut: minified sources in a stack trace would cost more than they tell. In bytes.
const MAX_LINE: usize = 4000;

/// One line, cleaned.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// 1-based in the whole input.
    pub number: usize,
    /// Without colours, prefix and time stamp; of a JSON line its message, error and stack.
    pub text: String,
    /// The container named before a `|`, empty when there is none.
    pub stream: String,
    pub level: Level,
    /// A stack frame, an empty line or a ruler: it puts no distance between an error and the end.
    pub filler: bool,
}

static ANSI: LazyLock<Regex> = LazyLock::new(|| regex(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\r"));
static STREAM: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(?:\[?([A-Za-z0-9][\w./-]{0,60})\]?\s*\|(?:\s|$)|\[pod/([^\]]+)\]\s)"));
static STAMP: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"^(?:#\d+ [\d.]+ |",
        r"\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:\s?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?\]?\s*[:|-]?\s*|",
        r"(?:stdout|stderr) [FP] |",
        r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:[\w.-]+ )?(?:[\w./-]+(?:\[\d+\])?: )?|",
        r"\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?\s+)",
    ))
});
static FILLER: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"^\s*$|^\s*at\s+\S|^\s*\.\.\. \d+ (?:more|common frames)|^\s*File .+, line \d+|^\s+from \S+:\d+:in|",
        r"^\s*\d+: +\S|^\s*[-=*~^]{3,}\s*$|^\s*#\d+ \S|^goroutine \d+|^\t\S+\.go:\d+|^\s*--- End of|^\s+\S+\(0x|",
        r"^\s*[}\])]+[,;]?\s*$|^Node\.js v\d|^note: run with `RUST_BACKTRACE|^\s+\^+|^[\w./*()]+\((?:0x|\.\.\.|\{)",
    ))
});
/// An option with what it is for, as usage texts list them: words of what may be, not of what was.
static USAGE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^\s*(?:-\w,? *)?--?[A-Za-z][\w-]*(?:[ =][<\[\w.|:>\]]+)?(?:\s{2,}|\t)\S|^ {4}\t\S"));
/// The lines of the bounded end of a log.
pub(super) fn read(log: &str) -> Vec<Line> {
    let mut start = log.len().saturating_sub(MAX_BYTES);
    while !log.is_char_boundary(start) {
        start += 1;
    }
    let skipped = log[..start].matches('\n').count();
    let all: Vec<&str> = log[start..].lines().collect();
    let first = all.len().saturating_sub(MAX_LINES);
    let mut out = Vec::new();
    for (index, raw) in all.iter().enumerate().skip(first) {
        clean(skipped + index + 1, raw, &mut out);
    }
    out
}

/// One line without a place in the log, for events.
pub(super) fn event(text: &str) -> Line {
    Line { number: 0, text: cut(text.trim()).to_owned(), stream: String::new(), level: Level::Error, filler: false }
}

fn clean(number: usize, raw: &str, out: &mut Vec<Line>) {
    let plain = ANSI.replace_all(cut(raw), "");
    let mut text: &str = plain.trim_end();
    let mut stream = String::new();
    if let Some(found) = STREAM.captures(text) {
        found.get(1).or_else(|| found.get(2)).map_or("", |name| name.as_str()).clone_into(&mut stream);
        text = &text[found.get(0).map_or(0, |all| all.end())..];
    }
    // Two time stamps are common: the engine's and the program's.
    for _ in 0..3 {
        if let Some(found) = STAMP.find(text).filter(|found| found.end() > 0) {
            text = &text[found.end()..];
        }
    }
    if let Some((level, message)) = json(text) {
        for part in message.lines() {
            let filler = FILLER.is_match(part);
            out.push(Line { number, text: part.to_owned(), stream: stream.clone(), level, filler });
        }
        return;
    }
    if USAGE.is_match(text) {
        text = "";
    }
    let filler = FILLER.is_match(text);
    out.push(Line { number, text: text.to_owned(), stream, level: level(text), filler });
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(MAX_LINE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Level and text of a structured line.
fn json(text: &str) -> Option<(Level, String)> {
    let Value::Object(fields) = serde_json::from_str::<Value>(text.trim()).ok()? else {
        return None;
    };
    let mut level_found = Level::Unmarked;
    let mut parts = Vec::new();
    for key in ["level", "severity", "lvl", "log.level", "@l", "levelname"] {
        match fields.get(key) {
            Some(Value::String(word)) => level_found = level(word),
            // The numbers of the bunyan family: 30 info, 40 warning, 50 error, 60 fatal.
            Some(Value::Number(number)) => {
                level_found = match number.as_i64().unwrap_or(0) {
                    60.. => Level::Fatal,
                    50.. => Level::Error,
                    40.. => Level::Warning,
                    _ => Level::Quiet,
                }
            }
            _ => {}
        }
    }
    // MongoDB: a letter for the level, and the error beside the message.
    if let (Some(Value::String(letter)), Some(attributes)) = (fields.get("s"), fields.get("attr")) {
        level_found = match letter.as_str() {
            "F" => Level::Fatal,
            "E" => Level::Error,
            "W" => Level::Warning,
            _ => Level::Quiet,
        };
        if level_found > Level::Quiet {
            flatten(attributes, &mut parts);
        }
    }
    for key in ["msg", "message", "@m", "error", "err", "exception", "@x", "errors", "stack", "stack_trace", "cause"] {
        if let Some(value) = fields.get(key) {
            flatten(value, &mut parts);
        }
    }
    if parts.is_empty() {
        parts.push(text.to_owned());
    }
    Some((level_found, parts.join("\n")))
}

fn flatten(value: &Value, parts: &mut Vec<String>) {
    match value {
        Value::String(text) => parts.push(text.clone()),
        Value::Object(fields) => {
            let scalars = fields.iter().filter(|(_, value)| value.is_number() || value.is_string());
            parts.push(scalars.map(|(key, value)| format!("{key}: {value}")).collect::<Vec<_>>().join(", "));
            for key in ["message", "stack", "cause"] {
                if let Some(inner) = fields.get(key) {
                    flatten(inner, parts);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| flatten(item, parts)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, text: &str, level: Level) {
        let lines = read(raw);
        assert_eq!((lines[0].text.as_str(), lines[0].level), (text, level), "{raw}");
    }

    #[test]
    fn colours_prefixes_and_time_stamps_are_taken_off() {
        check("\x1b[31mError:\x1b[0m boom", "Error: boom", Level::Error);
        check("web_1  | 2024-01-02T03:04:05.678Z WARN slow", "WARN slow", Level::Warning);
        check("2022-04-11T14:56:48.784368294Z stderr F listening", "listening", Level::Unmarked);
        check("2024/06/22 16:54:59 [emerg] 1#1: bind() failed", "[emerg] 1#1: bind() failed", Level::Fatal);
    }

    #[test]
    fn a_json_line_gives_its_message_and_level() {
        check(r#"{"level":"error","msg":"no route"}"#, "no route", Level::Error);
        check(r#"{"level":30,"msg":"up"}"#, "up", Level::Quiet);
        check(r#"{"s":"E","msg":"write","attr":{"code":28}}"#, "code: 28", Level::Error);
    }

    #[test]
    fn only_the_end_is_read_and_numbers_stay_those_of_the_input() {
        let log = "x\n".repeat(MAX_LINES + 10) + "last";
        let lines = read(&log);
        assert_eq!(lines.len(), MAX_LINES);
        assert_eq!(lines.last().unwrap().number, MAX_LINES + 11);
    }
}
