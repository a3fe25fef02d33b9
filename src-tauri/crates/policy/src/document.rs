//! The whole file as types: what `switchback.yaml` may say, key by key.
//!
//! Only the shape is here; whether names meet is `crate::check`, what a target comes to is [`crate::resolve`].

use crate::{
    environment::{Approvals, Checklist, EnvironmentSpec},
    form::{form, is_default},
    notify::Notice,
    scalar::{PublicKey, SecretName, Span},
    target::TargetSpec,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};
use switchback_core::{
    migration::Layout,
    name::{Environment, Service, Target},
};

/// The version of the file format this crate reads and writes.
pub const VERSION: u32 = 1;

/// Everything a file, or a folder of files merged, declares.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Document {
    /// The version of the format; 1.
    pub version: u32,
    /// What is deployed.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(with = "BTreeMap<String, ServiceSpec>")]
    pub services: BTreeMap<Service, ServiceSpec>,
    /// Databases by name, then by environment.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(with = "BTreeMap<String, BTreeMap<String, Database>>")]
    pub databases: BTreeMap<String, BTreeMap<Environment, Database>>,
    /// Where it is deployed.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(with = "BTreeMap<String, EnvironmentSpec>")]
    pub environments: BTreeMap<Environment, EnvironmentSpec>,
    /// Checklists by name; environments refer to them.
    #[serde(skip_serializing_if = "is_default")]
    pub checklists: BTreeMap<String, Checklist>,
    /// Services in environments, on a runtime.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(with = "BTreeMap<String, TargetSpec>")]
    pub targets: BTreeMap<Target, TargetSpec>,
    /// Those who approve, with the keys that prove it.
    #[serde(skip_serializing_if = "is_default")]
    pub people: BTreeMap<String, Person>,
    /// What a change of this file asks for.
    #[serde(skip_serializing_if = "is_default")]
    pub policy: PolicySpec,
    /// Who is told what.
    #[serde(skip_serializing_if = "is_default")]
    pub notify: Vec<Notice>,
}

form! {
    /// Somebody who approves.
    pub struct Person {
        /// Their desks' public keys, from `switchback approval key`. Where there is one, a yes counts only when one of them
        /// signed it.
        pub keys: Vec<PublicKey>,
    }
}

form! {
    /// What a change of this file asks for.
    pub struct PolicySpec {
        /// Who must say yes to it, by what the policy in force says.
        pub approvals: Option<Approvals>,
    }
}

form! {
    /// Something deployable.
    pub struct ServiceSpec {
        /// The image's repository without a tag; left out for services that run as processes.
        pub image: Option<String>,
        /// The folder a release of a process service is taken from, relative to the file.
        pub folder: Option<PathBuf>,
        /// The git work tree, relative to the file: for commits, notes and blame.
        pub repository: Option<PathBuf>,
        /// The schema of its configuration.
        pub config: BTreeMap<String, Rule>,
        /// Where its database migrations are.
        pub migrations: Option<Migrations>,
    }
}

form! {
    /// What one configuration key must look like.
    pub struct Rule {
        /// Its type; text when left out.
        #[serde(rename = "type")]
        pub kind: ValueType,
        /// Whether every target must set it.
        pub required: bool,
        /// The value where a target sets none.
        #[schemars(with = "Option<crate::schema::Loose>")]
        pub default: Option<String>,
        /// The only values allowed, when any are named.
        #[schemars(with = "Vec<crate::schema::Loose>")]
        pub allowed: Vec<String>,
        /// Values forbidden by environment.
        #[schemars(with = "BTreeMap<String, Vec<crate::schema::Loose>>")]
        pub forbid: BTreeMap<Environment, Vec<String>>,
        /// Why, told to whoever breaks the rule.
        pub why: Option<String>,
    }
}

/// The type of a configuration value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ValueType {
    /// Any text.
    #[default]
    String,
    /// A URL with scheme and host.
    Url,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// A duration such as `30s`.
    Duration,
}

/// Where migrations are and which database they change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Migrations {
    /// How up and down files are named.
    pub layout: Layout,
    /// The folder, relative to the service's repository.
    pub path: PathBuf,
    /// The database's name under `databases`.
    pub database: String,
    /// For the layout `command`: what lists, tells and runs them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub commands: Option<MigrationCommands>,
}

form! {
    /// The team's own tool as four commands, run in the service's repository and without a shell. The database's address is in
    /// their environment (`DATABASE_URL`), and so is the version (`SWITCHBACK_VERSION`).
    pub struct MigrationCommands {
        /// Prints a line of JSON for each version, in order: `version`, `up` (its file) and, where there are, `name`, `down`
        /// (the file of its way back) and `lossless`.
        pub list: Vec<String>,
        /// Prints a line of JSON for each version: `version` and `state`, which is `applied`, `pending` or `half-applied`.
        pub status: Vec<String>,
        /// Applies one version; `{version}` in it is filled in.
        pub up: Vec<String>,
        /// Takes one version back; `{version}` in it is filled in.
        pub down: Vec<String>,
        /// How long one version may take; 10m when left out.
        pub timeout: Option<Span>,
        /// Tables in which the tool keeps what it applied; those of Alembic, Django, Doctrine, Knex, Prisma, Rails and
        /// Sequelize are known.
        pub books: Vec<String>,
    }
}

form! {
    /// A database in one environment; exactly one of the three kinds.
    pub struct Database {
        /// A PostgreSQL connection string without a password.
        pub postgres: Option<String>,
        /// A MySQL or MariaDB connection string without a password.
        pub mysql: Option<String>,
        /// The path of an SQLite file.
        pub sqlite: Option<PathBuf>,
        /// Where the password is kept.
        pub password: Option<SecretName>,
    }
}
