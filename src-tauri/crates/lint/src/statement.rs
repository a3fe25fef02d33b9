//! Scripts cut into statements, without ever splitting at a semicolon that stands within one.

use crate::{
    Dialect, executable,
    sql::{Comment, Lexed, Token, lex},
};

/// One statement.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Its tokens, without the semicolon.
    pub tokens: Vec<Token>,
}

impl Statement {
    /// The line it begins in.
    pub fn line(&self) -> usize {
        self.tokens.first().map_or(1, |token| token.line)
    }
    /// The line it ends in, or nearly: a text over many lines counts where it begins.
    pub fn last_line(&self) -> usize {
        self.tokens.last().map_or(1, |token| token.line)
    }
}

/// A script, cut.
#[derive(Debug, Default)]
pub struct Cut {
    /// Its statements.
    pub statements: Vec<Statement>,
    /// Its comments.
    pub comments: Vec<Comment>,
    /// Where and why it cannot be read on.
    pub broken: Option<(usize, String)>,
}

/// Cuts a script.
pub fn cut(dialect: Dialect, sql: &str) -> Cut {
    let mut result = Cut::default();
    for chunk in chunks(dialect, sql) {
        let Lexed { tokens, comments, broken, .. } = lex(dialect, &chunk.text, chunk.line);
        result.comments.extend(comments);
        result.broken = result.broken.take().or(broken);
        if chunk.whole {
            if !tokens.is_empty() {
                result.statements.push(Statement { tokens });
            }
        } else {
            split(tokens, &mut result.statements);
        }
    }
    result
}

/// A statement as it is written, to be sent to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The statement without its semicolon.
    pub sql: String,
    /// The line of the script it begins in.
    pub line: usize,
}

/// Cuts a script into what is sent one by one. What cannot be cut is one statement: the server says what is wrong with it.
pub fn statements(dialect: Dialect, sql: &str) -> Vec<Text> {
    let mut all = Vec::new();
    for chunk in chunks(dialect, sql) {
        let lexed = lex(dialect, &chunk.text, chunk.line);
        let Some(first) = lexed.tokens.first() else { continue };
        if chunk.whole || lexed.broken.is_some() {
            all.push(Text { sql: chunk.text.trim().to_owned(), line: first.line });
            continue;
        }
        let mut parts = Vec::new();
        split(lexed.tokens, &mut parts);
        for part in parts {
            let (Some(first), Some(last)) = (part.tokens.first(), part.tokens.last()) else { continue };
            let place = offset(&chunk.text, first.span.0)..offset(&chunk.text, last.span.1);
            let text = chunk.text.get(executable::widened(place, &lexed.executable));
            all.push(Text { sql: text.unwrap_or_default().to_owned(), line: first.line });
        }
    }
    all
}

/// The byte at a line and column, both from 1 and in characters.
pub(crate) fn offset(text: &str, (line, column): (u64, u64)) -> usize {
    let number = |value: u64| usize::try_from(value.max(1) - 1).unwrap_or(usize::MAX);
    let before: usize = text.split_inclusive('\n').take(number(line)).map(str::len).sum();
    let rest = &text[before.min(text.len())..];
    before + rest.char_indices().nth(number(column)).map_or(rest.len(), |(at, _)| at)
}

/// A part of a script: ordinary, or one statement between the delimiters that `DELIMITER` set.
struct Chunk {
    text: String,
    line: usize,
    whole: bool,
}

/// `DELIMITER` is the mysql client's word, not the server's; tools that feed the client let it through.
fn chunks(dialect: Dialect, sql: &str) -> Vec<Chunk> {
    let command = |line: &str| {
        let (word, rest) = line.trim().split_once(char::is_whitespace)?;
        word.eq_ignore_ascii_case("delimiter").then(|| rest.trim().to_owned())
    };
    if dialect != Dialect::Mysql || !sql.lines().any(|line| command(line).is_some()) {
        return vec![Chunk { text: sql.to_owned(), line: 1, whole: false }];
    }
    let mut all = Vec::new();
    let mut delimiter = ";".to_owned();
    let mut open = Chunk { text: String::new(), line: 1, whole: false };
    for (index, line) in sql.lines().enumerate() {
        if let Some(next) = command(line) {
            all.push(std::mem::replace(&mut open, Chunk { text: String::new(), line: index + 2, whole: next != ";" }));
            delimiter = next;
            continue;
        }
        if delimiter != ";" && line.trim_end().ends_with(&delimiter) {
            open.text.push_str(line.trim_end().trim_end_matches(&delimiter));
            all.push(std::mem::replace(&mut open, Chunk { text: String::new(), line: index + 2, whole: true }));
            continue;
        }
        open.text.push_str(line);
        open.text.push('\n');
    }
    all.push(open);
    all
}

