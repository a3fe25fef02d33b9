//! Words of SQL, by `sqlparser`'s lexer, and its opinion on whether a statement is one. The only module that knows it.
//!
//! The lexer is what keeps words in comments and texts from being taken for SQL. Its parser's trees are not used: they
//! leave out much that migrations say (charsets, partitions, triggers), and what is left out would go unseen.

use crate::{
    Dialect,
    executable::{self, Opened},
    says,
};
use sqlparser::{
    dialect::{Dialect as Grammar, MySqlDialect, PostgreSqlDialect, SQLiteDialect},
    parser::Parser,
    tokenizer::{Token as Raw, TokenWithSpan, Tokenizer, Whitespace},
};
use std::ops::Range;
use switchback_core::said::Said;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A word that may be a keyword or a name.
    Word,
    /// A name in quotes.
    Quoted,
    /// A text.
    Text,
    /// A number.
    Number,
    /// Anything else.
    Symbol,
}

/// A token with its place.
#[derive(Debug, Clone)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// As it is written, without quotes.
    pub text: String,
    /// A word or symbol in upper case; empty for names in quotes and texts, which are never keywords.
    pub key: String,
    /// Its line, from 1.
    pub line: usize,
    /// Where it begins and ends within the text it was cut from: line and column, from 1.
    pub(crate) span: ((u64, u64), (u64, u64)),
    raw: TokenWithSpan,
}

/// A comment with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// What it says.
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
}

/// What a text of SQL consists of.
#[derive(Debug, Default)]
pub struct Lexed {
    /// Its tokens.
    pub tokens: Vec<Token>,
    /// Its comments.
    pub comments: Vec<Comment>,
    /// Where and why it cannot be read on: a text or comment without an end.
    pub broken: Option<(usize, String)>,
    /// Its comments that the server runs, whose insides are among the tokens: from byte to byte.
    pub(crate) executable: Vec<Range<usize>>,
}

fn grammar(dialect: Dialect) -> Box<dyn Grammar> {
    match dialect {
        Dialect::Postgres => Box::new(PostgreSqlDialect {}),
        Dialect::Mysql => Box::new(MySqlDialect {}),
        Dialect::Sqlite => Box::new(SQLiteDialect {}),
    }
}

/// Cuts a text into tokens; its first line has the number `first`.
pub fn lex(dialect: Dialect, text: &str, first: usize) -> Lexed {
    let grammar = grammar(dialect);
    let mut raws = Vec::new();
    let Opened { text, comments: executable } = executable::open(dialect, text);
    let ended = Tokenizer::new(grammar.as_ref(), &text).tokenize_with_location_into_buf(&mut raws);
    let mut lexed = Lexed { executable, ..Lexed::default() };
    let place = |line: u64| usize::try_from(line).unwrap_or(1).max(1) + first - 1;
    for raw in raws {
        let line = place(raw.span.start.line);
        let (kind, text) = match &raw.token {
            Raw::Whitespace(Whitespace::SingleLineComment { comment, .. } | Whitespace::MultiLineComment(comment)) => {
                lexed.comments.push(Comment { text: comment.clone(), line });
                continue;
            }
            Raw::Whitespace(_) | Raw::EOF => continue,
            Raw::Word(word) if word.quote_style.is_some() => (Kind::Quoted, word.value.clone()),
            Raw::Word(word) => (Kind::Word, word.value.clone()),
            Raw::Number(number, _) => (Kind::Number, number.clone()),
            Raw::SingleQuotedString(text)
            | Raw::DoubleQuotedString(text)
            | Raw::EscapedStringLiteral(text)
            | Raw::NationalStringLiteral(text)
            | Raw::UnicodeStringLiteral(text)
            | Raw::HexStringLiteral(text)
            | Raw::SingleQuotedByteStringLiteral(text)
            | Raw::DoubleQuotedByteStringLiteral(text) => (Kind::Text, text.clone()),
            Raw::DollarQuotedString(text) => (Kind::Text, text.value.clone()),
            other => (Kind::Symbol, other.to_string()),
        };
        let key = if matches!(kind, Kind::Word | Kind::Symbol | Kind::Number) {
            text.to_ascii_uppercase()
        } else {
            String::new()
        };
        let (start, end) = (raw.span.start, raw.span.end);
        let span = ((start.line, start.column), (end.line, end.column));
        lexed.tokens.push(Token { kind, text, key, line, span, raw });
    }
    if let Err(error) = ended {
        lexed.broken = Some((place(error.location.line), error.message));
    }
    lexed
}

/// Why the parser does not take a statement for one, with the line.
pub fn parse(dialect: Dialect, tokens: &[Token]) -> Result<(), (usize, Said)> {
    let grammar = grammar(dialect);
    let raws = tokens.iter().map(|token| token.raw.clone()).collect();
    let mut parser = Parser::new(grammar.as_ref()).with_recursion_limit(200).with_tokens_with_locations(raws);
    let parsed = parser.parse_statement();
    let at = parser.peek_token();
    let line = tokens.iter().find(|token| token.raw.span == at.span).or(tokens.last()).map_or(1, |token| token.line);
    match parsed {
        Err(error) => {
            // Its own place counts from the statement's chunk; ours is in the finding.
            let said = error.to_string();
            let said = said.trim_start_matches("sql parser error: ").split(" at Line: ").next().unwrap_or_default();
            Err((line, Said::theirs(said.to_owned())))
        }
        Ok(_) if at.token != Raw::EOF => Err((line, says::not_expected(&at.token))),
        Ok(_) => Ok(()),
    }
}
