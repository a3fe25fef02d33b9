//! Whether a refused connection went to this machine or to another.
//!
//! Apart from the rules, because the address often stands on another line than the refusal: a field of a Node error, the
//! second line of a libpq message, the outer exception of a Java chain. When no address can be found the answer is
//! unknown rather than a guess, for the two causes have opposite remedies.
//! Deliberately not here: any resolution of names. A name that is not `localhost` is another host.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::cause::Cause;
use super::lines::Line;
use super::rules::regex;

/// Lines before the refusal that may hold its address; a Java chain with its frames is about this long.
const BEFORE: usize = 120;
/// Lines after it: the fields of an error object.
const AFTER: usize = 12;

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r#"(?i)address['"]?: ['"]?(?P<a>(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]*::[0-9a-f:]*)|"#,
        r#"server running on (?:that )?host "(?P<b>[^"]+)"|"#,
        r"\b\w+(?:\+\w+)?://(?:[^\s@/]*@)?(?P<c>\[[^\]]+\]|[\w.-]+):(?P<p1>\d+)|",
        r"\b(?:host(?:name)?\s*['\x22]?\s*[:=]|(?:server|endpoint|broker|addr)\s*=)\s*['\x22]?(?P<d>[\w-]+(?:\.[\w-]+)*)|",
        r"(?:connect(?:ion|ing)?|attempt|dial\w*|reach)\s+(?:to|tcp|at|failed)?:?\s*\W?(?P<e>localhost|[\w-]+(?:\.[\w-]+)*)[:/](?P<p2>\d+)|",
        r"\(['\x22](?P<h>[\w.-]+)['\x22], ?(?P<p5>\d+)\)|",
        r"(?P<f>localhost|(?:\d{1,3}\.){3}\d{1,3}|\[::1\])(?:/[\w.:]+)?:(?P<p3>\d+)|\b(?P<g>[a-z][\w-]*(?:\.[\w-]+)*)(?:/[\d.]+)?:(?P<p4>\d{4,5})\b",
    ))
});
/// A message that offers the refusal as one of several explanations.
static ONE_OF_SEVERAL: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)\brefused,? or \w|\bor (?:the )?connection (?:was )?refused"));
static PORT_FIELD: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?i)\bport['"]?:? (?P<port>\d+)"#));

/// Turns a refused connection into one of its two causes, or unknown; leaves any other cause as it is.
pub(super) fn settle(cause: Cause, params: &mut BTreeMap<String, String>, lines: &[Line], at: usize) -> Cause {
    if cause != Cause::ConnectionRefusedRemote {
        return cause;
    }
    if let Some(ip) = params.remove("ip").filter(|_| !params.contains_key("host")) {
        params.insert("host".to_owned(), ip);
    }
    if ONE_OF_SEVERAL.is_match(&lines[at].text) {
        return Cause::Unknown;
    }
    if !params.contains_key("host") {
        search(params, lines, at);
    }
    match params.get("host") {
        Some(host) if is_loopback(host) => Cause::ConnectionRefusedLocalhost,
        Some(_) => Cause::ConnectionRefusedRemote,
        // `dial tcp :5432` leaves the host out, which means this machine.
        None if params.contains_key("port") => Cause::ConnectionRefusedLocalhost,
        None => Cause::Unknown,
    }
}

/// The nearest address: this line, then the fields after it, then what came before it.
fn search(params: &mut BTreeMap<String, String>, lines: &[Line], at: usize) {
    let stream = &lines[at].stream;
    let after = (at..lines.len()).take(AFTER + 1);
    let before = (0..at).rev().take(BEFORE);
    for index in after.chain(before) {
        if &lines[index].stream != stream || is_source(&lines[index].text) {
            continue;
        }
        let Some(found) = ADDRESS.captures(&lines[index].text) else { continue };
        let host = ["a", "b", "c", "d", "e", "f", "g", "h"].iter().find_map(|name| found.name(name));
        let Some(host) = host else { continue };
        params.insert("host".to_owned(), host.as_str().to_owned());
        let port = ["p1", "p2", "p3", "p4", "p5"].iter().find_map(|name| found.name(name)).map(|port| port.as_str());
        let near = (index..lines.len()).take(4);
        let field =
            || near.clone().find_map(|i| PORT_FIELD.captures(&lines[i].text)?.name("port").map(|port| port.as_str()));
        if let Some(port) = port.or_else(field) {
            params.insert("port".to_owned(), port.to_owned());
        }
        return;
    }
}

/// A stack frame names files and lines, `net.js:1083`, which look like hosts and ports.
fn is_source(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("at ") || text.starts_with("File ") || text.starts_with("from ") || text.contains(".rs:")
}

/// Whether an address means the machine, or the container, the program itself runs in.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.');
    host.is_empty()
        || host.eq_ignore_ascii_case("localhost")
        || host.starts_with("127.")
        || matches!(host, "::1" | "0:0:0:0:0:0:0:1" | "0.0.0.0" | "::" | "::ffff:127.0.0.1")
}
