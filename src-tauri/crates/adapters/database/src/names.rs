//! The names of a script followed from statement to statement: which table and column of the server each one means, and
//! where the rows of a table were carried to before it goes.

use std::collections::{BTreeMap, BTreeSet};
use switchback_lint::{
    Dialect,
    carry::{Carried, Value},
    op::{Column, Type},
};

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// What has this name on the server before the script.
    Real(String),
    /// The script made it.
    Made(usize),
    /// Nothing any more.
    Gone,
}

/// What a table was given of another one of the server.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Copy {
    /// Whether all columns came, and which got lost since.
    pub all: Option<Whole>,
    /// Its column, and the column it was filled from.
    pub single: BTreeSet<(String, String)>,
}

/// All columns of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whole {
    /// The columns they were put into, in the order of the server's; none where they kept their names.
    pub order: Option<Vec<String>>,
    /// Columns that have other values since.
    pub lacks: BTreeSet<String>,
}

impl Copy {
    /// Whether a column of the server's is in it under its own name, or under one that was not there before. One that took
    /// another's place is not: whoever reads it finds what it never was.
    pub fn keeps(&self, columns: &[String], at: usize) -> bool {
        let column = columns[at].to_lowercase();
        let free = |own: &str| own == column || !columns.iter().any(|other| other.eq_ignore_ascii_case(own));
        let single = self.single.iter().any(|(own, from)| from.to_lowercase() == column && free(&own.to_lowercase()));
        let whole = self.all.as_ref().is_some_and(|all| {
            let own = all.order.as_ref().map_or(Some(&column), |order| order.get(at));
            own.is_some_and(|own| free(&own.to_lowercase()) && !all.lacks.contains(own))
        });
        single || whole
    }
}

/// The names.
#[derive(Debug)]
pub struct Names {
    dialect: Dialect,
    /// The schema that names without one are in.
    own: Option<String>,
    tables: BTreeMap<String, Origin>,
    temporary: BTreeMap<String, Origin>,
    /// New names of schemas with those on the server.
    schemas: BTreeMap<String, String>,
    /// Names of columns that mean another than themselves; `None`: none of the server's.
    columns: BTreeMap<(Origin, String), Option<String>>,
    declared: BTreeMap<Origin, Vec<Column>>,
    /// What tables were given, by the table of the server that it comes from.
    holds: BTreeMap<Origin, BTreeMap<String, Copy>>,
    /// All names whose meaning the script changed, in lower case.
    changed: BTreeSet<String>,
    made: usize,
}

impl Names {
    /// Before the first statement.
    pub fn new(dialect: Dialect, own: Option<&str>) -> Self {
        Self {
            dialect,
            own: own.map(str::to_owned),
            tables: BTreeMap::new(),
            temporary: BTreeMap::new(),
            schemas: BTreeMap::new(),
            columns: BTreeMap::new(),
            declared: BTreeMap::new(),
            holds: BTreeMap::new(),
            changed: BTreeSet::new(),
            made: 0,
        }
    }

    fn canonical(&self, name: &str) -> String {
        let bare = self.own.as_ref().and_then(|own| name.strip_prefix(own.as_str())?.strip_prefix('.'));
        bare.unwrap_or(name).to_owned()
    }

    /// What the table of this name is now.
    pub fn table(&self, name: &str) -> Origin {
        let name = self.canonical(name);
        if let Some(found) = self.temporary.get(&name).or_else(|| self.tables.get(&name)) {
            return found.clone();
        }
        let schema = name.split_once('.').and_then(|(schema, bare)| Some((self.schemas.get(schema)?, bare)));
        Origin::Real(schema.map_or(name.clone(), |(schema, bare)| format!("{schema}.{bare}")))
    }

    /// The server's column that has this name now.
    pub fn column(&self, table: &Origin, name: &str) -> Option<String> {
        let known = self.columns.get(&(table.clone(), name.to_owned()));
        known.cloned().unwrap_or_else(|| Some(name.to_owned()))
    }

    /// Whether none of these words, in lower case, means another than on the server.
    pub fn are_as_written(&self, words: &BTreeSet<String>) -> bool {
        words.is_disjoint(&self.changed)
    }

    fn change(&mut self, name: &str) {
        self.changed.insert(name.rsplit('.').next().unwrap_or(name).to_lowercase());
    }

