//! What a login may not do that scripts need, asked of the server before one of them runs. Nothing is tried.
//!
//! Where it cannot be known, nothing is said: behind `set role`, of tables that are not there yet, of roles of MySQL's, and
//! whatever a server does not want to tell.

mod mysql;
mod need;
mod postgres;

use crate::{
    Connection, DatabaseError, books, progress,
    unit::{Keep, units},
};
use need::{Need, Right};
use switchback_core::{
    migration::{Layout, Leg, Set},
    port::MissingRight,
};
use switchback_lint::Dialect;

/// The rights that these scripts need and the login lacks, each once, in the order in which they are needed.
pub(crate) async fn missing(
    connection: &mut Connection,
    set: &Set,
    legs: &[Leg<'_>],
) -> Result<Vec<MissingRight>, DatabaseError> {
    let dialect = connection.dialect();
    if dialect == Dialect::Sqlite || legs.is_empty() {
        return Ok(Vec::new());
    }
    let mut needs = own(connection, set.layout, legs).await?;
    needs.extend(need::of(dialect, legs));
    let mut found = match dialect {
        Dialect::Postgres => postgres::missing(connection, &needs).await?,
        _ => mysql::missing(connection, &needs).await?,
    };
    let mut told: Vec<String> = Vec::new();
    found.retain(|one| {
        let first = !told.contains(&one.right);
        told.push(one.right.clone());
        first
    });
    Ok(found)
}

/// What keeping the tool's table, and the row that says how far a run came, needs.
async fn own(connection: &mut Connection, layout: Layout, legs: &[Leg<'_>]) -> Result<Vec<Need>, DatabaseError> {
    let (Some(table), Some(leg)) = (books::name(connection.dialect(), layout), legs.first()) else {
        return Ok(Vec::new());
    };
    let need =
        |right, on: &str| Need { right, on: on.to_owned(), path: leg.script.path.clone(), line: leg.script.line };
    let dialect = connection.dialect();
    let mut needs = Vec::new();
    let there = connection.has_table(&table.to_ascii_lowercase()).await?;
    if !there {
        needs.push(need(Right::Create, table));
    }
    // On PostgreSQL whoever made it may write it.
    if there || dialect == Dialect::Mysql {
        needs.push(need(Right::Insert, table));
        if layout == Layout::GolangMigrate {
            needs.push(need(Right::Delete, table));
        }
    }
    let whole = |leg: &Leg<'_>| match units(dialect, layout, leg.script).as_slice() {
        [] => true,
        [one] => one.keep == Keep::Whole,
        _ => false,
    };
    if !legs.iter().all(whole) {
        let rights = [Right::Create, Right::Insert, Right::Update, Right::Delete];
        let made = if dialect == Dialect::Mysql { &rights[..] } else { &rights[..1] };
        needs.extend(made.iter().map(|right| need(*right, progress::TABLE)));
    }
    Ok(needs)
}
