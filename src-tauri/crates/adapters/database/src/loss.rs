//! What a script would take away, counted in the database as it is.

use crate::{Connection, DatabaseError, part::Part, uncounted::uncounted};
use switchback_core::{
    migration::{Leg, Set, Way},
    schema::Loss,
};

/// Counts it; what cannot be counted on a way back is told without a number. Tables the script made itself count
/// nothing; what is not there cannot be lost; nor can a value that the
/// way there puts into every row.
pub async fn losses(connection: &mut Connection, set: &Set, leg: &Leg<'_>) -> Result<Vec<Loss>, DatabaseError> {
    let mut found: Vec<Loss> = Vec::new();
    for part in Part::all(connection, set, leg).await? {
        let rows = part.count(connection).await?;
        let what = part.what();
        match found.iter_mut().find(|loss| loss.what == what) {
            Some(loss) => loss.rows = loss.rows.map(|before| before + rows),
            None if rows > 0 => found.push(Loss { version: leg.migration.version.clone(), what, rows: Some(rows) }),
            None => {}
        }
    }
    let unknown = uncounted(connection.dialect(), leg.script).filter(|_| leg.way == Way::Down);
    found.extend(unknown.map(|what| Loss { version: leg.migration.version.clone(), what, rows: None }));
    Ok(found)
}
