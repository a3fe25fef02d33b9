//! `ALTER TABLE`.

use super::{
    column::{begins_constraint, begins_index, column, constraint, data_type},
    cursor::{Cursor, commas},
};
use crate::{
    Dialect,
    op::{COPIES, Column, ENGINE, FULL_TEXT, Op},
    says::parts,
    sql::Kind,
};

/// The actions of an `ALTER TABLE`, with their lines; `None` when one is not understood.
pub fn table(cursor: &mut Cursor<'_>) -> Option<Vec<(Op, usize)>> {
    cursor.eat("IF EXISTS");
    cursor.eat("ONLY");
    let table = cursor.name()?;
    cursor.eat("*");
    if cursor.is_done() {
        return None;
    }
    let parts = commas(cursor.rest());
    let many = parts.len() > 1;
    let mut ops = Vec::new();
    for part in parts {
        let mut part = Cursor::new(cursor.dialect, part);
        let line = part.line();
        let op = action(&mut part, &table)?;
        ops.extend(op.into_iter().map(|op| (op, line)));
    }
    if many && cursor.dialect == Dialect::Sqlite {
        let line = cursor.line();
        ops.push((Op::Unsupported { table, what: parts::several_changes().into() }, line));
    }
    Some(ops)
}

#[allow(clippy::too_many_lines, reason = "one branch for each action of the grammar")]
fn action(cursor: &mut Cursor<'_>, table: &str) -> Option<Vec<Op>> {
    let own = || table.to_owned();
    let one = |op| Some(vec![op]);
    let setting = || Some(vec![Op::TableSetting { table: own() }]);
    let sqlite = cursor.dialect == Dialect::Sqlite;
    let lacks = |what: &str| Some(vec![Op::Unsupported { table: table.to_owned(), what: what.to_owned() }]);
    if cursor.eat("ADD") {
        return add(cursor, table);
    }
    if cursor.eat("DROP") {
        return drop(cursor, table);
    }
    if cursor.eat("ALTER COLUMN")
        || cursor.eat("ALTER INDEX")
        || cursor.eat("ALTER CONSTRAINT")
        || cursor.eat("ALTER CHECK")
        || cursor.eat("ALTER")
    {
        return if sqlite { lacks("ALTER COLUMN") } else { alter_column(cursor, table) };
    }
    if cursor.eat("RENAME COLUMN") {
        return rename_column(cursor, table);
    }
    if cursor.eat("RENAME CONSTRAINT") {
        let from = cursor.word()?;
        cursor.eat("TO");
        return one(Op::RenameConstraint { table: own(), from, to: cursor.word()? });
    }
    if cursor.eat("RENAME INDEX") || cursor.eat("RENAME KEY") {
        let from = cursor.word()?;
        cursor.eat("TO");
        return one(Op::RenameIndex { from, to: cursor.word()? });
    }
    if cursor.eat("SET SCHEMA") {
        let (schema, bare) = (cursor.word()?, table.rsplit('.').next().unwrap_or(table));
        let to = if schema == "public" { bare.to_owned() } else { format!("{schema}.{bare}") };
        return one(Op::RenameTable { from: own(), to });
    }
    if cursor.eat("RENAME TO") || cursor.eat("RENAME AS") {
        return one(Op::RenameTable { from: own(), to: cursor.name()? });
    }
    if cursor.eat("RENAME") {
        // `rename to` without its `to` in MySQL; without `column` in PostgreSQL.
        if cursor.key_at(1) == "TO" {
            return rename_column(cursor, table);
        }
        return one(Op::RenameTable { from: own(), to: cursor.name()? });
    }
    if cursor.eat("MODIFY COLUMN") || cursor.eat("MODIFY") {
        cursor.eat("IF EXISTS");
        if sqlite {
            return lacks("MODIFY");
        }
        let column = column(cursor)?;
        return one(Op::Redefine { table: own(), from: column.name.clone(), column });
    }
    if cursor.eat("CHANGE COLUMN") || cursor.eat("CHANGE") {
        cursor.eat("IF EXISTS");
        let from = cursor.word()?;
        let column = column(cursor)?;
        return one(Op::Redefine { table: own(), from, column });
    }
    if cursor.eat("VALIDATE CONSTRAINT") {
        return one(Op::ValidateConstraint { table: own(), name: cursor.word()? });
    }
    if cursor.eat("CONVERT TO") {
        let _ = cursor.eat("CHARACTER SET") || cursor.eat("CHARSET");
        cursor.eat("=");
        let to = cursor.word().unwrap_or_default();
        let all = ["utf", "ucs2", "gb18030", "default", "binary"].iter().any(|name| to.starts_with(name));
        return one(Op::Charset { table: Some(own()), narrows: !all });
    }
    if cursor.has("CHARSET")
        || cursor.has("CHARACTER SET")
        || (cursor.key() == "COLLATE" && cursor.dialect == Dialect::Mysql)
        || cursor.has("DEFAULT COLLATE")
    {
        return one(Op::Charset { table: Some(own()), narrows: false });
    }
    if cursor.eat("ATTACH PARTITION") {
        return setting();
    }
    if cursor.eat("DETACH PARTITION") {
        return one(Op::DropPartition { table: own(), detached: Some(cursor.name()?) });
    }
    if cursor.eat("NO INHERIT") {
        return one(Op::DropPartition { table: cursor.name()?, detached: Some(own()) });
    }
    if cursor.eat("TRUNCATE PARTITION") {
        return one(Op::DropPartition { table: own(), detached: None });
    }
    if cursor.eat("AUTO_INCREMENT") {
        cursor.eat("=");
        let near =
            cursor.rest().first().and_then(|token| token.text.parse::<u64>().ok()).is_some_and(|at| at > 2_000_000_000);
        return if near {
            one(Op::Counter { what: own(), limit: Some(2_147_483_647), small: false })
        } else {
            setting()
        };
    }
    if let Some(op) = asks_for_lock(cursor, table) {
        return one(op);
    }
    // Rows that change places, or go with their file.
    if matches!(cursor.key(), "EXCHANGE" | "DISCARD" | "IMPORT") && !sqlite {
        return one(Op::Opaque);
    }
    if cursor.key() == "ENGINE" {
        return match ["INNODB", "MYISAM", "ARIA", "ROCKSDB"].iter().position(|engine| cursor.has(engine)) {
            // Built anew while others write, where it was InnoDB's before.
            Some(0) => setting(),
            Some(_) => Some(vec![Op::TableSetting { table: own() }, Op::Lock { table: own(), what: ENGINE }]),
            None => one(Op::Opaque),
        };
    }
    let known = [
        "OWNER",
        "SET",
        "RESET",
        "ENABLE",
        "DISABLE",
        "FORCE",
        "NO",
        "INHERIT",
        "REPLICA",
        "CLUSTER",
        "ALGORITHM",
        "LOCK",
        "COMMENT",
        "ROW_FORMAT",
        "KEY_BLOCK_SIZE",
        "ORDER",
        "PARTITION",
        "REMOVE",
        "REORGANIZE",
        "COALESCE",
        "ANALYZE",
        "CHECK",
        "OPTIMIZE",
        "REBUILD",
        "DEFAULT",
        "STATS_PERSISTENT",
        "OPTIONS",
        "NOT",
        "OF",
        "TABLESPACE",
        "WITH",
        "WITHOUT",
        "PAGE_COMPRESSED",
        "MAX_ROWS",
        "AVG_ROW_LENGTH",
        "ENCRYPTION",
        "NOWAIT",
        "WAIT",
        "COMPRESSION",
    ];
    if known.contains(&cursor.key()) && !sqlite { setting() } else { None }
}

