//! The grammar of `switchback migrations`.

use clap::{Args as Arguments, Subcommand, ValueEnum};
use std::path::PathBuf;
use switchback_core::migration::Layout;
use switchback_lint::Dialect;

/// What to do with migrations.
#[derive(Debug, Subcommand)]
pub enum Migrations {
    /// Which up has which down; exit code 3 when something does not fit
    Pair(Place),
    /// What may go wrong in ups and downs, and whether each down undoes its up; exit code 3 when a finding is an error
    Lint {
        #[command(flatten)]
        place: Place,
        /// postgres, mysql (also for MariaDB) or sqlite
        #[arg(long)]
        dialect: Dialect,
    },
    /// Up, down, up on a scratch database beside the given one; exit code 3 when a pair does not hold
    Prove {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        on: On,
        /// One version alone; those before it are applied first
        #[arg(long)]
        version: Option<String>,
    },
    /// A target's migrations: what is applied, whether it can be taken back, and since when that is proven
    Show {
        /// Service
        service: String,
        /// Environment
        environment: String,
        /// Prove each pair first, on a scratch database beside the target's own, and keep the proofs
        #[arg(long)]
        prove: bool,
    },
    /// Accepts a finding of the linter in its file, with a reason and a last day
    Accept(super::accepting::Accept),
    /// Ups and downs on the database itself; exit code 4 when one was refused and left nothing, 5 when it is half applied
    Run(Running),
    /// Does the rest of a half applied version
    Finish(Settling),
    /// Undoes what of a half applied version is done
    Undo(Settling),
    /// Only writes into the tool's table that a half applied version is applied, or is not
    Mark {
        #[command(flatten)]
        settling: Settling,
        /// What it is
        #[arg(long = "as")]
        mark: Mark,
    },
    /// What a database has applied, by its tool's own table, and the ways out of a half applied version; exit code 3 when it
    /// is half applied or ahead
    Status {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        on: On,
    },
}

/// How far to run.
#[derive(Debug, Arguments)]
pub struct Running {
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub on: On,
    /// End at this version: what is behind it is taken back first. `none` takes back all
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,
    /// Show the SQL and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Why, for the audit
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// How to leave a half applied version.
#[derive(Debug, Arguments)]
pub struct Settling {
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub on: On,
    /// Do it; without this the SQL is shown and nothing is changed
    #[arg(long)]
    pub yes: bool,
    /// Why, for the audit
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// What a version is marked as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mark {
    /// It is applied
    Applied,
    /// It is not
    NotApplied,
}

/// A database.
#[derive(Debug, Arguments)]
pub struct On {
    /// postgres:"host=… port=… dbname=… user=…", mysql:"host=… dbname=… user=…" or sqlite:PATH
    #[arg(long, value_name = "PLACE")]
    pub database: String,
    /// Read the password from standard input
    #[arg(long)]
    pub password_stdin: bool,
}

/// Where migrations are.
#[derive(Debug, Arguments)]
pub struct Place {
    /// The folder; for sqitch the one with sqitch.plan
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// golang-migrate, sqlx, flyway, liquibase, goose, dbmate or sqitch
    #[arg(long)]
    pub layout: Layout,
    /// What was released, to find what was edited since: the JSON answer of an earlier `pair`
    #[arg(long, value_name = "FILE")]
    pub released: Option<PathBuf>,
}
