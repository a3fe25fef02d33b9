//! Whether a down undoes its up: both are run over a ledger of what is made and gone, and nothing may be left in it.
//!
//! Longer than other files on purpose: the ledger's entries mean something only together with every operation that writes
//! them, and apart they would have to be kept in step by hand.

mod renewed;

use crate::{
    op::{Constraint, Object, Op, Placed, Type},
    says::{self, parts},
    schema::Schema,
};
use std::collections::{BTreeMap, BTreeSet};
use switchback_core::said::Said;

/// A thing of a schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Table(String),
    Column(String, String),
    Constraint(String, String),
    Index(String),
    Object(Object, String),
    Type(String, String),
    Null(String, String),
    Default(String, String),
    Enum(String),
    Rebuilt(String),
    Charset(String),
}

/// What became of it since before the up.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Net {
    /// It is new. For an index: its table and columns.
    Made(Vec<String>),
    /// It is no more.
    Gone,
    /// It was put in the place of one that may have been there.
    Replaced,
    /// That was taken away again, or made anew.
    Settled,
    /// It is another. For a null: whether it was made not null.
    Changed(bool),
}

/// What a down leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Residue {
    /// In words.
    pub what: Said,
    /// Whether the down took something away that the up had not made.
    pub taken: bool,
}

/// The ledger.
struct Ledger<'a> {
    net: BTreeMap<Key, Net>,
    /// Names that tables and columns have now, with those they had before.
    names: BTreeMap<(String, String), String>,
    before: &'a Schema,
    in_down: bool,
    taken: Vec<Key>,
    temporary: BTreeSet<String>,
    /// Schemas that the up took away with all that was in them.
    swept: Vec<String>,
    /// Tables and views that this script made again after they were gone: what lay on the old ones went with them.
    renewed: BTreeSet<String>,
    /// Columns of the tables that the down made again.
    back: BTreeMap<String, BTreeSet<String>>,
    /// What the up made.
    own: BTreeSet<Key>,
    /// Whether the up took things away without naming them.
    cascaded: bool,
    wrong: Vec<Said>,
}

/// What is left when the down ran after the up.
pub fn residue(before: &Schema, up: &[Placed], down: &[Placed]) -> Vec<Residue> {
    let mut ledger = Ledger {
        net: BTreeMap::new(),
        names: BTreeMap::new(),
        before,
        in_down: false,
        taken: Vec::new(),
        temporary: BTreeSet::new(),
        swept: Vec::new(),
        renewed: BTreeSet::new(),
        back: BTreeMap::new(),
        own: BTreeSet::new(),
        cascaded: false,
        wrong: Vec::new(),
    };
    for placed in up {
        ledger.run(&placed.op);
    }
    ledger.turn();
    for placed in down {
        ledger.run(&placed.op);
    }
    ledger.left()
}

