//! From a statement's tokens to what it does.
//!
//! Written against the grammars of the three servers, and tolerant: a clause that changes no answer is passed over. What
//! is not understood is told as such, and then the server's own grammar decides whether it is a statement at all.

mod alter;
mod alter_object;
mod column;
mod create;
mod cursor;
mod rows;

use crate::{
    Dialect,
    op::{Object, Op, Placed},
    sql::Kind,
    statement::Statement,
};
pub use column::data_type;
pub use cursor::{Cursor, commas};

/// What a statement does, one entry for each of its actions.
pub fn read(dialect: Dialect, statement: &Statement, number: usize) -> Vec<Placed> {
    let mut cursor = Cursor::new(dialect, &statement.tokens);
    let line = cursor.line();
    let mut ops = Vec::new();
    let mut tell = |op: Op, line: usize| ops.push(Placed { op, line, statement: number });
    let ignores = cursor.eat("ALTER IGNORE TABLE");
    if ignores || cursor.eat("ALTER TABLE") || cursor.eat("ALTER FOREIGN TABLE") {
        let mut named = cursor;
        named.eat("IF EXISTS");
        match alter::table(&mut cursor) {
            Some(actions) => actions.into_iter().for_each(|(op, line)| tell(op, line)),
            None => tell(Op::Unknown, line),
        }
        if ignores {
            tell(named.name().map_or(Op::Opaque, |table| Op::Refused { table }), line);
        }
        return ops;
    }
    let read = match cursor.key() {
        "CREATE" => create::create(&mut cursor),
        "DROP" => create::drop(&mut cursor),
        "ALTER" => alter_object::other(&mut cursor),
        "RENAME" => alter_object::rename(&mut cursor),
        "INSERT" | "REPLACE" => rows::insert(&mut cursor).map(|op| vec![op]),
        "UPDATE" => rows::update(&mut cursor).map(|op| vec![op]),
        "DELETE" => rows::delete(&mut cursor).map(|op| vec![op]),
        "TRUNCATE" => rows::truncate(&mut cursor),
        "WITH" => rows::with(&mut cursor).map(|op| vec![op]),
        _ => Some(vec![verb(&mut cursor)]),
    };
    for op in read.unwrap_or_else(|| vec![Op::Unknown]) {
        tell(op, line);
    }
    ops
}

/// Whether reading a statement also checked its form. Where it did not, the server's grammar is asked.
pub fn is_understood(dialect: Dialect, statement: &Statement) -> bool {
    let mut cursor = Cursor::new(dialect, &statement.tokens);
    let balanced = statement.tokens.iter().try_fold(0_i32, |depth, token| match token.key.as_str() {
        "(" => Some(depth + 1),
        ")" => (depth > 0).then_some(depth - 1),
        _ => Some(depth),
    });
    if balanced != Some(0) {
        return false;
    }
    match cursor.key() {
        // What the parser knows well, and where a slip of the pen is likely.
        "INSERT" | "UPDATE" | "DELETE" | "SELECT" => false,
        "CREATE" => {
            cursor.take();
            let _ = cursor.eat("TEMPORARY") || cursor.eat("TEMP") || cursor.eat("UNIQUE");
            // Options behind a table's list are many; a plain one is the parser's.
            match cursor.key() {
                "INDEX" | "VIEW" => false,
                "TABLE" => cursor.has("PARTITION") || statement.tokens.last().is_none_or(|last| last.key != ")"),
                _ => true,
            }
        }
        _ => true,
    }
}

