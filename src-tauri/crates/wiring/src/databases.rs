//! Databases for the command line: a place and a password in, answers out.

use secrecy::SecretString;
use switchback_api::ApiError;
use switchback_core::migration::Set;
use switchback_database::{Connection, DatabaseError, Place, Proof, Status};

/// Proves the pairs of a set on a scratch database beside `place`; `told` hears of each as it is done.
pub async fn prove_migrations(
    place: &str,
    password: Option<SecretString>,
    set: &Set,
    only: Option<&str>,
    told: impl FnMut(&Proof),
) -> Result<Vec<Proof>, ApiError> {
    let place: Place = place.parse().map_err(refused)?;
    switchback_database::prove(&place, password.as_ref(), set, only, told).await.map_err(refused)
}

/// Where a database stands.
pub async fn migration_status(place: &str, password: Option<SecretString>, set: &Set) -> Result<Status, ApiError> {
    let place: Place = place.parse().map_err(refused)?;
    let mut connection = Connection::open(&place, password.as_ref()).await.map_err(refused)?;
    let status = switchback_database::status(&mut connection, set).await;
    connection.close().await;
    status.map_err(refused)
}

fn refused(error: DatabaseError) -> ApiError {
    let text = error.to_string();
    match error {
        DatabaseError::Place(_) => ApiError::new("bad_input", text).hint("A password is read with --password-stdin."),
        DatabaseError::Unreachable { place, .. } => ApiError::new("target_unreachable", text)
            .with("target", place)
            .hint("Is it up, and may this user log in? Nothing was changed."),
        DatabaseError::Refused { .. } => ApiError::new("no_access", text).hint("See what this user may do there."),
        DatabaseError::File(_) => ApiError::new("internal", text),
    }
}
