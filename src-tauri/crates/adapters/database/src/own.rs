//! What of that which a way back takes away only its own way there can have written: tables it made, columns it added,
//! rows it put in where there were none. Counted, with a mark of the values, so that one that was changed since is seen.

use crate::{
    Connection, DatabaseError,
    loss::{is_hidden, only_looks, own_schema, position, told_position},
    part::{Part, columns, quoted, refused},
    retyped::Retyped,
    taken::taken,
};
use sha2::{Digest as _, Sha256};
use switchback_core::{
    migration::{Leg, Script, Set, Way},
    schema::Written,
};
use switchback_lint::{
    Dialect,
    op::{Object, Op},
    ops,
};

/// SQLite has no hash of its own: more rows than these are not carried here for one.
const CARRIED: u64 = 100_000;

/// What is there now of all that. Nothing, when the way there took something from elsewhere: it may have moved it here.
pub async fn written(connection: &mut Connection, set: &Set, leg: &Leg<'_>) -> Result<Vec<Written>, DatabaseError> {
    let dialect = connection.dialect();
    let (Way::Down, Some(up)) = (leg.way, &leg.migration.up) else { return Ok(Vec::new()) };
    let Some(made) = Made::by(dialect, up) else { return Ok(Vec::new()) };
    let mut found: Vec<Written> = Vec::new();
    let taken = taken(dialect, leg.script, own_schema(connection).await?.as_deref());
    only_looks(connection).await?;
    for part in Part::all(connection, set, leg, taken).await?.into_iter().filter(|part| made.has(part)) {
        if let Part::Position { sequence } = &part {
            let position = position(connection, sequence).await?;
            let of = |position: String| Written { what: told_position(sequence, &position), rows: 0, mark: position };
            found.extend(position.map(of));
            continue;
        }
        // What is hidden from this login nobody knows to be the up's.
        if is_hidden(connection, &part).await? {
            continue;
        }
        let rows = part.count(connection).await?;
        let mark = if rows == 0 { None } else { mark(connection, &part, rows).await? };
        let (Some(mark), what) = (mark, part.what()) else { continue };
        match found.iter_mut().find(|one| one.what == what) {
            Some(one) => (one.rows, one.mark) = (one.rows + rows, format!("{} {mark}", one.mark)),
            None => found.push(Written { what, rows, mark }),
        }
    }
    Ok(found)
}

/// What an up adds.
#[derive(Default)]
struct Made {
    tables: Vec<String>,
    columns: Vec<(String, String)>,
    filled: Vec<String>,
    sequences: Vec<String>,
}

impl Made {
    /// `None` when it does more than to add.
    fn by(dialect: Dialect, up: &Script) -> Option<Self> {
        let mut made = Self::default();
        for op in ops(dialect, &up.sql) {
            let own = |table: &String| made.tables.contains(table);
            match &op {
                Op::CreateTable { table, .. } => made.tables.push(table.clone()),
                Op::AddColumn { table, column } => made.columns.push((table.clone(), column.name.clone())),
                Op::Insert { table, .. } => made.filled.push(table.clone()),
                Op::Create { object: Object::Sequence, name, .. } => made.sequences.push(name.clone()),
                Op::Update { table, .. }
                | Op::Delete { table, .. }
                | Op::Truncate { table, .. }
                | Op::DropTable { table, .. }
                    if own(table) => {}
                Op::Update { table, columns, .. } => {
                    let added = |column: &String| made.columns.contains(&(table.clone(), column.clone()));
                    if !columns.iter().all(added) {
                        return None;
                    }
                }
                Op::AddConstraint { .. }
                | Op::DropConstraint { .. }
                | Op::RenameConstraint { .. }
                | Op::ValidateConstraint { .. }
                | Op::CreateIndex { .. }
                | Op::DropIndex { .. }
                | Op::RenameIndex { .. }
                | Op::SetNotNull { .. }
                | Op::DropNotNull { .. }
                | Op::SetDefault { .. }
                | Op::DropDefault { .. }
                | Op::Create { .. }
                | Op::Owned { .. }
                | Op::EnumAdd { .. }
                | Op::TableSetting { .. }
                | Op::Lock { .. }
                | Op::Begin
                | Op::Commit
                | Op::LockTimeout
                | Op::Neutral => {}
                _ => return None,
            }
        }
        Some(made)
    }

