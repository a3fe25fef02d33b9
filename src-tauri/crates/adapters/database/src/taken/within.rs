//! What goes within something larger that goes, and is not counted beside it.

use crate::{part::Part, retyped::Retyped};
use std::collections::BTreeSet;

/// The parts by themselves: columns and single rows go with their table, and values with their column.
pub fn alone(all: &BTreeSet<Part>) -> BTreeSet<Part> {
    let whole = |table: &String| all.contains(&Part::Rows { table: table.clone() });
    let goes = |table: &String, column: &String| {
        let is =
            |part: &Part| matches!(part, Part::Column { table: of, column: name, .. } if of == table && name == column);
        all.iter().any(is)
    };
    let by_itself = |part: &Part| match part {
        Part::Retyped(Retyped { table, column, .. }) if goes(table, column) => false,
        Part::Picked { table, .. }
        | Part::Column { table, .. }
        | Part::Overwritten { table, .. }
        | Part::Rebuilt { table, .. }
        | Part::Counts { table, .. }
        | Part::Retyped(Retyped { table, .. }) => !whole(table),
        Part::Rows { .. } | Part::Within { .. } | Part::Schema { .. } | Part::Position { .. } => true,
    };
    let rest = |part: Part| match part {
        // What the server writes beside is written all the same.
        Part::Overwritten { table, mut set, picked } => {
            set.retain(|one| !goes(&table, &one.column));
            Part::Overwritten { table, set, picked }
        }
        other => other,
    };
    all.iter().filter(|part| by_itself(part)).cloned().map(rest).collect()
}
