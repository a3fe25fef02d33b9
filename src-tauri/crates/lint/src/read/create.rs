//! `CREATE` and `DROP`.

use super::{
    alter::asks_for_lock,
    column::{begins_constraint, begins_index, column, constraint},
    cursor::{Cursor, commas},
    object,
};
use crate::{
    Dialect,
    op::{FULL_TEXT, OWNED, Object, Op},
    sql::Token,
};

/// `CREATE …`.
pub fn create(cursor: &mut Cursor<'_>) -> Option<Vec<Op>> {
    cursor.take();
    let mut replace = cursor.eat("OR REPLACE") || cursor.eat("OR ALTER");
    if cursor.eat("DEFINER =") {
        cursor.until(&["TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "VIEW", "SQL"]);
        cursor.eat("SQL SECURITY DEFINER");
        cursor.eat("SQL SECURITY INVOKER");
    }
    while cursor.eat("ALGORITHM = MERGE") || cursor.eat("ALGORITHM = UNDEFINED") || cursor.eat("ALGORITHM = TEMPTABLE")
    {
    }
    let temporary = cursor.eat("TEMPORARY") || cursor.eat("TEMP") || cursor.eat("LOCAL TEMPORARY");
    cursor.eat("UNLOGGED");
    if cursor.eat("TABLE") || cursor.eat("FOREIGN TABLE") {
        let made = table(cursor, temporary)?;
        let gone = made.table().filter(|_| replace && !temporary).map(str::to_owned);
        let gone = gone.map(|table| Op::DropTable { table, cascade: false });
        return Some(gone.into_iter().chain([made]).collect());
    }
    if cursor.eat("VIRTUAL TABLE") {
        let known = cursor.eat("IF NOT EXISTS");
        let table = cursor.name()?;
        return Some(vec![Op::CreateTable {
            table,
            columns: vec![],
            constraints: vec![],
            indexes: vec![],
            temporary,
            copied: false,
            part_of: None,
            filled: false,
            known,
        }]);
    }
    let full_text = cursor.eat("FULLTEXT");
    let _ = cursor.eat("UNIQUE") || cursor.eat("SPATIAL");
    if cursor.eat("INDEX") {
        let concurrently = cursor.eat("CONCURRENTLY");
        cursor.eat("IF NOT EXISTS");
        let name = if cursor.key() == "ON" { None } else { Some(cursor.name()?) };
        if cursor.key() == "USING" {
            cursor.take();
            cursor.take();
        }
        if !cursor.eat("ON") {
            return None;
        }
        cursor.eat("ONLY");
        let table = cursor.name()?;
        if cursor.eat("USING") {
            cursor.take();
        }
        let columns = names(cursor.dialect, cursor.parens()?);
        let base = table.rsplit('.').next().unwrap_or(&table);
        let name = name.or_else(|| Some(format!("{base}_{}_idx", columns.join("_"))));
        let full_text = full_text.then(|| Op::Lock { table: table.clone(), what: FULL_TEXT });
        let lock = asks_for_lock(cursor, &table).or(full_text);
        let mut ops = vec![Op::CreateIndex { name, table, concurrently, columns }];
        ops.extend(lock);
        return Some(ops);
    }
    if temporary && cursor.key() != "VIEW" && cursor.key() != "SEQUENCE" && cursor.key() != "TRIGGER" {
        return None;
    }
    let kind = object(cursor)?;
    let lenient = cursor.eat("IF NOT EXISTS");
    replace |= lenient && kind != Object::Extension && kind != Object::Schema;
    let mut ops = Vec::new();
    if kind == Object::Sequence
        && let Some(op) = counter(cursor)
    {
        ops.push(op);
    }
    if kind == Object::Schema {
        // Without a name it has its owner's.
        cursor.eat("AUTHORIZATION");
    }
    let name = cursor.name().unwrap_or_default();
    let on = matches!(kind, Object::Trigger | Object::Policy | Object::Rule).then(|| {
        let at =
            cursor.rest().iter().position(|token| token.key == "ON" || (kind == Object::Rule && token.key == "TO"))?;
        Cursor::new(cursor.dialect, &cursor.rest()[at + 1..]).name()
    });
    let owned = if kind == Object::Sequence { owner(cursor) } else { None };
    ops.push(Op::Create { object: kind, name: name.clone(), on: on.flatten(), replace, lenient });
    ops.extend(owned.map(|table| Op::Owned { sequence: name, table }));
    Some(ops)
}

fn names(dialect: Dialect, tokens: &[Token]) -> Vec<String> {
    commas(tokens).into_iter().filter_map(|part| Cursor::new(dialect, part).word()).collect()
}

fn table(cursor: &mut Cursor<'_>, temporary: bool) -> Option<Op> {
    let known = cursor.eat("IF NOT EXISTS");
    let table = cursor.name()?;
    let (mut columns, mut constraints, mut indexes) = (Vec::new(), Vec::new(), Vec::new());
    let filled = cursor.has("AS SELECT") || cursor.has("AS WITH") || cursor.has("AS TABLE");
    let part = cursor.eat("PARTITION OF");
    let part_of = if part { Cursor::new(cursor.dialect, cursor.rest()).name() } else { None };
    let copied = part || cursor.eat("LIKE") || cursor.eat("AS") || cursor.eat("OF") || cursor.has("AS SELECT");
    if cursor.key() == "(" {
        let inside = cursor.parens()?;
        // `create table a (like b)` and `create table a (select …)`.
        let first = inside.first().map_or("", |token| token.key.as_str());
        if matches!(first, "LIKE" | "SELECT") {
            return Some(Op::CreateTable {
                table,
                columns,
                constraints,
                indexes,
                temporary,
                copied: true,
                part_of: None,
                filled: first == "SELECT",
                known,
            });
        }
        for part in commas(inside) {
            let mut part = Cursor::new(cursor.dialect, part);
            if part.is_done() {
                return None;
            }
            if begins_constraint(&part) {
                constraints.push(constraint(&mut part, &table)?);
            } else if begins_index(&part) {
                while matches!(part.key(), "KEY" | "INDEX" | "FULLTEXT" | "SPATIAL") {
                    part.take();
                }
                indexes.extend(part.word());
            } else if !part.eat("LIKE") {
                columns.push(column(&mut part)?);
            }
        }
        for name in constraints
            .iter()
            .filter(|one| one.kind == crate::op::ConstraintKind::Primary)
            .count()
            .checked_sub(1)
            .into_iter()
            .flat_map(|_| primary_names(cursor.dialect, inside))
        {
            if let Some(column) = columns.iter_mut().find(|column| column.name == name) {
                column.primary = true;
                column.not_null = true;
            }
        }
    } else if !copied {
        return None;
    }
    Some(Op::CreateTable { table, columns, constraints, indexes, temporary, copied, part_of, filled, known })
}

/// The columns that a table's own primary key clause names.
fn primary_names(dialect: Dialect, inside: &[Token]) -> Vec<String> {
    let at = inside.windows(2).position(|pair| pair[0].key == "PRIMARY" && pair[1].key == "KEY");
    let behind = at.map(|at| Cursor::new(dialect, &inside[at + 2..]));
    behind.and_then(|mut cursor| cursor.parens()).map(|tokens| names(dialect, tokens)).unwrap_or_default()
}

/// The table of the column that a sequence goes with.
pub fn owner(cursor: &Cursor<'_>) -> Option<String> {
    let at = cursor.rest().windows(2).position(|pair| pair[0].key == "OWNED" && pair[1].key == "BY")?;
    let column = Cursor::new(cursor.dialect, &cursor.rest()[at + 2..]).name()?;
    Some(column.rsplit_once('.')?.0.to_owned())
}

/// A sequence that ends early, by its own words.
pub fn counter(cursor: &Cursor<'_>) -> Option<Op> {
    let small = cursor.has("AS SMALLINT") || cursor.has("AS INT2");
    let number = |words: &str| {
        let words: Vec<&str> = words.split(' ').collect();
        let at = cursor
            .rest()
            .windows(words.len())
            .position(|window| window.iter().zip(&words).all(|(token, word)| token.key == *word))?;
        cursor.rest().get(at + words.len())?.text.parse::<u64>().ok()
    };
    let limit = if cursor.has("CYCLE") && !cursor.has("NO CYCLE") { None } else { number("MAXVALUE") };
    let what = Cursor::new(cursor.dialect, cursor.rest()).name()?;
    (small || limit.is_some()).then_some(Op::Counter { what, limit, small })
}

/// `DROP …`.
pub fn drop(cursor: &mut Cursor<'_>) -> Option<Vec<Op>> {
    cursor.take();
    cursor.eat("TEMPORARY");
    if cursor.eat("TABLE") || cursor.eat("FOREIGN TABLE") {
        cursor.eat("IF EXISTS");
        let cascade = cursor.has("CASCADE");
        return list(cursor).map(|names| names.into_iter().map(|table| Op::DropTable { table, cascade }).collect());
    }
    if cursor.eat("INDEX") {
        let concurrently = cursor.eat("CONCURRENTLY");
        cursor.eat("IF EXISTS");
        let cascade = cursor.has("CASCADE");
        let on = cursor.rest().iter().position(|token| token.key == "ON");
        let table = on.and_then(|at| Cursor::new(cursor.dialect, &cursor.rest()[at + 1..]).name());
        let index = |name| Op::DropIndex { name, table: table.clone(), concurrently, cascade };
        return list(cursor).map(|names| names.into_iter().map(index).collect());
    }
    if cursor.eat("OWNED") {
        return Some(vec![Op::Drop { object: Object::Other, name: OWNED.to_owned(), cascade: true }]);
    }
    let kind = object(cursor)?;
    cursor.eat("IF EXISTS");
    // MySQL's schemas are databases, and go with all that is in them unasked.
    let whole = kind == Object::Schema && cursor.dialect == Dialect::Mysql;
    let cascade = whole || cursor.has("CASCADE");
    if matches!(
        kind,
        Object::Function | Object::Procedure | Object::Trigger | Object::Policy | Object::Rule | Object::Other
    ) {
        let name = cursor.name().unwrap_or_default();
        return Some(vec![Op::Drop { object: kind, name, cascade }]);
    }
    let all = list(cursor)?;
    Some(all.into_iter().map(|name| Op::Drop { object: kind, name, cascade }).collect())
}

/// Names between commas.
pub fn list(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    let mut all = vec![cursor.name()?];
    while cursor.eat(",") {
        cursor.eat("ONLY");
        all.push(cursor.name()?);
    }
    Some(all)
}