    fn has(&self, part: &Part) -> bool {
        let is = |all: &[String], name: &str| all.iter().any(|one| one.eq_ignore_ascii_case(name));
        let added = |table: &str, column: &str| {
            self.columns.iter().any(|(of, name)| of.eq_ignore_ascii_case(table) && name == column)
        };
        match part {
            Part::Rows { table } => is(&self.tables, table),
            Part::Picked { table, .. } => is(&self.tables, table) || is(&self.filled, table),
            Part::Column { table, column, .. } => added(table, column),
            Part::Retyped(one) => added(&one.table, &one.column),
            Part::Position { sequence } => is(&self.sequences, sequence),
            // Whether an up made it cannot be told from its name.
            Part::Within { .. }
            | Part::Overwritten { .. }
            | Part::Rebuilt { .. }
            | Part::Counts { .. }
            | Part::Schema { .. } => false,
        }
    }
}

/// One number for the values, in whatever order they come; `None` where the server gives none.
async fn mark(connection: &mut Connection, part: &Part, rows: u64) -> Result<Option<String>, DatabaseError> {
    let dialect = connection.dialect();
    if dialect == Dialect::Sqlite && rows > CARRIED {
        return Ok(None);
    }
    let columns = match (dialect, part) {
        (Dialect::Postgres, _) => Vec::new(),
        (_, Part::Column { column, .. } | Part::Retyped(Retyped { column, .. })) => vec![column.clone()],
        (
            _,
            Part::Rows { table }
            | Part::Picked { table, .. }
            | Part::Overwritten { table, .. }
            | Part::Within { table, .. }
            | Part::Rebuilt { table, .. }
            | Part::Counts { table, .. }
            | Part::Position { sequence: table }
            | Part::Schema { name: table },
        ) => columns(connection, table).await?,
    };
    // A null is a value like another here, and quoted values cannot run into each other.
    let line: Vec<String> = columns.iter().map(|column| format!("quote({})", quoted(dialect, column))).collect();
    for source in part.sources(connection).await? {
        let query = match dialect {
            Dialect::Postgres => format!(
                "select cast(coalesce(sum(hashtextextended(cast(switchback_rows as text), 0)), 0) as text) from ({source}) switchback_rows"
            ),
            Dialect::Mysql => format!(
                "select cast(coalesce(sum(cast(conv(left(md5(concat_ws(',', {})), 16), 16, 10) as decimal(30))), 0) as char) from ({source}) switchback_rows",
                line.join(", ")
            ),
            Dialect::Sqlite => format!("select {} from ({source}) switchback_rows", line.join(" || ',' || ")),
        };
        match connection.names(&query).await {
            Ok(answer) if dialect == Dialect::Sqlite => return Ok(Some(sum(&answer))),
            Ok(answer) => return Ok(answer.into_iter().next()),
            Err(error) if refused(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

fn sum(lines: &[String]) -> String {
    let hash = |line: &String| {
        let digest = Sha256::digest(line.as_bytes());
        digest.iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte))
    };
    lines.iter().map(hash).fold(0_u128, u128::wrapping_add).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchback_core::migration::{Layout, SourceFile, read};

    fn adds_only(up: &str) -> bool {
        let file = SourceFile { path: "1_a.up.sql".to_owned(), text: up.to_owned() };
        let set = read(Layout::GolangMigrate, &[file]);
        Made::by(Dialect::Postgres, set.migrations[0].up.as_ref().unwrap()).is_some()
    }

    #[test]
    fn what_may_have_been_moved_from_elsewhere_is_not_the_ups_own() {
        assert!(adds_only("create table plans (code text); insert into plans values ('a');"));
        assert!(adds_only("alter table users add column note text; update users set note = 'n' where note is null;"));
        assert!(adds_only("create table a (b int); insert into a values (1); delete from a where b = 1;"));
        for moves in [
            "create table old as select * from users; delete from users where id < 9;",
            "alter table users add column note text; update users set note = name, name = '';",
            "alter table users rename column name to note;",
            "alter table users add column note text; alter table users drop column name;",
            "do $$ begin execute 'delete from users'; end $$;",
        ] {
            assert!(!adds_only(moves), "{moves}");
        }
    }
}
