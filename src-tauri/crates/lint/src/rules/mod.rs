//! The rules over one script's operations. Each file is one concern.

mod columns;
mod drops;
mod locks;
mod mysql;
mod order;
pub mod pair;
mod scope;
mod transaction;

pub use order::forward;

use crate::{
    Dialect, Rule, Where,
    op::{Op, Placed},
    schema::Schema,
    shape::Side,
};
use switchback_core::{
    migration::{Layout, Wrapping},
    said::Said,
};

/// Something found, not yet placed in a file.
#[derive(Debug, Clone)]
pub struct Hit {
    pub rule: Rule,
    pub line: usize,
    pub why: Said,
}

/// What a rule may look at.
pub struct Context<'a> {
    pub dialect: Dialect,
    pub layout: Layout,
    pub wrapping: Wrapping,
    /// Which side is judged.
    pub place: Where,
    /// The script.
    pub side: &'a Side,
    /// Its SQL.
    pub sql: &'a str,
    /// The other one.
    pub other: Option<&'a Side>,
    /// What was there before the up.
    pub before: &'a Schema,
}

impl Context<'_> {
    /// Whether nobody else uses the table yet, or any more: this script makes it, or the up of this down did.
    pub fn is_own(&self, table: &str) -> bool {
        self.side.made.contains(table)
            || (self.place == Where::Down && self.other.is_some_and(|up| up.made.contains(table)))
    }

    /// Operations of the up, when a down is judged.
    pub fn undone(&self) -> impl Iterator<Item = &Op> {
        let up = if self.place == Where::Down { self.other } else { None };
        up.into_iter().flat_map(|up| up.ops.iter().map(|placed| &placed.op))
    }

    /// A column's type before the script: from earlier versions, or from what the down goes back to.
    pub fn type_before(&self, table: &str, column: &str) -> Option<crate::op::Type> {
        if let Some(ty) = self.before.ty(table, column) {
            return Some(ty.clone());
        }
        let down = if self.place == Where::Up { self.other } else { None }?;
        down.ops.iter().find_map(|placed| match &placed.op {
            Op::AlterType { table: of, column: name, ty, .. } if of == table && name == column => Some(ty.clone()),
            Op::Redefine { table: of, column: now, .. } if of == table && now.name == column => now.ty.clone(),
            _ => None,
        })
    }
}

/// Everything found in one script.
pub fn judge(context: &Context<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for placed in &context.side.ops {
        let mut tell = |rule, why: Said| hits.push(Hit { rule, line: placed.line, why });
        drops::judge(context, placed, &mut tell);
        columns::judge(context, placed, &mut tell);
        mysql::judge(context, placed, &mut tell);
    }
    locks::judge(context, &mut hits);
    scope::judge(context, &mut hits);
    transaction::judge(context, &mut hits);
    // Several clauses of one statement say one thing once.
    hits.sort_by_key(|hit| (hit.line, hit.rule));
    hits.dedup_by(|a, b| a.line == b.line && a.rule == b.rule);
    hits
}

/// Says what is wrong with one operation.
type Tell<'a> = &'a mut dyn FnMut(Rule, Said);

/// The place of an operation within its script.
fn before<'a>(side: &'a Side, placed: &Placed) -> impl Iterator<Item = &'a Op> {
    let at = side.ops.iter().position(|one| std::ptr::eq(one, placed)).unwrap_or(side.ops.len());
    side.ops[..at].iter().map(|one| &one.op)
}
