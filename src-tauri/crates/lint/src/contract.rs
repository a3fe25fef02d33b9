//! What a migration takes away of what running code may still need, or refuses of what it may still write, and what nobody
//! can tell from its text.

use crate::{
    Dialect, Rule, accept,
    again::{Again, again, is_view},
    old_code::{self, New, Refusal},
    op::{Object, Op, Placed},
    read, says,
    schema::Schema,
    shape::Side,
    statement::cut,
};
use jiff::civil::Date;
use std::collections::BTreeSet;
use switchback_core::migration::{Script, Set};

/// What code that runs may still need and a migration takes away, or may still write and a migration refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contraction {
    /// The version.
    pub version: String,
    /// The file.
    pub path: String,
    /// The line.
    pub line: usize,
    /// `orders.note`, or a table, or a whole schema.
    pub what: String,
    /// How code that does not know of it fails.
    pub breach: Breach,
    /// Whether somebody took a refusal upon them in the file. What goes is not a matter of acceptance.
    pub accepted: bool,
}

/// How code of before fails on the schema of after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breach {
    /// It names what is gone.
    Gone,
    /// What it writes is refused.
    Refuses(Refusal),
}

/// Rules whose finding says already that what code of before writes will fail there.
pub const TELLS_TOO: [Rule; 2] = [Rule::NotNullWithoutDefault, Rule::NarrowingType];

/// What the versions before, of the same release, made.
#[derive(Default)]
struct Made {
    new: New,
    objects: BTreeSet<(Object, String)>,
}

impl Made {
    fn takes(&self, schema: &Schema, op: &Op) -> Vec<String> {
        let column = |table: &String, column: &String| -> Vec<String> {
            (!self.new.has(table, column)).then(|| format!("{table}.{column}")).into_iter().collect()
        };
        match op {
            Op::DropTable { table, .. } | Op::RenameTable { from: table, .. } => {
                (!self.new.tables.contains(table)).then(|| table.clone()).into_iter().collect()
            }
            Op::DropColumn { table, column: gone, .. } | Op::RenameColumn { table, from: gone, .. } => {
                column(table, gone)
            }
            Op::Redefine { table, from, column: now } if *from != now.name => column(table, from),
            Op::Rebuild { table, columns, .. } => {
                let was = schema.tables.get(table).into_iter().flat_map(|known| known.columns.keys());
                let gone = was.filter(|name| !columns.iter().any(|now| now.name == **name));
                gone.flat_map(|gone| column(table, gone)).collect()
            }
            Op::Drop { object, name, .. }
                if (is_named_by_code(*object)
                    || matches!(object, Object::Schema | Object::Database)
                    || op.sweeps())
                    && !self.objects.contains(&(*object, name.clone())) =>
            {
                vec![told(*object, name)]
            }
            Op::Rename { object, from, .. }
                if (is_named_by_code(*object) || *object == Object::Schema)
                    && !self.objects.contains(&(*object, from.clone())) =>
            {
                vec![told(*object, from)]
            }
            _ => Vec::new(),
        }
    }
}

/// Objects whose names stand in the statements of code that runs. A function may be a trigger's alone, which nobody can
/// tell from its name.
const fn is_named_by_code(object: Object) -> bool {
    matches!(object, Object::View | Object::MaterializedView | Object::Sequence | Object::Type | Object::Procedure)
}

fn told(object: Object, name: &str) -> String {
    match object {
        Object::Other => "everything a role owns".to_owned(),
        object => says::thing(object, name).into(),
    }
}

