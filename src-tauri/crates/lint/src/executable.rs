//! MySQL's comments that are none: `/*!40101 SET NAMES utf8mb4 */`, and MariaDB's `/*M!100100 … */`. The server runs what
//! stands in them, so it is read as what it is.

use crate::Dialect;
use std::{borrow::Cow, ops::Range};

/// A text in which they are opened.
pub struct Opened<'a> {
    /// As long as the text it is of, line by line: their brackets are spaces.
    pub text: Cow<'a, str>,
    /// Where they are, from byte to byte.
    pub comments: Vec<Range<usize>>,
}

/// Opens the comments that the server runs. One that has no end is left to whoever reads on.
pub fn open(dialect: Dialect, sql: &str) -> Opened<'_> {
    if dialect != Dialect::Mysql || !(sql.contains("/*!") || sql.contains("/*M!")) {
        return Opened { text: Cow::Borrowed(sql), comments: Vec::new() };
    }
    let mut plain = String::with_capacity(sql.len());
    let mut comments = Vec::new();
    let mut began = None;
    let mut at = 0;
    while let Some(first) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let step = if began.is_some() && rest.starts_with("*/") {
            comments.extend(began.take().map(|from| from..at + 2));
            plain.push_str("  ");
            at += 2;
            continue;
        } else if let Some(marker) = opening(rest).filter(|_| began.is_none()) {
            began = Some(at);
            plain.extend(std::iter::repeat_n(' ', marker));
            at += marker;
            continue;
        } else if began.is_some() && first == ';' {
            // The server takes the whole comment for one statement's.
            plain.push(' ');
            at += 1;
            continue;
        } else if first == '#' || rest.starts_with("-- ") || rest.starts_with("--\n") || rest.starts_with("--\t") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if matches!(first, '\'' | '"' | '`') {
            quoted(rest, first)
        } else {
            first.len_utf8()
        };
        plain.push_str(&rest[..step]);
        at += step;
    }
    Opened { text: Cow::Owned(plain), comments }
}

/// How long the bracket is with which the text begins, when it begins with one that has an end.
fn opening(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix("/*!").or_else(|| rest.strip_prefix("/*M!"))?;
    let digits = inside.bytes().take(6).take_while(u8::is_ascii_digit).count();
    // A version has five digits or six; anything else is SQL already.
    let version = if digits < 5 { 0 } else { digits };
    inside.contains("*/").then_some(rest.len() - inside.len() + version)
}

/// How long the text in quotes is with which it begins.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quote != '`' => escaped = true,
            // Of two in a row the second begins a text of its own, which changes nothing here.
            letter if letter == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A place of a text, widened to the comments that it begins or ends in.
pub fn widened(place: Range<usize>, comments: &[Range<usize>]) -> Range<usize> {
    let cut = |at: usize| comments.iter().find(|comment| comment.start < at && at < comment.end);
    let start = cut(place.start).map_or(place.start, |comment| comment.start);
    start..cut(place.end).map_or(place.end, |comment| comment.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn their_brackets_become_spaces_and_nothing_moves() {
        let sql = "/*!40101 SET NAMES utf8 */;\n-- it's /*! not one */\nselect '/*!40101 x */', \"a\\\"/*! */\" /* plain; */ /*M!100100 , 2 */;";
        let Opened { text, comments } = open(Dialect::Mysql, sql);
        assert_eq!(text.len(), sql.len());
        assert!(
            text.starts_with("         SET NAMES utf8   ;\n-- it's /*! not one */\nselect '/*!40101 x */', "),
            "{text}"
        );
        assert!(text.ends_with("\"a\\\"/*! */\" /* plain; */            , 2   ;"), "{text}");
        let told: Vec<&str> = comments.into_iter().map(|one| &sql[one]).collect();
        assert_eq!(told, ["/*!40101 SET NAMES utf8 */", "/*M!100100 , 2 */"]);
        assert_eq!(open(Dialect::Postgres, sql).text, sql);
        let endless = "select 1 /*!40101 and on";
        assert_eq!(open(Dialect::Mysql, endless).text, endless);
    }
}
