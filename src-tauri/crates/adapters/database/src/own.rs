//! What of that which a way back takes away only its own way there can have written: tables it made, columns it added,
//! rows it put in where there were none. Counted, with a mark of the values, so that one that was changed since is seen.
//!
//! Others write at any time, so it is looked at before the transaction of the way there ends, in which nobody else can have
//! reached what it made. MySQL ends one at each change of the schema: there nothing is known to be its own.

use crate::{
    Connection, DatabaseError,
    books::text,
    connection::{BACK, FORGET, SAVE},
    loss::{is_hidden, only_looks, own_schema, position, told_position},
    part::{Part, columns, quoted, refused},
    retyped::Retyped,
    taken::taken,
};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use switchback_core::{
    migration::{Leg, Script, Set, Way},
    schema::Written,
};
use switchback_lint::{
    Dialect,
    op::{Default as Given, Object, Op},
    ops,
};

/// SQLite has no hash of its own: more rows than these are not carried here for one.
const CARRIED: u64 = 100_000;

/// What is there now of all that. Nothing, when the way there took something from elsewhere: it may have moved it here.
pub async fn written(connection: &mut Connection, set: &Set, leg: &Leg<'_>) -> Result<Vec<Written>, DatabaseError> {
    let (Way::Down, Some(up)) = (leg.way, &leg.migration.up) else { return Ok(Vec::new()) };
    let Some(made) = Made::by(connection.dialect(), up) else { return Ok(Vec::new()) };
    let mut all = All::default();
    let parts = parts(connection, set, leg).await?;
    only_looks(connection).await?;
    for part in parts.into_iter().filter(|part| made.has(part)) {
        all.add(&part, looked_at(connection, &part).await?);
    }
    Ok(all.0)
}

async fn parts(connection: &mut Connection, set: &Set, leg: &Leg<'_>) -> Result<BTreeSet<Part>, DatabaseError> {
    let taken = taken(connection.dialect(), leg.script, own_schema(connection).await?.as_deref());
    Part::all(connection, set, leg, taken).await
}

/// By what it is, each once.
#[derive(Default)]
struct All(Vec<Written>);

impl All {
    fn add(&mut self, part: &Part, found: Option<(u64, String)>) {
        let Some((rows, mark)) = found else { return };
        let what = match part {
            Part::Position { sequence } => told_position(sequence, &mark),
            part => part.what(),
        };
        match self.0.iter_mut().find(|one| one.what == what) {
            Some(one) => (one.rows, one.mark) = (one.rows + rows, format!("{} {mark}", one.mark)),
            None => self.0.push(Written { what, rows, mark }),
        }
    }
}

/// How many rows, and their mark.
async fn looked_at(connection: &mut Connection, part: &Part) -> Result<Option<(u64, String)>, DatabaseError> {
    if let Part::Position { sequence } = part {
        return Ok(position(connection, sequence).await?.map(|position| (0, position)));
    }
    // What is hidden from this login nobody knows to be the up's.
    if is_hidden(connection, part).await? {
        return Ok(None);
    }
    let rows = part.count(connection).await?;
    let mark = if rows == 0 { None } else { mark(connection, part, rows).await? };
    Ok(mark.map(|mark| (rows, mark)))
}

/// A way there that is being run in one transaction, with what of it nobody else can have reached when that ends.
pub struct Alone<'a> {
    set: &'a Set,
    /// Its way back.
    leg: Leg<'a>,
    made: Made,
}

impl<'a> Alone<'a> {
    /// Looks before its first statement: what is there already is not its own. `None` where nothing will be.
    pub async fn begin(connection: &mut Connection, set: &'a Set, up: &Leg<'a>) -> Result<Option<Self>, DatabaseError> {
        let dialect = connection.dialect();
        let (Way::Up, Some(script)) = (up.way, &up.migration.down) else { return Ok(None) };
        if dialect == Dialect::Mysql {
            return Ok(None);
        }
        // What writes nothing leaves nothing, and is not made to wait for a count.
        let Some(made) = Made::by(dialect, up.script).filter(|made| made.writes) else { return Ok(None) };
        let leg = Leg { way: Way::Down, script, ..*up };
        connection.run(SAVE).await.map_err(DatabaseError::doing("look at what is there"))?;
        let new = made.without_known(connection, set, &leg).await;
        let went = async {
            connection.run(BACK).await?;
            connection.run(FORGET).await
        };
        went.await.map_err(DatabaseError::doing("look at what is there"))?;
        Ok(new.ok().map(|made| Self { set, leg, made }))
    }