/// What the ups of these versions take away or refuse on a schema that was there before them.
pub fn contractions(dialect: Dialect, set: &Set, versions: &[String], today: Date) -> Vec<Contraction> {
    let mut found = Vec::new();
    let (mut made, mut schema) = (Made::default(), Schema::default());
    let with_up = set.migrations.iter().filter_map(|one| Some((one, one.up.as_ref()?)));
    let all: Vec<_> = with_up.map(|(one, script)| (one, script, Side::read(dialect, &script.sql))).collect();
    for (number, (migration, script, side)) in all.iter().enumerate() {
        if !versions.contains(&migration.version) {
            side.ops.iter().for_each(|placed| schema.apply(&placed.op));
            continue;
        }
        // What the same script makes anew is there for whoever asks for it.
        made.objects.extend(side.ops.iter().filter_map(|placed| match &placed.op {
            Op::Create { object, name, .. } => Some((*object, name.clone())),
            _ => None,
        }));
        let (held, _) = accept::acceptances(&side.cut, today);
        let accepted = |line: usize| {
            held.iter().any(|one| {
                let here = (one.from..=one.to).contains(&line) && one.rules.iter().any(|rule| TELLS_TOO.contains(rule));
                here || one.rules.contains(&Rule::ContractBeforeObserved)
            })
        };
        let behind = all[number + 1..].iter().filter(|(one, ..)| versions.contains(&one.version));
        let behind: Vec<&Op> = behind.flat_map(|(.., side)| &side.ops).map(|placed| &placed.op).collect();
        for (at, placed) in side.ops.iter().enumerate() {
            let Placed { op, line, .. } = placed;
            let here = side.ops[at + 1..].iter().map(|placed| &placed.op);
            let name = name(dialect, op, &here.chain(behind.iter().copied()).collect::<Vec<_>>());
            let (gone, refused) = match name {
                Name::Gone => (made.takes(&schema, op), old_code::refuses(dialect, &schema, &made.new, &side.ops, at)),
                Name::Served => Default::default(),
                // As if it were built anew under its name.
                Name::Rebuilt(rebuild) => {
                    let anew = [Placed { op: *rebuild, ..placed.clone() }];
                    let refused = old_code::refuses(dialect, &schema, &made.new, &anew, 0);
                    (made.takes(&schema, &anew[0].op), refused)
                }
            };
            let gone = gone.into_iter().map(|what| (what, Breach::Gone, false));
            let refused = refused.into_iter().map(|(what, why)| (what, Breach::Refuses(why), accepted(*line)));
            found.extend(gone.chain(refused).map(|(what, breach, accepted)| {
                let (version, path) = (migration.version.clone(), script.path.clone());
                Contraction { version, path, line: *line, what, breach, accepted }
            }));
            made.new.notice(op);
            schema.apply(op);
        }
    }
    found
}

/// What becomes of the name that an operation takes.
enum Name {
    /// Nothing has it when the release ends, or the operation takes none.
    Gone,
    /// A view or an unread table has it.
    Served,
    /// A table has it that is made anew, as this operation would.
    Rebuilt(Box<Op>),
}

fn name(dialect: Dialect, op: &Op, later: &[&Op]) -> Name {
    let (name, written) = match op {
        Op::DropTable { table: name, .. } | Op::RenameTable { from: name, .. } => (name, true),
        Op::Drop { object, name, .. } | Op::Rename { object, from: name, .. } if is_view(*object) => {
            (name, *object == Object::View)
        }
        _ => return Name::Gone,
    };
    match again(dialect, later, name, written) {
        None => Name::Gone,
        Some(Again::Table(columns)) if written => Name::Rebuilt(Box::new(Op::Rebuild {
            table: name.clone(),
            columns,
            leaves_rows: false,
            levelled: Vec::new(),
        })),
        Some(Again::Table(_) | Again::Unread) => Name::Served,
    }
}

/// The line of the first statement whose effect is not in its text: a block of code, SQL put together when it runs, a
/// procedure called.
pub fn hidden(dialect: Dialect, script: &Script) -> Option<usize> {
    placed(dialect, script).into_iter().find(|placed| placed.op == Op::Opaque).map(|placed| placed.line)
}

/// What a script brings that new code may need from its first moment on, with its line.
pub fn expands(dialect: Dialect, script: &Script) -> Option<(usize, String)> {
    Side::read(dialect, &script.sql).ops.into_iter().find_map(|placed| {
        let what = match placed.op {
            Op::CreateTable { table, temporary: false, .. } => table,
            Op::AddColumn { table, column } => format!("{table}.{}", column.name),
            Op::Create { object, name, .. } => told(object, &name),
            Op::EnumAdd { name, value } => format!("{name}.{value}"),
            _ => return None,
        };
        Some((placed.line, what))
    })
}

