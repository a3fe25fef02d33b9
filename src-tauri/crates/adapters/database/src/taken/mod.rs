//! What a script takes away, as its text tells: each statement is understood to take nothing, or what it takes is named so
//! that it can be counted; of all others nobody can tell.

#[cfg(test)]
mod tests;

use crate::{
    names::{Kept, Names, Origin},
    part::Part,
    retyped::{Retyped, Through},
};
use std::collections::{BTreeMap, BTreeSet};
use switchback_core::migration::Script;
use switchback_lint::{
    Dialect, carry,
    clause::{self, Assignment},
    op::{Column, Object, Op, Type},
    ops,
    statement::{self, Text},
};

/// What is done to rows, as servers tell it to triggers and rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Write {
    Insert,
    Update,
    Delete,
    Truncate,
}

/// What a script takes away.
#[derive(Debug)]
pub struct Taken {
    /// What can be counted.
    pub parts: BTreeSet<Part>,
    /// The line of the first statement of which nobody can tell.
    pub untold: Option<usize>,
    /// Tables of the server whose rows it writes.
    pub written: BTreeMap<String, BTreeSet<Write>>,
    /// Functions that are called, in upper case, with the line.
    pub called: BTreeMap<String, usize>,
}

/// Reads a script. `own` is the schema that names without one are in.
pub fn taken(dialect: Dialect, script: &Script, own: Option<&str>) -> Taken {
    let mut walk = Walk {
        dialect,
        names: Names::new(dialect, own),
        taken: Taken { parts: BTreeSet::new(), untold: None, written: BTreeMap::new(), called: BTreeMap::new() },
        dropped: Vec::new(),
        schemas: BTreeSet::new(),
        touched: BTreeMap::new(),
        elsewhere: false,
    };
    for one in statement::statements(dialect, &script.sql) {
        walk.statement(&one);
    }
    walk.end()
}

struct Walk {
    dialect: Dialect,
    names: Names,
    taken: Taken,
    /// Tables of the server that go.
    dropped: Vec<String>,
    /// Schemas that the script makes.
    schemas: BTreeSet<String>,
    /// Tables whose rows it changed, in lower case and without their schema, with the columns that it gave other values.
    touched: BTreeMap<String, BTreeSet<String>>,
    /// Whether names are looked for in another place than a count would look.
    elsewhere: bool,
}

impl Walk {
    fn statement(&mut self, one: &Text) {
        let words = clause::words(self.dialect, &one.sql);
        // A dot within a name is told from one between names by nobody here.
        if words.iter().any(|word| word.contains('.')) {
            self.untold(one.line);
        }
        let all = ops(self.dialect, &one.sql);
        // What is made by such a statement is made, and what is called in it called.
        if all.iter().any(|op| op.is_data() || matches!(op, Op::Neutral | Op::CreateTable { filled: true, .. })) {
            for name in clause::calls(self.dialect, &one.sql) {
                self.taken.called.entry(name).or_insert(one.line);
            }
        }
        if matches!(all.as_slice(), [Op::Neutral | Op::LockTimeout]) {
            self.elsewhere |= moves(&one.sql);
            if self.dialect == Dialect::Sqlite && one.sql.to_lowercase().starts_with("attach") {
                self.untold(one.line);
            }
        }
        let before = self.taken.parts.len() + self.dropped.len();
        for op in &all {
            if !self.op(op, one, &words) {
                self.untold(one.line);
            }
        }
        if let Some(carried) = carry::carried(self.dialect, &one.sql) {
            self.names.carry(&carried);
        }
        if self.elsewhere && self.taken.parts.len() + self.dropped.len() > before {
            self.untold(one.line);
        }
    }

    fn untold(&mut self, line: usize) {
        self.taken.untold.get_or_insert(line);
    }

