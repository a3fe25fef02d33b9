//! A schema as two of them are compared where the one was made there and back, or is a copy: what PostgreSQL only spells
//! in another way is the same.
//!
//! Each time that it reads one of its own expressions again, when a column's type is altered or a dump is restored, it
//! writes the cast of a list of texts at each of them: `(ARRAY['a'::character varying])::text[]` comes back as
//! `ARRAY[('a'::character varying)::text]`. Whether a constraint was checked for the rows that were there is about those
//! rows: nobody can take that back, and the new rows are checked either way.

use super::hashed;
use std::collections::BTreeMap;
use switchback_core::release::Digest;
use switchback_lint::{
    Dialect,
    sql::{Kind, Token, lex},
};

/// Lines as they are written, by what they mean.
#[derive(Debug)]
pub(crate) struct Meant(BTreeMap<String, String>);

impl Meant {
    pub fn of(lines: impl Iterator<Item = (String, String)>) -> Self {
        Self(lines.collect())
    }

    pub fn hash(&self) -> Digest {
        hashed(self.0.keys())
    }

    /// The lines, as they are written, that the other one does not have.
    pub fn without<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(|(meant, _)| !other.0.contains_key(*meant)).map(|(_, written)| written.as_str())
    }
}

impl PartialEq for Meant {
    fn eq(&self, other: &Self) -> bool {
        self.0.keys().eq(other.0.keys())
    }
}

/// The words of one of PostgreSQL's lines as they are compared.
pub(super) fn plain(words: &[String]) -> Vec<String> {
    let mut words = words.to_vec();
    match words.as_mut_slice() {
        [kind, _, _, rule, checked] if kind == "constraint" => {
            checked.clear();
            unchecked(rule);
        }
        // A domain's.
        [kind, _, _, rule] if kind == "type" => unchecked(rule),
        _ => {}
    }
    // A function's text is its own: the server spells nothing there.
    if words.first().is_some_and(|kind| kind != "function") {
        for word in words.iter_mut().skip(2).filter(|word| word.contains("ARRAY[")) {
            if let Some(spelled) = spelled(word) {
                *word = spelled;
            }
        }
    }
    words
}

fn unchecked(rule: &mut String) {
    if let Some(bare) = rule.strip_suffix(" NOT VALID") {
        rule.truncate(bare.len());
    }
}

/// An expression in one spelling; `None` where it cannot be read.
fn spelled(expression: &str) -> Option<String> {
    let lexed = lex(Dialect::Postgres, expression, 1);
    let tokens: Vec<String> = lexed.tokens.iter().map(token).collect();
    (lexed.broken.is_none() && lexed.comments.is_empty()).then(|| casts_inside(&tokens).join(" "))
}

fn token(token: &Token) -> String {
    match token.kind {
        Kind::Text => format!("'{}'", token.text.replace('\'', "''")),
        Kind::Quoted => format!("\"{}\"", token.text.replace('"', "\"\"")),
        Kind::Word | Kind::Number | Kind::Symbol => token.text.clone(),
    }
}

/// Casts of whole lists, written at each of what is listed.
fn casts_inside(tokens: &[String]) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), tokens);
    while let [first, behind @ ..] = rest {
        let Some(List { listed, bracketed, after }) = List::at(rest) else {
            found.push(first.clone());
            rest = behind;
            continue;
        };
        let [open, close] = if bracketed { ["(", ")"] } else { [""; 2] };
        found.extend(["ARRAY", "["].map(str::to_owned));
        for (at, one) in listed.into_iter().enumerate() {
            found.extend((at > 0).then(|| ",".to_owned()));
            found.push(open.to_owned());
            found.extend(casts_inside(one));
            found.extend([close, "::", "text"].map(str::to_owned));
        }
        found.push("]".to_owned());
        rest = after;
    }
    found.retain(|word| !word.is_empty());
    found
}

/// A list of texts that are cast together.
struct List<'a> {
    listed: Vec<&'a [String]>,
    /// Whether the server writes brackets around what it casts.
    bracketed: bool,
    after: &'a [String],
}

impl<'a> List<'a> {
    fn at(tokens: &'a [String]) -> Option<Self> {
        let bracketed = tokens.first()? == "(";
        let inside = behind(&tokens[usize::from(bracketed)..], &["ARRAY", "["])?;
        let mut depth = 0_usize;
        let (mut listed, mut begin) = (Vec::new(), 0);
        let close = inside.iter().enumerate().find_map(|(at, token)| {
            match token.as_str() {
                "(" | "[" => depth += 1,
                "]" if depth == 0 => return Some(at),
                ")" | "]" => depth = depth.saturating_sub(1),
                "," if depth == 0 => {
                    listed.push(&inside[begin..at]);
                    begin = at + 1;
                }
                _ => {}
            }
            None
        })?;
        listed.push(&inside[begin..close]);
        let after = &inside[close + 1..];
        let after = if bracketed { behind(after, &[")"])? } else { after };
        let after = behind(after, &["::", "text", "[", "]"])?;
        // All that is listed is of one type: a list of lists is none of these.
        listed.iter().any(|one| is_text(one)).then_some(Self { listed, bracketed, after })
    }
}

/// Whether it is a text of any length, as the server writes one.
fn is_text(tokens: &[String]) -> bool {
    matches!(tokens, [text, cast, character, varying]
        if text.starts_with('\'') && cast == "::" && character == "character" && varying == "varying")
}

