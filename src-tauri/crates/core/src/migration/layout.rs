//! The tools whose folders are read as they are.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// How the files of a migration are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// golang-migrate: `1_name.up.sql`, `1_name.down.sql`.
    GolangMigrate,
    /// sqlx: as golang-migrate, or plain `1_name.sql`.
    Sqlx,
    /// Flyway: `V1__name.sql`, `U1__name.sql`, `R__name.sql`.
    Flyway,
    /// Liquibase formatted SQL.
    Liquibase,
    /// goose: annotated sections of one file.
    Goose,
    /// dbmate: annotated sections of one file.
    Dbmate,
    /// sqitch: a plan, and deploy, revert and verify folders.
    Sqitch,
    /// Any other tool (Knex, Rails, Alembic): its own commands list, tell and run, by a stated contract.
    Command,
}

/// A name that is no layout.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is no layout of files; there are golang-migrate, sqlx, flyway, liquibase, goose, dbmate and sqitch (what a tool of \
     your own lists is declared in the policy, and shown by `switchback migrations show`)"
)]
pub struct UnknownLayout(String);

impl Layout {
    /// Those whose files are read as they are.
    pub const ALL: [Self; 7] =
        [Self::GolangMigrate, Self::Sqlx, Self::Flyway, Self::Liquibase, Self::Goose, Self::Dbmate, Self::Sqitch];

    /// Its name in the policy file and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GolangMigrate => "golang-migrate",
            Self::Sqlx => "sqlx",
            Self::Flyway => "flyway",
            Self::Liquibase => "liquibase",
            Self::Goose => "goose",
            Self::Dbmate => "dbmate",
            Self::Sqitch => "sqitch",
            Self::Command => "command",
        }
    }
}

impl FromStr for Layout {
    type Err = UnknownLayout;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|layout| layout.as_str() == name);
        found.ok_or_else(|| UnknownLayout(name.to_owned()))
    }
}
