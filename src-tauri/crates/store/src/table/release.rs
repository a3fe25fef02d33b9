//! Releases: immutable bundles. A version, once taken, keeps its content for ever.

use crate::{
    column::{json, nanos, parse},
    fault::{Fault, conflict, not_found},
};
use sqlx::SqliteConnection;
use switchback_core::{name::Service, release::Release};

/// Adds a release; `false` when the same content is there already.
pub async fn add(on: &mut SqliteConnection, release: &Release) -> Result<bool, Fault> {
    let digest = release.id().to_string();
    let there: Option<String> = sqlx::query_scalar("select digest from release where service = ? and version = ?")
        .bind(release.service.as_str())
        .bind(&release.version)
        .fetch_optional(&mut *on)
        .await?;
    match there {
        Some(there) if there == digest => return Ok(false),
        Some(_) => {
            let (service, version) = (&release.service, &release.version);
            return Err(conflict(format!("{service} {version} is released already, with another content")));
        }
        None => {}
    }
    sqlx::query("insert into release (service, version, content, digest, added_at) values (?, ?, ?, ?, ?)")
        .bind(release.service.as_str())
        .bind(&release.version)
        .bind(json(release)?)
        .bind(digest)
        .bind(nanos(release.added_at))
        .execute(on)
        .await?;
    Ok(true)
}

/// One release.
pub async fn read(on: &mut SqliteConnection, service: &Service, version: &str) -> Result<Release, Fault> {
    let content: Option<String> = sqlx::query_scalar("select content from release where service = ? and version = ?")
        .bind(service.as_str())
        .bind(version)
        .fetch_optional(on)
        .await?;
    parse(&content.ok_or_else(|| not_found(format!("release {service} {version}")))?)
}

/// A service's, newest first, at most 1000.
pub async fn all(on: &mut SqliteConnection, service: &Service) -> Result<Vec<Release>, Fault> {
    let contents: Vec<String> =
        sqlx::query_scalar("select content from release where service = ? order by added_at desc, id desc limit 1000")
            .bind(service.as_str())
            .fetch_all(on)
            .await?;
    contents.iter().map(|content| parse(content)).collect()
}
