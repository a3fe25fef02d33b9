//! Where an acceptance goes in its file. What a comment covers shows only when the file is read anew, so each place that
//! comes into question is tried: the finding must be accepted there, and nothing else may change.

use crate::{Asked, Dialect, Finding, Report, lint, statement::statements};
use jiff::civil::Date;
use switchback_core::migration::{Layout, Migration, Pin, Script, Set, SourceFile, read};

/// A folder of migrations as it is today.
#[derive(Debug, Clone, Copy)]
pub struct Folder<'a> {
    /// How it is laid out.
    pub layout: Layout,
    /// Whose SQL it is.
    pub dialect: Dialect,
    /// Its files.
    pub files: &'a [SourceFile],
    /// Today, for acceptances that end.
    pub today: Date,
    /// What is released already.
    pub released: &'a [Pin],
}

/// A line that would accept a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The line it would be, from 1.
    pub line: usize,
    /// What it says.
    pub comment: String,
    /// The file with it.
    pub text: String,
}

impl Folder<'_> {
    fn lint(&self, files: &[SourceFile]) -> (Set, Report) {
        let set = read(self.layout, files);
        let report = lint(&Asked { set: &set, dialect: self.dialect, today: self.today, released: self.released });
        (set, report)
    }

    /// The line that accepts a finding of this folder until a day; `None` where none would do that and no more.
    pub fn propose(&self, finding: &Finding, until: Date, reason: &str) -> Option<Proposal> {
        let file = self.files.iter().find(|file| file.path == finding.path)?;
        let comment = format!("-- switchback:accept {} until {until} {reason}", finding.rule.as_str());
        let before = self.lint(self.files);
        let own = before.0.migrations.iter().flat_map(|one| [&one.up, &one.down]).flatten();
        let own = own.filter(|script| script.path == finding.path);
        let starts = own.flat_map(|script| statements(self.dialect, &script.sql)).map(|statement| statement.line);
        let start = starts.filter(|line| *line <= finding.line).max();
        let end = file.text.lines().count() + 1;
        let places = start.into_iter().chain([finding.line, finding.line + 1, end]);
        places.filter(|line| *line <= end).find_map(|line| {
            let text = inserted(&file.text, line, &comment);
            let mut files = self.files.to_vec();
            files.iter_mut().filter(|other| other.path == file.path).for_each(|file| file.text.clone_from(&text));
            let after = self.lint(&files);
            does_that_alone(&before, &after, finding, line, reason).then(|| Proposal {
                line,
                comment: comment.clone(),
                text,
            })
        })
    }
}

/// Whether the finding is accepted now, and all else is as it was.
fn does_that_alone(before: &(Set, Report), after: &(Set, Report), finding: &Finding, at: usize, reason: &str) -> bool {
    // What is found of a statement moves with it; what is found of the whole file stays in its first line.
    let same = |was: &Finding, is: &Finding| {
        let further = usize::from(was.path == finding.path && was.line >= at);
        let there = is.line == was.line || is.line == was.line + further;
        there && *is == Finding { line: is.line, ..was.clone() }
    };
    let accepted = after.1.accepted.iter().any(|one| same(finding, &one.finding) && one.reason == reason);
    let (was, is) = (&before.1.findings, &after.1.findings);
    let nothing_new = is.iter().all(|one| was.iter().any(|other| same(other, one)));
    // More of the same rule may be in the same statement.
    let mut gone = was.iter().filter(|one| !is.iter().any(|other| same(one, other)));
    let alike = gone.all(|one| one.rule == finding.rule && one.path == finding.path);
    let as_run = |script: &Option<Script>| script.as_ref().map(|script| script.wrapping);
    let shape = |one: &Migration| (one.version.clone(), as_run(&one.up), as_run(&one.down));
    let shapes = |set: &Set| set.migrations.iter().map(shape).collect::<Vec<_>>();
    accepted && nothing_new && alike && shapes(&before.0) == shapes(&after.0)
}

