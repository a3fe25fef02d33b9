//! Names that a release takes from what had them and gives to something else before it ends: whoever asks for them is
//! served.

use crate::{
    Dialect,
    op::{Column, Object, Op},
};

/// What has the name when the release's scripts end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// A table that is made with these columns.
    Table(Vec<Column>),
    /// A view, or a table whose columns the text does not tell.
    Unread,
}

/// What has the name of a table or view after these operations, which stand behind the one that takes it. `written`: whether
/// running code may write there.
pub fn again(dialect: Dialect, later: &[&Op], name: &str, written: bool) -> Option<Again> {
    let mut has = None;
    for op in later {
        match op {
            Op::CreateTable { table, columns, copied, filled, temporary: false, .. } if table == name => {
                let untold = *copied || (*filled && columns.is_empty());
                has = Some(if untold { Again::Unread } else { Again::Table(columns.clone()) });
            }
            Op::Create { object, name: made, .. } if made == name && serves(dialect, later, *object, name, written) => {
                has = Some(Again::Unread);
            }
            Op::RenameTable { to, .. } if to == name => has = Some(Again::Unread),
            Op::Rename { object, to, .. } if to == name && serves(dialect, later, *object, name, written) => {
                has = Some(Again::Unread);
            }
            Op::DropTable { table: gone, .. } | Op::RenameTable { from: gone, .. } if gone == name => has = None,
            Op::Drop { object, name: gone, .. } | Op::Rename { object, from: gone, .. }
                if gone == name && is_view(*object) =>
            {
                has = None;
            }
            _ => {}
        }
    }
    has
}

/// Whether a view in the place of what code writes to takes the writes.
fn serves(dialect: Dialect, later: &[&Op], object: Object, name: &str, written: bool) -> bool {
    let trigger = |op: &&Op| matches!(op, Op::Create { object: Object::Trigger, on: Some(on), .. } if on == name);
    match object {
        Object::View => !written || dialect != Dialect::Sqlite || later.iter().any(trigger),
        Object::MaterializedView => !written,
        _ => false,
    }
}

/// Whether it has its name among the tables'.
pub const fn is_view(object: Object) -> bool {
    matches!(object, Object::View | Object::MaterializedView)
}
