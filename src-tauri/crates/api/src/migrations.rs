//! A service's migrations: the files of their folder, and what the linter says of them.
//!
//! Reading is bounded, because a person may point at the wrong folder: what is too much is told instead of read.

use crate::{Answer, ApiError, App};
use jiff::civil::Date;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};
use switchback_core::{
    failure::Failure,
    ident::Instant,
    migration::{self, MOST_BYTES, MOST_FILES, Migration, Pin, Set, SourceFile, Tool},
    name::Target,
    record::Audit,
    said::Said,
};
use switchback_lint::{Asked, Dialect, Report, Reversible, op::Op, ops};
use switchback_policy::{
    Document,
    document::{MigrationCommands, ServiceSpec},
};

/// How long one version of a tool's own may take when nothing else is said: as long as a statement.
const TIMEOUT: Duration = Duration::from_mins(10);

/// Every SQL file, plan and setting below a folder. Folders that a link leads to are passed over; a file that one leads to
/// outside of the folder is refused, and so is what is no file.
pub fn migration_files(folder: &Path) -> Result<Vec<SourceFile>, ApiError> {
    let whole = folder.canonicalize().map_err(|error| unreadable(folder, &error))?;
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let entries = std::fs::read_dir(&next).map_err(|error| unreadable(&next, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&next, &error))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| unreadable(&path, &error))?;
            if kind.is_dir() {
                folders.push(path);
            } else if of_interest(&path) {
                if kind.is_symlink() {
                    within(&whole, &path)?;
                }
                files.push(source(folder, &path)?);
                if files.len() > MOST_FILES {
                    let why = format!("{} holds more than {MOST_FILES} files", folder.display());
                    return Err(ApiError::new("bad_input", why).hint("Give the folder of the migrations alone."));
                }
            }
        }
    }
    Ok(files)
}

fn of_interest(path: &Path) -> bool {
    let kind = path.extension().and_then(|kind| kind.to_str()).map(str::to_ascii_lowercase);
    kind.is_some_and(|kind| matches!(kind.as_str(), "sql" | "plan" | "conf"))
}

/// A repository is read by people who did not write it: what lies elsewhere on their machine is not taken for its SQL.
fn within(folder: &Path, link: &Path) -> Result<(), ApiError> {
    let end = link.canonicalize().map_err(|error| unreadable(link, &error))?;
    if end.starts_with(folder) {
        return Ok(());
    }
    let why = format!("{} leads out of the folder of migrations, to {}", link.display(), end.display());
    Err(ApiError::new("bad_input", why).with("path", link.display()).hint("Put the file itself there."))
}

