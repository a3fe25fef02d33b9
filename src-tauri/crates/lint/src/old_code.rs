//! What code that knows nothing of a migration writes, and the schema refuses from then on. It runs beside the new code for
//! a while, and is what a way back that keeps the schema starts again.
//!
//! Only what the text tells: of a column's type and default nothing is said where earlier versions do not.

use crate::{
    Dialect,
    op::{Column, Constraint, ConstraintKind, Op, Placed},
    says::{self, parts},
    schema::Schema,
    types::{Change, change},
};
use std::collections::BTreeSet;
use switchback_core::said::Said;

/// How a column or check refuses what it took before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is new and has no default.
    Given,
    /// Null was a value of it.
    NoNull,
    /// What nobody gave it was its default.
    NoDefault,
    /// Its type holds fewer values.
    Less,
    /// Its type holds other values.
    OtherKind,
    /// A check is new.
    Checked,
}

impl Refusal {
    /// What it does now, said of the column or check.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Given => "has to be given a value",
            Self::NoNull => "takes no null any more",
            Self::NoDefault => "takes no null and loses its default",
            Self::Less => "takes less than before",
            Self::OtherKind => "takes values of another kind",
            Self::Checked => "is asked of each row that is written",
        }
    }

    /// As a finding.
    pub(crate) fn said(self, what: &str) -> Said {
        match self {
            Self::Given => says::given(what),
            Self::NoNull => says::no_null(what),
            Self::NoDefault => says::no_default(what),
            Self::Less => says::less(what),
            Self::OtherKind => says::other_kind(what),
            Self::Checked => says::asked_of_rows(what),
        }
    }
}

/// What a release makes and nobody knew before.
#[derive(Default)]
pub struct New {
    pub tables: BTreeSet<String>,
    columns: BTreeSet<(String, String)>,
}

impl New {
    /// Whether the column is new, or all of its table.
    pub fn has(&self, table: &str, column: &str) -> bool {
        self.tables.contains(table) || self.columns.contains(&(table.to_owned(), column.to_owned()))
    }

    pub fn notice(&mut self, op: &Op) {
        match op {
            Op::CreateTable { table, .. } => drop(self.tables.insert(table.clone())),
            Op::AddColumn { table, column } => drop(self.columns.insert((table.clone(), column.name.clone()))),
            _ => {}
        }
    }
}

