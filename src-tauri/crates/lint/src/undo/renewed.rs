//! What lies on a table or view goes with it, and comes back with it: indexes, constraints, triggers, partitions.

use super::{Key, Ledger, Net};
use crate::{
    op::{Column, Object},
    says,
};

impl Ledger<'_> {
    /// From the up to the down.
    pub(super) fn turn(&mut self) {
        self.in_down = true;
        self.renewed.clear();
        self.own = self.net.iter().filter(|(_, net)| matches!(net, Net::Made(_))).map(|(key, _)| key.clone()).collect();
    }

    /// Whether the down made the table again that a thing lies on, and the thing is not the up's own: then it is back, and
    /// nothing new.
    pub(super) fn comes_back(&self, table: Option<&str>, key: &Key) -> bool {
        self.in_down && table.is_some_and(|table| self.renewed.contains(table)) && !self.own.contains(key)
    }

    /// A table that was gone is made again.
    pub(super) fn renew_table(&mut self, table: &str, columns: &[Column], told: bool) {
        self.renewed.insert(table.to_owned());
        let Some(was) = self.before.tables.get(table).filter(|was| was.whole && told) else { return };
        if self.in_down {
            let names = columns.iter().map(|column| column.name.clone());
            self.back.insert(table.to_owned(), names.collect());
            return;
        }
        for name in was.columns.keys().filter(|name| !columns.iter().any(|column| column.name == **name)) {
            self.net.insert(Key::Column(table.to_owned(), name.clone()), Net::Gone);
        }
    }

    /// What was made on the old table went with it.
    pub(super) fn fall_with(&mut self, table: &str) {
        self.renewed.insert(table.to_owned());
        self.net.retain(|key, net| match (key, net) {
            (Key::Index(_) | Key::Object(Object::Trigger | Object::Policy | Object::Rule, _), Net::Made(on)) => {
                on.first().map(String::as_str) != Some(table)
            }
            (Key::Index(name), Net::Changed(_)) => !self.before.indexes.contains_key(&(name.clone(), table.to_owned())),
            _ => true,
        });
    }

    /// An index on a table that was there before.
    pub(super) fn index(&mut self, name: &str, table: &str, columns: &[String]) {
        let key = Key::Index(name.to_owned());
        if self.comes_back(Some(table), &key) {
            self.net.remove(&key);
            return;
        }
        if !self.in_down && self.renewed.contains(table) {
            match self.before.indexes.get(&(name.to_owned(), table.to_owned())) {
                Some(was) if was.is_empty() || was == columns => drop(self.net.remove(&key)),
                Some(_) => drop(self.net.insert(key, Net::Changed(true))),
                // Nothing tells whether the old table had it.
                None if !self.before.tables.contains_key(table) => drop(self.net.insert(key, Net::Settled)),
                None => self.make(key, on(table, columns)),
            }
            return;
        }
        self.make(key, on(table, columns));
    }

    /// Whether a trigger, policy or rule goes and comes with its table, so that nothing more is to be noted of it.
    pub(super) fn lay(&mut self, key: &Key, on: &str, was: bool) -> bool {
        if self.comes_back(Some(on), key) {
            self.net.remove(key);
            return true;
        }
        if self.in_down {
            return false;
        }
        if self.is_made(on) {
            self.net.insert(key.clone(), Net::Made(vec![on.to_owned()]));
            return true;
        }
        if self.renewed.contains(on) && was {
            self.net.remove(key);
            return true;
        }
        if self.renewed.contains(on) && !self.before.tables.contains_key(on) {
            self.net.insert(key.clone(), Net::Settled);
            return true;
        }
        false
    }

    /// Columns that the tables lack which the down made again.
    pub(super) fn lacking(&mut self) {
        for (table, columns) in &self.back {
            let was = self.before.tables.get(table);
            let lacks = was.and_then(|was| was.columns.keys().find(|name| !columns.contains(*name)));
            self.wrong.extend(lacks.map(|name| says::back_without(table, name)));
        }
    }
}

