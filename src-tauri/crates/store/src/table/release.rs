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
    let there: Option<String> = sqlx::query_scalar("select content from release where service = ? and version = ?")
        .bind(release.service.as_str())
        .bind(&release.version)
        .fetch_optional(&mut *on)
        .await?;
    if let Some(there) = there {
        let (there, Release { service, version, .. }) = (parse::<Release>(&there)?, release);
        if there.artifact.digest() != release.artifact.digest() {
            return Err(conflict(format!("{service} {version} is released already, with another content")));
        }
        return match (&there.commit, &release.commit) {
            (_, None) => Ok(false),
            (Some(known), Some(commit)) if known == commit => Ok(false),
            (Some(known), Some(_)) => {
                Err(conflict(format!("{service} {version} is released already, of commit {known}")))
            }
            // Whoever looked first did not know it.
            (None, Some(_)) => {
                name_commit(on, &Release { commit: release.commit.clone(), ..there }).await?;
                Ok(true)
            }
        };
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

/// It is known now which commit a release was built from.
async fn name_commit(on: &mut SqliteConnection, release: &Release) -> Result<(), Fault> {
    sqlx::query("update release set content = ?, digest = ? where service = ? and version = ?")
        .bind(json(release)?)
        .bind(release.id().to_string())
        .bind(release.service.as_str())
        .bind(&release.version)
        .execute(on)
        .await?;
    Ok(())
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
