//! That nobody writes between the count of what a way back takes away and the way back itself.
//!
//! The app of the bad release still runs when its schema is taken back. What was counted is counted again right before the
//! script, and where that is one transaction, within it, once the tables are closed to others. MySQL ends a transaction at
//! each change of the schema, and what runs outside of one holds no lock: there the second count is all.

use crate::{
    Connection, DatabaseError, Place,
    connection::{BACK, FORGET, SAVE},
    error::held_up,
    loss::{Tally, tally},
    part::rows,
};
use secrecy::SecretString;
use std::{collections::BTreeMap, time::Duration};
use switchback_core::{
    migration::{Leg, Set},
    schema::Loss,
};
use switchback_lint::Dialect;

/// How long others are made to wait for a count: as long as we wait for a lock of theirs.
const COUNT: Duration = Duration::from_secs(10);

/// What a way back may take away, and how that is counted.
pub struct Guard {
    version: String,
    known: Vec<Loss>,
    tally: Tally,
}

impl Guard {
    /// Counts now. On a connection of its own, which afterwards only looks.
    pub async fn raise(
        place: &Place,
        password: Option<&SecretString>,
        set: &Set,
        leg: &Leg<'_>,
        known: &[Loss],
    ) -> Result<Self, DatabaseError> {
        let mut connection = Connection::open(place, password).await?;
        let found = tally(&mut connection, set, leg).await;
        connection.close().await;
        Ok(Self { version: leg.migration.version.clone(), known: known.to_vec(), tally: found? })
    }

    /// What goes beyond what was known, by the last count.
    pub fn outgrown(&self) -> Vec<Loss> {
        self.beyond(&self.tally.losses)
    }

    fn beyond(&self, losses: &[Loss]) -> Vec<Loss> {
        losses.iter().filter(|loss| !self.known.iter().any(|known| known.covers(loss))).cloned().collect()
    }

    /// Closes the tables to others for the transaction that is open, and counts once more; gives what goes beyond what was
    /// known. Fails where they cannot be closed in time.
    pub async fn hold(&self, connection: &mut Connection) -> Result<Vec<Loss>, sqlx::Error> {
        match connection.dialect() {
            // Its transactions hold no schema.
            Dialect::Mysql => return Ok(Vec::new()),
            // Its transaction keeps all others from writing already.
            Dialect::Sqlite => {}
            Dialect::Postgres => self.close(connection).await?,
        }
        connection.run(SAVE).await?;
        if connection.dialect() == Dialect::Postgres {
            connection.run(&format!("set local statement_timeout = {}", COUNT.as_millis())).await?;
        }
        let counted = self.count(connection).await;
        connection.run(BACK).await?;
        connection.run(FORGET).await?;
        // Nobody knows what is in a table that cannot be counted in time.
        Ok(counted.map_or_else(
            |_| self.tally.counted.iter().map(|one| self.loss(&one.what, None)).collect(),
            |now| self.beyond(&now),
        ))
    }

    fn loss(&self, what: &str, rows: Option<u64>) -> Loss {
        Loss { version: self.version.clone(), what: what.to_owned(), rows }
    }

    async fn close(&self, connection: &mut Connection) -> Result<(), sqlx::Error> {
        let mut tables: BTreeMap<&str, bool> = BTreeMap::new();
        for one in &self.tally.counted {
            if let Some(table) = &one.table {
                *tables.entry(table).or_insert(true) &= one.stays;
            }
        }
        for (table, stays) in tables {
            connection.run(SAVE).await?;
            // As the script itself will have it: to ask for less first and for more then is how two come to wait for
            // each other.
            let mode = if stays { "share row exclusive" } else { "access exclusive" };
            match connection.run(&format!("lock table {table} in {mode} mode")).await {
                Err(error) if held_up(&error) => return Err(error),
                // What cannot be closed is no table.
                Err(_) => connection.run(BACK).await?,
                Ok(()) => {}
            }
            connection.run(FORGET).await?;
        }
        Ok(())
    }

    async fn count(&self, connection: &mut Connection) -> Result<Vec<Loss>, DatabaseError> {
        let mut now = Tally::default();
        for one in &self.tally.counted {
            let rows = rows(connection, &one.query).await?;
            if rows > 0 {
                now.tell(self.loss(&one.what, Some(rows)));
            }
        }
        Ok(now.losses)
    }
}
