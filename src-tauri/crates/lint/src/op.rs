//! What a statement does to a schema or to rows, in words that are the same for all dialects.
//!
//! Longer than other files because it is one list: what each word says of itself stands beside it.

/// A column's type, with the spellings of one type made one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Type {
    /// `INTEGER`, `VARCHAR`, `TIMESTAMPTZ`, ...
    pub name: String,
    /// Length, or precision and scale.
    pub args: Vec<u64>,
    /// Without a sign.
    pub unsigned: bool,
    /// An array of it.
    pub array: bool,
    /// The values of an enumeration.
    pub values: Vec<String>,
}

impl Type {
    /// As SQL writes it.
    pub fn shown(&self) -> String {
        let args: Vec<String> = self.args.iter().map(u64::to_string).collect();
        let args = if args.is_empty() { String::new() } else { format!("({})", args.join(", ")) };
        let name = if self.name == "DOUBLE" { "double precision".to_owned() } else { self.name.to_lowercase() };
        format!("{name}{args}{}", if self.array { "[]" } else { "" })
    }
}

/// What a default costs when a column with it is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Default {
    /// The same for all rows: kept in the catalogue.
    Constant,
    /// The time of the statement, or the like: one value for all rows, yet an expression.
    Stable,
    /// Another value for each row: every row is written.
    Volatile,
}

/// Which column of an insert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// By its place in the table, from 0.
    At(usize),
    /// By its name.
    Named(String),
}

/// A column that an update gives one value in every row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levelled {
    /// Its name.
    pub column: String,
    /// The value is `NULL`.
    pub to_nothing: bool,
}

/// A column as it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is one clause that is there or not")]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type; `None` where SQLite lets it out.
    pub ty: Option<Type>,
    /// `NOT NULL`.
    pub not_null: bool,
    /// Its default.
    pub default: Option<Default>,
    /// Counts by itself: serial, identity, auto increment.
    pub counts: bool,
    /// Computed from others.
    pub generated: Option<Generated>,
    /// Primary key.
    pub primary: bool,
    /// Unique.
    pub unique: bool,
    /// The table it refers to.
    pub references: Option<String>,
    /// A charset or collation of its own.
    pub charset: Option<String>,
    /// The line of its name.
    pub line: usize,
}

/// How a computed column is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generated {
    /// In the row.
    Stored,
    /// Computed when read.
    Virtual,
}

/// What a constraint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstraintKind {
    /// Primary key.
    Primary,
    /// Unique.
    Unique,
    /// Foreign key.
    Foreign,
    /// Check.
    Check,
    /// Exclusion.
    Exclude,
}

/// A constraint of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// Its name, given or as the server would give it.
    pub name: Option<String>,
    /// What it is.
    pub kind: ConstraintKind,
    /// The table it refers to.
    pub references: Option<String>,
    /// Whether rows that are there are not looked at.
    pub not_valid: bool,
    /// Whether an index that is there becomes it.
    pub using_index: bool,
    /// Its columns.
    pub columns: Vec<String>,
    /// A check that a column is not null.
    pub not_null_of: Option<String>,
    /// The words of a check, its columns among them.
    pub words: Vec<String>,
}

/// Kinds of objects beside tables and indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// View.
    View,
    /// Materialised view.
    MaterializedView,
    /// Function.
    Function,
    /// Procedure.
    Procedure,
    /// Trigger.
    Trigger,
    /// Type.
    Type,
    /// Domain.
    Domain,
    /// Sequence.
    Sequence,
    /// Schema.
    Schema,
    /// Extension.
    Extension,
    /// Database.
    Database,
    /// Row policy.
    Policy,
    /// Event.
    Event,
    /// Rule.
    Rule,
    /// Role or user.
    Role,
    /// Anything else.
    Other,
}

/// The name under which `DROP OWNED` is known, which names a role and no object.
pub const OWNED: &str = "owned";

/// MySQL's word for writing a table anew, whatever the change would need.
pub const COPIES: &str = "ALGORITHM=COPY";

/// Another engine under a table of MySQL's.
pub const ENGINE: &str = "ENGINE";

/// MySQL's index of words: the first one writes the table anew, and nobody writes beside any of them.
pub const FULL_TEXT: &str = "FULLTEXT INDEX";