    /// A table is made. One that may be there already is the server's, when it is there.
    pub fn create(&mut self, name: &str, columns: &[Column], temporary: bool, lenient: bool) {
        let name = self.canonical(name);
        if temporary || !lenient || self.table(&name) == Origin::Gone {
            self.change(&name);
            self.made += 1;
            let origin = Origin::Made(self.made);
            if temporary { &mut self.temporary } else { &mut self.tables }.insert(name.clone(), origin);
        }
        self.declared.insert(self.table(&name), columns.to_vec());
    }

    /// A table goes; tells what it was.
    pub fn drop(&mut self, name: &str) -> Origin {
        let name = self.canonical(name);
        let was = self.table(&name);
        self.change(&name);
        if self.temporary.remove(&name).is_none() {
            self.tables.insert(name, Origin::Gone);
        }
        self.holds.remove(&was);
        was
    }

    /// A table gets another name.
    pub fn rename(&mut self, from: &str, to: &str) {
        // PostgreSQL's new name has no schema: it stays in its own.
        let to = match from.rsplit_once('.') {
            Some((schema, _)) if self.dialect == Dialect::Postgres && !to.contains('.') => format!("{schema}.{to}"),
            _ => to.to_owned(),
        };
        let (from, to) = (self.canonical(from), self.canonical(&to));
        let was = self.table(&from);
        self.change(&from);
        self.change(&to);
        if let Some(own) = self.temporary.remove(&from) {
            self.temporary.insert(to, own);
        } else {
            self.tables.insert(from, Origin::Gone);
            self.tables.insert(to, was);
        }
    }

    /// A table goes into another schema, and may leave its own name for one without a schema.
    pub fn relocate(&mut self, from: &str, to: &str) {
        let (from, to) = (self.canonical(from), self.canonical(to));
        let was = self.table(&from);
        self.change(&from);
        self.change(&to);
        self.tables.insert(from, Origin::Gone);
        self.tables.insert(to, was);
    }

