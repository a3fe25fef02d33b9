//! How deep a statement is nested, told from its tokens alone: the parsers that judge its form call themselves for each
//! bracket, and drop what they made one level within another.

use crate::{
    Dialect,
    sql::{Kind, lex},
    statement::{Cut, Statement, is_routine, offset},
};
use std::{borrow::Cow, thread};

/// Most brackets within one another that are parsed.
pub const BRACKETS: usize = 100;
/// Most words and symbols in a row with no comma between them, as `a + b + c` has five.
pub const WORDS: usize = 5_000;
/// What one bracket counts beside words.
const BRACKET: usize = WORDS / BRACKETS;
/// Room for what is allowed, in bytes: several times what it needs where nothing is optimised.
const STACK: usize = 64 * 1024 * 1024;

/// What is counted between two brackets.
#[derive(Default)]
struct Level {
    /// Words and symbols since the last comma.
    row: usize,
    /// Queries that `union` and the like put into one another, whatever commas they have.
    sets: usize,
    /// Whether `case` opened it.
    case: bool,
}

/// Counts token by token.
struct Depth {
    levels: Vec<Level>,
    total: usize,
}

impl Depth {
    fn top(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    fn open(&mut self, case: bool) {
        self.levels.push(Level { case, ..Level::default() });
        self.total += BRACKET;
    }

    fn close(&mut self) {
        if self.levels.len() > 1
            && let Some(level) = self.levels.pop()
        {
            self.total -= BRACKET + level.row + level.sets;
        }
        self.step();
    }

    fn step(&mut self) {
        self.top().row += 1;
        self.total += 1;
    }

    /// A list goes on: what stood before lies beside, not around.
    fn aside(&mut self) {
        self.total -= std::mem::take(&mut self.top().row);
    }

    fn end(&mut self) {
        self.aside();
        self.total -= std::mem::take(&mut self.top().sets);
    }
}

/// Whether a statement is nested too deep to be parsed.
pub fn is_too_deep(dialect: Dialect, statement: &Statement) -> bool {
    if exceeds(statement.tokens.iter().map(|token| token.key.as_str())) {
        return true;
    }
    // The body of a function is parsed as well.
    let body = |text: &str| exceeds(lex(dialect, text, 1).tokens.iter().map(|token| token.key.as_str()));
    let mut texts = statement.tokens.iter().filter(|token| token.kind == Kind::Text);
    dialect == Dialect::Postgres && is_routine(&statement.tokens) && texts.any(|token| body(&token.text))
}

/// A script without its statements of these numbers, and without what cannot be cut: lines stay where they are.
pub fn without<'a>(sql: &'a str, cut: &Cut, deep: &[usize]) -> Cow<'a, str> {
    let mut places = Vec::new();
    for statement in deep.iter().filter_map(|number| cut.statements.get(*number)) {
        if let (Some(first), Some(last)) = (statement.tokens.first(), statement.tokens.last()) {
            places.push(offset(sql, first.span.0)..offset(sql, last.span.1));
        }
    }
    if cut.broken.is_some() {
        let last = cut.statements.last().and_then(|statement| statement.tokens.last());
        places.push(last.map_or(0, |last| offset(sql, last.span.1))..sql.len());
    }
    if places.is_empty() {
        return Cow::Borrowed(sql);
    }
    let hidden = |at: usize| places.iter().any(|place| place.contains(&at));
    let blank = |(at, letter): (usize, char)| if letter != '\n' && hidden(at) { ' ' } else { letter };
    Cow::Owned(sql.char_indices().map(blank).collect())
}

/// Runs a parser where it has room: how much a thread has is its maker's choice, and a parser that lacks it ends the process.
pub fn roomy<T: Send>(parse: impl Fn() -> T + Sync) -> T {
    thread::scope(|scope| match thread::Builder::new().stack_size(STACK).spawn_scoped(scope, &parse) {
        Ok(handle) => handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        // No memory for a thread more: what is nested as usual needs none.
        Err(_) => parse(),
    })
}