/// What the operation at this place of a script refuses of what was written before, with the reason.
pub fn refuses(dialect: Dialect, schema: &Schema, new: &New, ops: &[Placed], at: usize) -> Vec<(String, Refusal)> {
    let op = &ops[at].op;
    if op.table().is_none_or(|table| new.tables.contains(table)) {
        return Vec::new();
    }
    let known = |table: &str, column: &str| schema.column(table, column);
    let later = &ops[at + 1..];
    let one = |table: &str, column: &str, why| vec![(format!("{table}.{column}"), why)];
    match op {
        Op::AddColumn { table, column } if wants_value(dialect, column) && !eased(later, table, &column.name) => {
            one(table, &column.name, Refusal::Given)
        }
        Op::SetNotNull { table, column } if !eased(later, table, column) && !schema.is_checked(table, column) => {
            match known(table, column) {
                Some(was) if was.not_null || was.primary || was.counts || was.default.is_some() => Vec::new(),
                _ => one(table, column, Refusal::NoNull),
            }
        }
        Op::DropDefault { table, column } if !eased(later, table, column) => match known(table, column) {
            Some(was) if was.not_null && was.default.is_some() && !was.counts => one(table, column, Refusal::NoDefault),
            _ => Vec::new(),
        },
        Op::AlterType { table, column, ty, .. } if !new.has(table, column) => {
            let was = known(table, column).and_then(|was| was.ty.as_ref());
            let why = was.and_then(|was| retyped(dialect, was, ty));
            why.map(|why| one(table, column, why)).unwrap_or_default()
        }
        Op::Redefine { table, from, column } => {
            let Some(was) = known(table, from).filter(|_| !eased(later, table, &column.name)) else {
                return Vec::new();
            };
            redefined(dialect, was, column, new.has(table, from))
                .map(|why| one(table, &column.name, why))
                .unwrap_or_default()
        }
        Op::AddConstraint { table, constraint } if asks(schema, new, ops, table, constraint) => {
            let name = constraint.name.as_ref();
            let named = name.map_or_else(|| parts::a_check(table), |name| parts::check(name, table));
            vec![(named.into(), Refusal::Checked)]
        }
        Op::Rebuild { table, columns, .. } => {
            let Some(was) = schema.tables.get(table).filter(|was| was.whole) else { return Vec::new() };
            let wants = |now: &&Column| wants_value(dialect, now);
            let before = |now: &Column| was.columns.get(&now.name).map(|old| wants_value(dialect, old) || old.primary);
            let each = columns.iter().filter(wants).filter_map(|now| match before(now) {
                Some(true) => None,
                Some(false) => Some((format!("{table}.{}", now.name), Refusal::NoNull)),
                None => Some((format!("{table}.{}", now.name), Refusal::Given)),
            });
            each.collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a row without a value for it is refused.
fn wants_value(dialect: Dialect, column: &Column) -> bool {
    // The first of its values stands in for it there.
    let stands_in = dialect == Dialect::Mysql && column.ty.as_ref().is_some_and(|ty| ty.name == "ENUM");
    column.not_null
        && column.default.is_none()
        && column.generated.is_none()
        && !column.counts
        && !column.primary
        && !stands_in
}

/// Whether the script itself takes the demand on a column back.
fn eased(later: &[Placed], table: &str, name: &str) -> bool {
    later.iter().any(|placed| match &placed.op {
        Op::SetDefault { table: of, column }
        | Op::DropNotNull { table: of, column }
        | Op::DropColumn { table: of, column, .. } => of == table && column == name,
        Op::Redefine { table: of, from, .. } => of == table && from == name,
        Op::DropTable { table: of, .. } => of == table,
        _ => false,
    })
}

fn retyped(dialect: Dialect, was: &crate::op::Type, now: &crate::op::Type) -> Option<Refusal> {
    match change(dialect, was, now) {
        Change::Narrows => Some(Refusal::Less),
        Change::Rewrite if kind(&was.name).zip(kind(&now.name)).is_some_and(|(was, now)| was != now) => {
            Some(Refusal::OtherKind)
        }
        Change::Rewrite | Change::Catalogue => None,
    }
}

/// Types whose values are written alike. A text takes whatever is written as one.
fn kind(name: &str) -> Option<u8> {
    Some(match name {
        "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INTEGER" | "BIGINT" | "NUMERIC" | "REAL" | "DOUBLE" => 1,
        "CHAR" | "VARCHAR" => 2,
        "DATE" | "DATETIME" | "TIMESTAMP" | "TIMESTAMPTZ" => 3,
        "BOOLEAN" => 4,
        "UUID" => 5,
        "JSON" | "JSONB" => 6,
        "BYTEA" | "BLOB" => 7,
        _ => return None,
    })
}

fn redefined(dialect: Dialect, was: &Column, now: &Column, new: bool) -> Option<Refusal> {
    if wants_value(dialect, now) && !wants_value(dialect, was) && !was.primary {
        return Some(if was.not_null { Refusal::NoDefault } else { Refusal::NoNull });
    }
    let types = was.ty.as_ref().zip(now.ty.as_ref()).filter(|_| !new);
    types.and_then(|(was, now)| retyped(dialect, was, now))
}

/// Whether a check asks something that was not asked before, of columns that code of before writes.
fn asks(schema: &Schema, new: &New, ops: &[Placed], table: &str, constraint: &Constraint) -> bool {
    // One that is put in the place of another may well ask for less.
    let replaces = ops.iter().any(|placed| matches!(&placed.op, Op::DropConstraint { table: of, .. } if of == table));
    if constraint.kind != ConstraintKind::Check || replaces {
        return false;
    }
    if let Some(column) = &constraint.not_null_of {
        let was = schema.column(table, column);
        let fills = |was: &Column| was.not_null || was.primary || was.default.is_some();
        return !schema.is_checked(table, column) && !was.is_some_and(fills);
    }
    let columns = |word: &&String| schema.column(table, word).is_some();
    let mut written = constraint.words.iter().filter(columns).peekable();
    // A new column that nobody fills has no value, or its default, and passes.
    written.peek().is_none() || written.any(|column| !new.has(table, column))
}

#[cfg(test)]
mod tests {
    use crate::{Asked, Breach, Dialect, Rule, contractions, lint};
    use jiff::civil::Date;
    use switchback_core::migration::{Layout, Pin, Set, SourceFile, pins, read};

    const TODAY: Date = jiff::civil::date(2026, 1, 2);
    const ORDERS: &str = "create table orders (id bigint primary key, qty integer not null, note varchar(40), state text not null default 'new', at timestamp);";

    /// A set whose first version is released.
    fn set(before: &str, ups: &[&str]) -> (Set, Vec<Pin>) {
        let all = std::iter::once(before).chain(ups.iter().copied()).enumerate();
        let files = all.map(|(at, text)| SourceFile { path: format!("{}_a.up.sql", at + 1), text: text.to_owned() });
        let set = read(Layout::GolangMigrate, &files.collect::<Vec<_>>());
        let released = pins(&set).into_iter().take(1).collect();
        (set, released)
    }

    fn told(dialect: Dialect, ups: &[&str]) -> Vec<String> {
        let (set, _) = set(ORDERS, ups);
        let new: Vec<String> = set.migrations.iter().skip(1).map(|one| one.version.clone()).collect();
        let all = contractions(dialect, &set, &new, TODAY).into_iter().filter(|one| !one.accepted);
        let words = all.map(|one| match one.breach {
            Breach::Gone => format!("{} goes", one.what),
            Breach::Refuses(refusal) => format!("{} {}", one.what, refusal.as_str()),
        });
        words.collect()
    }

    fn postgres(up: &str) -> Vec<String> {
        told(Dialect::Postgres, &[up])
    }

    #[test]
    fn what_code_of_before_leaves_out_or_writes_otherwise_is_told() {
        let alter = |rest: &str| postgres(&format!("alter table orders {rest};"));
        assert_eq!(alter("add column email text not null"), ["orders.email has to be given a value"]);
        assert_eq!(alter("alter column note set not null"), ["orders.note takes no null any more"]);
        assert_eq!(
            alter("add constraint c check (qty > 0) not valid"),
            ["check c of orders is asked of each row that is written"]
        );
        assert_eq!(alter("alter column state drop default"), ["orders.state takes no null and loses its default"]);
        assert_eq!(alter("alter column note type varchar(10)"), ["orders.note takes less than before"]);
        assert_eq!(
            alter("alter column qty type uuid using gen_random_uuid()"),
            ["orders.qty takes values of another kind"]
        );
        // Added, filled and then demanded in one release is demanded of code that does not know it.
        let filled = [
            "alter table orders add column email text;",
            "update orders set email = '' where email is null;",
            "alter table orders alter column email set not null;",
        ];
        assert_eq!(told(Dialect::Postgres, &filled), ["orders.email takes no null any more"]);
        let filled = "alter table orders add column email text not null default '';\nalter table orders alter column email drop default;";
        assert_eq!(postgres(filled), ["orders.email takes no null and loses its default"]);
    }

    #[test]
    fn what_no_code_of_before_can_fail_on_is_not_told() {
        for up in [
            "create table lines (id bigint primary key, qty int not null check (qty > 0)); alter table lines add column note text not null; alter table lines add check (id > 0);",
            "alter table orders add column email text not null default '';",
            "alter table orders add column email text not null; alter table orders alter column email set default '';",
            "alter table orders add column email text, add constraint c check (length(email) < 100) not valid;",
            "alter table orders alter column qty set not null;",
            "alter table orders alter column state set not null;",
            "alter table orders alter column note drop default;",
            "alter table orders alter column note set default '';",
            "alter table orders alter column note type text;",
            "alter table orders alter column qty type bigint;",
            "alter table orders add column n bigint generated always as identity;",
            // Put in another's place: it may well ask for less.
            "alter table orders drop constraint c; alter table orders add constraint c check (state in ('new', 'paid'));",
            // The check said so before, and somebody else's table is not known.
            "alter table other alter column a drop default; alter table other alter column a type varchar(10);",
        ] {
            assert_eq!(postgres(up), [""; 0], "{up}");
        }
        let checked = format!("{ORDERS} alter table orders add constraint c check (note is not null) not valid;");
        let (set, _) = set(&checked, &["alter table orders alter column note set not null;"]);
        assert_eq!(contractions(Dialect::Postgres, &set, &["2".to_owned()], TODAY), []);
    }

    #[test]
    fn columns_declared_anew_and_tables_built_anew_are_compared_with_what_they_were() {
        let mysql = |up: &str| told(Dialect::Mysql, &[up]);
        assert_eq!(
            mysql("alter table orders modify note varchar(40) not null;"),
            ["orders.note takes no null any more"]
        );
        assert_eq!(mysql("alter table orders modify note varchar(10);"), ["orders.note takes less than before"]);
        assert_eq!(mysql("alter table orders change note remark varchar(40);"), ["orders.note goes"]);
        assert_eq!(mysql("alter table orders modify note varchar(80);"), [""; 0]);
        assert_eq!(mysql("alter table orders add column kind enum('a','b') not null;"), [""; 0]);
        let anew = |columns: &str| {
            told(
                Dialect::Sqlite,
                &[&format!(
                    "create table n ({columns}); insert into n select 1 from orders; drop table orders; alter table n rename to orders;"
                )],
            )
        };
        let same = "id bigint primary key, qty integer not null, state text not null default 'new', at timestamp";
        assert_eq!(anew(&format!("{same}, note text")), [""; 0]);
        assert_eq!(anew(same), ["orders.note goes"]);
        assert_eq!(anew(&format!("{same}, note text not null")), ["orders.note takes no null any more"]);
        assert_eq!(anew(&format!("{same}, note text, email text not null")), ["orders.email has to be given a value"]);
    }

    #[test]
    fn it_is_found_once_where_something_is_released_and_can_be_accepted() {
        let found = |up: &str, known: bool| {
            let (set, released) = set(ORDERS, &[up]);
            let released = if known { released } else { Vec::new() };
            let report = lint(&Asked { set: &set, dialect: Dialect::Postgres, today: TODAY, released: &released });
            let of = |one: &crate::Finding| one.path.starts_with('2') && one.rule != Rule::MissingDown;
            let rules: Vec<Rule> = report.findings.iter().filter(|one| of(one)).map(|one| one.rule).collect();
            rules
        };
        let check = "alter table orders add constraint c check (qty > 0) not valid;";
        assert_eq!(found(check, true), [Rule::ContractBeforeObserved]);
        assert_eq!(found(check, false), []);
        let given = "alter table orders add column email text not null;";
        assert_eq!(found(given, true), [Rule::NotNullWithoutDefault]);
        let accepted =
            format!("-- switchback:accept contract_before_observed until 2026-03-01 qty was never less\n{check}");
        assert_eq!(found(&accepted, true), []);
        assert_eq!(postgres(&accepted), [""; 0]);
        let accepted = format!("-- switchback:accept not_null_without_default until 2026-03-01 it is empty\n{given}");
        assert_eq!(postgres(&accepted), [""; 0]);
    }
}
