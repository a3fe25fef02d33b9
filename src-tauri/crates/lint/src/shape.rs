//! A script's operations as a whole: tables built anew are made one operation, what is only replaced is known.

use crate::{
    Dialect, depth,
    op::{Column, Object, Op, Place, Placed},
    read,
    statement::{Cut, cut},
};
use std::collections::BTreeSet;

/// A script, read.
#[derive(Debug, Default)]
pub struct Side {
    /// Its statements and comments.
    pub cut: Cut,
    /// What it does.
    pub ops: Vec<Placed>,
    /// Tables it makes.
    pub made: BTreeSet<String>,
    /// Those of them that end with the session.
    pub temporary: BTreeSet<String>,
    /// Whether something in it cannot be told from its text.
    pub unsure: bool,
    /// The numbers of its statements that are nested too deep for a parser.
    pub deep: Vec<usize>,
}

impl Side {
    /// Reads a script.
    pub fn read(dialect: Dialect, sql: &str) -> Self {
        let cut = cut(dialect, sql);
        let mut ops = Vec::new();
        for (number, statement) in cut.statements.iter().enumerate() {
            ops.extend(read::read(dialect, statement, number));
        }
        let ops = rebuilt(&ops);
        let made = ops
            .iter()
            .filter_map(|placed| match &placed.op {
                Op::CreateTable { table, .. } => Some(table.clone()),
                // Indexes on it hold nobody up either.
                Op::Create { object: Object::MaterializedView, name, .. } => Some(name.clone()),
                _ => None,
            })
            .collect();
        let temporary = ops
            .iter()
            .filter_map(|placed| match &placed.op {
                Op::CreateTable { table, temporary: true, .. } => Some(table.clone()),
                _ => None,
            })
            .collect();
        let each = cut.statements.iter().enumerate();
        let deep: Vec<usize> =
            each.filter(|(_, one)| depth::is_too_deep(dialect, one)).map(|(number, _)| number).collect();
        let unsure = cut.broken.is_some()
            || !deep.is_empty()
            || ops.iter().any(|placed| matches!(placed.op, Op::Opaque | Op::Unknown));
        Self { cut, ops, made, temporary, unsure, deep }
    }

    /// Whether an object is made anew in the same script, so that dropping it replaces it.
    pub fn replaces(&self, object: Object, name: &str) -> bool {
        let views = |kind| matches!(kind, Object::View | Object::MaterializedView);
        self.ops.iter().any(|placed| {
            matches!(&placed.op, Op::Create { object: made, name: called, .. }
                if called == name && (*made == object || (views(*made) && views(object))))
        })
    }

    /// Whether the script renames another object to this name, having made it anew.
    pub fn renames_to(&self, name: &str) -> bool {
        self.ops.iter().any(|placed| matches!(&placed.op, Op::Rename { to, .. } if to == name))
    }
}

/// A table that a script builds anew: the name it keeps, and the names it has on the way.
struct Rebuilt {
    kept: String,
    others: Vec<String>,
}

/// What the statements that fill a new table leave behind: whether rows, and the columns that get one value.
fn carried(ops: &[Placed], table: &str, columns: &[Column]) -> (bool, Vec<String>) {
    let (mut whole, mut levelled) = (false, Vec::new());
    for placed in ops {
        match &placed.op {
            Op::Insert { table: into, from, picks, levelled: at, .. } if into == table => {
                whole |= !from.is_empty() && !picks;
                levelled.extend(at.iter().filter_map(|place| match place {
                    Place::At(at) => columns.get(*at).map(|column| column.name.clone()),
                    Place::Named(name) => Some(name.clone()),
                }));
            }
            // Made with the rows of a query, or filled by what cannot be read.
            Op::CreateTable { table: made, copied, filled, .. } if made == table => whole |= *copied || *filled,
            Op::Opaque | Op::Unknown => whole = true,
            _ => {}
        }
    }
    (!whole, levelled)
}

/// Makes one operation of: create new, copy, drop old, rename new to old; and of: rename old aside, create, copy, drop.
fn rebuilt(ops: &[Placed]) -> Vec<Placed> {
    let created =
        |name: &str| ops.iter().position(|one| matches!(&one.op, Op::CreateTable { table, .. } if table == name));
    let drops = |name: &str| ops.iter().any(|one| matches!(&one.op, Op::DropTable { table, .. } if table == name));
    let aside = |name: &str| {
        ops.iter().find_map(|one| match &one.op {
            Op::RenameTable { from, to } if from == name && drops(to) => Some(to.clone()),
            _ => None,
        })
    };
    let mut tables: Vec<Rebuilt> = Vec::new();
    for (index, one) in ops.iter().enumerate() {
        let Op::RenameTable { from, to } = &one.op else { continue };
        match created(from) {
            Some(made) if made < index && drops(to) => {
                tables.push(Rebuilt { kept: to.clone(), others: vec![from.clone()] });
            }
            Some(made) if made < index => {
                let Some(aside) = aside(to) else { continue };
                tables.push(Rebuilt { kept: to.clone(), others: vec![from.clone(), aside] });
            }
            Some(_) if drops(to) => tables.push(Rebuilt { kept: from.clone(), others: vec![to.clone()] }),
            _ => {}
        }
    }
    let kept = |name: &str| {
        let found = tables.iter().find(|one| one.kept == name || one.others.iter().any(|other| other == name));
        found.map(|one| one.kept.clone())
    };
    let one = |placed: Placed| {
        let Placed { op, line, statement } = placed;
        let op = match op {
            Op::CreateTable { table, columns, .. } if kept(&table).is_some() => {
                let (leaves_rows, levelled) = carried(ops, &table, &columns);
                Op::Rebuild { table: kept(&table).unwrap_or(table), columns, leaves_rows, levelled }
            }
            Op::DropTable { table, .. } | Op::Insert { table, .. } if kept(&table).is_some() => return None,
            Op::RenameTable { from, .. } if kept(&from).is_some() => return None,
            Op::CreateIndex { name, table, concurrently, columns } if kept(&table).is_some() => {
                Op::CreateIndex { name, table: kept(&table).unwrap_or(table), concurrently, columns }
            }
            other => other,
        };
        Some(Placed { op, line, statement })
    };
    ops.iter().cloned().filter_map(one).collect()
}
