//! What a script needs to be allowed, read out of it.

use crate::unit::words;
use std::collections::BTreeSet;
use switchback_core::migration::Leg;
use switchback_lint::{
    Dialect,
    op::{Object, Op},
    ops,
    statement::statements,
};

/// What is to be done to a table, or to another thing of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Make a table, or whatever else PostgreSQL takes for the same right.
    Create,
    CreateView,
    CreateRoutine,
    Alter,
    Drop,
    Index,
    /// Drop an index of this name.
    DropIndex,
    Trigger,
    Select,
    Insert,
    Update,
    Delete,
    Truncate,
    /// Let another table refer to it.
    Refer,
}

/// One of them, with the place it is needed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    pub right: Right,
    pub on: String,
    pub path: String,
    pub line: usize,
}

/// What these scripts need, one after the other.
pub fn of(dialect: Dialect, legs: &[Leg<'_>]) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut own = Own::default();
    for leg in legs {
        for statement in statements(dialect, &leg.script.sql) {
            if changes_who(&statement.sql) {
                return needs;
            }
            for op in ops(dialect, &statement.sql) {
                // PostgreSQL makes an index, and another name, in the table's schema.
                let made = match &op {
                    Op::CreateIndex { table, .. } | Op::RenameTable { from: table, .. }
                        if dialect == Dialect::Postgres =>
                    {
                        Some((Right::Create, table.clone()))
                    }
                    _ => None,
                };
                // MySQL asks for another right where the index is a clause of `ALTER TABLE`.
                let clause = first_word(&statement.sql) == "alter";
                let of = |(right, on)| (if clause && right == Right::Index { Right::Alter } else { right }, on);
                let rights = rights(&op)
                    .into_iter()
                    .map(of)
                    .chain(made)
                    .filter(|(right, on)| own.leaves_open(dialect, *right, on));
                needs.extend(rights.map(|(right, on)| Need {
                    right,
                    on,
                    path: leg.script.path.clone(),
                    line: statement.line,
                }));
                own.notice(&op);
            }
        }
    }
    needs
}

/// Whether what comes behind is done by somebody else, or to tables of another schema.
fn changes_who(sql: &str) -> bool {
    let words = words(sql);
    let has = |word: &str| words.iter().take(4).any(|one| one.split('=').next() == Some(word));
    match words.first().map(String::as_str) {
        Some("set" | "reset") => has("role") || has("authorization") || has("search_path"),
        Some("use") => true,
        _ => false,
    }
}

fn first_word(sql: &str) -> String {
    words(sql).into_iter().next().unwrap_or_default()
}

/// What the scripts make themselves, and so may do anything to on PostgreSQL.
#[derive(Default)]
struct Own {
    made: BTreeSet<String>,
    temporary: BTreeSet<String>,
}

impl Own {
    fn notice(&mut self, op: &Op) {
        match op {
            Op::CreateTable { table, temporary: true, .. } => drop(self.temporary.insert(table.clone())),
            Op::CreateTable { table, .. } | Op::RenameTable { to: table, .. } => drop(self.made.insert(table.clone())),
            Op::Create { name, .. } => drop(self.made.insert(name.clone())),
            Op::CreateIndex { name: Some(name), .. } | Op::RenameIndex { to: name, .. } => {
                self.made.insert(name.clone());
            }
            _ => {}
        }
    }

    fn leaves_open(&self, dialect: Dialect, right: Right, on: &str) -> bool {
        let makes = matches!(right, Right::Create | Right::CreateView | Right::CreateRoutine);
        !self.temporary.contains(on) && (makes || dialect == Dialect::Mysql || !self.made.contains(on))
    }
}

fn rights(op: &Op) -> Vec<(Right, String)> {
    let one = |right, on: &String| vec![(right, on.clone())];
    let refers = |to: Option<&String>| to.map(|to| (Right::Refer, to.clone()));
    match op {
        Op::CreateTable { temporary: true, .. } => Vec::new(),
        Op::CreateTable { table, columns, constraints, .. } => {
            let of_columns = columns.iter().filter_map(|column| refers(column.references.as_ref()));
            let of_table = constraints.iter().filter_map(|one| refers(one.references.as_ref()));
            let other = |(_, to): &(Right, String)| to != table;
            one(Right::Create, table).into_iter().chain(of_columns.chain(of_table).filter(other)).collect()
        }
        Op::AddColumn { table, column } => {
            one(Right::Alter, table).into_iter().chain(refers(column.references.as_ref())).collect()
        }
        Op::AddConstraint { table, constraint } => {
            one(Right::Alter, table).into_iter().chain(refers(constraint.references.as_ref())).collect()
        }
        Op::DropColumn { table, .. }
        | Op::RenameColumn { table, .. }
        | Op::AlterType { table, .. }
        | Op::Redefine { table, .. }
        | Op::SetNotNull { table, .. }
        | Op::DropNotNull { table, .. }
        | Op::SetDefault { table, .. }
        | Op::DropDefault { table, .. }
        | Op::DropConstraint { table, .. }
        | Op::ValidateConstraint { table, .. }
        | Op::RenameConstraint { table, .. }
        | Op::RenameTable { from: table, .. }
        | Op::TableSetting { table } => one(Right::Alter, table),
        Op::DropTable { table, .. } => one(Right::Drop, table),
        Op::CreateIndex { table, .. } | Op::DropIndex { table: Some(table), .. } => one(Right::Index, table),
        Op::DropIndex { name, table: None, .. } => one(Right::DropIndex, name),
        Op::Create { object, name, on, .. } => match object {
            Object::View | Object::MaterializedView => one(Right::CreateView, name),
            Object::Function | Object::Procedure => one(Right::CreateRoutine, name),
            Object::Sequence | Object::Type | Object::Domain => one(Right::Create, name),
            Object::Trigger => on.iter().map(|table| (Right::Trigger, table.clone())).collect(),
            _ => Vec::new(),
        },
        Op::Drop { object: Object::View | Object::MaterializedView | Object::Sequence, name, .. } => {
            one(Right::Drop, name)
        }
        Op::Insert { table, from, .. } => {
            one(Right::Insert, table).into_iter().chain(from.iter().map(|of| (Right::Select, of.clone()))).collect()
        }
        // To pick rows is to read them.
        Op::Update { table, bounded, .. } => rows(Right::Update, table, *bounded),
        Op::Delete { table, bounded } => rows(Right::Delete, table, *bounded),
        Op::Truncate { table, .. } => one(Right::Truncate, table),
        _ => Vec::new(),
    }
}

fn rows(right: Right, table: &str, picked: bool) -> Vec<(Right, String)> {
    let all = std::iter::once((right, table.to_owned()));
    all.chain(picked.then(|| (Right::Select, table.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchback_core::migration::{Goal, Layout, SourceFile, read};

    fn told(dialect: Dialect, sql: &str) -> Vec<String> {
        let set = read(Layout::GolangMigrate, &[SourceFile { path: "1_a.up.sql".to_owned(), text: sql.to_owned() }]);
        let legs = set.route(&BTreeSet::new(), &Goal::Latest).unwrap();
        of(dialect, &legs).into_iter().map(|one| format!("{} {:?} {}", one.line, one.right, one.on)).collect()
    }

    #[test]
    fn what_a_script_does_to_what_others_made_is_needed() {
        let sql = "create table a (id int references b (id));\nalter table a add column c int;\nalter table b add column d int;\n\
                   create index i on b (d);\ninsert into a values (1);\ndelete from b where d = 1;\ndrop index i;";
        let postgres = ["1 Create a", "1 Refer b", "3 Alter b", "4 Index b", "4 Create b", "6 Delete b", "6 Select b"];
        assert_eq!(told(Dialect::Postgres, sql), postgres);
        let sql = "create table a (id int);\nalter table a add column c int;\ncreate temporary table t (id int);\ninsert into t values (1);\ndrop table t;";
        assert_eq!(told(Dialect::Mysql, sql), ["1 Create a", "2 Alter a"]);
        let sql = "create index i on a (b);\nalter table a add index j (c);";
        assert_eq!(told(Dialect::Mysql, sql), ["1 Index a", "2 Alter a"]);
    }

    #[test]
    fn behind_another_role_nothing_is_known() {
        for who in
            ["set role owner;", "set local role owner;", "set session authorization ada;", "set search_path = app;"]
        {
            let sql = format!("alter table a add column b int;\n{who}\nalter table c add column d int;");
            assert_eq!(told(Dialect::Postgres, &sql), ["1 Alter a"], "{who}");
        }
        assert_eq!(told(Dialect::Postgres, "set lock_timeout = '3s';\ndrop table c;"), ["2 Drop c"]);
    }
}
