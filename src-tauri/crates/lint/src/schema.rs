//! What earlier versions of the set made, as far as their text tells. A table nobody made here may still be there.

use crate::op::{Column, ConstraintKind, Default, Object, Op, Type};
use std::collections::{BTreeMap, BTreeSet};

/// A table that was made.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Its columns.
    pub columns: BTreeMap<String, Column>,
    /// Columns that a validated check keeps from being null.
    pub checked: BTreeSet<String>,
    /// Whether its columns are all known.
    pub whole: bool,
}

/// Everything that was made.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// Tables by name.
    pub tables: BTreeMap<String, Table>,
    /// Indexes by name and table, with their columns; with none where these are not known.
    pub indexes: BTreeMap<(String, String), Vec<String>>,
    /// Other objects.
    pub objects: BTreeSet<(Object, String)>,
    /// Checks for null that no one validated yet: table, constraint, column.
    unvalidated: Vec<(String, String, String)>,
}

impl Schema {
    /// What is known of a column.
    pub fn column(&self, table: &str, column: &str) -> Option<&Column> {
        self.tables.get(table)?.columns.get(column)
    }

    /// A column's type, where it is known.
    pub fn ty(&self, table: &str, column: &str) -> Option<&Type> {
        self.column(table, column)?.ty.as_ref()
    }

    /// The table of an index.
    pub fn indexed(&self, name: &str) -> Option<&String> {
        self.indexes.keys().find(|(called, _)| called == name).map(|(_, table)| table)
    }

    /// Whether a check keeps new rows from having no value there; it need not be validated for that.
    pub fn is_checked(&self, table: &str, column: &str) -> bool {
        self.tables.get(table).is_some_and(|known| known.checked.contains(column))
            || self.unvalidated.iter().any(|(of, _, checked)| of == table && checked == column)
    }

    /// Goes on by one operation.
    pub fn apply(&mut self, op: &Op) {
        match op {
            Op::CreateTable { table, columns, copied, known, indexes, .. } => {
                if *known && self.tables.contains_key(table) {
                    return;
                }
                self.indexes.extend(indexes.iter().map(|name| ((name.clone(), table.clone()), Vec::new())));
                let columns = columns.iter().map(|column| (column.name.clone(), column.clone())).collect();
                self.tables.insert(table.clone(), Table { columns, checked: BTreeSet::new(), whole: !copied });
            }
            Op::Rebuild { table, columns, .. } => {
                let known = self.tables.entry(table.clone()).or_default();
                known.columns = columns.iter().map(|column| (column.name.clone(), column.clone())).collect();
                known.whole = true;
            }
            Op::DropTable { table, .. } => {
                self.tables.remove(table);
                self.indexes.retain(|(_, of), _| of != table);
            }
            Op::RenameTable { from, to } => {
                if let Some(known) = self.tables.remove(from) {
                    self.tables.insert(to.clone(), known);
                }
                self.reindex(|(name, of), columns| {
                    let of = if of == *from { to.clone() } else { of };
                    ((name, of), columns)
                });
            }
            Op::AddColumn { table, column } => {
                self.tables.entry(table.clone()).or_default().columns.insert(column.name.clone(), column.clone());
            }
            Op::DropColumn { table, column, .. } => {
                self.columns(table, |columns| drop(columns.remove(column)));
                self.indexes.retain(|(_, of), on| {
                    let was_on = of == table && on.contains(column);
                    on.retain(|one| !was_on || one != column);
                    !(was_on && on.is_empty())
                });
            }
            Op::RenameColumn { table, from, to } => {
                self.columns(table, |columns| {
                    if let Some(mut known) = columns.remove(from) {
                        known.name.clone_from(to);
                        columns.insert(to.clone(), known);
                    }
                });
                for ((_, of), on) in &mut self.indexes {
                    on.iter_mut().filter(|one| of == table && *one == from).for_each(|one| one.clone_from(to));
                }
            }
            Op::Redefine { table, from, column } => {
                let columns = &mut self.tables.entry(table.clone()).or_default().columns;
                columns.remove(from);
                columns.insert(column.name.clone(), column.clone());
            }
            Op::AlterType { table, column, ty, .. } => self.columns(table, |columns| {
                if let Some(known) = columns.get_mut(column) {
                    known.ty = Some(ty.clone());
                }
            }),
            Op::SetDefault { table, column } => self.defaults(table, column, Some(Default::Constant)),
            Op::DropDefault { table, column } => self.defaults(table, column, None),
            Op::SetNotNull { table, column } => self.nulls(table, column, true),
            Op::DropNotNull { table, column } => self.nulls(table, column, false),
            Op::AddConstraint { table, constraint } => {
                if let (Some(column), Some(name)) = (&constraint.not_null_of, &constraint.name)
                    && constraint.kind == ConstraintKind::Check
                {
                    if constraint.not_valid {
                        self.unvalidated.push((table.clone(), name.clone(), column.clone()));
                    } else {
                        self.tables.entry(table.clone()).or_default().checked.insert(column.clone());
                    }
                }
            }
            Op::ValidateConstraint { table, name } => {
                let found = self.unvalidated.iter().position(|(of, one, _)| of == table && one == name);
                if let Some(at) = found {
                    let (table, _, column) = self.unvalidated.remove(at);
                    self.tables.entry(table).or_default().checked.insert(column);
                }
            }
            Op::CreateIndex { name: Some(name), table, columns, .. } => {
                self.indexes.insert((name.clone(), table.clone()), columns.clone());
            }
            Op::DropIndex { name, table, .. } => {
                self.indexes
                    .retain(|(called, of), _| called != name || table.as_ref().is_some_and(|table| table != of));
            }
            Op::RenameIndex { from, to } => self.reindex(|(name, of), columns| {
                let name = if name == *from { to.clone() } else { name };
                ((name, of), columns)
            }),
            Op::Create { object, name, .. } => drop(self.objects.insert((*object, name.clone()))),
            Op::Drop { object, name, .. } => drop(self.objects.remove(&(*object, name.clone()))),
            Op::Rename { object, from, to } if self.objects.remove(&(*object, from.clone())) => {
                self.objects.insert((*object, to.clone()));
            }
            _ => {}
        }
    }

    fn reindex(&mut self, change: impl Fn((String, String), Vec<String>) -> ((String, String), Vec<String>)) {
        let all = std::mem::take(&mut self.indexes);
        self.indexes = all.into_iter().map(|(key, columns)| change(key, columns)).collect();
    }

    fn columns(&mut self, table: &str, change: impl FnOnce(&mut BTreeMap<String, Column>)) {
        if let Some(known) = self.tables.get_mut(table) {
            change(&mut known.columns);
        }
    }

    fn defaults(&mut self, table: &str, column: &str, default: Option<Default>) {
        self.columns(table, |columns| {
            if let Some(known) = columns.get_mut(column) {
                known.default = default;
            }
        });
    }

    fn nulls(&mut self, table: &str, column: &str, not_null: bool) {
        self.columns(table, |columns| {
            if let Some(known) = columns.get_mut(column) {
                known.not_null = not_null;
            }
        });
    }
}
