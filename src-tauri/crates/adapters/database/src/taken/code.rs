//! Code that stands elsewhere and runs on the way: what the script itself makes, and which of its statements run any.

use super::Walk;
use crate::names::Origin;
use std::collections::BTreeSet;
use switchback_lint::{
    Dialect, clause,
    op::{Object, Op},
    statement::Text,
};

/// What a script did so far that makes later statements do more than they say.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is one thing that a script did or not")]
pub struct Code {
    /// Functions that it made.
    functions: BTreeSet<String>,
    /// Whether it made something that may run with rows: a trigger, a rule, a function.
    fires: bool,
    /// Whether it made something that may run with any statement.
    always: bool,
    /// Whether it set how values are made, or what texts mean.
    sets: bool,
    /// Whether a table has rows of another one below it since.
    adopts: bool,
    /// Whether SQLite follows references.
    follows: bool,
    /// Views that it made.
    views: BTreeSet<Origin>,
    /// Tables that leave out what their indexes refuse.
    leaky: BTreeSet<String>,
    /// What is computed when rows are written later.
    pub later: Vec<String>,
}

/// What a statement has the server compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Runs {
    Nothing,
    /// Values: a default, a check, an index.
    Values,
    /// A query, or rows that are written.
    Rows,
}

impl Code {
    pub fn made_table(&mut self, dialect: Dialect, table: &str, words: &BTreeSet<String>) {
        let leaves = words.contains("ignore") || words.contains("replace");
        if dialect == Dialect::Sqlite && words.contains("conflict") && leaves {
            self.leaky.insert(table.to_owned());
        }
    }

    pub fn made_view(&mut self, view: Origin) {
        self.views.insert(view);
    }

    pub fn is_view(&self, table: &Origin) -> bool {
        self.views.contains(table)
    }

    pub fn is_leaky(&self, table: &str) -> bool {
        self.leaky.contains(table)
    }

    /// Whether what goes may take rows of another table along.
    pub const fn reaches_further(&self) -> bool {
        self.adopts || self.follows
    }
}

impl Walk {
    /// Asks where code of the script's own may run, and notes what may run of the server's.
    pub(super) fn code(&mut self, one: &Text, all: &[Op], words: &BTreeSet<String>) {
        let plain = clause::plain(self.dialect, &one.sql);
        let first = plain.split(' ').next().unwrap_or_default();
        let runs = runs(self.dialect, &plain, all, words);
        let own = match runs {
            Runs::Nothing => false,
            Runs::Values => !words.is_disjoint(&self.code.functions),
            Runs::Rows => self.code.fires,
        };
        let fits = all.iter().any(|op| {
            op.is_data()
                || matches!(op, Op::AlterType { .. } | Op::Redefine { .. } | Op::CreateTable { filled: true, .. })
        });
        if own || self.code.always || (fits && self.code.sets) {
            self.untold(one.line);
        }
        if fits {
            self.taken.fitted.get_or_insert(one.line);
        }
        match runs {
            Runs::Rows => self.taken.run.push(one.sql.clone()),
            Runs::Values => self.taken.computed.push(one.sql.clone()),
            Runs::Nothing => {}
        }
        for op in all {
            self.makes(op, one, &plain);
        }
        self.code.sets |= first == "set" && !is_usual(&plain);
        self.code.adopts |= plain.contains(" attach partition ")
            || (plain.starts_with("alter ") && plain.contains(" inherit ") && !plain.contains(" no inherit "));
        if self.dialect == Dialect::Sqlite && first == "pragma" && plain.contains("foreign_keys") {
            self.code.follows =
                !["off", "0", "false", "no"].iter().any(|word| words.contains(*word) || plain.ends_with(word));
        }
    }

    fn makes(&mut self, op: &Op, one: &Text, plain: &str) {
        match op {
            Op::Create { object: Object::Function | Object::Procedure, name, .. } => {
                self.code.fires = true;
                self.code.functions.insert(name.rsplit('.').next().unwrap_or(name).to_lowercase());
            }
            Op::Create { object: Object::Trigger, .. } => {
                self.code.fires = true;
                self.code.always |= plain.starts_with("create event trigger");
            }
            Op::Create { object: Object::Rule | Object::Other, .. } => self.code.fires = true,
            Op::Create { object: Object::View | Object::Domain | Object::Type | Object::Policy, .. }
            | Op::CreateTable { .. }
            | Op::SetDefault { .. } => self.code.later.push(one.sql.clone()),
            _ => {}
        }
    }
}

fn runs(dialect: Dialect, plain: &str, all: &[Op], words: &BTreeSet<String>) -> Runs {
    let first = plain.split(' ').next().unwrap_or_default();
    let made = |op: &Op| match op {
        Op::CreateTable { filled, .. } => *filled || words.contains("select"),
        Op::Create { object, .. } => *object == Object::MaterializedView,
        op => op.is_data(),
    };
    let asks = matches!(first, "select" | "with" | "values" | "table" | "refresh")
        || (first == "set" && dialect == Dialect::Mysql && plain.contains('('));
    if asks || all.iter().any(made) {
        return Runs::Rows;
    }
    let computes = |op: &Op| {
        matches!(
            op,
            Op::AddColumn { .. }
                | Op::AlterType { .. }
                | Op::Redefine { .. }
                | Op::CreateIndex { .. }
                | Op::AddConstraint { .. }
                | Op::ValidateConstraint { .. }
        )
    };
    if all.iter().any(computes) { Runs::Values } else { Runs::Nothing }
}

/// Settings after which every statement does what it did before.
fn is_usual(plain: &str) -> bool {
    const USUAL: [&str; 20] = [
        "lock_timeout",
        "lock_wait_timeout",
        "statement_timeout",
        "idle_in_transaction_session_timeout",
        "max_statement_time",
        "innodb_lock_wait_timeout",
        "client_min_messages",
        "client_encoding",
        "check_function_bodies",
        "search_path",
        "work_mem",
        "maintenance_work_mem",
        "synchronous_commit",
        "foreign_key_checks",
        "unique_checks",
        "names",
        "autocommit",
        "transaction",
        "constraints",
        "default_tablespace",
    ];
    let named = plain.split([' ', '=', ',']).skip(1);
    let mut named = named.map(|word| word.trim_start_matches('@'));
    let first = named.find(|word| !matches!(*word, "" | "." | "session" | "local" | "global"));
    // Several settings in one statement are read by nobody here.
    first.is_some_and(|first| USUAL.contains(&first)) && !plain.contains("sql_mode")
}
