//! What writing a row sets off on the server: a rule of PostgreSQL, a trigger that does more than to look at its row and to
//! write others down, a function that is called.

use crate::{
    Connection, DatabaseError,
    books::text,
    part::{of_table, quoted},
    reach::{reached, split},
    taken::{Taken, Write},
};
use std::collections::{BTreeMap, BTreeSet};
use switchback_lint::{
    Dialect,
    clause::{self, Assignment},
    statement, trigger,
};

impl Write {
    const fn word(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Truncate => "TRUNCATE",
        }
    }
}

/// PostgreSQL's and its extensions' functions that are another each time and change no row.
const HARMLESS: &str = "'random', 'gen_random_uuid', 'uuid_generate_v1', 'uuid_generate_v1mc', 'uuid_generate_v4', 'gen_random_bytes', \
     'gen_salt', 'clock_timestamp', 'timeofday', 'nextval', 'currval', 'lastval', 'setval', 'pg_sleep', 'pg_notify', 'set_config', \
     'pg_advisory_lock', 'pg_advisory_xact_lock', 'pg_advisory_unlock', 'txid_current'";

/// What of it may take rows that nobody counts, in words.
pub async fn found(connection: &mut Connection, taken: &Taken) -> Result<Vec<String>, DatabaseError> {
    let mut found = Vec::new();
    let dialect = connection.dialect();
    // A trigger that writes others down sets off theirs.
    let mut open: Vec<(String, BTreeSet<Write>)> = taken.written.clone().into_iter().collect();
    let mut written: BTreeMap<String, BTreeSet<Write>> = BTreeMap::new();
    let mut bodies = Vec::new();
    while let Some((table, writes)) = open.pop() {
        let seen = written.entry(table.clone()).or_default();
        let new: BTreeSet<Write> = writes.difference(seen).copied().collect();
        seen.extend(&new);
        if dialect == Dialect::Postgres && !new.is_empty() {
            let query = format!(
                "select rulename::text from pg_rewrite where ev_class = to_regclass({}) and ev_type in ({}) and ev_enabled <> 'D' order by 1",
                text(Dialect::Postgres, &quoted(Dialect::Postgres, &table)),
                events(new.iter().copied(), rule_event)
            );
            let rules = connection.names(&query).await?;
            found.extend(rules.into_iter().map(|rule| format!("the rule {rule} of {table}")));
        }
        for write in new {
            for trigger in triggers(connection, &table, write).await? {
                let told = format!("the trigger {} of {table}", trigger.name);
                if trigger.does_more() {
                    if !found.contains(&told) {
                        found.push(told);
                    }
                    continue;
                }
                let Some(body) = trigger.body else { continue };
                let words = split(&body);
                if words.contains("insert") {
                    let known = |word: &String| {
                        !matches!(word.as_str(), "insert" | "into" | "values" | "begin" | "end" | "new" | "old")
                    };
                    open.extend(words.into_iter().filter(known).map(|word| (word, BTreeSet::from([Write::Insert]))));
                }
                bodies.push(body);
            }
        }
    }
    let (reached, called) = reached(connection, taken, &written, &bodies).await?;
    let called = taken.called.keys().cloned().chain(called).collect::<BTreeSet<String>>();
    if dialect == Dialect::Postgres && !called.is_empty() {
        found.extend(functions(connection, &called).await?);
    }
    for one in reached {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    Ok(found)
}

fn events(writes: impl Iterator<Item = Write>, of: fn(Write) -> &'static str) -> String {
    writes.map(of).collect::<Vec<_>>().join(", ")
}

const fn rule_event(write: Write) -> &'static str {
    match write {
        Write::Update => "'2'",
        Write::Insert => "'3'",
        Write::Delete => "'4'",
        // No rule is for it.
        Write::Truncate => "'0'",
    }
}