    /// Whether it is understood.
    #[allow(clippy::too_many_lines, reason = "one arm for each operation, so that none is left out")]
    fn op(&mut self, op: &Op, one: &Text, words: &BTreeSet<String>) -> bool {
        match op {
            Op::CreateTable { table, columns, temporary, known, .. } => {
                self.names.create(table, columns, *temporary, *known);
            }
            Op::Rebuild { table, columns } => self.names.create(table, columns, false, false),
            Op::DropTable { table, .. } => {
                if let Origin::Real(real) = self.names.drop(table) {
                    self.dropped.push(real);
                }
            }
            Op::RenameTable { from, to } => self.names.rename(from, to),
            Op::AddColumn { table, column } => self.names.add_column(table, &column.name),
            Op::DropColumn { table, column, .. } => {
                let table = self.names.table(table);
                let column = self.names.drop_column(&table, column);
                if let (Origin::Real(table), Some(column)) = (table, column) {
                    self.taken.parts.insert(Part::Column { table, column, filled: false });
                }
            }
            Op::RenameColumn { table, from, to } => {
                let table = self.names.table(table);
                self.names.rename_column(&table, from, to);
            }
            Op::AlterType { table, column, ty, .. } => {
                let as_written = self.names.are_as_written(words);
                let written = clause::retypes(&one.sql).into_iter().find(|one| one.column == *column);
                let through = match written.filter(|_| as_written) {
                    Some(one) => Through::Text { ty: one.ty, using: one.using },
                    None => Through::Unknown,
                };
                self.retype(table, column, ty, through);
            }
            Op::Redefine { table, from, column: Column { name, ty, .. } } => {
                if let Some(ty) = ty {
                    self.retype(table, from, ty, Through::Unknown);
                }
                let table = self.names.table(table);
                self.names.rename_column(&table, from, name);
            }
            Op::Insert { table, overwrites, .. } => {
                let table = self.names.table(table);
                self.writes(&table, Write::Insert);
                return !overwrites || matches!(table, Origin::Made(_));
            }
            Op::Update { table, .. } => return self.update(table, one, words),
            Op::Delete { table, .. } => return self.delete(table, one, words),
            Op::Truncate { table, cascade } => {
                let table = self.names.table(table);
                self.writes(&table, Write::Truncate);
                self.names.empty(&table);
                if let Origin::Real(table) = table {
                    self.taken.parts.insert(Part::Rows { table });
                    return !cascade;
                }
            }
            Op::DropPartition { table, detach } => {
                return *detach || matches!(self.names.table(table), Origin::Made(_));
            }
            Op::Charset { .. } => return !words.contains("convert") || words.contains("utf8mb4"),
            Op::Create { object, name, replace, lenient, .. } => self.create(*object, name, *replace, *lenient),
            Op::Drop { object, name, cascade } => return self.drop(op, *object, name, *cascade),
            Op::Rename { object: Object::Schema | Object::Database, from, to } => self.names.rename_schema(from, to),
            Op::Rename { object: Object::Sequence | Object::View | Object::MaterializedView, from, to } => {
                self.names.rename(from, to);
            }
            Op::Alter { object: Object::Sequence, name } | Op::Counter { what: name, .. } => {
                if words.contains("restart") || words.contains("setval") {
                    self.position(name);
                }
            }
            Op::Opaque | Op::Unknown => return false,
            Op::Rename { .. }
            | Op::Alter { .. }
            | Op::Owned { .. }
            | Op::EnumAdd { .. }
            | Op::SetNotNull { .. }
            | Op::DropNotNull { .. }
            | Op::SetDefault { .. }
            | Op::DropDefault { .. }
            | Op::AddConstraint { .. }
            | Op::DropConstraint { .. }
            | Op::ValidateConstraint { .. }
            | Op::RenameConstraint { .. }
            | Op::CreateIndex { .. }
            | Op::DropIndex { .. }
            | Op::RenameIndex { .. }
            | Op::TableSetting { .. }
            | Op::Lock { .. }
            | Op::Begin
            | Op::Commit
            | Op::Rollback
            | Op::LockTimeout
            | Op::Neutral
            | Op::Unsupported { .. }
            | Op::Refuses => {}
        }
        true
    }

    fn writes(&mut self, table: &Origin, write: Write) {
        if let Origin::Real(table) = table {
            self.taken.written.entry(table.clone()).or_default().insert(write);
            self.touched.entry(bare(table)).or_default();
        }
    }

    /// Whether a condition, or a value, says the same of the rows as they are as it will of those the statement finds, and
    /// asking for it does nothing.
    fn tells(&self, text: &str, words: &BTreeSet<String>) -> bool {
        let selects = words.contains("select") || words.contains("join") || words.contains("using");
        let other = |(table, columns): (&String, &BTreeSet<String>)| {
            words.contains(table) && (selects || !words.is_disjoint(columns))
        };
        self.names.are_as_written(words)
            && !self.touched.iter().any(other)
            && clause::calls(self.dialect, text).is_empty()
    }

    fn update(&mut self, name: &str, one: &Text, words: &BTreeSet<String>) -> bool {
        let table = self.names.table(name);
        let condition = clause::condition(self.dialect, &one.sql);
        let picked = condition.clone().filter(|picked| self.tells(picked, words));
        let assigned = clause::assignments(self.dialect, &one.sql);
        let (Some(assigned), false) = (assigned, clause::is_joined(self.dialect, &one.sql)) else { return false };
        let mut set = BTreeSet::new();
        for Assignment { column, value } in assigned {
            let value = value.filter(|value| self.tells(value, words) && (condition.is_none() || picked.is_some()));
            if let Some(column) = self.names.column(&table, &column) {
                set.insert(Assignment { column, value });
            }
        }
        self.writes(&table, Write::Update);
        for Assignment { column, .. } in &set {
            self.names.spoil(&table, column);
            if let Origin::Real(real) = &table {
                self.touched.entry(bare(real)).or_default().insert(column.to_lowercase());
            }
        }
        if let (Origin::Real(table), false) = (table, set.is_empty()) {
            self.taken.parts.insert(Part::Overwritten { table, set, picked });
        }
        true
    }