    /// The name that a schema has on the server.
    pub fn schema(&self, name: &str) -> String {
        self.schemas.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    /// The server's tables that the script brought into a schema.
    pub fn within(&self, schema: &str) -> Vec<String> {
        let inside = |name: &String| name.split_once('.').is_some_and(|(of, _)| of == schema);
        let real = |(name, origin): (&String, &Origin)| match origin {
            Origin::Real(real) if inside(name) => Some(real.clone()),
            _ => None,
        };
        self.tables.iter().filter_map(real).collect()
    }

    /// A schema gets another name.
    pub fn rename_schema(&mut self, from: &str, to: &str) {
        let was = self.schemas.remove(from).unwrap_or_else(|| from.to_owned());
        self.schemas.insert(to.to_owned(), was);
        self.change(from);
        self.change(to);
    }

    /// A column is added.
    pub fn add_column(&mut self, table: &str, name: &str) {
        let table = self.table(table);
        self.columns.insert((table, name.to_owned()), None);
        self.change(name);
    }

    /// A column goes; tells which of the server's it was.
    pub fn drop_column(&mut self, table: &Origin, name: &str) -> Option<String> {
        let was = self.column(table, name);
        self.columns.insert((table.clone(), name.to_owned()), None);
        self.change(name);
        self.spoil(table, name);
        was
    }

    /// A column gets another name.
    pub fn rename_column(&mut self, table: &Origin, from: &str, to: &str) {
        if from == to {
            return;
        }
        let was = self.column(table, from);
        self.columns.insert((table.clone(), from.to_owned()), None);
        self.columns.insert((table.clone(), to.to_owned()), was);
        self.change(from);
        self.change(to);
        for copy in self.holds.get_mut(table).into_iter().flat_map(BTreeMap::values_mut) {
            let old = std::mem::take(&mut copy.single);
            let called = |name: String| if name == from { to.to_owned() } else { name };
            copy.single = old.into_iter().map(|(own, column)| (called(own), column)).collect();
            match &mut copy.all {
                Some(Whole { order: Some(order), .. }) => {
                    for own in order {
                        *own = called(std::mem::take(own));
                    }
                }
                Some(Whole { order: None, lacks }) => {
                    let first = lacks.insert(from.to_owned());
                    copy.single.extend(first.then(|| (to.to_owned(), from.to_owned())));
                }
                None => {}
            }
        }
    }

    /// A column has not any more what was carried into it.
    pub fn spoil(&mut self, table: &Origin, name: &str) {
        for copy in self.holds.get_mut(table).into_iter().flat_map(BTreeMap::values_mut) {
            copy.single.retain(|(own, _)| own != name);
            copy.all.iter_mut().for_each(|all| all.lacks.extend([name.to_owned()]));
        }
    }

    /// Rows of it are gone: what was carried there is not all there any more.
    pub fn empty(&mut self, table: &Origin) {
        self.holds.remove(table);
    }

    /// Rows are carried from one table into another.
    pub fn carry(&mut self, carried: &Carried) {
        let (from, to) = (self.table(&carried.from), self.table(&carried.to));
        let declared: Vec<String> = self
            .declared
            .get(&to)
            .into_iter()
            .flatten()
            .filter(|one| one.generated.is_none())
            .map(|one| one.name.clone())
            .collect();
        let listed = if carried.columns.is_empty() { declared } else { carried.columns.clone() };
        let target = |at: usize, name: &str| listed.get(at).cloned().unwrap_or_else(|| name.to_owned());
        let had = self.holds.get(&from).cloned().unwrap_or_default();
        let mut gets = self.holds.remove(&to).unwrap_or_default();
        let real = if let Origin::Real(real) = &from { Some(real.clone()) } else { None };
        let own_order: Vec<String> =
            self.declared.get(&from).into_iter().flatten().map(|one| one.name.clone()).collect();
        for (at, value) in carried.values.iter().enumerate() {
            match value {
                Value::All => {
                    let order = (!listed.is_empty()).then(|| listed.clone());
                    if let Some(real) = &real {
                        let whole = Whole { order: order.clone(), lacks: BTreeSet::new() };
                        gets.entry(real.clone()).or_default().all = Some(whole);
                    }
                    for (of, copy) in &had {
                        let got = gets.entry(of.clone()).or_default();
                        // By position from one to the next, where both are known.
                        let moved = |own: &String| match &order {
                            Some(order) if !own_order.is_empty() => {
                                own_order.iter().position(|name| name == own).and_then(|at| order.get(at).cloned())
                            }
                            _ => Some(own.clone()),
                        };
                        got.single.extend(copy.single.iter().filter_map(|(own, of)| Some((moved(own)?, of.clone()))));
                        let Some(all) = &copy.all else { continue };
                        let order = match &all.order {
                            Some(first) => Some(first.iter().map(|own| moved(own).unwrap_or_default()).collect()),
                            None => order.clone(),
                        };
                        let lacks = all.lacks.iter().filter_map(moved).collect();
                        got.all = Some(Whole { order, lacks });
                    }
                }
                Value::Column(name) => {
                    let own = target(at, name);
                    if let Some(real) = &real
                        && let Some(column) = self.column(&from, name)
                    {
                        gets.entry(real.clone()).or_default().single.insert((own.clone(), column));
                    }
                    for (of, copy) in &had {
                        let got = gets.entry(of.clone()).or_default();
                        let whole =
                            copy.all.as_ref().is_some_and(|all| all.order.is_none() && !all.lacks.contains(name));
                        got.single.extend(whole.then(|| (own.clone(), name.clone())));
                        let single = copy.single.iter().filter(|(column, _)| column == name);
                        got.single.extend(single.map(|(_, column)| (own.clone(), column.clone())));
                    }
                }
                Value::Other => {}
            }
        }
        self.holds.insert(to, gets);
    }

    /// What is left at the end of a table that went, in those that outlive the script.
    pub fn kept(&self, table: &str) -> Vec<Copy> {
        let temporary: BTreeSet<&Origin> = self.temporary.values().collect();
        let living = self.holds.iter().filter(|(origin, _)| !temporary.contains(origin));
        let empty = |copy: &&Copy| copy.all.is_none() && copy.single.is_empty();
        living.filter_map(|(_, holds)| holds.get(table)).filter(|copy| !empty(copy)).cloned().collect()
    }

    /// The columns of a table that went whose values are kept in a column that is declared, with its type.
    pub fn retyped(&self, table: &str) -> Vec<(String, Type)> {
        let mut found = Vec::new();
        for (origin, copy) in self.holds.iter().filter_map(|(origin, holds)| Some((origin, holds.get(table)?))) {
            for column in self.declared.get(origin).into_iter().flatten() {
                let Some(ty) = &column.ty else { continue };
                let single = copy.single.iter().filter(|(own, _)| *own == column.name);
                found.extend(single.map(|(_, from)| (from.clone(), ty.clone())));
                if copy.all.is_some() {
                    found.push((column.name.clone(), ty.clone()));
                }
            }
        }
        found
    }
}