fn exceeds<'a>(keys: impl Iterator<Item = &'a str>) -> bool {
    let mut depth = Depth { levels: vec![Level::default()], total: 0 };
    let mut before = "";
    for key in keys {
        let case = depth.top().case;
        match key {
            "(" | "[" | "{" => depth.open(false),
            "CASE" if before != "END" => depth.open(true),
            ")" | "]" | "}" => {
                while depth.top().case {
                    depth.close();
                }
                depth.close();
            }
            "END" if case => depth.close(),
            "," => depth.aside(),
            "WHEN" | "THEN" | "ELSE" if case => depth.aside(),
            ";" => depth.end(),
            "UNION" | "EXCEPT" | "INTERSECT" | "MINUS" => {
                depth.top().sets += BRACKET;
                depth.total += BRACKET;
            }
            _ => depth.step(),
        }
        if depth.total > WORDS {
            return true;
        }
        before = key;
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::{Asked, Dialect, Finding, Reversible, Rule, lint};
    use std::thread;
    use switchback_core::migration::{Layout, SourceFile, read};

    const ALL: [Dialect; 3] = [Dialect::Postgres, Dialect::Mysql, Dialect::Sqlite];

    /// What is found in an up, and the verdict, on the two megabytes that a thread has by default.
    fn told(dialect: Dialect, up: String) -> (Vec<Finding>, Reversible) {
        let small = thread::Builder::new().stack_size(2 * 1024 * 1024);
        let run = move || {
            let file = |path: &str, text: String| SourceFile { path: path.to_owned(), text };
            let down = "-- nothing to undo\nupdate extra set id = 2 where id = 1;".to_owned();
            let set = read(Layout::GolangMigrate, &[file("1_a.up.sql", up), file("1_a.down.sql", down)]);
            let report = lint(&Asked { set: &set, dialect, today: jiff::civil::date(2026, 1, 2), released: &[] });
            (report.findings, report.versions[0].reversible)
        };
        small.spawn(run).unwrap().join().unwrap()
    }

    /// Scripts nested or chained so often, each in its third line.
    fn nested(many: usize) -> Vec<(&'static str, String)> {
        let around = |open: &str, close: &str| format!("{}id{}", open.repeat(many), close.repeat(many));
        let update = |value: &str| format!("select 1;\n\nupdate extra set id = {value} where id = 1;");
        vec![
            ("brackets", update(&around("(", ")"))),
            ("calls", update(&around("abs(", ")"))),
            ("subqueries", update(&around("(select ", ")"))),
            (
                "tables",
                format!("select 1;\n\nselect * from {}extra{};", "(select * from ".repeat(many), ") x".repeat(many)),
            ),
            ("cases", update(&around("case when 1 = 1 then ", " end"))),
            ("sums", update(&format!("id{}", " + 1".repeat(many)))),
            ("choices", update(&format!("id = 1{}", " or id = 1".repeat(many)))),
            ("signs", update(&format!("{}id", "- ".repeat(many)))),
            ("negations", update(&format!("{}true", "not ".repeat(many)))),
            ("tests", update(&format!("id{}", " is null".repeat(many)))),
            ("unions", format!("select 1;\n\nselect 1, 2{};", " union all select 1, 2".repeat(many))),
            ("joins", format!("select 1;\n\nselect 1 from a{};", " join b using (id)".repeat(many))),
            ("mixed", update(&format!("{}id{}", "(1, not (id + ".repeat(many), "))".repeat(many)))),
            ("open", update(&"(".repeat(many))),
        ]
    }

    #[test]
    fn what_is_nested_too_deep_is_named_and_no_parser_sees_it() {
        for many in [4_000, 200_000] {
            for dialect in ALL {
                for (name, up) in nested(many) {
                    if many == 200_000 && !matches!(name, "brackets" | "sums") {
                        continue;
                    }
                    let (found, verdict) = told(dialect, up);
                    // A row of four thousand signs is read yet.
                    if many == 4_000 && matches!(name, "signs" | "negations") {
                        continue;
                    }
                    let deep = found.iter().find(|one| one.rule == Rule::SyntaxError && one.line == 3);
                    let deep = deep.unwrap_or_else(|| panic!("{dialect:?} {name} {many}: {found:?}"));
                    assert!(deep.why.contains("nested too deep"), "{dialect:?} {name}: {}", deep.why);
                    assert_eq!(
                        (deep.path.as_str(), verdict),
                        ("1_a.up.sql", Reversible::Unknown),
                        "{dialect:?} {name}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_nested_as_deep_as_allowed_is_parsed_on_any_thread() {
        for dialect in ALL {
            for (name, up) in nested(45) {
                let (found, _) = told(dialect, up);
                assert!(!found.iter().any(|one| one.why.contains("nested too deep")), "{dialect:?} {name}");
            }
            let (found, _) = told(dialect, format!("update extra set id = id{} where id = 1;", " + 1".repeat(2_400)));
            assert!(!found.iter().any(|one| one.rule == Rule::SyntaxError), "{dialect:?} {found:?}");
        }
    }

    #[test]
    fn a_body_of_a_function_is_measured_and_other_statements_are_judged_as_ever() {
        let body = format!("select {}1{}", "(".repeat(4_000), ")".repeat(4_000));
        let up = format!("create index a_i on a (i);\ncreate function f() returns int language sql as $$ {body} $$;\n");
        let (found, _) = told(Dialect::Postgres, up);
        let rules: Vec<(Rule, usize)> = found.iter().map(|one| (one.rule, one.line)).collect();
        assert!(rules.contains(&(Rule::IndexWithoutConcurrently, 1)), "{rules:?}");
        assert!(rules.contains(&(Rule::SyntaxError, 2)), "{rules:?}");
    }

    #[test]
    fn a_long_list_is_no_nesting() {
        let rows = vec!["(1, 'a', now())"; 100_000].join(",\n");
        let cases = format!("update extra set id = case id{} end where id = 1;", " when 1 then 2".repeat(20_000));
        for dialect in ALL {
            let (found, _) = told(dialect, format!("insert into extra (id, name, at) values {rows};"));
            assert_eq!(found.iter().filter(|one| one.rule == Rule::SyntaxError).count(), 0, "{dialect:?}");
            let (found, _) = told(dialect, cases.clone());
            assert_eq!(found.iter().filter(|one| one.rule == Rule::SyntaxError).count(), 0, "{dialect:?}");
        }
    }
}