    fn delete(&mut self, name: &str, one: &Text, words: &BTreeSet<String>) -> bool {
        let table = self.names.table(name);
        let picked = picks(&one.sql).filter(|picked| self.tells(picked, words));
        self.writes(&table, Write::Delete);
        self.names.empty(&table);
        if clause::is_joined(self.dialect, &one.sql) {
            return false;
        }
        if let Origin::Real(table) = table {
            self.taken.parts.insert(match picked {
                Some(rest) => Part::Picked { table, rest },
                None => Part::Rows { table },
            });
        }
        true
    }

    fn retype(&mut self, table: &str, column: &str, ty: &Type, through: Through) {
        let table = self.names.table(table);
        self.names.spoil(&table, column);
        if let (Some(column), Origin::Real(table)) = (self.names.column(&table, column), table) {
            let ty = ty.clone();
            self.taken.parts.insert(Part::Retyped(Retyped { table, column, ty, through }));
        }
    }

    fn position(&mut self, name: &str) {
        if let Origin::Real(sequence) = self.names.table(name) {
            self.taken.parts.insert(Part::Position { sequence });
        }
    }

    fn create(&mut self, object: Object, name: &str, replace: bool, lenient: bool) {
        // In the place of one that may be there.
        let anew = replace && !lenient;
        match object {
            Object::Sequence | Object::View | Object::MaterializedView => {
                if anew && object == Object::Sequence {
                    self.position(name);
                }
                self.names.create(name, &[], false, lenient);
            }
            Object::Schema | Object::Database => {
                if anew {
                    self.taken.parts.insert(Part::Schema { name: name.to_owned() });
                }
                if !lenient {
                    self.schemas.insert(name.to_owned());
                }
            }
            _ => {}
        }
    }

    fn drop(&mut self, op: &Op, object: Object, name: &str, cascade: bool) -> bool {
        match object {
            Object::Sequence => {
                if let Origin::Real(sequence) = self.names.drop(name) {
                    self.taken.parts.insert(Part::Position { sequence });
                }
            }
            Object::View | Object::MaterializedView => drop(self.names.drop(name)),
            // PostgreSQL's other databases are not seen from here.
            Object::Database if self.dialect == Dialect::Postgres => return false,
            Object::Schema | Object::Database => {
                if op.sweeps() && !self.schemas.contains(name) {
                    self.taken.parts.insert(Part::Schema { name: name.to_owned() });
                }
            }
            Object::Type | Object::Domain | Object::Extension | Object::Other => return !cascade && !op.sweeps(),
            Object::Function
            | Object::Procedure
            | Object::Trigger
            | Object::Policy
            | Object::Event
            | Object::Rule
            | Object::Role => {}
        }
        true
    }

    fn end(mut self) -> Taken {
        for table in self.dropped {
            let column = |column: String| Part::Column { table: table.clone(), column, filled: false };
            let parts = &mut self.taken.parts;
            match self.names.kept(&table) {
                Kept::Nothing => drop(parts.insert(Part::Rows { table })),
                Kept::AllBut(lacks) => {
                    parts.extend(lacks.into_iter().map(column));
                    parts.extend(retyped(&self.names, &table));
                }
                Kept::Only(columns) => {
                    parts.extend(retyped(&self.names, &table));
                    parts.insert(Part::Rebuilt { table, columns });
                }
            }
        }
        // Columns and single rows go with their table.
        let all = self.taken.parts.clone();
        self.taken.parts.retain(|part| match part {
            Part::Picked { table, .. }
            | Part::Column { table, .. }
            | Part::Overwritten { table, .. }
            | Part::Rebuilt { table, .. }
            | Part::Retyped(Retyped { table, .. }) => !all.contains(&Part::Rows { table: table.clone() }),
            Part::Rows { .. } | Part::Within { .. } | Part::Schema { .. } | Part::Position { .. } => true,
        });
        self.taken
    }
}

fn retyped(names: &Names, table: &str) -> Vec<Part> {
    let each = names.retyped(table).into_iter();
    each.map(|(column, ty)| Part::Retyped(Retyped { table: table.to_owned(), column, ty, through: Through::Copied }))
        .collect()
}

/// A table's name without its schema, in lower case.
fn bare(table: &str) -> String {
    table.rsplit('.').next().unwrap_or(table).to_lowercase()
}

/// Whether a setting has names looked for in another schema or database.
fn moves(sql: &str) -> bool {
    let uses = sql.split_whitespace().next().is_some_and(|first| first.eq_ignore_ascii_case("use"));
    uses || sql.to_lowercase().contains("search_path")
}

/// What stands behind `delete from`, when there is more than the table.
fn picks(sql: &str) -> Option<String> {
    let word = |text: &str, word: &str| {
        let (first, rest) = text.trim_start().split_once(char::is_whitespace)?;
        first.eq_ignore_ascii_case(word).then(|| rest.trim_start().to_owned())
    };
    let rest = word(&word(sql, "delete")?, "from")?;
    rest.split_whitespace().any(|word| word.eq_ignore_ascii_case("where")).then_some(rest)
}