/// The text with one more line, which ends as the others do.
fn inserted(text: &str, at: usize, line: &str) -> String {
    const MARK: &str = "\u{feff}";
    let (mark, text) = text.strip_prefix(MARK).map_or(("", text), |rest| (MARK, rest));
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n')) {
        last.push_str(end);
    }
    lines.insert((at - 1).min(lines.len()), format!("{line}{end}"));
    let whole = mark.to_owned() + &lines.concat();
    // A file that did not end its last line does not now, unless that is the one that came.
    let kept = !text.is_empty() && !text.ends_with('\n') && at <= text.lines().count();
    if kept { whole.trim_end_matches(['\r', '\n']).to_owned() } else { whole }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rule;

    fn propose(layout: Layout, dialect: Dialect, files: &[(&str, &str)], rule: Rule) -> Option<Proposal> {
        let file = |(path, text): &(&str, &str)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned() };
        let files: Vec<SourceFile> = files.iter().map(file).collect();
        let today = jiff::civil::date(2026, 3, 1);
        let folder = Folder { layout, dialect, files: &files, today, released: &[] };
        let report = folder.lint(&files).1;
        let finding = report.findings.iter().find(|one| one.rule == rule);
        let finding = finding.unwrap_or_else(|| panic!("{rule:?} in {:?}", report.findings));
        folder.propose(finding, jiff::civil::date(2026, 9, 1), "nobody reads it")
    }

    #[test]
    fn a_finding_is_accepted_before_its_statement_and_the_file_keeps_its_ends() {
        let up = "create table b (id int);\r\nalter table a\r\n  drop column c;";
        let files = [("1_a.up.sql", up), ("1_a.down.sql", "alter table a add column c int; drop table b;")];
        let found = propose(Layout::GolangMigrate, Dialect::Postgres, &files, Rule::DropColumn).unwrap();
        assert_eq!(found.line, 2);
        assert_eq!(
            found.text,
            "create table b (id int);\r\n-- switchback:accept drop_column until 2026-09-01 nobody reads it\r\nalter table a\r\n  drop column c;"
        );
    }

    #[test]
    fn what_is_missing_altogether_is_accepted_at_the_top() {
        let found = propose(
            Layout::GolangMigrate,
            Dialect::Sqlite,
            &[("1_a.up.sql", "create table a (id int);\n")],
            Rule::MissingDown,
        );
        let text = "-- switchback:accept missing_down until 2026-09-01 nobody reads it\ncreate table a (id int);\n";
        assert_eq!(found.map(|found| (found.line, found.text)), Some((1, text.to_owned())));
    }

    #[test]
    fn a_line_that_would_change_how_the_file_is_read_goes_elsewhere() {
        // sqlx knows its word in the first line alone; a section takes nothing before its marker.
        let files = [("1_a.up.sql", "-- no-transaction\ncreate index concurrently i on a (b);\n")];
        let found = propose(Layout::Sqlx, Dialect::Postgres, &files, Rule::MissingDown).unwrap();
        assert!(found.line > 1 && found.text.starts_with("-- no-transaction\n"), "{found:?}");
        let sections = "-- +goose Up\ncreate table a (id int);\n-- +goose Down\n";
        let found = propose(Layout::Goose, Dialect::Sqlite, &[("1_a.sql", sections)], Rule::EmptyDown).unwrap();
        assert!(
            found.text.starts_with("-- +goose Up\n") && found.text.contains("accept empty_down until"),
            "{found:?}"
        );
    }

    #[test]
    fn where_no_comment_accepts_it_none_is_proposed() {
        let files = [("1_a.up.sql", "create table a (id int);"), ("note.sql", "hello")];
        assert_eq!(propose(Layout::GolangMigrate, Dialect::Sqlite, &files, Rule::BadFileName), None);
    }
}
