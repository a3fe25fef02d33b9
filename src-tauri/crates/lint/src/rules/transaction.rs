//! A script that begins or ends transactions itself: around what its tool wraps, or without an end.

use super::{Context, Hit};
use crate::{Dialect, Rule, op::Op, says};
use switchback_core::migration::{Layout, Wrapping};

pub fn judge(context: &Context<'_>, hits: &mut Vec<Hit>) {
    let dialect = context.dialect;
    let by_tool = context.wrapping == Wrapping::Transaction;
    // PostgreSQL runs what comes in one message as one transaction, until the script says otherwise.
    let at_once = context.layout == Layout::GolangMigrate
        && dialect == Dialect::Postgres
        && context.side.cut.statements.len() > 1;
    let mut tell = |line, why| hits.push(Hit { rule: Rule::TransactionNesting, line, why });
    let mut begun = None;
    for placed in &context.side.ops {
        let line = placed.line;
        match placed.op {
            Op::Begin if by_tool && dialect == Dialect::Sqlite => {
                tell(line, says::begins_within());
                return;
            }
            Op::Begin => begun = Some(line),
            // Each change of the schema is a commit on MySQL: the tool's transaction held nothing before.
            Op::Commit if by_tool && dialect != Dialect::Mysql => {
                tell(line, says::ends_the_tools());
                return;
            }
            Op::Rollback if begun.is_some() || by_tool || at_once => {
                tell(line, says::undoes_itself());
                begun = None;
            }
            Op::Commit | Op::Rollback => begun = None,
            _ => {}
        }
    }
    if let Some(line) = begun.filter(|_| !by_tool) {
        tell(line, says::never_commits());
    }
}

#[cfg(test)]
mod tests {
    use crate::{Asked, Dialect, Rule, lint};
    use switchback_core::migration::{Layout, SourceFile, read};

    fn lines(dialect: Dialect, layout: Layout, sql: &str) -> Vec<usize> {
        let (path, text) = match layout {
            Layout::Goose => ("1_a.sql", format!("-- +goose Up\n{sql}\n-- +goose Down\nselect 1;\n")),
            Layout::Dbmate => ("1_a.sql", format!("-- migrate:up\n{sql}\n-- migrate:down\nselect 1;\n")),
            Layout::Flyway => ("V1__a.sql", format!("\n{sql}\n")),
            _ => ("1_a.up.sql", format!("\n{sql}\n")),
        };
        let set = read(layout, &[SourceFile { path: path.to_owned(), text }]);
        let report = lint(&Asked { set: &set, dialect, today: jiff::civil::date(2026, 1, 2), released: &[] });
        let found = report.findings.iter().filter(|found| found.rule == Rule::TransactionNesting);
        found.map(|found| found.line).collect()
    }

    #[test]
    fn a_script_that_ends_the_transaction_its_tool_began_is_told() {
        let both = "begin;\ncreate table b (x int);\ncommit;";
        for layout in [Layout::Goose, Layout::Dbmate, Layout::Sqlx, Layout::Flyway] {
            assert_eq!(lines(Dialect::Postgres, layout, both), [4], "{layout:?}");
            assert_eq!(lines(Dialect::Sqlite, layout, both), [2], "{layout:?}");
            assert_eq!(lines(Dialect::Mysql, layout, both), [0; 0], "{layout:?}");
            let undone = "insert into a values (1);\nrollback;\ninsert into a values (2);";
            for dialect in [Dialect::Postgres, Dialect::Sqlite, Dialect::Mysql] {
                assert_eq!(lines(dialect, layout, undone), [3], "{layout:?} {dialect:?}");
            }
            let point = "savepoint s;\ninsert into a values (1);\nrollback to savepoint s;";
            assert_eq!(lines(Dialect::Postgres, layout, point), [0; 0], "{layout:?}");
        }
        let bare = "-- +goose NO TRANSACTION\nbegin;\ncreate table b (x int);\ncommit;";
        assert_eq!(lines(Dialect::Postgres, Layout::Goose, bare), [0; 0]);
        // A word in the body of a function is no statement.
        let body = "-- +goose StatementBegin\ncreate function f() returns int language plpgsql as $$\nbegin\n return 1;\nend $$;\n-- +goose StatementEnd";
        assert_eq!(lines(Dialect::Postgres, Layout::Goose, body), [0; 0]);
    }

    #[test]
    fn where_no_tool_wraps_only_what_keeps_nothing_is_told() {
        let of = |sql: &str| lines(Dialect::Postgres, Layout::GolangMigrate, sql);
        assert_eq!(of("begin;\ncreate table b (x int);\ncommit;"), [0; 0]);
        assert_eq!(of("begin;\ncreate table b (x int);\nrollback;"), [4]);
        assert_eq!(of("create table b (x int);\nbegin;\ncreate table c (x int);"), [3]);
        assert_eq!(of("create table b (x int);\nrollback;"), [3]);
        // Each statement is kept by itself there.
        assert_eq!(lines(Dialect::Mysql, Layout::GolangMigrate, "create table b (x int);\nrollback;"), [0; 0]);
        let block = "begin not atomic\n update a set x = 1;\n if 1 then set @a = 1; end if;\nend;\nupdate a set x = 2 where x = 1;";
        assert_eq!(lines(Dialect::Mysql, Layout::GolangMigrate, block), [0; 0]);
    }
}