fn on(table: &str, columns: &[String]) -> Vec<String> {
    std::iter::once(table.to_owned()).chain(columns.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use crate::{Asked, Dialect, Reversible, Rule, lint};
    use switchback_core::migration::{Layout, SourceFile, read};

    /// A way down that undoes nothing.
    const NOTHING: &str = "grant select on x to y;";
    const ALL: [Dialect; 3] = [Dialect::Postgres, Dialect::Mysql, Dialect::Sqlite];

    /// What the second version's down leaves, by its findings.
    fn left(dialect: Dialect, before: &str, up: &str, down: &str) -> (Vec<String>, Reversible) {
        let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
        let files = [file("1_a.up.sql", before), file("2_b.up.sql", up), file("2_b.down.sql", down)];
        let set = read(Layout::GolangMigrate, &files);
        let report = lint(&Asked { set: &set, dialect, today: jiff::civil::date(2026, 1, 2), released: &[] });
        let own = report.findings.iter().filter(|one| one.path.starts_with("2_"));
        let told = own.filter(|one| matches!(one.rule, Rule::DownDoesNotUndoUp | Rule::SyntaxError));
        (told.map(|one| one.why.to_string()).collect(), report.versions[1].reversible)
    }

    fn whole(dialect: Dialect, before: &str, up: &str, down: &str) {
        let (told, verdict) = left(dialect, before, up, down);
        assert_eq!(told, [""; 0], "{dialect:?} {up} {down}");
        assert_ne!(verdict, Reversible::No, "{dialect:?} {up} {down}");
    }

    fn leaves(dialect: Dialect, before: &str, up: &str, down: &str, what: &str) {
        assert_eq!(left(dialect, before, up, down), (vec![format!("after the down {what}")], Reversible::No), "{up}");
    }

    #[test]
    fn a_dropped_table_takes_its_indexes_and_comes_back_with_them() {
        let before = "create table a (id int primary key, k int);\ncreate index a_k on a (k);";
        for dialect in ALL {
            whole(dialect, before, "drop table a;", before);
            whole(
                dialect,
                before,
                "drop table a;\ncreate table a (id int);\ncreate index a_k on a (id);",
                &format!("drop table a;\n{before}"),
            );
            let renamed =
                "create table b (id int primary key, k int);\nalter table b rename to a;\ncreate index a_k on a (k);";
            whole(dialect, before, "drop table a;", renamed);
            // An index of its own that the down lays on again.
            let own = "create table b (id int);\ncreate index b_i on a (id);";
            leaves(dialect, before, own, "drop table b;", "index b_i is still there");
        }
        let later = "create table a (id int);\nalter table a add column k int;\ncreate index a_k on a (k);";
        whole(Dialect::Postgres, before, "drop table a;", later);
        let lacks = "create table a (id int);\ncreate index a_k on a (id);";
        leaves(Dialect::Postgres, before, "drop table a;", lacks, "a comes back without its column k");
        // The table has it no more; the other one still does.
        let both = format!("{before}\ncreate table c (k int);");
        leaves(Dialect::Sqlite, &both, "drop table a;\ncreate index c_k on c (k);", before, "index c_k is still there");
    }

    #[test]
    fn a_table_that_is_built_anew_keeps_what_lies_on_it() {
        let before = "create table a (id int, u text, k int);\ncreate unique index u_a on a (u);\ncreate trigger t after insert on a begin select 1; end;";
        let anew = |columns: &str, rest: &str| {
            format!(
                "create table a_new ({columns});\ninsert into a_new (id, u) select id, u from a;\ndrop table a;\nalter table a_new rename to a;\n{rest}"
            )
        };
        let same = "create unique index u_a on a (u);\ncreate trigger t after insert on a begin select 1; end;";
        let (up, down) = (anew("id int, u text not null, k int", same), anew("id int, u text, k int", same));
        whole(Dialect::Sqlite, before, &up, &down);
        whole(Dialect::Sqlite, "select 1;", &up, &down);
        // A down that only adds the column again.
        whole(Dialect::Sqlite, before, &anew("id int, u text", same), "alter table a add column k int;");
        let aside = format!(
            "alter table a rename to a_old;\ncreate table a (id int, u text not null, k int);\ninsert into a select * from a_old;\ndrop table a_old;\n{same}"
        );
        whole(Dialect::Sqlite, before, &aside, &down);
        // What is new on it, and what is another than before.
        let more = anew("id int, u text not null, k int", &format!("{same}\ncreate index a_id on a (id);"));
        whole(Dialect::Sqlite, before, &more, &down);
        let keeps = anew("id int, u text, k int", &format!("{same}\ncreate index a_id on a (id);"));
        leaves(Dialect::Sqlite, before, &more, &keeps, "index a_id is still there");
        let other = anew("id int, u text", "create unique index u_a on a (id, u);");
        leaves(Dialect::Sqlite, before, &other, "alter table a add column k int;", "index u_a stays changed");
    }

    #[test]
    fn constraints_triggers_partitions_sequences_and_views_come_back_with_their_table() {
        let postgres = |before: &str, up: &str| whole(Dialect::Postgres, before, up, before);
        let triggered = "create table a (id int);\ncreate trigger t after insert on a for each row execute function f();\ncreate policy p on a using (true);";
        postgres(triggered, "drop table a;");
        let keyed = "create table b (id int primary key);\ncreate table a (id int);\nalter table a add constraint a_pk primary key (id);\nalter table a add constraint a_b foreign key (id) references b (id);";
        postgres(keyed, "drop table a;\ndrop table b;");
        let referred = "create table b (id int primary key);\ncreate table a (id int);\nalter table a add constraint a_b foreign key (id) references b (id);";
        let back = "create table b (id int primary key);\nalter table a add constraint a_b foreign key (id) references b (id);";
        whole(Dialect::Postgres, referred, "drop table b cascade;", back);
        postgres(
            "create table m (at date) partition by range (at);\ncreate table m1 partition of m default;\ncreate index m1_at on m1 (at);",
            "drop table m;",
        );
        postgres(
            "create sequence s;\ncreate table a (id int default nextval('s'));\nalter sequence s owned by a.id;",
            "drop table a;",
        );
        let seen = "create table a (id int);\ncreate view v as select id from a;";
        postgres(seen, "drop table a cascade;");
        let stored = "create materialized view v as select 1 as n;\ncreate unique index v_n on v (n);";
        postgres(stored, "drop materialized view v;");
        whole(
            Dialect::Postgres,
            "select 1;",
            "create materialized view if not exists v as select 1 as n;\ncreate unique index v_n on v (n);",
            "drop materialized view v;",
        );
        // A view that nothing took away is new.
        let view = "create view v as select 1;";
        leaves(
            Dialect::Postgres,
            "create table a (id int);",
            "drop table a;",
            &format!("create table a (id int);\n{view}"),
            "view v is still there",
        );
        let fired = "create table a (id int);\ncreate trigger t after insert on a for each row set @a = 1;";
        whole(Dialect::Mysql, fired, "drop table a;", fired);
    }

    #[test]
    fn what_may_have_been_there_may_stay_and_may_go() {
        let any =
            |up: &str, downs: &[&str]| downs.iter().for_each(|down| whole(Dialect::Postgres, "select 1;", up, down));
        any(
            "create schema if not exists audit;",
            &["drop schema audit;", "drop schema if exists audit cascade;", NOTHING],
        );
        any(
            "create schema if not exists audit;\ncreate table audit.a (id int);",
            &["drop table audit.a;\ndrop schema audit;", "drop table audit.a;", "drop schema audit cascade;"],
        );
        any("create schema if not exists authorization joe;", &["drop schema joe;"]);
        any("create schema authorization joe;", &["drop schema joe;"]);
        any("create extension if not exists citext;", &["drop extension citext;", NOTHING]);
        any("create sequence if not exists s;", &["drop sequence s;", "drop sequence if exists s;"]);
        any("create table if not exists a (id int);", &["drop table a;"]);
        any("create index if not exists a_id on a (id);", &["drop index a_id;", "drop index if exists a_id;"]);
        any("create or replace view v as select 1;", &["drop view v;"]);
        any("create materialized view if not exists v as select 1;", &["drop materialized view v;"]);
        any("create or replace function f() returns int language sql as 'select 1';", &["drop function f();"]);
        any("create role r;", &["drop role r;", NOTHING]);
        any("create type t as enum ('a');", &["drop type t;"]);
        whole(Dialect::Mysql, "select 1;", "create database if not exists audit;", "drop database audit;");
        whole(Dialect::Mysql, "select 1;", "create schema if not exists audit;", "drop schema audit;");
        whole(Dialect::Sqlite, "select 1;", "create view if not exists v as select 1;", "drop view v;");
        whole(
            Dialect::Sqlite,
            "create table a (id int);",
            "create trigger if not exists t after insert on a begin select 1; end;",
            "drop trigger t;",
        );
        // What is there for certain stays as it is, and a schema of its own is left.
        whole(Dialect::Postgres, "create sequence s;", "create sequence if not exists s;", NOTHING);
        leaves(Dialect::Postgres, "select 1;", "create schema audit;", NOTHING, "schema audit is still there");
    }
}
