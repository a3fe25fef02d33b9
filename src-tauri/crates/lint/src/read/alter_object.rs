//! `ALTER` of anything but a table, and `RENAME`.

use super::{create::counter, cursor::Cursor, object};
use crate::op::{Object, Op};

/// `ALTER` of anything but a table.
pub fn other(cursor: &mut Cursor<'_>) -> Option<Vec<Op>> {
    cursor.take();
    if cursor.eat("SYSTEM") {
        return Some(vec![Op::Neutral]);
    }
    if cursor.eat("INDEX") {
        cursor.eat("IF EXISTS");
        let from = cursor.name()?;
        if cursor.eat("RENAME TO") {
            return Some(vec![Op::RenameIndex { from, to: cursor.name()? }]);
        }
        return Some(vec![Op::Neutral]);
    }
    while cursor.eat("ALGORITHM = MERGE") || cursor.eat("ALGORITHM = UNDEFINED") || cursor.eat("ALGORITHM = TEMPTABLE")
    {
    }
    let kind = object(cursor)?;
    cursor.eat("IF EXISTS");
    let mut ops = Vec::new();
    if kind == Object::Sequence {
        ops.extend(counter(cursor));
    }
    let name = cursor.name().unwrap_or_default();
    if matches!(kind, Object::Trigger | Object::Policy | Object::Rule) && cursor.eat("ON") {
        cursor.name()?;
    }
    if kind == Object::Database || kind == Object::Schema {
        if cursor.has("CHARSET") || cursor.has("CHARACTER SET") || cursor.has("COLLATE") || name == "character" {
            return Some(vec![Op::Charset { table: None, narrows: false }]);
        }
        if !cursor.has("RENAME") {
            return Some(vec![Op::Neutral]);
        }
    }
    if cursor.eat("ADD VALUE") {
        cursor.eat("IF NOT EXISTS");
        let value = cursor.take()?.text.clone();
        return Some(vec![Op::EnumAdd { name, value }]);
    }
    if cursor.eat("RENAME TO") {
        return Some(vec![Op::Rename { object: kind, from: name, to: cursor.name()? }]);
    }
    if kind == Object::Type && cursor.eat("RENAME VALUE") {
        let from = cursor.take()?.text.clone();
        let to = if cursor.eat("TO") { cursor.take()?.text.clone() } else { return None };
        let of = |value: String| format!("{name}.{value}");
        return Some(vec![Op::Rename { object: kind, from: of(from), to: of(to) }]);
    }
    if kind == Object::Type && cursor.has("DROP ATTRIBUTE") {
        return Some(vec![Op::Opaque]);
    }
    if cursor.eat("OWNER TO") || kind == Object::Role || kind == Object::Other {
        return Some(vec![Op::Neutral]);
    }
    if kind == Object::Sequence
        && let Some(table) = super::create::owner(cursor)
    {
        ops.push(Op::Owned { sequence: name, table });
        return Some(ops);
    }
    if ops.is_empty() || kind != Object::Sequence {
        ops.push(Op::Alter { object: kind, name });
    }
    Some(ops)
}

/// MySQL's `RENAME TABLE a TO b, c TO d`.
pub fn rename(cursor: &mut Cursor<'_>) -> Option<Vec<Op>> {
    cursor.take();
    if cursor.key() == "USER" {
        return Some(vec![Op::Neutral]);
    }
    if !(cursor.eat("TABLE") || cursor.eat("TABLES")) {
        return None;
    }
    let mut ops = Vec::new();
    loop {
        let from = cursor.name()?;
        if !cursor.eat("TO") {
            return None;
        }
        ops.push(Op::RenameTable { from, to: cursor.name()? });
        if !cursor.eat(",") {
            return cursor.is_done().then_some(ops);
        }
    }
}
