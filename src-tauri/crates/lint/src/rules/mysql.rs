//! What is MySQL's alone, and values of an enumeration, which are PostgreSQL's.

use super::{Context, Tell};
use crate::{
    Dialect, Rule, Where,
    op::{Object, Op, Placed},
    says,
};

pub fn judge(context: &Context<'_>, placed: &Placed, tell: Tell<'_>) {
    match &placed.op {
        Op::Charset { table, .. } => {
            let own = table.as_deref().is_some_and(|table| context.is_own(table));
            let back = context.undone().any(|op| matches!(op, Op::Charset { table: of, .. } if of == table));
            if !own && !back {
                let what = table.clone().unwrap_or_else(|| says::parts::database().into());
                tell(Rule::CharsetOrCollationChange, says::table_sorts_otherwise(what));
            }
        }
        Op::EnumAdd { name, value } if context.dialect == Dialect::Postgres && context.place == Where::Up => {
            let made = super::before(context.side, placed)
                .any(|op| matches!(op, Op::Create { object: Object::Type, name: made, .. } if made == name));
            // A down that builds the type anew does take the value back.
            let rebuilt = context.other.is_some_and(|down| {
                down.ops.iter().any(|one| matches!(&one.op, Op::Drop { object: Object::Type, .. }))
                    && down.ops.iter().any(|one| matches!(&one.op, Op::Create { object: Object::Type, .. }))
            });
            if !made && !rebuilt {
                tell(Rule::EnumValueAddIrreversible, says::enum_stays(value, name));
            }
        }
        op if context.dialect == Dialect::Mysql && op.is_schema() => {
            let open = super::before(context.side, placed).fold(false, |open, op| match op {
                Op::Begin => true,
                Op::Commit | Op::Rollback => false,
                _ => open,
            });
            let temporary = matches!(op, Op::CreateTable { temporary: true, .. });
            if open && !temporary {
                let first =
                    !super::before(context.side, placed).skip_while(|op| !matches!(op, Op::Begin)).any(Op::is_schema);
                if first {
                    tell(Rule::ImplicitCommitMysqlDdlInTransaction, says::commits_itself());
                }
            }
        }
        _ => {}
    }
}
