//! A version that needs what only a later one makes.

use crate::op::Op;
use crate::{schema::Schema, shape::Side};

/// The operation that asks for a table which a later version makes, with that version's place.
pub fn forward(before: &Schema, side: &Side, later: &[(usize, String)], at: usize) -> Option<(usize, String, usize)> {
    side.ops.iter().find_map(|placed| {
        let table = placed.op.table()?;
        if matches!(placed.op, Op::CreateTable { .. } | Op::DropTable { .. })
            || before.tables.contains_key(table)
            || side.made.contains(table)
        {
            return None;
        }
        let (made, _) = later.iter().find(|(version, name)| *version > at && name == table)?;
        Some((placed.line, table.to_owned(), *made))
    })
}