/// What one statement, or one action of one, does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the clauses' names")]
pub enum Op {
    CreateTable {
        table: String,
        columns: Vec<Column>,
        constraints: Vec<Constraint>,
        indexes: Vec<String>,
        temporary: bool,
        copied: bool,
        /// The table it is a part of.
        part_of: Option<String>,
        /// Made with the rows of a query.
        filled: bool,
        known: bool,
    },
    /// A table built anew under its own name: SQLite's way of changing one.
    Rebuild {
        table: String,
        columns: Vec<Column>,
        /// Whether rows stay behind.
        leaves_rows: bool,
        /// Columns that get one value in all rows.
        levelled: Vec<String>,
    },
    DropTable {
        table: String,
        cascade: bool,
    },
    RenameTable {
        from: String,
        to: String,
    },
    AddColumn {
        table: String,
        column: Column,
    },
    DropColumn {
        table: String,
        column: String,
        cascade: bool,
    },
    RenameColumn {
        table: String,
        from: String,
        to: String,
    },
    AlterType {
        table: String,
        column: String,
        ty: Type,
        using: bool,
        shortens: bool,
        collation: bool,
    },
    /// `MODIFY` and `CHANGE`: a column declared anew.
    Redefine {
        table: String,
        from: String,
        column: Column,
    },
    SetNotNull {
        table: String,
        column: String,
    },
    DropNotNull {
        table: String,
        column: String,
    },
    SetDefault {
        table: String,
        column: String,
    },
    DropDefault {
        table: String,
        column: String,
    },
    AddConstraint {
        table: String,
        constraint: Constraint,
    },
    DropConstraint {
        table: String,
        name: Option<String>,
        cascade: bool,
    },
    ValidateConstraint {
        table: String,
        name: String,
    },
    RenameConstraint {
        table: String,
        from: String,
        to: String,
    },
    CreateIndex {
        name: Option<String>,
        table: String,
        concurrently: bool,
        columns: Vec<String>,
    },
    DropIndex {
        name: String,
        table: Option<String>,
        concurrently: bool,
        cascade: bool,
    },
    RenameIndex {
        from: String,
        to: String,
    },
    Create {
        object: Object,
        name: String,
        on: Option<String>,
        replace: bool,
        lenient: bool,
    },
    Drop {
        object: Object,
        name: String,
        cascade: bool,
    },
    Rename {
        object: Object,
        from: String,
        to: String,
    },
    Alter {
        object: Object,
        name: String,
    },
    /// A sequence that goes with a table's column.
    Owned {
        sequence: String,
        table: String,
    },
    EnumAdd {
        name: String,
        value: String,
    },
    Counter {
        what: String,
        limit: Option<u64>,
        small: bool,
    },
    Truncate {
        table: String,
        cascade: bool,
    },
    DropPartition {
        table: String,
        /// What goes on as a table of its own; nothing where its rows go.
        detached: Option<String>,
    },
    Insert {
        table: String,
        from: Vec<String>,
        /// A row that is there already is given other values.
        overwrites: bool,
        /// Not all rows of where they come from are taken.
        picks: bool,
        /// What is one value in all rows: the place of a column, from 0, or its name where the statement gives names.
        levelled: Vec<Place>,
    },
    Update {
        table: String,
        columns: Vec<String>,
        /// Those that have one value in all rows after it.
        levelled: Vec<Levelled>,
        bounded: bool,
        lossy: bool,
        /// It puts values where there was none.
        fills: bool,
        from: Vec<String>,
    },
    Delete {
        table: String,
        bounded: bool,
    },
    Charset {
        table: Option<String>,
        /// Its values become those of a charset that has not all letters.
        narrows: bool,
    },
    /// Rows that an index refuses go, without a word: `ALTER IGNORE TABLE`.
    Refused {
        table: String,
    },
    /// A setting of a table that costs nothing and loses nothing.
    TableSetting {
        table: String,
    },
    /// Locks a table against readers for as long as it takes.
    Lock {
        table: String,
        what: &'static str,
    },
    Begin,
    Commit,
    /// Of the whole transaction, not to a savepoint.
    Rollback,
    LockTimeout,
    /// Nothing to undo and nothing to lose.
    Neutral,
    /// What SQLite cannot do.
    Unsupported {
        table: String,
        what: String,
    },
    /// It fails, on purpose.
    Refuses,
    /// What it does is not in its text.
    Opaque,
    /// Not understood.
    Unknown,
}

/// An operation with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// What.
    pub op: Op,
    /// The line.
    pub line: usize,
    /// The statement's number within its script.
    pub statement: usize,
}

impl Op {
    /// The table it is about.
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::CreateTable { table, .. }
            | Self::Rebuild { table, .. }
            | Self::DropTable { table, .. }
            | Self::RenameTable { from: table, .. }
            | Self::AddColumn { table, .. }
            | Self::DropColumn { table, .. }
            | Self::RenameColumn { table, .. }
            | Self::AlterType { table, .. }
            | Self::Redefine { table, .. }
            | Self::SetNotNull { table, .. }
            | Self::DropNotNull { table, .. }
            | Self::SetDefault { table, .. }
            | Self::DropDefault { table, .. }
            | Self::AddConstraint { table, .. }
            | Self::DropConstraint { table, .. }
            | Self::ValidateConstraint { table, .. }
            | Self::RenameConstraint { table, .. }
            | Self::CreateIndex { table, .. }
            | Self::Truncate { table, .. }
            | Self::DropPartition { table, .. }
            | Self::Insert { table, .. }
            | Self::Update { table, .. }
            | Self::Delete { table, .. }
            | Self::TableSetting { table }
            | Self::Refused { table }
            | Self::Unsupported { table, .. }
            | Self::Lock { table, .. } => Some(table),
            Self::DropIndex { table, .. } | Self::Charset { table, .. } | Self::Create { on: table, .. } => {
                table.as_deref()
            }
            _ => None,
        }
    }

    /// Whether tables or columns go with it that it does not name.
    pub fn sweeps(&self) -> bool {
        match self {
            Self::Drop { object: Object::Database, .. } => true,
            Self::Drop { object: Object::Schema | Object::Type | Object::Domain, cascade, .. } => *cascade,
            Self::Drop { object: Object::Other, name, .. } => name == OWNED,
            _ => false,
        }
    }

    /// Whether it writes rows and leaves the schema alone.
    pub const fn is_data(&self) -> bool {
        matches!(self, Self::Insert { .. } | Self::Update { .. } | Self::Delete { .. } | Self::Truncate { .. })
    }

    /// Whether it changes the schema.
    pub const fn is_schema(&self) -> bool {
        !self.is_data()
            && !matches!(
                self,
                Self::Begin
                    | Self::Commit
                    | Self::Rollback
                    | Self::LockTimeout
                    | Self::Neutral
                    | Self::Opaque
                    | Self::Refuses
                    | Self::Unknown
                    | Self::Refused { .. }
                    | Self::Lock { .. }
                    | Self::ValidateConstraint { .. }
            )
    }
}