impl Ledger<'_> {
    #[allow(clippy::too_many_lines, reason = "one arm for each operation")]
    fn run(&mut self, op: &Op) {
        self.cascaded |= !self.in_down && cascades(op);
        match op {
            Op::CreateTable { temporary: true, table, .. } => drop(self.temporary.insert(table.clone())),
            Op::DropTable { table, .. } if self.temporary.contains(table) => {}
            Op::CreateTable { table, columns, known, copied, part_of, .. } => {
                if *known && !self.in_down && self.before.tables.contains_key(table) {
                    return;
                }
                let key = Key::Table(table.clone());
                let was_gone = self.net.remove(&key) == Some(Net::Gone);
                if was_gone && !self.in_down && !self.before.tables.contains_key(table) {
                    // `drop table if exists` before it is made: there was none.
                    self.net.insert(key, Net::Made(vec![]));
                } else if was_gone {
                    self.renew_table(table, columns, !copied);
                } else if self.comes_back(part_of.as_deref(), &key) {
                    self.renewed.insert(table.clone());
                } else {
                    self.net.insert(key, Net::Made(part_of.iter().cloned().collect()));
                }
            }
            Op::Rebuild { table, columns, .. } => self.rebuild(table, columns),
            Op::DropTable { table, .. } => {
                let made = self.names.remove(&(String::new(), table.clone()));
                let was = self.take(Key::Table(table.clone()));
                self.forget(table);
                self.parts(table);
                self.renewed.remove(table);
                self.back.remove(table);
                if let Some(original) = made.filter(|_| was.is_none()) {
                    self.net.remove(&Key::Table(table.clone()));
                    self.net.insert(Key::Table(original), Net::Gone);
                }
            }
            Op::RenameTable { from, to } => self.rename_table(from, to),
            Op::AddColumn { table, column } => {
                let key = Key::Column(table.clone(), column.name.clone());
                if self.net.remove(&key) == Some(Net::Gone) {
                    let was = self.before.ty(table, &column.name);
                    if let (Some(was), Some(now)) = (was, &column.ty)
                        && was != now
                    {
                        let name = format_args!("{table}.{}", column.name);
                        self.wrong.push(says::back_as(name, now.shown(), was.shown()));
                    }
                } else if !self.is_made(table) && !self.comes_back(Some(table), &key) {
                    self.net.insert(key, Net::Made(vec![]));
                }
                if let Some(columns) = self.back.get_mut(table) {
                    columns.insert(column.name.clone());
                }
            }
            Op::DropColumn { table, column, .. } => {
                if self.is_made(table) {
                    return;
                }
                if let Some(columns) = self.back.get_mut(table) {
                    columns.remove(column);
                    return;
                }
                self.take(Key::Column(table.clone(), column.clone()));
                for key in [
                    Key::Type(table.clone(), column.clone()),
                    Key::Null(table.clone(), column.clone()),
                    Key::Default(table.clone(), column.clone()),
                ] {
                    self.net.remove(&key);
                }
                // What lies on a column goes with it.
                self.net.retain(|key, net| match (key, net) {
                    (Key::Index(_), Net::Made(on)) => on.first() != Some(table) || !on[1..].contains(column),
                    (Key::Constraint(of, _), Net::Made(on)) => of != table || !on.contains(column),
                    (Key::Object(Object::Sequence, _), Net::Made(on)) => on.first() != Some(table),
                    _ => true,
                });
            }
            Op::RenameColumn { table, from, to } => self.rename_column(table, from, to),
            Op::AlterType { table, column, ty, .. } => self.retype(table, column, Some(ty)),
            Op::Redefine { table, from, column } => {
                if from != &column.name {
                    self.rename_column(table, from, &column.name);
                }
                self.retype(table, &column.name, column.ty.as_ref());
                if self.in_down {
                    self.net.remove(&Key::Null(table.clone(), column.name.clone()));
                    self.net.remove(&Key::Default(table.clone(), column.name.clone()));
                    self.net.remove(&Key::Charset(table.clone()));
                }
            }
            Op::SetNotNull { table, column } => {
                self.toggle(Key::Null(table.clone(), column.clone()), table, column, true);
            }
            Op::DropNotNull { table, column } => {
                self.toggle(Key::Null(table.clone(), column.clone()), table, column, false);
            }
            Op::SetDefault { table, column } | Op::DropDefault { table, column } => {
                let key = Key::Default(table.clone(), column.clone());
                if self.is_made(table) || self.net.contains_key(&Key::Column(table.clone(), column.clone())) {
                    return;
                }
                if self.in_down {
                    self.net.remove(&key);
                } else {
                    self.net.insert(key, Net::Changed(true));
                }
            }
            Op::AddConstraint { table, constraint } => self.constrain(table, constraint),
            Op::DropConstraint { table, name, .. } => self.unconstrain(table, name.as_deref()),
            Op::RenameConstraint { table, from, to } => {
                self.take(Key::Constraint(table.clone(), from.clone()));
                self.make(Key::Constraint(table.clone(), to.clone()), vec![]);
            }
            Op::CreateIndex { name: Some(name), table, columns, .. } if !self.is_made(table) => {
                self.index(name, table, columns);
            }
            Op::DropIndex { name, table, .. } => self.drop_index(name, table.as_deref()),
            Op::RenameIndex { from, to } => {
                self.take(Key::Index(from.clone()));
                self.make(Key::Index(to.clone()), vec![]);
            }
            Op::Create { object, name, on, replace, lenient } => {
                self.create(*object, name, on.as_deref(), *replace, *lenient);
            }
            Op::Drop { object, name, .. } => {
                if *object == Object::Type {
                    self.net.remove(&Key::Enum(name.clone()));
                }
                self.take(Key::Object(*object, name.clone()));
                if matches!(object, Object::View | Object::MaterializedView) {
                    self.forget(name);
                    self.renewed.remove(name);
                }
                if *object == Object::Schema && op.sweeps() {
                    self.net.retain(|key, net| !lies_in(name, key, net));
                    if !self.in_down {
                        self.swept.push(name.clone());
                    }
                }
            }
            Op::Owned { sequence, table } => {
                let key = Key::Object(Object::Sequence, sequence.clone());
                if self.comes_back(Some(table), &key) {
                    self.net.remove(&key);
                }
                if let Some(Net::Made(on)) = self.net.get_mut(&Key::Object(Object::Sequence, sequence.clone())) {
                    *on = vec![table.clone()];
                }
            }
            Op::Rename { object, from, to } => {
                if *object == Object::Type {
                    self.net.remove(&Key::Enum(from.clone()));
                }
                self.take(Key::Object(*object, from.clone()));
                self.make(Key::Object(*object, to.clone()), vec![]);
            }
            Op::Alter { object, name } => {
                let key = Key::Object(*object, name.clone());
                if self.in_down {
                    if self.net.get(&key) == Some(&Net::Changed(true)) {
                        self.net.remove(&key);
                    }
                } else {
                    self.net.entry(key).or_insert(Net::Changed(true));
                }
            }
            Op::EnumAdd { name, .. }
                if !self.in_down && !self.net.contains_key(&Key::Object(Object::Type, name.clone())) =>
            {
                self.net.insert(Key::Enum(name.clone()), Net::Changed(true));
            }
            Op::Charset { table, .. } => {
                let key = Key::Charset(table.clone().unwrap_or_default());
                if self.in_down {
                    self.net.remove(&key);
                } else if !self.is_made(table.as_deref().unwrap_or_default()) {
                    self.net.insert(key, Net::Changed(true));
                }
            }
            _ => {}
        }
    }

    fn is_made(&self, table: &str) -> bool {
        let view = Key::Object(Object::MaterializedView, table.to_owned());
        [Key::Table(table.to_owned()), view].iter().any(|key| matches!(self.net.get(key), Some(Net::Made(_))))
            || self.temporary.contains(table)
    }

    fn make(&mut self, key: Key, on: Vec<String>) {
        match self.net.get(&key) {
            Some(Net::Gone) if self.in_down => drop(self.net.remove(&key)),
            Some(Net::Gone) => drop(self.net.insert(key, Net::Changed(true))),
            Some(Net::Settled) if self.in_down => {}
            _ => drop(self.net.insert(key, Net::Made(on))),
        }
    }

    /// Takes a thing away; says what it was to the ledger.
    fn take(&mut self, key: Key) -> Option<Net> {
        let was = self.net.remove(&key);
        if self.in_down && matches!(was, Some(Net::Replaced | Net::Settled)) {
            self.net.insert(key, Net::Settled);
            return was;
        }
        if !matches!(was, Some(Net::Made(_))) {
            if self.in_down {
                self.taken.push(key.clone());
            }
            self.net.insert(key, Net::Gone);
        }
        was
    }

    /// What belongs to a table goes with it.
    fn forget(&mut self, table: &str) {
        self.net.retain(|key, net| match (key, net) {
            (
                Key::Column(of, _)
                | Key::Constraint(of, _)
                | Key::Type(of, _)
                | Key::Null(of, _)
                | Key::Default(of, _)
                | Key::Rebuilt(of)
                | Key::Charset(of),
                _,
            ) => of != table,
            (
                Key::Index(_) | Key::Object(Object::Trigger | Object::Policy | Object::Rule | Object::Sequence, _),
                Net::Made(on),
            ) => on.first().map(String::as_str) != Some(table),
            _ => true,
        });
        self.taken.retain(|key| !matches!(key, Key::Column(of, _) | Key::Constraint(of, _) if of == table));
    }

    /// The partitions that were made of a table go with it, and theirs with them.
    fn parts(&mut self, table: &str) {
        let of = |(key, net): (&Key, &Net)| match (key, net) {
            (Key::Table(part), Net::Made(of)) if of.first().is_some_and(|of| of == table) => Some(part.clone()),
            _ => None,
        };
        let parts: Vec<String> = self.net.iter().filter_map(of).collect();
        for part in parts {
            self.net.remove(&Key::Table(part.clone()));
            self.forget(&part);
            self.parts(&part);
        }
    }

    fn rename_table(&mut self, from: &str, to: &str) {
        let made = matches!(self.net.get(&Key::Table(from.to_owned())), Some(Net::Made(_)));
        if self.in_down && made && self.net.get(&Key::Table(to.to_owned())) == Some(&Net::Gone) {
            // It was made under another name, and takes the place of the one that the up took away.
            self.net.remove(&Key::Table(from.to_owned()));
            self.net.remove(&Key::Table(to.to_owned()));
            self.renewed.insert(to.to_owned());
            return;
        }
        let moved: Vec<(Key, Net)> = std::mem::take(&mut self.net)
            .into_iter()
            .map(|(key, net)| (moved(key, from, to), moved_on(net, from, to)))
            .collect();
        self.net = moved.into_iter().collect();
        if self.is_made(to) {
            return;
        }
        let original = self.names.remove(&(String::new(), from.to_owned())).unwrap_or_else(|| from.to_owned());
        if original != to {
            self.names.insert((String::new(), to.to_owned()), original);
        }
    }

    fn rename_column(&mut self, table: &str, from: &str, to: &str) {
        if self.is_made(table) {
            return;
        }
        if let Some(columns) = self.back.get_mut(table) {
            columns.remove(from);
            columns.insert(to.to_owned());
            return;
        }
        if let Some(net) = self.net.remove(&Key::Column(table.to_owned(), from.to_owned())) {
            self.net.insert(Key::Column(table.to_owned(), to.to_owned()), net);
            return;
        }
        for key in [Key::Type, Key::Null, Key::Default] {
            if let Some(net) = self.net.remove(&key(table.to_owned(), from.to_owned())) {
                self.net.insert(key(table.to_owned(), to.to_owned()), net);
            }
        }
        let original = self.names.remove(&(table.to_owned(), from.to_owned())).unwrap_or_else(|| from.to_owned());
        if original != to {
            self.names.insert((table.to_owned(), to.to_owned()), original);
        }
    }

    fn retype(&mut self, table: &str, column: &str, ty: Option<&Type>) {
        let key = Key::Type(table.to_owned(), column.to_owned());
        if self.is_made(table)
            || matches!(self.net.get(&Key::Column(table.to_owned(), column.to_owned())), Some(Net::Made(_)))
        {
            return;
        }
        if !self.in_down {
            self.net.insert(key, Net::Changed(true));
            return;
        }
        let original = self.names.get(&(table.to_owned(), column.to_owned())).map_or(column, String::as_str);
        if let (Some(was), Some(now)) = (self.before.ty(table, original), ty)
            && was != now
        {
            self.wrong.push(says::goes_back_to(format_args!("{table}.{column}"), now.shown(), was.shown()));
        }
        self.net.remove(&key);
    }

    fn toggle(&mut self, key: Key, table: &str, column: &str, on: bool) {
        if self.is_made(table) || self.net.contains_key(&Key::Column(table.to_owned(), column.to_owned())) {
            return;
        }
        match self.net.get(&key) {
            Some(Net::Changed(first)) if *first != on => drop(self.net.remove(&key)),
            Some(_) => {}
            None if self.in_down => {}
            None => drop(self.net.insert(key, Net::Changed(on))),
        }
    }

    fn rebuild(&mut self, table: &str, columns: &[crate::op::Column]) {
        let key = Key::Rebuilt(table.to_owned());
        self.fall_with(table);
        if !self.in_down {
            let was = self.before.tables.get(table).filter(|was| was.whole);
            let kept = |name: &String| columns.iter().any(|column| column.name == *name);
            let same = |was: &crate::schema::Table| {
                columns.iter().all(|now| {
                    was.columns.get(&now.name).is_some_and(|old| old.ty == now.ty && old.not_null == now.not_null)
                })
            };
            // Nothing but columns that are left out: a down may simply add them.
            if let Some(was) = was.filter(|was| same(was) && !was.columns.keys().all(kept)) {
                for name in was.columns.keys().filter(|name| !kept(name)) {
                    self.net.insert(Key::Column(table.to_owned(), name.clone()), Net::Gone);
                }
                return;
            }
            self.net.insert(key, Net::Changed(true));
            return;
        }
        self.net.retain(|key, _| !matches!(key, Key::Column(of, _) | Key::Type(of, _) if of == table));
        self.names.retain(|(of, _), _| of != table);
        if let Some(was) = self.before.tables.get(table).filter(|was| was.whole) {
            let lacks = was.columns.keys().find(|name| !columns.iter().any(|column| column.name == **name));
            let more = columns.iter().find(|column| !was.columns.contains_key(&column.name));
            self.wrong.extend(lacks.map(|name| says::goes_back_without(table, name)));
            self.wrong.extend(more.map(|column| says::keeps(table, &column.name)));
        }
        self.net.remove(&key);
    }

    fn constrain(&mut self, table: &str, constraint: &Constraint) {
        if self.is_made(table) {
            return;
        }
        let name = constraint.name.clone().unwrap_or_else(|| format!("?{:?}", constraint.kind));
        // A constraint that was dropped by another name comes back as this one.
        let key = Key::Constraint(table.to_owned(), name);
        if self.in_down && !matches!(self.net.get(&key), Some(Net::Gone)) {
            let gone = self
                .net
                .iter()
                .find(|(key, net)| matches!(key, Key::Constraint(of, _) if of == table) && **net == Net::Gone);
            if let Some((gone, _)) = gone.map(|(key, net)| (key.clone(), net.clone())) {
                self.net.remove(&gone);
                return;
            }
        }
        let refers_back = constraint.references.as_deref().filter(|to| self.renewed.contains(*to));
        if self.in_down && self.net.get(&key) != Some(&Net::Gone) && self.comes_back(refers_back.or(Some(table)), &key)
        {
            self.net.remove(&key);
            return;
        }
        let index = if constraint.using_index { None } else { Some(constraint.columns.clone()) };
        self.make(key, index.unwrap_or_default());
    }

    fn unconstrain(&mut self, table: &str, name: Option<&str>) {
        if self.is_made(table) {
            return;
        }
        let exact = name.map(|name| Key::Constraint(table.to_owned(), name.to_owned()));
        if let Some(exact) = exact.filter(|key| self.net.contains_key(key)) {
            self.take(exact);
            return;
        }
        if let Some(name) = name
            && matches!(self.net.get(&Key::Index(name.to_owned())), Some(Net::Made(_)))
        {
            self.net.remove(&Key::Index(name.to_owned()));
            return;
        }
        if self.in_down {
            // The server names what the file does not.
            let guessed = |key: &Key| matches!(key, Key::Constraint(of, name) if of == table && name.starts_with('?'));
            let found = self
                .net
                .iter()
                .find(|(key, net)| guessed(key) && matches!(net, Net::Made(_)))
                .map(|(key, _)| key.clone());
            // A constraint of a new column goes with it, and may be dropped by its own name before.
            let inline = self.net.keys().any(|key| matches!(key, Key::Column(of, _) if of == table));
            match found {
                Some(found) => drop(self.net.remove(&found)),
                None if inline => {}
                None => drop(self.take(Key::Constraint(table.to_owned(), name.unwrap_or("?").to_owned()))),
            }
            return;
        }
        self.take(Key::Constraint(table.to_owned(), name.unwrap_or("?").to_owned()));
    }

    fn drop_index(&mut self, name: &str, table: Option<&str>) {
        if table.is_some_and(|table| self.is_made(table)) {
            return;
        }
        let bare = name.rsplit('.').next().unwrap_or(name);
        let constraint = self.net.keys().find(
            |key| matches!(key, Key::Constraint(of, called) if called == bare && table.is_none_or(|table| table == of)),
        );
        if let Some(key) = constraint.cloned() {
            self.net.remove(&key);
            return;
        }
        let on_made = self.net.iter().any(
            |(key, net)| matches!((key, net), (Key::Index(called), Net::Made(_)) if called == bare || called == name),
        );
        if !on_made && self.in_down {
            // An index of a table the up made, or of a column that is unique by its own words.
            let made = self.net.iter().any(|(key, net)| {
                matches!(
                    (key, net),
                    (Key::Table(_) | Key::Column(..) | Key::Rebuilt(_), Net::Made(_) | Net::Changed(_))
                )
            });
            if made && self.before.indexed(bare).is_none() {
                return;
            }
        }
        let key = if self.net.contains_key(&Key::Index(name.to_owned())) { name } else { bare };
        self.take(Key::Index(key.to_owned()));
    }

    fn create(&mut self, object: Object, name: &str, on: Option<&str>, replace: bool, lenient: bool) {
        let key = Key::Object(object, name.to_owned());
        let was = self.before.objects.contains(&(object, name.to_owned()));
        if let Some(on) = on
            && self.lay(&key, on, was)
        {
            return;
        }
        let net = self.net.get(&key);
        let view = matches!(object, Object::View | Object::MaterializedView);
        if self.in_down {
            match net {
                Some(Net::Replaced | Net::Settled) => drop(self.net.insert(key, Net::Settled)),
                Some(Net::Gone | Net::Changed(_)) => {
                    self.net.remove(&key);
                    if view {
                        self.renewed.insert(name.to_owned());
                    }
                }
                // `create or replace` of what another version may have made: it is what it was.
                Some(Net::Made(_)) if replace && !was => drop(self.net.remove(&key)),
                // It went with what the up dropped with all that hung on it.
                None if view && self.cascaded && !self.own.contains(&key) => {}
                _ => drop(self.net.insert(key, Net::Made(vec![]))),
            }
        } else if lenient && was && net.is_none() {
            // It is there, and stays as it is.
        } else if lenient && object == Object::Schema && net.is_none() {
            // Others may use it, so it may stay; and it may be this version's own, so it may go.
            self.net.insert(key, Net::Settled);
        } else if (replace || net == Some(&Net::Gone)) && !was && !matches!(net, Some(Net::Made(_))) {
            // There may have been one, and there may not.
            self.net.insert(key, Net::Replaced);
        } else if (replace && was) || net == Some(&Net::Gone) {
            self.net.insert(key, Net::Changed(true));
        } else if !(lenient && matches!(object, Object::Extension | Object::Schema)) && object != Object::Role {
            self.net.insert(key, Net::Made(on.map(str::to_owned).into_iter().collect()));
        }
    }

    fn left(mut self) -> Vec<Residue> {
        self.lacking();
        let mut left: Vec<Residue> =
            self.wrong.iter().map(|what| Residue { what: what.clone(), taken: false }).collect();
        for ((table, now), was) in &self.names {
            let what = if table.is_empty() {
                says::still_called(was, now)
            } else {
                says::still_called(format_args!("{table}.{was}"), now)
            };
            left.push(Residue { what, taken: false });
        }
        for (key, net) in &self.net {
            // What the up made there in passing: an extension stays for others.
            if matches!(key, Key::Object(Object::Extension | Object::Role, _))
                && matches!(net, Net::Gone)
                && self.in_down
            {
                continue;
            }
            // That it comes back without its rows is said elsewhere; what of it comes back cannot be known.
            if self.swept.iter().any(|schema| lies_in(schema, key, net)) {
                continue;
            }
            let taken = *net == Net::Gone && self.taken.contains(key);
            let thing = match key {
                Key::Table(name) => parts::table(name),
                Key::Column(table, name) => parts::column(format_args!("{table}.{name}")),
                Key::Constraint(table, name) => parts::constraint(name, table),
                Key::Index(name) => parts::index(name),
                Key::Object(kind, name) => says::thing(*kind, name),
                Key::Type(table, name) => parts::type_of(format_args!("{table}.{name}")),
                Key::Null(table, name) => parts::not_null_of(format_args!("{table}.{name}")),
                Key::Default(table, name) => parts::default_of(format_args!("{table}.{name}")),
                // The rule of its own says it.
                Key::Enum(_) => continue,
                Key::Rebuilt(name) => parts::form_of(name),
                Key::Charset(name) => parts::charset_of(name),
            };
            let what = match net {
                Net::Made(_) => says::stays(thing),
                Net::Gone if taken => says::taken(thing),
                Net::Gone => says::not_back(thing),
                Net::Settled => continue,
                Net::Replaced | Net::Changed(_) => says::stays_changed(thing),
            };
            left.push(Residue { what, taken });
        }
        left
    }
}

