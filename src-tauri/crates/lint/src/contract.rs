//! What a migration takes away of what running code may still need, and what nobody can tell from its text.

use crate::{
    Dialect,
    op::{Object, Op, Placed},
    read,
    statement::cut,
};
use std::collections::BTreeSet;
use switchback_core::migration::{Script, Set};

/// Something that code which runs may still need, and that a migration takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contraction {
    /// The version.
    pub version: String,
    /// The file.
    pub path: String,
    /// The line.
    pub line: usize,
    /// `orders.note`, or a table, or a whole schema.
    pub what: String,
}

/// What the versions before, of the same release, made.
#[derive(Default)]
struct Made {
    tables: BTreeSet<String>,
    columns: BTreeSet<(String, String)>,
    objects: BTreeSet<(Object, String)>,
}

impl Made {
    fn takes(&mut self, op: Op) -> Option<String> {
        match op {
            Op::CreateTable { table, .. } => {
                self.tables.insert(table);
                None
            }
            Op::AddColumn { table, column } => {
                self.columns.insert((table, column.name));
                None
            }
            Op::Create { object, name, .. } => {
                self.objects.insert((object, name));
                None
            }
            Op::DropTable { table, .. } | Op::RenameTable { from: table, .. } => {
                (!self.tables.contains(&table)).then_some(table)
            }
            Op::DropColumn { table, column, .. } | Op::RenameColumn { table, from: column, .. } => {
                let new = self.tables.contains(&table) || self.columns.contains(&(table.clone(), column.clone()));
                (!new).then(|| format!("{table}.{column}"))
            }
            Op::Drop { object, ref name, .. }
                if (matches!(object, Object::Schema | Object::Database) || op.sweeps())
                    && !self.objects.contains(&(object, name.clone())) =>
            {
                Some(told(object, name))
            }
            _ => None,
        }
    }
}

fn told(object: Object, name: &str) -> String {
    match object {
        Object::Other => "everything a role owns".to_owned(),
        object => format!("{} {name}", format!("{object:?}").to_lowercase()),
    }
}

/// What the ups of these versions take away of a schema that was there before them.
pub fn contractions(dialect: Dialect, set: &Set, versions: &[String]) -> Vec<Contraction> {
    let mut found = Vec::new();
    let mut made = Made::default();
    for migration in set.migrations.iter().filter(|one| versions.contains(&one.version)) {
        let Some(script) = &migration.up else { continue };
        for Placed { op, line, .. } in placed(dialect, script) {
            found.extend(made.takes(op).map(|what| Contraction {
                version: migration.version.clone(),
                path: script.path.clone(),
                line,
                what,
            }));
        }
    }
    found
}

/// The line of the first statement whose effect is not in its text: a block of code, SQL put together when it runs, a
/// procedure called.
pub fn hidden(dialect: Dialect, script: &Script) -> Option<usize> {
    placed(dialect, script).into_iter().find(|placed| placed.op == Op::Opaque).map(|placed| placed.line)
}

fn placed(dialect: Dialect, script: &Script) -> Vec<Placed> {
    let cut = cut(dialect, &script.sql);
    let each = cut.statements.iter().enumerate();
    each.flat_map(|(number, one)| read::read(dialect, one, number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Asked, Reversible, lint};
    use switchback_core::migration::{Layout, SourceFile, read};

    fn set(up: &str, down: &str) -> Set {
        let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
        read(Layout::GolangMigrate, &[file("1_a.up.sql", up), file("1_a.down.sql", down)])
    }

    fn told(dialect: Dialect, up: &str, down: &str) -> (Vec<String>, Reversible) {
        let set = set(up, down);
        let what = contractions(dialect, &set, &["1".to_owned()]).into_iter().map(|one| one.what).collect();
        let asked = Asked { set: &set, dialect, today: jiff::civil::date(2026, 1, 2), released: &[] };
        (what, lint(&asked).versions[0].reversible)
    }

    #[test]
    fn what_goes_with_all_that_is_in_it_is_taken_away_and_lost() {
        let loss = |what: &str| (vec![what.to_owned()], Reversible::DataLoss);
        let (postgres, mysql) = (Dialect::Postgres, Dialect::Mysql);
        assert_eq!(told(postgres, "drop schema audit cascade;", "create schema audit;"), loss("schema audit"));
        assert_eq!(told(mysql, "drop schema audit;", "create schema audit;"), loss("schema audit"));
        assert_eq!(told(mysql, "drop database audit;", "create database audit;"), loss("database audit"));
        // PostgreSQL takes an empty one only, and what the script itself made is nobody's yet.
        let empty = (vec!["schema audit".to_owned()], Reversible::Yes);
        assert_eq!(told(postgres, "drop schema audit;", "create schema audit;"), empty);
        let own = (vec![], Reversible::Yes);
        assert_eq!(
            told(postgres, "create schema audit; create table audit.a (id int);", "drop schema audit cascade;"),
            own
        );
    }

    #[test]
    fn what_is_not_in_the_text_is_not_known() {
        let up = "create table a (id int);\ndo $$ begin execute 'drop table b'; end $$;";
        assert_eq!(told(Dialect::Postgres, up, "drop table a;").1, Reversible::Unknown);
        let line =
            |dialect, up: &str| set(up, "select 1;").migrations[0].up.as_ref().and_then(|up| hidden(dialect, up));
        assert_eq!(line(Dialect::Postgres, up), Some(2));
        assert_eq!(line(Dialect::Mysql, "prepare s from 'drop table b'; execute s;"), Some(1));
        assert_eq!(line(Dialect::Postgres, "call tidy();"), Some(1));
        assert_eq!(line(Dialect::Postgres, "create table a (id int);"), None);
    }
}