fn source(folder: &Path, path: &Path) -> Result<SourceFile, ApiError> {
    // Looked at before it is opened: a pipe would wait for a writer, a device may never end.
    let found = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    let refused =
        |why: String, hint: &str| Err(ApiError::new("bad_input", why).with("path", path.display()).hint(hint));
    if !found.is_file() {
        return refused(format!("{} is no regular file", path.display()), "Move it out of the folder of migrations.");
    }
    let size = found.len();
    if size > MOST_BYTES {
        let why = format!("{} has {size} bytes, more than a migration", path.display());
        return refused(why, "Move it out of the folder of migrations.");
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    let parts = path.strip_prefix(folder).unwrap_or(path).iter().map(|part| part.to_string_lossy());
    let name = parts.collect::<Vec<_>>().join("/");
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SourceFile { path: name, text }),
        Err(error) => {
            let (read, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
            let line = bytes.iter().take(read).filter(|byte| **byte == b'\n').count() + 1;
            let why = format!("{}:{line}: byte {} of the file is not UTF-8", path.display(), read + 1);
            refused(why, "Save it as UTF-8.")
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> ApiError {
    let code = if error.kind() == std::io::ErrorKind::NotFound { "not_found" } else { "bad_input" };
    ApiError::new(code, format!("{}: {error}", path.display()))
        .with("path", path.display())
        .hint("Give the folder that holds the migrations.")
}

impl App {
    /// Writes into the audit what was done to a database: before it is done, and when it is.
    pub async fn note_migrations(&self, what: &str, place: &str, why: &str, after: serde_json::Value) -> Answer<()> {
        let line = self.audit_line(&format!("migrations.{what}"), place.to_owned(), why);
        Ok(self.ports().ledger.note(&Audit { after, ..line }).await?)
    }
}

/// Where a service's migrations go in one environment.
pub(crate) struct Located {
    /// The database's name.
    pub name: String,
    /// Where it is.
    pub place: String,
    /// The keychain's name of its password.
    pub password: Option<String>,
    pub dialect: Dialect,
}

/// The database of a target's service; `None` when it has no migrations.
pub(crate) fn located(document: &Document, base: &Path, target: &Target) -> Result<Option<Located>, ApiError> {
    let Some(ServiceSpec { migrations: Some(migrations), .. }) = document.services.get(&target.service) else {
        return Ok(None);
    };
    let database = document.databases.get(&migrations.database).and_then(|places| places.get(&target.environment));
    let database = database.ok_or_else(|| {
        ApiError::new("not_found", format!("{} has no place in {}", migrations.database, target.environment))
            .hint("Write it under `databases:` for this environment.")
    })?;
    let (place, dialect) = match (&database.postgres, &database.mysql, &database.sqlite) {
        (Some(at), _, _) => (format!("postgres:{at}"), Dialect::Postgres),
        (_, Some(at), _) => (format!("mysql:{at}"), Dialect::Mysql),
        (_, _, Some(path)) => (format!("sqlite:{}", base.join(path).display()), Dialect::Sqlite),
        _ => return Ok(None),
    };
    let password = database.password.as_ref().map(|name| name.as_str().to_owned());
    Ok(Some(Located { name: migrations.database.clone(), place, password, dialect }))
}

impl App {
    /// The migrations of a target's service, read, and where they go; `None` when it has none. A tool's own are listed by it.
    pub(crate) async fn migrations_of(
        &self,
        document: &Document,
        base: &Path,
        target: &Target,
    ) -> Answer<Option<(Located, Set)>> {
        let Some(located) = located(document, base, target)? else { return Ok(None) };
        let Some(service @ ServiceSpec { migrations: Some(migrations), .. }) = document.services.get(&target.service)
        else {
            return Ok(None);
        };
        let folder = repository(service, base);
        let files = folder.join(&migrations.path);
        let set = match &migrations.commands {
            Some(commands) => self.ports().databases.listed(&tool(commands, folder, files)).await.map_err(unlisted)?,
            None => migration::read(migrations.layout, &migration_files(&files)?),
        };
        Ok(Some((located, set)))
    }
}

/// The folder of a target's migrations.
pub(crate) fn folder(document: &Document, base: &Path, target: &Target) -> Option<PathBuf> {
    let service = document.services.get(&target.service)?;
    Some(repository(service, base).join(&service.migrations.as_ref()?.path))
}

fn repository(service: &ServiceSpec, base: &Path) -> PathBuf {
    service.repository.as_ref().map_or_else(|| base.to_owned(), |repository| base.join(repository))
}

fn tool(commands: &MigrationCommands, folder: PathBuf, files: PathBuf) -> Tool {
    let MigrationCommands { list, status, up, down, timeout, books } = commands.clone();
    let timeout = timeout.map_or(TIMEOUT, |timeout| timeout.0);
    Tool { list, status, up, down, folder, files, timeout, books, lossless: BTreeSet::new() }
}

fn unlisted(failure: Failure) -> ApiError {
    ApiError::new("bad_input", failure.message).hint(
        "Run it by hand in the service's repository: README, \"Migrations of other tools\", says what it must print.",
    )
}

/// The day that it is where a target is.
pub(crate) fn today(document: &Document, target: &Target, now: Instant) -> Date {
    let zone = document.environments.get(&target.environment).and_then(|environment| environment.zone.as_deref());
    let zone = zone.and_then(|name| jiff::tz::TimeZone::get(name).ok()).unwrap_or(jiff::tz::TimeZone::UTC);
    now.to_zoned(zone).date()
}

/// What the linter says of a target's migrations, on the day that it is there, and where code runs that knows `released`
/// alone.
pub(crate) fn report(
    document: &Document,
    target: &Target,
    set: &Set,
    dialect: Dialect,
    now: Instant,
    released: &[Pin],
) -> Report {
    let today = today(document, target, now);
    switchback_lint::lint(&Asked { set, dialect, today, released })
}

/// Of each version whose up takes away what its down does not bring back: what that is.
pub(crate) fn gone_for_good(
    document: &Document,
    target: &Target,
    set: &Set,
    dialect: Dialect,
    now: Instant,
) -> BTreeMap<String, Said> {
    // A down that takes away what was written since is another matter: that is counted when it comes to it.
    let takes = |op: &Op| {
        matches!(
            op,
            Op::DropColumn { .. }
                | Op::DropTable { .. }
                | Op::Rebuild { .. }
                | Op::Truncate { .. }
                | Op::Delete { .. }
                | Op::Update { lossy: true, .. }
                | Op::DropPartition { detached: None, .. }
        )
    };
    let up_takes = |one: &&Migration| one.up.as_ref().is_some_and(|up| ops(dialect, &up.sql).iter().any(takes));
    let taking: BTreeSet<&str> = set.migrations.iter().filter(up_takes).map(|one| one.version.as_str()).collect();
    if taking.is_empty() {
        return BTreeMap::new();
    }
    let verdicts = report(document, target, set, dialect, now, &[]).versions.into_iter();
    let gone = verdicts.filter(|one| one.reversible == Reversible::DataLoss && taking.contains(one.version.as_str()));
    gone.filter_map(|one| Some((one.version, one.because?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::symlink};

    fn refused(folder: &Path) -> String {
        let error = migration_files(folder).unwrap_err();
        assert_eq!(error.code, "bad_input", "{error}");
        error.to_string()
    }

    #[test]
    fn what_is_no_file_of_the_folder_is_refused_and_not_opened() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("db");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("1_a.up.sql"), "select 1;").unwrap();
        symlink("1_a.up.sql", folder.join("2_b.up.sql")).unwrap();
        let mut paths: Vec<String> = migration_files(&folder).unwrap().into_iter().map(|file| file.path).collect();
        paths.sort();
        assert_eq!(paths, ["1_a.up.sql", "2_b.up.sql"]);

        fs::write(place.path().join("elsewhere.sql"), "select 2;").unwrap();
        for out in ["../elsewhere.sql", "/dev/zero"] {
            let link = folder.join("3_c.up.sql");
            symlink(out, &link).unwrap();
            assert!(refused(&folder).contains("3_c.up.sql leads out of the folder"));
            fs::remove_file(link).unwrap();
        }
        // A socket stands for whatever is no file: to open a pipe would wait for ever.
        let _socket = std::os::unix::net::UnixListener::bind(folder.join("4_d.up.sql")).unwrap();
        assert!(refused(&folder).contains("4_d.up.sql is no regular file"));
    }

    #[test]
    fn what_is_not_utf8_is_named_by_line_and_byte() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("1_a.up.sql"), b"-- a\ninsert into a values ('\xe9');\n").unwrap();
        assert!(refused(folder.path()).ends_with("1_a.up.sql:2: byte 29 of the file is not UTF-8"));
    }
}