/// What MySQL and MariaDB are asked for beside the change: to copy the table, or to keep everybody out.
pub fn asks_for_lock(cursor: &Cursor<'_>, table: &str) -> Option<Op> {
    let says =
        |word: &str, what: &str| cursor.has(&format!("{word} = {what}")) || cursor.has(&format!("{word} {what}"));
    let what = match cursor.dialect {
        Dialect::Mysql if says("ALGORITHM", "COPY") => COPIES,
        Dialect::Mysql if says("LOCK", "EXCLUSIVE") => "LOCK=EXCLUSIVE",
        _ => return None,
    };
    Some(Op::Lock { table: table.to_owned(), what })
}

fn rename_column(cursor: &mut Cursor<'_>, table: &str) -> Option<Vec<Op>> {
    let from = cursor.word()?;
    if !cursor.eat("TO") {
        return None;
    }
    Some(vec![Op::RenameColumn { table: table.to_owned(), from, to: cursor.word()? }])
}

fn add(cursor: &mut Cursor<'_>, table: &str) -> Option<Vec<Op>> {
    let sqlite = cursor.dialect == Dialect::Sqlite;
    if cursor.eat("PARTITION") || cursor.eat("PERIOD") || cursor.eat("SYSTEM") {
        return Some(vec![Op::TableSetting { table: table.to_owned() }]);
    }
    if begins_constraint(cursor) {
        if sqlite {
            return Some(vec![Op::Unsupported { table: table.to_owned(), what: "ADD CONSTRAINT".to_owned() }]);
        }
        let constraint = constraint(cursor, table)?;
        return Some(vec![Op::AddConstraint { table: table.to_owned(), constraint }]);
    }
    if begins_index(cursor) {
        let full_text = cursor.key() == "FULLTEXT";
        while matches!(cursor.key(), "KEY" | "INDEX" | "FULLTEXT" | "SPATIAL") {
            cursor.take();
        }
        cursor.eat("IF NOT EXISTS");
        let named = if cursor.key() == "(" { None } else { cursor.word() };
        let inside = cursor.parens()?;
        let columns: Vec<String> =
            commas(inside).into_iter().filter_map(|part| Cursor::new(cursor.dialect, part).word()).collect();
        let name = named.or_else(|| columns.first().cloned());
        let table = table.to_owned();
        let locks = full_text.then(|| Op::Lock { table: table.clone(), what: FULL_TEXT });
        return Some(
            [Op::CreateIndex { name, table, concurrently: false, columns }].into_iter().chain(locks).collect(),
        );
    }
    cursor.eat("COLUMN");
    cursor.eat("IF NOT EXISTS");
    if let Some(inside) = cursor.parens() {
        let each = commas(inside).into_iter().map(|part| column(&mut Cursor::new(cursor.dialect, part)));
        let each: Option<Vec<Column>> = each.collect();
        return Some(each?.into_iter().map(|column| Op::AddColumn { table: table.to_owned(), column }).collect());
    }
    let column = column(cursor)?;
    if column.ty.is_none() && cursor.dialect != Dialect::Sqlite {
        return None;
    }
    Some(vec![Op::AddColumn { table: table.to_owned(), column }])
}

