//! What a database says when it answers: not you, or not this schema.
//!
//! Apart from the network family, because here the connection worked. Deliberately not here: registries, whose refusals
//! are the platform's, and files a database cannot open, which are the host's.

use super::super::cause::Cause::{AuthFailedDatabase as AUTH, SchemaMismatch as SCHEMA};
use super::{Rule, rule};

pub(super) const RULES: &[Rule] = &[
    rule(AUTH, 60, r#"(?i)password authentication failed for user "?(?P<user>[^"\s]+)"#),
    // A log that wraps at the terminal's width puts the user on the next line.
    rule(AUTH, 60, r"FATAL: +password authentication failed"),
    rule(AUTH, 60, r"(?i)Access denied for user '(?P<user>[^']*)'"),
    rule(AUTH, 60, r"(?i)Login failed for user '(?P<user>[^']*)'"),
    rule(AUTH, 60, r#"(?:role|user) "(?P<user>[^"]+)" (?:does not exist|is not permitted to log in)"#),
    rule(AUTH, 60, r#"no pg_hba\.conf entry for host "(?P<host>[^"]+)"(?:, user "(?P<user>[^"]+)")?"#),
    rule(AUTH, 60, r"\bER_ACCESS_DENIED_ERROR\b|\bORA-01017\b|\bER_NOT_SUPPORTED_AUTH_MODE\b"),
    rule(
        AUTH,
        59,
        r"\b(?:WRONGPASS|NOAUTH)\b|(?i)invalid username-password pair|Client sent AUTH, but no password is set|Redis.*invalid password|ERR invalid password",
    ),
    rule(
        AUTH,
        59,
        r"(?i)MongoServerError: (?:Authentication failed|command \w+ requires authentication)|MongoError: Authentication failed|SCRAM(?:-SHA-\d+)? authentication failed|\bAuthenticationFailed\b.*mongo|AuthenticationFailed: SCRAM|code 18.*Authentication failed",
    ),
    rule(
        AUTH,
        58,
        r"(?i)(?:Peer|Ident|GSSAPI|LDAP|MD5|SCRAM) authentication failed for user|SASL: SCRAM-SERVER-FIRST-MESSAGE|fe_sendauth: no password supplied|no password was provided",
    ),
    rule(AUTH, 58, r"(?i)\bP1000\b|Authentication failed against database server"),
    rule(
        AUTH,
        57,
        r"(?i)Authentication plugin '[^']+' (?:cannot be loaded|reported error)|Client does not support authentication protocol|unable to authenticate.*(?:database|elastic)|The server requested authentication method unknown",
    ),
    rule(
        AUTH,
        56,
        r"(?i)failed to authenticate (?:user|with) .*(?:elastic|mongo|redis|cassandra|neo4j)|AuthenticationException: Unable to authenticate user|Neo\.ClientError\.Security\.Unauthorized|missing authentication credentials for REST",
    ),
    rule(SCHEMA, 60, r#"(?i)relation "(?P<table>[^"]+)" (?:does not exist|already exists)"#),
    rule(
        SCHEMA,
        60,
        r#"(?i)column "?(?P<column>[\w.]+)"?(?: of relation "(?P<table>[^"]+)")? (?:does not exist|already exists)"#,
    ),
    rule(SCHEMA, 60, r"(?i)no such (?:table|column): (?P<table>[\w.]+)"),
    rule(
        SCHEMA,
        60,
        r"(?i)Table '(?P<table>[^']+)' (?:doesn't exist|already exists)|Base table or view (?:not found|already exists)",
    ),
    rule(SCHEMA, 60, r"(?i)Unknown column '(?P<column>[^']+)'|Duplicate column name '(?P<column2>[^']+)'"),
    rule(SCHEMA, 60, r"(?i)Invalid (?:object|column) name '(?P<table>[^']+)'"),
    rule(SCHEMA, 60, r"(?i)Schema-validation: (?P<detail>.+)|SchemaManagementException"),
    rule(
        SCHEMA,
        60,
        r"(?i)Migration checksum mismatch|Validate failed: Migrations? |Detected (?:failed|resolved|applied) migration|FlywayValidateException|contains a failed migration",
    ),
    rule(
        SCHEMA,
        60,
        r"(?i)Can't locate revision identified by '(?P<revision>[^']+)'|Dirty database version (?P<version>-?\d+)|migration \d+ was previously applied but|Multiple head revisions|InconsistentMigrationHistory",
    ),
    rule(
        SCHEMA,
        59,
        r"(?i)ActiveRecord::PendingMigrationError|Migrations are pending|PG::Undefined(?:Table|Column)|PG::DuplicateTable|Mysql2::Error: Table",
    ),
    rule(
        SCHEMA,
        59,
        r"\b(?:P2021|P2022|P3009|P3005|P3018|42P01|42S02|42703|ER_NO_SUCH_TABLE|ER_BAD_FIELD_ERROR|ORA-00942)\b",
    ),
    rule(
        SCHEMA,
        58,
        r"(?i)(?:psycopg2\.errors\.|asyncpg\.exceptions\.)?Undefined(?:Table|Column)(?:Error)?\b|(?:schema|type|function) \S+ does not exist|database schema (?:is|version).*(?:newer|older|not supported|mismatch|out of date)",
    ),
    rule(
        SCHEMA,
        56,
        r"(?i)(?:database|schema|db)(?: schema)? version (?:\S+ )?(?:is )?(?:mismatch|newer than|older than|not (?:supported|compatible))|liquibase\.exception|pending model changes|database is not up[- ]to[- ]date|downgrad\w+ .*not (?:supported|possible)",
    ),
    rule(
        SCHEMA,
        57,
        r"(?i)database files are incompatible with server|was initialized by PostgreSQL version .* not compatible|unsupported (?:redo log|database) (?:format|version)|Wrong (?:DB )?schema version",
    ),
];
