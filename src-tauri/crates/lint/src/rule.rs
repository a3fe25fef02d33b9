//! The rules by name, how heavy each weighs, and the way out it offers.
//!
//! The names are a contract: they stand in answers, in accepting comments and in stored evidence.

use serde::{Deserialize, Serialize};
use switchback_core::migration::SetRule;

/// Whether a finding refuses a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It refuses, until it is mended or accepted.
    Error,
    /// It is told.
    Warning,
}

macro_rules! rules {
    ($($rule:ident $name:literal $severity:ident $rewrite:literal;)*) => {
        /// A rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs, reason = "the names say it")]
        pub enum Rule { $($rule,)* }

        impl Rule {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$rule,)*];
            /// Its name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$rule => $name,)* }
            }
            /// How heavy it weighs.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$rule => Severity::$severity,)* }
            }
            /// The way out.
            pub const fn rewrite(self) -> &'static str {
                match self { $(Self::$rule => $rewrite,)* }
            }
        }
    };
}

rules! {
    DropColumn "drop_column" Error "First ship code that does not name the column, watch it, and drop the column in a later release.";
    DropTable "drop_table" Error "First ship code that does not name the table; rename it aside, and drop it in a later release after a backup.";
    DropDatabaseObject "drop_database_object" Warning "Drop it in a later release than the code that stops using it, or replace it in the same file.";
    Truncate "truncate" Error "Copy the rows aside first, or delete what is meant in bounded steps.";
    Cascade "cascade" Error "Name each object that goes, without CASCADE, so that the file says what is lost.";
    NarrowingType "narrowing_type" Error "Add a new column of the smaller type, copy what fits, look at the rest, and drop the old column in a later release.";
    TypeRewrite "type_rewrite" Error "Add a column of the new type, write both, copy in batches, and switch over in a later release.";
    NotNullWithoutDefault "not_null_without_default" Error "Give it a constant default, or add it as nullable, fill it, and set NOT NULL later.";
    AddColumnVolatileDefault "add_column_volatile_default" Error "Add the column without a default, set the default for new rows, and fill old rows in batches.";
    SetNotNullScan "set_not_null_scan" Warning "Add CHECK (column IS NOT NULL) NOT VALID, validate it in a later step, then SET NOT NULL, which trusts the check.";
    ForeignKeyWithoutNotValid "foreign_key_without_not_valid" Warning "Add it with NOT VALID, and VALIDATE CONSTRAINT in a later migration.";
    CheckWithoutNotValid "check_without_not_valid" Warning "Add it with NOT VALID, and VALIDATE CONSTRAINT in a later migration.";
    UniqueConstraintLocks "unique_constraint_locks" Warning "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT ... USING INDEX.";
    IndexWithoutConcurrently "index_without_concurrently" Warning "CREATE INDEX CONCURRENTLY, in a migration of its own outside of a transaction.";
    DropIndexWithoutConcurrently "drop_index_without_concurrently" Warning "DROP INDEX CONCURRENTLY, in a migration of its own outside of a transaction.";
    ConcurrentlyInTransaction "concurrently_in_transaction" Error "Put it into a file of its own that runs outside of a transaction.";
    TransactionNesting "transaction_nesting" Error "Leave begin, commit and rollback to the tool, or tell it to open no transaction around this file and end each one that the file begins.";
    LongLockNoTimeout "long_lock_no_timeout" Warning "Set how long it waits for a lock before it (lock_timeout; MySQL and MariaDB: lock_wait_timeout), so that it gives up instead of holding up everybody behind it; run what copies a large table when few write.";
    RenameColumn "rename_column" Error "Add a column of the new name, write both, move the readers, and drop the old one in a later release.";
    RenameTable "rename_table" Error "Keep a view under the old name until no running code uses it.";
    SeveralIntents "several_intents" Warning "One migration for each intent, so that each can be undone alone.";
    SchemaAndDataMixed "schema_and_data_mixed" Warning "Change the schema in one migration, and the rows in another.";
    UnboundedUpdateOrDelete "unbounded_update_or_delete" Warning "Go through the rows in batches by key, each in a transaction of its own.";
    EnumValueAddIrreversible "enum_value_add_irreversible" Warning "PostgreSQL cannot remove a value: keep it when going back, or use a lookup table or a CHECK.";
    CharsetOrCollationChange "charset_or_collation_change" Warning "Test it on a copy: it rewrites the table, and order and uniqueness may change. Convert column by column.";
    ImplicitCommitMysqlDdlInTransaction "implicit_commit_mysql_ddl_in_transaction" Warning "Take the transaction away: MySQL commits at each such statement, so nothing is rolled back. One statement for each file.";
    SqliteAlterLimits "sqlite_alter_limits" Error "Build the table anew: create it under another name, copy, drop the old one, rename.";
    AutoincrementOrSequenceOverflow "autoincrement_or_sequence_overflow" Warning "Count with BIGINT, and let the sequence be one too.";
    SyntaxError "syntax_error" Error "Mend the statement; the server will not take it.";
    MissingDown "missing_down" Error "Write the down that undoes this up.";
    MissingUp "missing_up" Error "Add the up, or remove the down.";
    EmptyDown "empty_down" Error "Write the statements that undo the up, or accept this with a reason.";
    DownDoesNotUndoUp "down_does_not_undo_up" Error "Let the down undo each change of the up, in reverse order.";
    DownLosesData "down_loses_data" Warning "Keep the data aside in the up and bring it back in the down, or roll forward instead.";
    IrreversibleOperation "irreversible_operation" Error "Copy what is overwritten or deleted aside first, so that the down can bring it back.";
    ContractBeforeObserved "contract_before_observed" Error "Three steps: expand in this release, deploy the code that uses it, contract in a later release after watching.";
    DuplicateVersion "duplicate_version" Error "Give one of the two a version of its own.";
    OutOfOrder "out_of_order" Error "Give it a version behind what it needs and what is released.";
    EditedAfterRelease "edited_after_release" Error "Take the edit back and write a new migration.";
    BadFileName "bad_file_name" Error "Name it as the tool expects, or it does not run.";
    AnnotationError "annotation_error" Error "Mend the marker.";
}

impl From<SetRule> for Rule {
    fn from(rule: SetRule) -> Self {
        match rule {
            SetRule::MissingDown => Self::MissingDown,
            SetRule::MissingUp => Self::MissingUp,
            SetRule::EmptyDown => Self::EmptyDown,
            SetRule::DuplicateVersion => Self::DuplicateVersion,
            SetRule::OutOfOrder => Self::OutOfOrder,
            SetRule::EditedAfterRelease => Self::EditedAfterRelease,
            SetRule::BadFileName => Self::BadFileName,
            SetRule::AnnotationError => Self::AnnotationError,
        }
    }
}