fn split(tokens: Vec<Token>, statements: &mut Vec<Statement>) {
    let mut open: Vec<Token> = Vec::new();
    let mut depth = 0_u32;
    let mut ended = false;
    for token in tokens {
        let body = is_routine(&open) || is_block(&open);
        match token.key.as_str() {
            // `end if`, `end loop` and their like close what is not counted.
            "IF" | "LOOP" | "WHILE" | "REPEAT" if ended => depth += 1,
            // `end case` closes what `case` opened: the `end` did it already.
            "CASE" if ended => {}
            "BEGIN" | "CASE" if body => depth += 1,
            "ATOMIC" if is_block(&open) => depth += 1,
            "END" if body => depth = depth.saturating_sub(1),
            ";" if depth == 0 => {
                if !open.is_empty() {
                    statements.push(Statement { tokens: std::mem::take(&mut open) });
                }
                ended = false;
                continue;
            }
            _ => {}
        }
        ended = body && token.key == "END";
        open.push(token);
    }
    if !open.is_empty() {
        statements.push(Statement { tokens: open });
    }
}

/// Whether it is MariaDB's `BEGIN NOT ATOMIC … END`: a body without a routine around it.
fn is_block(open: &[Token]) -> bool {
    matches!(open, [begin, not, ..] if begin.key == "BEGIN" && not.key == "NOT")
}

/// Whether the statement may have a body with statements of its own.
pub(crate) fn is_routine(open: &[Token]) -> bool {
    open.first().is_some_and(|first| first.key == "CREATE")
        && open
            .iter()
            .take(12)
            .any(|token| matches!(token.key.as_str(), "TRIGGER" | "PROCEDURE" | "FUNCTION" | "EVENT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_sent_as_it_is_written_and_never_cut_within_a_statement() {
        let sql = "-- ä; first\ninsert into a values ('x;ü');\n\ncreate function f() returns int as $$ begin; end $$ language sql;\n";
        let found = statements(Dialect::Postgres, sql);
        assert_eq!(found[0], Text { sql: "insert into a values ('x;ü')".to_owned(), line: 2 });
        assert_eq!(found[1].sql, "create function f() returns int as $$ begin; end $$ language sql");
        assert_eq!((found[1].line, found.len()), (4, 2));
    }

    #[test]
    fn comments_that_the_server_runs_are_sent_as_they_are_written() {
        let sql = "/*!40101 SET NAMES utf8mb4 */;\n/* nothing */ CREATE TABLE t (id int primary key) ENGINE=InnoDB /*!40100 DEFAULT CHARSET=utf8mb4 */;\n/*M!100100 SET x = 1 */;\nselect /*!50000 1, */ 'ü' /* end */;\n";
        let found: Vec<String> = statements(Dialect::Mysql, sql).into_iter().map(|one| one.sql).collect();
        assert_eq!(
            found,
            [
                "/*!40101 SET NAMES utf8mb4 */",
                "CREATE TABLE t (id int primary key) ENGINE=InnoDB /*!40100 DEFAULT CHARSET=utf8mb4 */",
                "/*M!100100 SET x = 1 */",
                "select /*!50000 1, */ 'ü'",
            ]
        );
        let keys = |number: usize| cut(Dialect::Mysql, sql).statements[number].tokens[0].key.clone();
        assert_eq!((keys(0), keys(2)), ("SET".to_owned(), "SET".to_owned()));
    }

    #[test]
    fn a_routine_with_a_body_is_one_statement() {
        let sql = "create trigger t after insert on a for each row begin\n update b set n = case when n > 1 then 2 else 1 end;\n if 1 then set @a = 1; end if;\nend;\nselect 1;";
        assert_eq!(statements(Dialect::Mysql, sql).len(), 2);
        let sql =
            "begin not atomic\n update b set n = 1;\n if 1 then set @a = 1; end if;\nend;\nbegin;\nselect 1;\ncommit;";
        let found = statements(Dialect::Mysql, sql);
        assert_eq!(found.iter().map(|one| one.line).collect::<Vec<_>>(), [1, 5, 6, 7]);
        let sql = "DELIMITER //\ncreate procedure p()\nbegin\n select 1;\nend//\nDELIMITER ;\nselect 2;";
        let found = statements(Dialect::Mysql, sql);
        assert_eq!(found.iter().map(|one| one.line).collect::<Vec<_>>(), [2, 7]);
        assert!(found[0].sql.ends_with("end"));
    }
}
