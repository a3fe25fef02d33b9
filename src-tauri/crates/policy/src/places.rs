//! Where every key of a file stands, so that a mistake found long after reading still names its line.
//!
//! It stands apart from the typed reading because a [`crate::Document`] holds no positions: two files that say the
//! same are equal.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};
use std::{collections::BTreeMap, fmt};

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file's label.
    pub file: String,
    /// Counted from 1.
    pub line: u64,
    /// Counted from 1.
    pub column: u64,
}

impl Place {
    pub(crate) fn new(file: &str, location: Location) -> Self {
        Self { file: file.to_owned(), line: location.line().max(1), column: location.column().max(1) }
    }

    pub(crate) fn start(file: &str) -> Self {
        Self { file: file.to_owned(), line: 1, column: 1 }
    }
}

/// The places of all keys and list items of one file or several.
#[derive(Debug, Default)]
pub(crate) struct Places {
    known: BTreeMap<Vec<String>, Place>,
}

impl Places {
    /// The places of one file's keys.
    pub(crate) fn read(file: &str, tree: &Tree) -> Self {
        let mut places = Self::default();
        places.known.insert(Vec::new(), Place::start(file));
        places.walk(file, &mut Vec::new(), tree);
        places
    }

    fn walk(&mut self, file: &str, path: &mut Vec<String>, tree: &Tree) {
        let mut note = |path: &mut Vec<String>, name: String, at: Location, tree: &Tree| {
            path.push(name);
            self.known.insert(path.clone(), Place::new(file, at));
            self.walk(file, path, tree);
            path.pop();
        };
        match tree {
            Tree::Leaf => {}
            Tree::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    note(path, index.to_string(), item.referenced, &item.value);
                }
            }
            Tree::Map(entries) => {
                for (key, value) in entries {
                    note(path, key.value.clone(), key.referenced, &value.value);
                }
            }
        }
    }

    /// The place of a path, or of the nearest thing above it that is written.
    pub(crate) fn of(&self, path: &[&str]) -> Place {
        let mut path: Vec<String> = path.iter().map(|&part| part.to_owned()).collect();
        loop {
            if let Some(place) = self.known.get(&path) {
                return place.clone();
            }
            if path.pop().is_none() {
                return Place::start("");
            }
        }
    }

    /// The place of a path that is written.
    pub(crate) fn exactly(&self, path: &[&str]) -> Option<Place> {
        let path: Vec<String> = path.iter().map(|&part| part.to_owned()).collect();
        self.known.get(&path).cloned()
    }

    /// Takes in another file's places. Items of its list of notifications come after the `before` ones already here.
    pub(crate) fn absorb(&mut self, other: Self, before: usize) {
        for (mut path, place) in other.known {
            if let [section, index, ..] = path.as_mut_slice()
                && section == "notify"
                && let Ok(number) = index.parse::<usize>()
            {
                *index = (number + before).to_string();
            }
            self.known.entry(path).or_insert(place);
        }
    }
}

/// YAML without its values: only what has a place.
pub(crate) enum Tree {
    Leaf,
    List(Vec<Spanned<Tree>>),
    Map(Vec<(Spanned<String>, Spanned<Tree>)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML")
    }
    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }
    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        Tree::deserialize(deserializer)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }
    fn visit_i128<E>(self, _: i128) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }
    fn visit_u128<E>(self, _: u128) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }
    fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }
    fn visit_bytes<E>(self, _: &[u8]) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Tree::Map(entries))
    }
}