    /// What it wrote. Asked before its transaction ends, of which it changes nothing; what cannot be told is left out.
    pub async fn written(self, connection: &mut Connection) -> Result<Vec<Written>, sqlx::Error> {
        let mut all = All::default();
        connection.run(SAVE).await?;
        let parts = parts(connection, self.set, &self.leg).await;
        for part in parts.unwrap_or_default().into_iter().filter(|part| self.made.has(part)) {
            connection.run(BACK).await?;
            if let Ok(true) = self.is_alone(connection, &part).await {
                all.add(&part, looked_at(connection, &part).await.unwrap_or_default());
            }
        }
        connection.run(BACK).await?;
        connection.run(FORGET).await?;
        Ok(all.0)
    }

    /// Whether each of its rows is of this transaction. Others write beside it into a table that was there before.
    async fn is_alone(&self, connection: &mut Connection, part: &Part) -> Result<bool, DatabaseError> {
        let Part::Picked { table, rest } = part else { return Ok(true) };
        let made = self.made.tables.iter().any(|one| one.eq_ignore_ascii_case(table));
        if made || connection.dialect() != Dialect::Postgres {
            return Ok(true);
        }
        let query = format!(
            "select (count(*) = 0)::text from (select xmin as switchback_by from {rest}) switchback_rows \
             where switchback_by::text <> (txid_current() % 4294967296)::text"
        );
        Ok(connection.names(&query).await?.first().map(String::as_str) == Some("true"))
    }
}

/// Whether PostgreSQL, which alone has them, has a sequence.
async fn is_there(connection: &mut Connection, sequence: &str) -> Result<bool, DatabaseError> {
    let dialect = connection.dialect();
    if dialect != Dialect::Postgres {
        return Ok(true);
    }
    let name = text(dialect, &quoted(dialect, sequence));
    Ok(!connection.names(&format!("select to_regclass({name})::text")).await?.is_empty())
}

/// What an up adds.
#[derive(Default)]
struct Made {
    tables: Vec<String>,
    columns: Vec<(String, String)>,
    filled: Vec<String>,
    sequences: Vec<String>,
    /// Whether it puts anything in.
    writes: bool,
}

impl Made {
    /// Without what is there already.
    async fn without_known(
        mut self,
        connection: &mut Connection,
        set: &Set,
        leg: &Leg<'_>,
    ) -> Result<Self, DatabaseError> {
        let dialect = connection.dialect();
        let (mut tables, mut added) = (Vec::new(), Vec::new());
        for table in std::mem::take(&mut self.tables) {
            if columns(connection, &table).await?.is_empty() {
                tables.push(table);
            }
        }
        for (table, column) in std::mem::take(&mut self.columns) {
            let there = columns(connection, &table).await?;
            if !there.iter().any(|one| one.eq_ignore_ascii_case(&column)) {
                added.push((table, column));
            }
        }
        let mut sequences = Vec::new();
        for sequence in std::mem::take(&mut self.sequences) {
            if !is_there(connection, &sequence).await? {
                sequences.push(sequence);
            }
        }
        (self.tables, self.columns, self.sequences) = (tables, added, sequences);
        // PostgreSQL tells of a row who wrote it. SQLite lets nobody else write while one does.
        if dialect == Dialect::Sqlite {
            for part in parts(connection, set, leg).await? {
                if matches!(part, Part::Picked { .. }) && part.count(connection).await? > 0 {
                    self.filled.retain(|table| !part.clone().of().eq_ignore_ascii_case(table));
                }
            }
        }
        Ok(self)
    }

    /// `None` when it does more than to add.
    fn by(dialect: Dialect, up: &Script) -> Option<Self> {
        let mut made = Self::default();
        for op in ops(dialect, &up.sql) {
            let own = |table: &String| made.tables.contains(table);
            made.writes |= match &op {
                Op::CreateTable { copied, .. } => *copied,
                Op::AddColumn { column, .. } => matches!(column.default, Some(Given::Stable | Given::Volatile)),
                Op::Insert { .. } | Op::Update { .. } | Op::Create { object: Object::Sequence, .. } => true,
                _ => false,
            };
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

    fn made(up: &str) -> Option<Made> {
        let file = SourceFile { path: "1_a.up.sql".to_owned(), text: up.to_owned() };
        let set = read(Layout::GolangMigrate, &[file]);
        Made::by(Dialect::Postgres, set.migrations[0].up.as_ref().unwrap())
    }

    fn adds_only(up: &str) -> bool {
        made(up).is_some()
    }

    #[test]
    fn what_writes_nothing_leaves_nothing_of_its_own() {
        let writes = |up: &str| made(up).is_some_and(|made| made.writes);
        assert!(!writes("alter table users add column city text; create index on users (city);"));
        assert!(!writes("create table plans (code text);"));
        assert!(writes("alter table users add column seen timestamptz default now();"));
        assert!(writes("create table plans (code text); insert into plans values ('a');"));
        assert!(writes("alter table users add column city text; update users set city = 'x';"));
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