fn placed(dialect: Dialect, script: &Script) -> Vec<Placed> {
    let cut = cut(dialect, &script.sql);
    let each = cut.statements.iter().enumerate();
    each.flat_map(|(number, one)| read::read(dialect, one, number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Asked, Reversible, lint};
    use switchback_core::migration::{Layout, SourceFile, read};

    const TODAY: Date = jiff::civil::date(2026, 1, 2);

    fn set(up: &str, down: &str) -> Set {
        let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
        read(Layout::GolangMigrate, &[file("1_a.up.sql", up), file("1_a.down.sql", down)])
    }

    fn told(dialect: Dialect, up: &str, down: &str) -> (Vec<String>, Reversible) {
        let set = set(up, down);
        let what = contractions(dialect, &set, &["1".to_owned()], TODAY).into_iter().map(|one| one.what).collect();
        let asked = Asked { set: &set, dialect, today: TODAY, released: &[] };
        (what, lint(&asked).versions[0].reversible)
    }

    #[test]
    fn what_goes_with_all_that_is_in_it_is_taken_away_and_lost() {
        let loss = |what: &str| (vec![what.to_owned()], Reversible::DataLoss);
        let (postgres, mysql) = (Dialect::Postgres, Dialect::Mysql);
        assert_eq!(told(postgres, "drop schema audit cascade;", "create schema audit;"), loss("schema audit"));
        assert_eq!(told(mysql, "drop schema audit;", "create schema audit;"), loss("schema audit"));
        assert_eq!(told(mysql, "drop database audit;", "create database audit;"), loss("database audit"));
        // PostgreSQL takes an empty one only, and what the script itself made is nobody's yet.
        let empty = (vec!["schema audit".to_owned()], Reversible::Yes);
        assert_eq!(told(postgres, "drop schema audit;", "create schema audit;"), empty);
        let own = (vec![], Reversible::Yes);
        assert_eq!(
            told(postgres, "create schema audit; create table audit.a (id int);", "drop schema audit cascade;"),
            own
        );
    }

    #[test]
    fn a_name_that_running_code_may_say_is_taken_away_with_its_object() {
        let taken = |up: &str| {
            contractions(Dialect::Postgres, &set(up, "select 1;"), &["1".to_owned()], TODAY)
                .into_iter()
                .map(|one| one.what)
                .collect::<Vec<_>>()
        };
        assert_eq!(taken("drop view v;"), ["view v"]);
        assert_eq!(taken("alter view v rename to w;"), ["view v"]);
        assert_eq!(taken("drop materialized view v;"), ["materialized view v"]);
        assert_eq!(taken("alter sequence s rename to t;"), ["sequence s"]);
        assert_eq!(taken("alter type mood rename value 'a' to 'z';"), ["type mood.a"]);
        assert_eq!(taken("alter schema app rename to app2;"), ["schema app"]);
        let none: [&str; 0] = [];
        assert_eq!(taken("drop view v; create view v as select 1;"), none);
        assert_eq!(taken("create or replace view v as select 1; drop index i; drop trigger t on a;"), none);
        assert_eq!(taken("create type n as enum ('a'); drop type n;"), none);
    }

    #[test]
    fn a_name_that_something_else_has_when_the_release_ends_is_not_taken_away() {
        let told = |dialect, ups: &[&str]| {
            let before = "create table users (id int primary key, email text); create view v as select 1;";
            let all = std::iter::once(&before).chain(ups).enumerate();
            let file = |(at, text): (usize, &&str)| SourceFile {
                path: format!("{}_a.up.sql", at + 1),
                text: (*text).to_owned(),
            };
            let set = read(Layout::GolangMigrate, &all.map(file).collect::<Vec<_>>());
            let new: Vec<String> = set.migrations.iter().skip(1).map(|one| one.version.clone()).collect();
            contractions(dialect, &set, &new, TODAY).into_iter().map(|one| one.what).collect::<Vec<_>>()
        };
        let postgres = |up: &str| told(Dialect::Postgres, &[up]);
        let none: [&str; 0] = [];
        let (renamed, view) = ("alter table users rename to people;", "create view users as select * from people;");
        let both = format!("{renamed} {view}");
        assert_eq!(postgres(&both), none);
        assert_eq!(told(Dialect::Mysql, &[&both]), none);
        assert_eq!(told(Dialect::Postgres, &[renamed, view]), none);
        assert_eq!(postgres(renamed), ["users"]);
        assert_eq!(postgres(&format!("{both} drop view users;")), ["users"]);
        // What was there before the name went is not it, and a view of SQLite takes writes by triggers alone.
        assert_eq!(postgres("create view w as select 1; alter table users rename to w2;"), ["users"]);
        assert_eq!(
            postgres("alter table users rename to people; create materialized view users as select 1;"),
            ["users"]
        );
        assert_eq!(told(Dialect::Sqlite, &[&both]), ["users"]);
        let writable = format!("{both} create trigger t instead of insert on users begin select 1; end;");
        assert_eq!(told(Dialect::Sqlite, &[&writable]), none);
        // A table in its place has what code asks of it, or says what it lacks.
        let table = |columns: &str| postgres(&format!("{renamed} create table users ({columns});"));
        assert_eq!(table("id int primary key, email text"), none);
        assert_eq!(table("id int primary key"), ["users.email"]);
        assert_eq!(table("id int primary key, email text, kind text not null"), ["users.kind"]);
        assert_eq!(postgres("drop view v; create materialized view v as select 1;"), ["view v"]);
        assert_eq!(postgres("alter view v rename to w; create table v (id int);"), none);
        // A column is another matter: nobody says that its values are the same.
        assert_eq!(
            postgres("alter table users drop column email; alter table users add column email text;"),
            ["users.email"]
        );
    }

    #[test]
    fn what_goes_unnamed_with_what_the_down_drops_is_not_left_behind() {
        let whole = |dialect, up: &str, down: &str| assert_eq!(told(dialect, up, down).1, Reversible::Yes, "{up}");
        let parted = "create table m (id int, at date) partition by range (at);\ncreate table m1 partition of m for values from ('2026-01-01') to ('2026-02-01');";
        whole(Dialect::Postgres, parted, "drop table m;");
        let counted = "create sequence s;\nalter table a add column n bigint default nextval('s');\nalter sequence s owned by a.n;";
        whole(Dialect::Postgres, counted, "alter table a drop column n;");
        let inside = "create schema x;\ncreate table x.a (id int);\ncreate index a_id on x.a (id);\ncreate type x.t as enum ('a');";
        whole(Dialect::Postgres, inside, "drop schema x cascade;");
        let set = set("alter table a engine=InnoDB;", "select 1;");
        assert_eq!(set.problems, []);
        whole(Dialect::Mysql, "alter table a engine=InnoDB;", "select 1;");
        // A column of the same file is another matter.
        let named = "create sequence s;\nalter table a add column n bigint;";
        assert_eq!(told(Dialect::Postgres, named, "alter table a drop column n;").1, Reversible::No);
    }

    #[test]
    fn what_new_code_may_need_at_once_is_told_from_what_only_goes() {
        let told = |up: &str| {
            let set = set(up, "select 1;");
            set.migrations[0].up.as_ref().and_then(|up| expands(Dialect::Postgres, up))
        };
        assert_eq!(told("alter table a drop column b;\nalter table a add column c int;"), Some((2, "a.c".to_owned())));
        assert_eq!(told("create view v as select 1;"), Some((1, "view v".to_owned())));
        assert_eq!(told("alter table a drop column b; drop index i; update a set c = 1 where c is null;"), None);
        // A table built anew under its own name brings nothing.
        let anew = "create table n (id int); insert into n select id from a; drop table a; alter table n rename to a;";
        assert_eq!(told(anew), None);
    }

    #[test]
    fn what_is_not_in_the_text_is_not_known() {
        let up = "create table a (id int);\ndo $$ begin execute 'drop table b'; end $$;";
        assert_eq!(told(Dialect::Postgres, up, "drop table a;").1, Reversible::Unknown);
        let line =
            |dialect, up: &str| set(up, "select 1;").migrations[0].up.as_ref().and_then(|up| hidden(dialect, up));
        assert_eq!(line(Dialect::Postgres, up), Some(2));
        assert_eq!(line(Dialect::Mysql, "prepare s from 'drop table b'; execute s;"), Some(1));
        assert_eq!(line(Dialect::Postgres, "call tidy();"), Some(1));
        assert_eq!(line(Dialect::Postgres, "create table a (id int);"), None);
    }
}
