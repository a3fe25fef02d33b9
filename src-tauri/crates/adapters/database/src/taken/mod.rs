//! What a script takes away, as its text tells: each statement is understood to take nothing, or what it takes is named so
//! that it can be counted; of all others nobody can tell.

mod code;
mod dml;
#[cfg(test)]
mod tests;
mod within;

use crate::{
    names::{Names, Origin},
    part::Part,
    retyped::{Retyped, Through},
};
use code::Code;
use std::collections::{BTreeMap, BTreeSet};
use switchback_core::migration::Script;
use switchback_lint::{
    Dialect, carry, clause,
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
    /// The line of the first statement of which nobody can tell where the server makes values fit that do not.
    pub fitted: Option<usize>,
    /// Tables of the server whose rows it writes.
    pub written: BTreeMap<String, BTreeSet<Write>>,
    /// Functions that are called, in upper case, with the line.
    pub called: BTreeMap<String, usize>,
    /// The statements that read or write rows, and what is computed with them.
    pub run: Vec<String>,
    /// Those that compute values for another reason.
    pub computed: Vec<String>,
}

/// Reads a script. `own` is the schema that names without one are in.
pub fn taken(dialect: Dialect, script: &Script, own: Option<&str>) -> Taken {
    let mut walk = Walk {
        dialect,
        names: Names::new(dialect, own),
        taken: Taken {
            parts: BTreeSet::new(),
            untold: None,
            fitted: None,
            written: BTreeMap::new(),
            called: BTreeMap::new(),
            run: Vec::new(),
            computed: Vec::new(),
        },
        dropped: Vec::new(),
        schemas: BTreeSet::new(),
        touched: BTreeMap::new(),
        elsewhere: false,
        code: Code::default(),
        line: 1,
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
    code: Code,
    /// The line of the statement that is read.
    line: usize,
}

impl Walk {
    fn statement(&mut self, one: &Text) {
        self.line = one.line;
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
        self.code(one, &all, &words);
        if matches!(all.as_slice(), [Op::Neutral | Op::LockTimeout]) {
            self.elsewhere |= moves(&one.sql);
            self.numbers(one);
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
        match carry::carried(self.dialect, &one.sql) {
            // What an index refuses is left out.
            Some(carried) if self.code.is_leaky(&carried.to) => self.names.empty(&self.names.table(&carried.to)),
            Some(carried) => self.names.carry(&carried),
            None => {}
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
                self.code.made_table(self.dialect, table, words);
            }
            Op::Rebuild { table, columns, .. } => self.names.create(table, columns, false, false),
            Op::DropTable { table, .. } => {
                if let Origin::Real(real) = self.names.drop(table) {
                    self.dropped.push(real);
                }
                return !self.code.reaches_further();
            }
            Op::RenameTable { from, to } if words.contains("schema") => self.names.relocate(from, to),
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
            Op::Redefine { table, from, column: Column { name, ty, not_null, generated, .. } } => {
                if let Some(ty) = ty {
                    let through = match (generated, not_null) {
                        (Some(_), _) => Through::Computed,
                        (None, true) => Through::Filled,
                        (None, false) => Through::Unknown,
                    };
                    self.retype(table, from, ty, through);
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
                    self.taken.parts.insert(Part::Rows { table: table.clone() });
                    if words.contains("restart") || self.dialect == Dialect::Mysql {
                        self.taken.parts.insert(Part::Counts { table, column: None });
                    }
                    return !cascade && !self.code.reaches_further();
                }
            }
            // Its rows stay, and nobody who asks the whole table sees them any more.
            Op::DropPartition { detached: Some(part), .. } => {
                if let Origin::Real(table) = self.names.table(part) {
                    self.taken.parts.insert(Part::Rows { table });
                }
            }
            Op::DropPartition { table, detached: None } => return matches!(self.names.table(table), Origin::Made(_)),
            Op::Charset { .. } => return !words.contains("convert") || words.contains("utf8mb4"),
            // An event runs by itself, and may at once.
            Op::Opaque | Op::Unknown | Op::Refused { .. } | Op::Create { object: Object::Event, .. } => return false,
            Op::Create { object, name, replace, lenient, .. } => self.create(*object, name, *replace, *lenient),
            Op::Drop { object, name, cascade } => return self.drop(op, *object, name, *cascade),
            Op::TableSetting { table } => self.setting(table, one, words),
            Op::Rename { object: Object::Schema | Object::Database, from, to } => self.names.rename_schema(from, to),
            Op::Rename { object: Object::Sequence | Object::View | Object::MaterializedView, from, to } => {
                self.names.rename(from, to);
            }
            Op::Alter { object: Object::Sequence, name } | Op::Counter { what: name, .. } => {
                if words.contains("restart") {
                    self.position(name);
                } else if words.contains("auto_increment") {
                    self.setting(name, one, words);
                }
            }
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

    fn retype(&mut self, table: &str, column: &str, ty: &Type, through: Through) {
        let table = self.names.table(table);
        self.names.spoil(&table, column);
        if let (Some(column), Origin::Real(table)) = (self.names.column(&table, column), table) {
            let ty = ty.clone();
            self.taken.parts.insert(Part::Retyped(Retyped { table, column, ty, through }));
        }
    }

    /// A setting of a table that sets back what it counts.
    fn setting(&mut self, table: &str, one: &Text, words: &BTreeSet<String>) {
        let Origin::Real(table) = self.names.table(table) else { return };
        let counts = |column| Part::Counts { table: table.clone(), column };
        match self.dialect {
            Dialect::Postgres => {
                self.taken.parts.extend(clause::recounted(&one.sql).into_iter().map(|column| counts(Some(column))));
            }
            Dialect::Mysql if words.contains("auto_increment") => drop(self.taken.parts.insert(counts(None))),
            Dialect::Mysql | Dialect::Sqlite => {}
        }
    }

    /// A query that sets a sequence.
    fn numbers(&mut self, one: &Text) {
        if self.dialect == Dialect::Sqlite || !clause::words(self.dialect, &one.sql).contains("setval") {
            return;
        }
        match clause::texts_given(self.dialect, &one.sql, "SETVAL") {
            Some(sequences) if !sequences.is_empty() && !sequences.iter().any(|name| name.contains(['"', '.'])) => {
                for name in sequences {
                    self.position(&name.to_lowercase());
                }
            }
            _ => self.untold(one.line),
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
                if object == Object::View {
                    self.code.made_view(self.names.table(name));
                }
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
                if op.sweeps() {
                    self.dropped.extend(self.names.within(name));
                    if !self.schemas.contains(name) {
                        self.taken.parts.insert(Part::Schema { name: self.names.schema(name) });
                    }
                    return !self.code.reaches_further();
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
            let parts = &mut self.taken.parts;
            let copies = self.names.kept(&table);
            if copies.is_empty() {
                parts.insert(Part::Rows { table });
            } else {
                parts.extend(retyped(&self.names, &table));
                parts.insert(Part::Counts { table: table.clone(), column: None });
                parts.insert(Part::Rebuilt { table, copies });
            }
        }
        if !self.taken.run.is_empty() {
            self.taken.run.append(&mut self.code.later);
        }
        self.taken.parts = within::alone(&self.taken.parts);
        self.taken
    }
}

fn retyped(names: &Names, table: &str) -> Vec<Part> {
    let each = names.retyped(table).into_iter();
    each.map(|(column, ty)| Part::Retyped(Retyped { table: table.to_owned(), column, ty, through: Through::Copied }))
        .collect()
}

/// Whether a setting has names looked for in another schema or database.
fn moves(sql: &str) -> bool {
    let uses = sql.split_whitespace().next().is_some_and(|first| first.eq_ignore_ascii_case("use"));
    uses || sql.to_lowercase().contains("search_path")
}
