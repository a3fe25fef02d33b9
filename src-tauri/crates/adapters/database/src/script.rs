//! Running a script as its tool would: statement by statement, in a transaction where the tool opens one.

use crate::{
    Connection, DatabaseError, confined,
    error::said,
    maker::Maker,
    outside::{self, Beyond},
};
use switchback_core::migration::{Script, Wrapping};
use switchback_lint::{
    Dialect,
    statement::{Text, statements},
};

/// A statement that failed.
#[derive(Debug)]
pub struct Stopped {
    pub line: usize,
    pub why: String,
    /// The statement, where it would reach beyond the scratch database.
    pub beyond: Option<String>,
}

/// What is run in one session.
#[derive(Clone, Copy)]
pub enum Piece<'a> {
    /// A script, as its tool would.
    Whole(&'a Script),
    /// Statements that were taken out of scripts, each for itself.
    Each(&'a [Text]),
}

impl Piece<'_> {
    /// Where it begins.
    pub fn line(self) -> usize {
        match self {
            Self::Whole(script) => script.line,
            Self::Each(all) => all.first().map_or(1, |one| one.line),
        }
    }
}

/// Runs it on a scratch database, where it reaches no further, with the real login for what the scripts' may not do.
pub async fn run(connection: &mut Connection, piece: Piece<'_>, maker: Option<&mut Maker<'_>>) -> Result<(), Stopped> {
    let untold = |error: DatabaseError| Stopped { line: piece.line(), why: error.to_string(), beyond: None };
    let (all, wraps) = match piece {
        Piece::Whole(script) => {
            if let Some(Beyond { line, sql, why }) = outside::reach(connection, &script.sql).await.map_err(untold)? {
                return Err(Stopped { line, why, beyond: Some(sql) });
            }
            // MySQL commits at each change of the schema: a transaction around it would promise what it does not hold.
            let wraps = script.wrapping == Wrapping::Transaction && connection.dialect() != Dialect::Mysql;
            (statements(connection.dialect(), &script.sql), wraps)
        }
        Piece::Each(all) => {
            for Text { sql, line } in all {
                if let Some(Beyond { sql, why, .. }) = outside::reach(connection, sql).await.map_err(untold)? {
                    return Err(Stopped { line: *line, why, beyond: Some(sql) });
                }
            }
            (all.to_vec(), false)
        }
    };
    sent(connection, all, (piece.line(), wraps), maker).await
}

async fn sent(
    connection: &mut Connection,
    all: Vec<Text>,
    (first, wraps): (usize, bool),
    mut maker: Option<&mut Maker<'_>>,
) -> Result<(), Stopped> {
    let untold = |error: DatabaseError| Stopped { line: first, why: error.to_string(), beyond: None };
    let kept_in = confined::holds(connection).await.map_err(untold)?;
    let told = |line: usize, sql: &str, error: &sqlx::Error| {
        let beyond = (kept_in && outside::is_refused(error)).then(|| outside::first_line(sql));
        Stopped { line, why: said(error), beyond }
    };
    if wraps {
        connection.run("begin").await.map_err(|error| told(first, "begin", &error))?;
    }
    for Text { sql, line } in all {
        let sql = maker.as_deref().and_then(|maker| maker.plays(&sql)).unwrap_or(sql);
        let by_maker = |error: DatabaseError| Stopped { line, why: error.to_string(), beyond: None };
        if let Some(maker) = maker.as_deref_mut()
            && maker.is_needed(connection, &sql).await.map_err(by_maker)?
        {
            // What is open would be in the way of the other connection.
            if wraps {
                connection.run("commit").await.map_err(|error| told(line, &sql, &error))?;
            }
            maker.extends(connection, &sql).await.map_err(by_maker)?;
            if wraps {
                connection.run("begin").await.map_err(|error| told(line, &sql, &error))?;
            }
            continue;
        }
        let Err(error) = connection.run(&sql).await else { continue };
        if let Some(maker) = maker.as_deref_mut()
            && let Some(ran) = maker.instead(&sql, &error).await
        {
            ran.map_err(by_maker)?;
            continue;
        }
        let _ = connection.run("rollback").await;
        return Err(told(line, &sql, &error));
    }
    if wraps {
        connection.run("commit").await.map_err(|error| told(first, "commit", &error))?;
    }
    Ok(())
}