fn behind<'a>(tokens: &'a [String], first: &[&str]) -> Option<&'a [String]> {
    let begins = tokens.len() >= first.len() && first.iter().zip(tokens).all(|(one, token)| one == token);
    begins.then(|| &tokens[first.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> String {
        plain(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).join(" ").trim_end().to_owned()
    }

    fn check(expression: &str) -> String {
        line(&["constraint", "users", "users_role_check", &format!("CHECK ({expression})"), ""])
    }

    #[test]
    fn what_the_server_spells_anew_is_the_same() {
        for (was, is) in [
            (
                "((role)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
                "((role)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))",
            ),
            (
                "((role)::text <> ALL ((ARRAY['a'::character varying, (upper('b'::text))::character varying])::text[]))",
                "((role)::text <> ALL (ARRAY[('a'::character varying)::text, ((upper('b'::text))::character varying)::text]))",
            ),
            (
                "(role = ANY ((ARRAY['d]'::character varying, 'it''s, (x'::character varying])::text[]))",
                "(role = ANY (ARRAY[('d]'::character varying)::text, ('it''s, (x'::character varying)::text]))",
            ),
            // As it writes the expressions of statistics.
            (
                "role::text = ANY (ARRAY['a'::character varying, 'b'::character varying]::text[])",
                "role::text = ANY (ARRAY['a'::character varying::text, 'b'::character varying::text])",
            ),
        ] {
            assert_eq!(check(was), check(is));
        }
    }

    #[test]
    fn what_is_another_expression_stays_another() {
        let list = |inside: &str, cast: &str| format!("((role)::text = ANY ((ARRAY[{inside}]){cast}))");
        let texts = list("'a'::character varying", "::text[]");
        for (one, other) in [
            ("(a > 1)".to_owned(), "(a > 2)".to_owned()),
            ("((a OR b) AND c)".to_owned(), "(a OR (b AND c))".to_owned()),
            ("((x)::integer > 1)".to_owned(), "((x)::numeric > 1)".to_owned()),
            ("((a)::text < (b)::text)".to_owned(), "(a < b)".to_owned()),
            (texts.clone(), list("'b'::character varying", "::text[]")),
            (texts.clone(), list("'A'::character varying", "::text[]")),
            (texts.clone(), list("'a'::character varying, 'b'::character varying", "::text[]")),
            (texts.clone(), list("'a'::character varying(1)", "::text[]")),
            (texts.clone(), list("'a'::character varying", "::bpchar[]")),
            (texts.clone(), list("'a'::bpchar", "::text[]")),
            (texts.clone(), texts.replace("= ANY", "<> ALL")),
            (texts.clone(), texts.replace("(role)::text", "role")),
            (texts.clone(), texts.replace("(role)", "(name)")),
            (
                list("'a, b'::character varying", "::text[]"),
                list("'a'::character varying, 'b'::character varying", "::text[]"),
            ),
            (list("\"a\"", "::text[]"), list("'a'", "::text[]")),
            (
                list("'{1}'::integer[], \"far\"", "::text[]"),
                "((role)::text = ANY (ARRAY[('{1}'::integer[])::text, (\"far\")::text]))".to_owned(),
            ),
            (list("tags, more", "::text[]"), "((role)::text = ANY (ARRAY[(tags)::text, (more)::text]))".to_owned()),
        ] {
            assert_ne!(check(&one), check(&other));
        }
    }

    #[test]
    fn whether_rows_were_checked_is_left_out_and_nothing_else_of_a_rule() {
        let key = |rule: &str, checked: &str| line(&["constraint", "orders", "orders_user_fk", rule, checked]);
        let rule = "FOREIGN KEY (user_id) REFERENCES users(id)";
        assert_eq!(key(&format!("{rule} NOT VALID"), "not validated"), key(rule, ""));
        assert_eq!(key("CHECK ((n > 0)) NOT VALID", "not validated"), key("CHECK ((n > 0))", ""));
        assert_ne!(key("CHECK ((n > 0)) NOT ENFORCED", "not validated"), key("CHECK ((n > 0))", ""));
        assert_ne!(key(&format!("{rule} ON DELETE CASCADE NOT VALID"), "not validated"), key(rule, ""));
        let domain = |rule: &str| line(&["type", "-", "short", rule]);
        assert_eq!(domain("CHECK ((length(VALUE) < 9)) NOT VALID"), domain("CHECK ((length(VALUE) < 9))"));
        // The labels of an enumeration, and an index, are no rules.
        let labels = |last: &str| line(&["type", "-", "state", "e", "", "", "", last]);
        assert_ne!(labels("VALID,is NOT VALID"), labels("VALID,is"));
        let index = |valid: &str| line(&["index", "users", "CREATE INDEX i ON public.users USING btree (id)", valid]);
        assert_ne!(index("not valid"), index(""));
    }

    #[test]
    fn two_are_compared_by_what_they_mean_and_told_as_they_are_written() {
        let of = |lines: &[(&str, &str)]| {
            Meant::of(lines.iter().map(|(meant, written)| ((*meant).to_owned(), (*written).to_owned())))
        };
        let (was, is) = (of(&[("a", "A"), ("b", "B")]), of(&[("a", "a"), ("c", "C")]));
        assert_eq!(was.without(&is).collect::<Vec<_>>(), ["B"]);
        assert_eq!(is.without(&was).collect::<Vec<_>>(), ["C"]);
        assert!(was != is && was.hash() != is.hash());
        assert!(of(&[("a", "A")]) == of(&[("a", "a")]));
        assert_eq!(of(&[("a", "A")]).hash(), of(&[("a", "a")]).hash());
    }
}