struct Trigger {
    dialect: Dialect,
    name: String,
    /// It may give the row that is written other values.
    first: bool,
    /// None where it is in no language that is read here.
    body: Option<String>,
}

impl Trigger {
    /// Whether its body may change or delete rows that are there.
    fn does_more(&self) -> bool {
        let Some(body) = &self.body else { return true };
        if self.first && self.sets().is_none() {
            return true;
        }
        let body = body.to_lowercase();
        let performs = body.matches("perform ").count() > body.matches("perform pg_notify").count();
        let writes =
            ["delete", "truncate", "update", "replace", "merge", "drop", "alter", "execute", "call", "prepare"];
        let words = clause::words(self.dialect, &body);
        let said: Vec<&&str> = writes.iter().filter(|word| words.contains(**word)).collect();
        let harmless = said.is_empty() || (said == [&"update"] && self.stamps(&body));
        performs || !harmless
    }

    /// The columns of the row that is written to which it gives another value; `None` where that is not told.
    fn sets(&self) -> Option<BTreeSet<String>> {
        let body = self.body.as_ref()?;
        if self.dialect == Dialect::Sqlite {
            let stamp = self.stamp(&body.to_lowercase());
            return Some(stamp.into_iter().map(|one| one.column).collect());
        }
        if self.first { trigger::given_to_new(self.dialect, body) } else { Some(BTreeSet::new()) }
    }

    /// Whether all it writes over is the time at which its row was changed, which SQLite's have to do so.
    fn stamps(&self, body: &str) -> bool {
        self.stamp(body).is_some()
    }

    fn stamp(&self, body: &str) -> Option<Assignment> {
        let statements = statement::statements(self.dialect, body.trim().trim_end_matches("end").trim());
        let [one] = statements.as_slice() else { return None };
        let set = clause::assignments(self.dialect, &one.sql).unwrap_or_default();
        let time = |value: &String| {
            let value = value.to_lowercase();
            ["current_timestamp", "datetime('now'", "strftime(", "unixepoch("].iter().any(|now| value.starts_with(now))
        };
        let [one] = <[Assignment; 1]>::try_from(set).ok()?;
        (self.dialect == Dialect::Sqlite && one.value.as_ref().is_some_and(time)).then_some(one)
    }
}

/// The columns of a table that triggers give another value whenever a row of it is changed.
pub async fn set_by_triggers(connection: &mut Connection, table: &str) -> Result<BTreeSet<String>, DatabaseError> {
    let triggers = triggers(connection, table, Write::Update).await?;
    // One of which it is not told is asked about as a whole.
    Ok(triggers.iter().filter_map(Trigger::sets).flatten().collect())
}

