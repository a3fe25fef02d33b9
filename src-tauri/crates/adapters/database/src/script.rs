//! Running a script as its tool would: statement by statement, in a transaction where the tool opens one.

use crate::{Connection, error::said, outside};
use switchback_core::migration::{Script, Wrapping};
use switchback_lint::{Dialect, statement::statements};

/// A statement that failed.
#[derive(Debug)]
pub struct Stopped {
    pub line: usize,
    pub why: String,
}

/// Runs a script on a scratch database, where it reaches no further.
pub async fn run(connection: &mut Connection, script: &Script) -> Result<(), Stopped> {
    let untold = |error: crate::DatabaseError| Stopped { line: script.line, why: error.to_string() };
    if let Some((line, why)) = outside::reach(connection, &script.sql).await.map_err(untold)? {
        return Err(Stopped { line, why });
    }
    // MySQL commits at each change of the schema: a transaction around it would promise what it does not hold.
    let wraps = script.wrapping == Wrapping::Transaction && connection.dialect() != Dialect::Mysql;
    let told = |line: usize, error: &sqlx::Error| Stopped { line, why: said(error) };
    if wraps {
        connection.run("begin").await.map_err(|error| told(script.line, &error))?;
    }
    for statement in statements(connection.dialect(), &script.sql) {
        if let Err(error) = connection.run(&statement.sql).await {
            let _ = connection.run("rollback").await;
            return Err(told(statement.line, &error));
        }
    }
    if wraps {
        connection.run("commit").await.map_err(|error| told(script.line, &error))?;
    }
    Ok(())
}
