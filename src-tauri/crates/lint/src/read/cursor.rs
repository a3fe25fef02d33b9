//! A place within a statement's tokens.

use crate::{
    Dialect,
    sql::{Kind, Token},
};

/// Reads on from token to token.
#[derive(Clone, Copy)]
pub struct Cursor<'a> {
    pub dialect: Dialect,
    rest: &'a [Token],
}

impl<'a> Cursor<'a> {
    pub const fn new(dialect: Dialect, rest: &'a [Token]) -> Self {
        Self { dialect, rest }
    }

    pub const fn rest(&self) -> &'a [Token] {
        self.rest
    }

    pub const fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn line(&self) -> usize {
        self.rest.first().map_or(1, |token| token.line)
    }

    /// The keyword or symbol here.
    pub fn key(&self) -> &'a str {
        self.key_at(0)
    }

    pub fn key_at(&self, index: usize) -> &'a str {
        self.rest.get(index).map_or("", |token| token.key.as_str())
    }

    pub fn take(&mut self) -> Option<&'a Token> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// Passes over these words when they are here, all of them or none.
    pub fn eat(&mut self, words: &str) -> bool {
        let count = words.split(' ').count();
        let here = words.split(' ').enumerate().all(|(index, word)| self.key_at(index) == word);
        if here {
            self.rest = &self.rest[count..];
        }
        here
    }

    /// Whether the word comes anywhere in what is left.
    pub fn has(&self, words: &str) -> bool {
        let words: Vec<&str> = words.split(' ').collect();
        self.rest.windows(words.len()).any(|window| window.iter().zip(&words).all(|(token, word)| token.key == *word))
    }

    /// A name of one part.
    pub fn word(&mut self) -> Option<String> {
        let token = self.rest.first()?;
        let name = match token.kind {
            Kind::Word if self.dialect == Dialect::Postgres => token.text.to_ascii_lowercase(),
            Kind::Quoted if self.dialect == Dialect::Postgres => token.text.clone(),
            Kind::Word | Kind::Quoted => token.text.to_ascii_lowercase(),
            // SQLite takes a text for a name where only a name can be.
            Kind::Text if self.dialect == Dialect::Sqlite => token.text.to_ascii_lowercase(),
            _ => return None,
        };
        self.rest = &self.rest[1..];
        Some(name)
    }

    /// A name of one or more parts. The schema everybody is in is left out.
    pub fn name(&mut self) -> Option<String> {
        let mut name = self.word()?;
        while self.key() == "." {
            self.rest = &self.rest[1..];
            let next = self.word()?;
            let silent =
                matches!((self.dialect, name.as_str()), (Dialect::Postgres, "public") | (Dialect::Sqlite, "main"));
            name = if silent { next } else { format!("{name}.{next}") };
        }
        Some(name)
    }

    /// What stands in the parentheses that begin here, and moves behind them.
    pub fn parens(&mut self) -> Option<&'a [Token]> {
        if self.key() != "(" {
            return None;
        }
        let mut depth = 0_u32;
        for (index, token) in self.rest.iter().enumerate() {
            match token.key.as_str() {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let inside = &self.rest[1..index];
                self.rest = &self.rest[index + 1..];
                return Some(inside);
            }
        }
        None
    }

    /// Moves to the next of these words outside of parentheses, and returns what was passed.
    pub fn until(&mut self, words: &[&str]) -> &'a [Token] {
        let start = self.rest;
        let mut depth = 0_u32;
        for (index, token) in start.iter().enumerate() {
            match token.key.as_str() {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                key if depth == 0 && index > 0 && words.contains(&key) => {
                    self.rest = &start[index..];
                    return &start[..index];
                }
                _ => {}
            }
        }
        self.rest = &[];
        start
    }
}

/// Tokens between commas outside of parentheses.
pub fn commas(tokens: &[Token]) -> Vec<&[Token]> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_u32, 0);
    for (index, token) in tokens.iter().enumerate() {
        match token.key.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            "," if depth == 0 => {
                parts.push(&tokens[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&tokens[start..]);
    parts
}