async fn triggers(connection: &mut Connection, table: &str, write: Write) -> Result<Vec<Trigger>, DatabaseError> {
    let dialect = connection.dialect();
    let query = match dialect {
        // Functions of the server itself, in C, compare or fill in.
        Dialect::Postgres => {
            let bit = match write {
                Write::Insert => 4,
                Write::Delete => 8,
                Write::Update => 16,
                Write::Truncate => 32,
            };
            format!(
                "select t.tgname::text, (t.tgtype & 3 = 3)::text, case l.lanname when 'plpgsql' then p.prosrc when 'internal' then '' when 'c' then '' end \
                 from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_language l on l.oid = p.prolang \
                 where t.tgrelid = to_regclass({}) and not t.tgisinternal and t.tgenabled <> 'D' and t.tgtype & {bit} <> 0 order by 1",
                text(dialect, &quoted(dialect, table))
            )
        }
        Dialect::Mysql => format!(
            "select cast(trigger_name as char), if(action_timing = 'BEFORE', 'true', 'false'), cast(action_statement as char) from information_schema.triggers \
             where {} and event_manipulation = '{}' order by 1",
            of_table(dialect, table)
                .replace("table_schema", "event_object_schema")
                .replace("table_name", "event_object_table"),
            write.word()
        ),
        Dialect::Sqlite => format!(
            "select name, 'false', sql from sqlite_master where type = 'trigger' and lower(tbl_name) = lower({}) order by 1",
            text(dialect, table)
        ),
    };
    let rows = connection.rows(&query).await.map_err(DatabaseError::doing("read the triggers"))?;
    let read = |row: Vec<Option<String>>| {
        let [Some(name), first, body] = <[_; 3]>::try_from(row).ok()? else { return None };
        let body = match (dialect, body) {
            (Dialect::Sqlite, Some(sql)) => Some(of_sqlite(&sql, write)?),
            (_, body) => body,
        };
        Some(Trigger { dialect, name, first: first.as_deref() == Some("true"), body })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// The body of SQLite's trigger, when it is for such a write.
fn of_sqlite(sql: &str, write: Write) -> Option<String> {
    let lower = sql.to_lowercase();
    let begin = lower.find("begin")?;
    let event = write.word().to_lowercase();
    lower[..begin].split_whitespace().any(|word| word == event).then(|| lower[begin + 5..].to_owned())
}

/// Functions of PostgreSQL and its extensions that are called and may write.
async fn functions(connection: &mut Connection, called: &BTreeSet<String>) -> Result<Vec<String>, DatabaseError> {
    let dialect = Dialect::Postgres;
    let names: Vec<String> = called.iter().map(|name| text(dialect, &name.to_lowercase())).collect();
    let query = format!(
        "select distinct p.proname::text from pg_proc p where lower(p.proname) in ({}) and p.provolatile = 'v' and p.prokind in ('f', 'p') \
         and p.proname not in ({HARMLESS}) and (p.pronamespace = 'pg_catalog'::regnamespace or exists (select from pg_depend d \
         where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')) order by 1",
        names.join(", ")
    );
    Ok(connection.names(&query).await?.into_iter().map(|name| format!("the function {name}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn does_more(dialect: Dialect, body: &str) -> bool {
        Trigger { dialect, name: "t".to_owned(), first: true, body: Some(body.to_owned()) }.does_more()
    }

    #[test]
    fn a_trigger_that_only_looks_at_its_row_and_writes_others_down_is_not_asked_about() {
        for body in [
            "begin new.updated_at = now(); return new; end",
            "begin if tg_op = 'UPDATE' then insert into log values (old.id); end if; return null; end",
            "begin perform pg_notify('a', 'b'); return new; end",
        ] {
            assert!(!does_more(Dialect::Postgres, body), "{body}");
        }
        for body in [
            "begin delete from kids where a = old.id; return old; end",
            "begin execute 'drop table kids'; return old; end",
            "begin perform wipe(); return old; end",
            "begin select null into new.token; return new; end",
            "begin return new #= hstore('token', null); end",
        ] {
            assert!(does_more(Dialect::Postgres, body), "{body}");
        }
        assert!(Trigger { dialect: Dialect::Postgres, name: "t".to_owned(), first: false, body: None }.does_more());
    }

    #[test]
    fn a_trigger_that_stamps_its_row_is_not_asked_about() {
        let stamp = "begin update users set updated_at = current_timestamp where id = new.id; end";
        assert!(!does_more(Dialect::Sqlite, &stamp[5..]));
        assert!(does_more(Dialect::Sqlite, " update users set name = '' where id = new.id; end"));
        assert!(does_more(Dialect::Sqlite, " update a set b = current_timestamp; delete from c; end"));
    }

    #[test]
    fn a_trigger_of_sqlite_is_for_one_kind_of_write() {
        let sql = "CREATE TRIGGER t AFTER DELETE ON users BEGIN UPDATE n SET a = a - 1; END";
        assert_eq!(of_sqlite(sql, Write::Insert), None);
        assert_eq!(of_sqlite(sql, Write::Delete).as_deref(), Some(" update n set a = a - 1; end"));
    }
}
