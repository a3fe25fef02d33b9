//! How values stand in columns: instants as nanoseconds since 1970, structures as JSON text, names as text.
//!
//! Nanoseconds in an `i64` reach to the year 2262 and come back exactly, which hashing needs.

use crate::fault::{Fault, damaged};
use serde::{Serialize, de::DeserializeOwned};
use switchback_core::{
    ident::{DeploymentId, Instant, RevisionNumber},
    name::Target,
};

/// An instant as nanoseconds since 1970, held to the years an `i64` can say.
pub fn nanos(at: Instant) -> i64 {
    i64::try_from(at.as_nanosecond()).unwrap_or(if at < Instant::UNIX_EPOCH { i64::MIN } else { i64::MAX })
}

/// The instant of a column.
pub fn instant(nanos: i64) -> Result<Instant, Fault> {
    Instant::from_nanosecond(i128::from(nanos)).map_err(|error| damaged(error.to_string()))
}

/// A structure as JSON.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, Fault> {
    Ok(serde_json::to_string(value)?)
}

/// The structure of a JSON column.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    Ok(serde_json::from_str(text)?)
}

/// The target of two columns.
pub fn target(service: &str, environment: &str) -> Result<Target, Fault> {
    let name = |error: switchback_core::name::BadName| damaged(error.to_string());
    Ok(Target { service: service.parse().map_err(name)?, environment: environment.parse().map_err(name)? })
}

/// A deployment's id.
pub fn deployment(text: &str) -> Result<DeploymentId, Fault> {
    text.parse().map_err(|_| damaged(format!("deployment {text}")))
}

/// A revision's number.
pub fn revision(number: i64) -> Result<RevisionNumber, Fault> {
    u32::try_from(number).map(RevisionNumber).map_err(|_| damaged(format!("revision {number}")))
}

/// A count.
pub fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
