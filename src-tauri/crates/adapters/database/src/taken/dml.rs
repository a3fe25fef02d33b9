//! Statements that write rows: what they write over, and which rows they pick.

use super::{Walk, Write};
use crate::{names::Origin, part::Part};
use std::collections::BTreeSet;
use switchback_lint::{
    Dialect,
    clause::{self, Assignment},
    statement::Text,
};

impl Walk {
    pub(super) fn writes(&mut self, table: &Origin, write: Write) {
        if self.code.is_view(table) || (write != Write::Insert && self.code.reaches_further()) {
            self.untold(self.line);
        }
        if let Origin::Real(table) = table {
            self.taken.written.entry(table.clone()).or_default().insert(write);
            self.touched.entry(bare(table)).or_default();
        }
    }

    /// Whether a condition, or a value, says the same of the rows as they are as it will of those the statement finds, and
    /// asking for it does nothing.
    pub(super) fn tells(&self, text: &str, words: &BTreeSet<String>) -> bool {
        let selects = words.contains("select") || words.contains("join") || words.contains("using");
        let other = |(table, columns): (&String, &BTreeSet<String>)| {
            words.contains(table) && (selects || !words.is_disjoint(columns))
        };
        // A variable has no value in another session.
        let variable = self.dialect == Dialect::Mysql && text.contains('@');
        !variable
            && self.names.are_as_written(words)
            && !self.touched.iter().any(other)
            && clause::calls(self.dialect, text).is_empty()
    }

    pub(super) fn update(&mut self, name: &str, one: &Text, words: &BTreeSet<String>) -> bool {
        let table = self.names.table(name);
        let condition = clause::condition(self.dialect, &one.sql);
        let picked = condition.clone().filter(|picked| self.tells(picked, words));
        let assigned = clause::assignments(self.dialect, &one.sql);
        let (Some(assigned), false) = (assigned, clause::is_joined(self.dialect, &one.sql)) else { return false };
        let mut set = BTreeSet::new();
        for Assignment { column, value } in assigned {
            let value = value.filter(|value| self.tells(value, words) && (condition.is_none() || picked.is_some()));
            if let Some(column) = self.names.column(&table, &column) {
                set.insert(Assignment { column, value });
            }
        }
        self.writes(&table, Write::Update);
        for Assignment { column, .. } in &set {
            self.names.spoil(&table, column);
            if let Origin::Real(real) = &table {
                self.touched.entry(bare(real)).or_default().insert(column.to_lowercase());
            }
        }
        if let Origin::Real(table) = table {
            // The server may write others beside.
            self.taken.parts.insert(Part::Overwritten { table, set, picked });
        }
        true
    }

    pub(super) fn delete(&mut self, name: &str, one: &Text, words: &BTreeSet<String>) -> bool {
        let table = self.names.table(name);
        let picked = picks(&one.sql).filter(|picked| self.tells(picked, words));
        self.writes(&table, Write::Delete);
        self.names.empty(&table);
        if clause::is_joined(self.dialect, &one.sql) {
            return false;
        }
        if let Origin::Real(table) = table {
            self.taken.parts.insert(match picked {
                Some(rest) => Part::Picked { table, rest },
                None => Part::Rows { table },
            });
        }
        true
    }
}

/// A table's name without its schema, in lower case.
fn bare(table: &str) -> String {
    table.rsplit('.').next().unwrap_or(table).to_lowercase()
}

/// What stands behind `delete from`, when there is more than the table.
fn picks(sql: &str) -> Option<String> {
    let word = |text: &str, word: &str| {
        let (first, rest) = text.trim_start().split_once(char::is_whitespace)?;
        first.eq_ignore_ascii_case(word).then(|| rest.trim_start().to_owned())
    };
    let rest = word(&word(sql, "delete")?, "from")?;
    rest.split_whitespace().any(|word| word.eq_ignore_ascii_case("where")).then_some(rest)
}
