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

/// The rows that a table was given, by the tables and columns of the server they come from.
#[derive(Debug, Clone, Default)]
struct Holds {
    /// Tables of which it has all columns but these.
    all: BTreeMap<String, BTreeSet<String>>,
    /// Its column, the table and the column it was filled from.
    single: BTreeSet<(String, String, String)>,
}

/// What is kept of a table that goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// Nothing.
    Nothing,
    /// All columns but these.
    AllBut(BTreeSet<String>),
    /// These columns alone.
    Only(BTreeSet<String>),
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
    holds: BTreeMap<Origin, Holds>,
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
        if let Some(holds) = self.holds.get_mut(table) {
            let old = std::mem::take(&mut holds.single);
            let called = |name: String| if name == from { to.to_owned() } else { name };
            holds.single = old.into_iter().map(|(own, of, column)| (called(own), of, column)).collect();
        }
    }

    /// A column has not any more what was carried into it.
    pub fn spoil(&mut self, table: &Origin, name: &str) {
        if let Some(holds) = self.holds.get_mut(table) {
            holds.single.retain(|(own, ..)| own != name);
            holds.all.values_mut().for_each(|lacks| lacks.extend([name.to_owned()]));
        }
    }

    /// Rows of it are gone: what was carried there is not all there any more.
    pub fn empty(&mut self, table: &Origin) {
        self.holds.remove(table);
    }

    /// Rows are carried from one table into another.
    pub fn carry(&mut self, carried: &Carried) {
        let (from, to) = (self.table(&carried.from), self.table(&carried.to));
        let declared = self.declared.get(&to).cloned().unwrap_or_default();
        let target = |at: usize, name: &str| {
            let listed = carried.columns.get(at).cloned();
            listed.or_else(|| Some(declared.get(at)?.name.clone())).unwrap_or_else(|| name.to_owned())
        };
        let had = self.holds.get(&from).cloned().unwrap_or_default();
        let mut gets = self.holds.remove(&to).unwrap_or_default();
        for (at, value) in carried.values.iter().enumerate() {
            match value {
                Value::All => {
                    if let Origin::Real(real) = &from {
                        gets.all.insert(real.clone(), BTreeSet::new());
                    }
                    gets.all.extend(had.all.clone());
                    gets.single.extend(had.single.iter().cloned());
                }
                Value::Column(name) => {
                    let own = target(at, name);
                    if let Origin::Real(real) = &from
                        && let Some(column) = self.column(&from, name)
                    {
                        gets.single.insert((own.clone(), real.clone(), column));
                    }
                    let whole = had.all.iter().filter(|(_, lacks)| !lacks.contains(name));
                    gets.single.extend(whole.map(|(of, _)| (own.clone(), of.clone(), name.clone())));
                    let single = had.single.iter().filter(|(column, ..)| column == name);
                    gets.single.extend(single.map(|(_, of, column)| (own.clone(), of.clone(), column.clone())));
                }
                Value::Other => {}
            }
        }
        self.holds.insert(to, gets);
    }

    /// What is left at the end of a table that went.
    pub fn kept(&self, table: &str) -> Kept {
        let mut only = BTreeSet::new();
        let mut lacks: Option<BTreeSet<String>> = None;
        for holds in self.living() {
            let of = holds.single.iter().filter(|(_, of, _)| of == table);
            only.extend(of.map(|(.., column)| column.clone()));
            if let Some(these) = holds.all.get(table) {
                lacks =
                    Some(lacks.map_or_else(|| these.clone(), |before| before.intersection(these).cloned().collect()));
            }
        }
        match lacks {
            Some(lacks) => Kept::AllBut(lacks.difference(&only).cloned().collect()),
            None if only.is_empty() => Kept::Nothing,
            None => Kept::Only(only),
        }
    }

    /// The columns of a table that went whose values are kept in a column that is declared, with its type.
    pub fn retyped(&self, table: &str) -> Vec<(String, Type)> {
        let mut found = Vec::new();
        for (origin, holds) in &self.holds {
            for column in self.declared.get(origin).into_iter().flatten() {
                let Some(ty) = &column.ty else { continue };
                let single = holds.single.iter().filter(|(own, of, _)| *own == column.name && of == table);
                found.extend(single.map(|(.., from)| (from.clone(), ty.clone())));
                if holds.all.contains_key(table) {
                    found.push((column.name.clone(), ty.clone()));
                }
            }
        }
        found
    }

    /// Tables that outlive the script.
    fn living(&self) -> impl Iterator<Item = &Holds> {
        let temporary: BTreeSet<&Origin> = self.temporary.values().collect();
        self.holds.iter().filter(move |(origin, _)| !temporary.contains(origin)).map(|(_, holds)| holds)
    }
}