/// Statements that need no more than their first words.
fn verb(cursor: &mut Cursor<'_>) -> Op {
    let second = cursor.key_at(1);
    match cursor.key() {
        // MariaDB's block of statements, which is no transaction.
        "BEGIN" if second == "NOT" => Op::Opaque,
        "BEGIN" => Op::Begin,
        "START" if second == "TRANSACTION" => Op::Begin,
        "COMMIT" | "END" => Op::Commit,
        "ROLLBACK" if cursor.has("TO") || second == "PREPARED" => Op::Neutral,
        "ROLLBACK" => Op::Rollback,
        // MariaDB's settings for one statement, which is run; and its way to time one.
        "SET" if second == "STATEMENT" && cursor.dialect == Dialect::Mysql => Op::Opaque,
        "ANALYZE" if matches!(second, "FORMAT" | "INSERT" | "UPDATE" | "DELETE" | "REPLACE") => Op::Opaque,
        "PRAGMA" if cursor.has("WRITABLE_SCHEMA") => Op::Opaque,
        "SET" if cursor.has("LOCK_TIMEOUT") || cursor.has("LOCK_WAIT_TIMEOUT") => Op::LockTimeout,
        "PRAGMA" if cursor.has("BUSY_TIMEOUT") => Op::LockTimeout,
        "LOCK" if cursor.dialect != Dialect::Sqlite => {
            cursor.take();
            let _ = cursor.eat("TABLE") || cursor.eat("TABLES");
            let _ = cursor.eat("ONLY");
            cursor.name().map_or(Op::Unknown, |table| Op::Lock { table, what: "LOCK TABLE" })
        }
        "VACUUM" if cursor.has("FULL") => {
            let table = cursor.rest().last().map(|token| token.text.to_ascii_lowercase()).unwrap_or_default();
            Op::Lock { table, what: "VACUUM FULL" }
        }
        "CLUSTER" => {
            cursor.take();
            cursor.eat("VERBOSE");
            Op::Lock { table: cursor.name().unwrap_or_default(), what: "CLUSTER" }
        }
        "REINDEX" if cursor.dialect == Dialect::Postgres && !cursor.has("CONCURRENTLY") => {
            let table = cursor.rest().last().map(|token| token.text.to_ascii_lowercase()).unwrap_or_default();
            Op::Lock { table, what: "REINDEX" }
        }
        "REFRESH" if !cursor.has("CONCURRENTLY") && !cursor.has("NO DATA") => {
            let table = cursor.rest().get(3).map(|token| token.text.to_ascii_lowercase()).unwrap_or_default();
            Op::Lock { table, what: "REFRESH MATERIALIZED VIEW" }
        }
        "OPTIMIZE" => Op::Lock {
            table: cursor.rest().last().map(|token| token.text.to_ascii_lowercase()).unwrap_or_default(),
            what: "OPTIMIZE TABLE",
        },
        // A down that says no on purpose.
        "DO" if raises(cursor) => Op::Refuses,
        "SIGNAL" => Op::Refuses,
        "DO" | "CALL" | "EXECUTE" | "PREPARE" | "DEALLOCATE" | "LOAD" | "COPY" | "IMPORT" | "DELIMITER" => Op::Opaque,
        // A function called for its effect; what it does is elsewhere.
        "SELECT"
            if cursor.rest().get(2).is_some_and(|token| token.key == "(")
                && !cursor.has("FROM")
                && !is_harmless(second) =>
        {
            Op::Opaque
        }
        // It does what it explains.
        "EXPLAIN" if cursor.has("ANALYZE") && !(cursor.key_at(2) == "SELECT" || cursor.has(") SELECT")) => Op::Opaque,
        "SELECT" | "SET" | "RESET" | "PRAGMA" | "ANALYZE" | "ANALYSE" | "VACUUM" | "REINDEX" | "COMMENT" | "GRANT"
        | "REVOKE" | "SHOW" | "USE" | "EXPLAIN" | "SAVEPOINT" | "RELEASE" | "UNLOCK" | "FLUSH" | "REFRESH"
        | "NOTIFY" | "LISTEN" | "SECURITY" | "CHECK" | "VALUES" | "REASSIGN" | "DISCARD" | "CHECKPOINT" | "ATTACH"
        | "DETACH" | "TABLE" | "HANDLER" | "KILL" | "INSTALL" | "CHANGE" => Op::Neutral,
        _ => Op::Unknown,
    }
}

/// Whether all that an anonymous block does is raise an error.
fn raises(cursor: &Cursor<'_>) -> bool {
    let body = cursor.rest().iter().find(|token| token.kind == Kind::Text).map(|token| token.text.to_ascii_lowercase());
    let words = body.as_deref().map(|body| body.split_whitespace().take(3).collect::<Vec<_>>().join(" "));
    words.is_some_and(|words| words.starts_with("begin raise exception") || words.starts_with("raise exception"))
}

/// Functions that only tell or set what ends with the session.
fn is_harmless(function: &str) -> bool {
    matches!(
        function,
        "SET_CONFIG"
            | "NOW"
            | "VERSION"
            | "COUNT"
            | "SETVAL"
            | "NEXTVAL"
            | "CURRVAL"
            | "LASTVAL"
            | "PG_ADVISORY_LOCK"
            | "PG_ADVISORY_XACT_LOCK"
            | "PG_ADVISORY_UNLOCK"
            | "LAST_INSERT_ROWID"
            | "CHANGES"
            | "COALESCE"
            | "EXISTS"
            | "HAS_TABLE_PRIVILEGE"
    )
}

/// What kind of object the words here name, having passed over them.
fn object(cursor: &mut Cursor<'_>) -> Option<Object> {
    const KINDS: [(&str, Object); 36] = [
        ("MATERIALIZED VIEW", Object::MaterializedView),
        ("RECURSIVE VIEW", Object::View),
        ("VIEW", Object::View),
        ("FUNCTION", Object::Function),
        ("AGGREGATE", Object::Function),
        ("PROCEDURE", Object::Procedure),
        ("ROUTINE", Object::Function),
        ("CONSTRAINT TRIGGER", Object::Trigger),
        ("EVENT TRIGGER", Object::Trigger),
        ("TRIGGER", Object::Trigger),
        ("TYPE", Object::Type),
        ("DOMAIN", Object::Domain),
        ("SEQUENCE", Object::Sequence),
        ("SCHEMA", Object::Schema),
        ("EXTENSION", Object::Extension),
        ("DATABASE", Object::Database),
        ("POLICY", Object::Policy),
        ("EVENT", Object::Event),
        ("RULE", Object::Rule),
        ("ROLE", Object::Role),
        ("USER", Object::Role),
        ("GROUP", Object::Role),
        ("COLLATION", Object::Other),
        ("STATISTICS", Object::Other),
        ("PUBLICATION", Object::Other),
        ("SUBSCRIPTION", Object::Other),
        ("SERVER", Object::Other),
        ("FOREIGN DATA WRAPPER", Object::Other),
        ("OPERATOR", Object::Other),
        ("TEXT SEARCH", Object::Other),
        ("TABLESPACE", Object::Other),
        ("CAST", Object::Other),
        ("LANGUAGE", Object::Other),
        ("ACCESS METHOD", Object::Other),
        ("CONVERSION", Object::Other),
        ("DEFAULT PRIVILEGES", Object::Other),
    ];
    KINDS.iter().find(|(words, _)| cursor.eat(words)).map(|(_, kind)| *kind)
}