/// Whether what hangs on it goes with it, unnamed.
const fn cascades(op: &Op) -> bool {
    matches!(
        op,
        Op::DropTable { cascade: true, .. } | Op::DropColumn { cascade: true, .. } | Op::Drop { cascade: true, .. }
    )
}

/// Whether it is in this schema by its own name or its table's.
fn lies_in(schema: &str, key: &Key, net: &Net) -> bool {
    let inside = |name: &String| name.strip_prefix(schema).is_some_and(|rest| rest.starts_with('.'));
    match key {
        Key::Index(name) | Key::Object(_, name) | Key::Enum(name) => {
            inside(name) || matches!(net, Net::Made(on) if on.first().is_some_and(inside))
        }
        Key::Table(name)
        | Key::Column(name, _)
        | Key::Constraint(name, _)
        | Key::Type(name, _)
        | Key::Null(name, _)
        | Key::Default(name, _)
        | Key::Rebuilt(name)
        | Key::Charset(name) => inside(name),
    }
}

fn moved(key: Key, from: &str, to: &str) -> Key {
    let table = |of: String| if of == from { to.to_owned() } else { of };
    match key {
        Key::Table(of) => Key::Table(table(of)),
        Key::Column(of, name) => Key::Column(table(of), name),
        Key::Constraint(of, name) => Key::Constraint(table(of), name),
        Key::Type(of, name) => Key::Type(table(of), name),
        Key::Null(of, name) => Key::Null(table(of), name),
        Key::Default(of, name) => Key::Default(table(of), name),
        Key::Rebuilt(of) => Key::Rebuilt(table(of)),
        Key::Charset(of) => Key::Charset(table(of)),
        other => other,
    }
}

fn moved_on(net: Net, from: &str, to: &str) -> Net {
    match net {
        Net::Made(mut on) => {
            if let Some(first) = on.first_mut().filter(|first| *first == from) {
                to.clone_into(first);
            }
            Net::Made(on)
        }
        other => other,
    }
}