fn drop(cursor: &mut Cursor<'_>, table: &str) -> Option<Vec<Op>> {
    let own = table.to_owned();
    let cascade = cursor.has("CASCADE");
    let sqlite = cursor.dialect == Dialect::Sqlite;
    let op = if cursor.eat("CONSTRAINT") || cursor.eat("FOREIGN KEY") || cursor.eat("CHECK") {
        cursor.eat("IF EXISTS");
        let name = Some(cursor.word()?);
        if sqlite {
            Op::Unsupported { table: own, what: "DROP CONSTRAINT".to_owned() }
        } else {
            Op::DropConstraint { table: own, name, cascade }
        }
    } else if cursor.eat("PRIMARY KEY") {
        Op::DropConstraint { table: own, name: Some("primary".to_owned()), cascade }
    } else if cursor.eat("INDEX") || cursor.eat("KEY") {
        cursor.eat("IF EXISTS");
        Op::DropIndex { name: cursor.word()?, table: Some(own), concurrently: false, cascade }
    } else if cursor.eat("PARTITION") {
        Op::DropPartition { table: own, detached: None }
    } else if cursor.dialect == Dialect::Mysql && cursor.eat("SYSTEM VERSIONING") {
        // The rows of before go, and nothing names them.
        Op::Opaque
    } else {
        cursor.eat("COLUMN");
        cursor.eat("IF EXISTS");
        Op::DropColumn { table: own, column: cursor.word()?, cascade }
    };
    Some(vec![op])
}

fn alter_column(cursor: &mut Cursor<'_>, table: &str) -> Option<Vec<Op>> {
    let column = cursor.word()?;
    let own = table.to_owned();
    let op = if cursor.eat("SET NOT NULL") {
        Op::SetNotNull { table: own, column }
    } else if cursor.eat("DROP NOT NULL") {
        Op::DropNotNull { table: own, column }
    } else if cursor.eat("SET DEFAULT") {
        Op::SetDefault { table: own, column }
    } else if cursor.eat("DROP DEFAULT") {
        Op::DropDefault { table: own, column }
    } else if cursor.eat("TYPE") || cursor.eat("SET DATA TYPE") {
        let (ty, _) = data_type(cursor);
        let collation = cursor.eat("COLLATE") && cursor.take().is_some();
        let using = cursor.eat("USING");
        let shortens = using
            && cursor.rest().iter().any(|token| {
                token.kind == Kind::Word
                    && matches!(
                        token.key.as_str(),
                        "LEFT" | "SUBSTRING" | "SUBSTR" | "TRUNC" | "ROUND" | "FLOOR" | "DATE_TRUNC"
                    )
            });
        Op::AlterType { table: own, column, ty, using, shortens, collation }
    } else if [
        "SET",
        "RESET",
        "DROP",
        "ADD",
        "RESTART",
        "VISIBLE",
        "INVISIBLE",
        "DEFERRABLE",
        "NOT",
        "ENFORCED",
        "IGNORED",
    ]
    .contains(&cursor.key())
    {
        Op::TableSetting { table: own }
    } else {
        return None;
    };
    Some(vec![op])
}
