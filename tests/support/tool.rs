//! Programs built from Go modules beside the test cluster: where they are.

use crate::part::PartError;
use std::path::PathBuf;

/// The set-up reads the same file.
const VERSIONS: &str = include_str!("../engine/versions.env");

/// `<cache>/tools/<name>-<version>/bin/<name>`.
pub fn path(name: &str) -> Result<PathBuf, PartError> {
    let mut lines = VERSIONS.lines().filter_map(|line| line.split_once('='));
    let version = lines.find(|(key, _)| *key == name).map_or("", |(_, value)| value);
    let file = cache()?.join("tools").join(format!("{name}-{version}")).join("bin").join(name);
    if file.is_file() {
        return Ok(file);
    }
    let what = format!("{} (built from Go modules)", file.display());
    // Only the benches are loaded by it.
    if name == "kwok" {
        return Err(PartError::Missing { what, how: "run `cargo xtask setup-bench`".to_owned() });
    }
    Err(PartError::missing(what))
}

/// Where the set-up builds what tests need.
pub fn cache() -> Result<PathBuf, PartError> {
    let given = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    given("SWITCHBACK_TEST_CACHE")
        .or_else(|| given("SWITCHBACK_CACHE"))
        .or_else(|| given("HOME").map(|home| home.join(".cache/switchback")))
        .ok_or_else(|| PartError::missing("a cache folder (neither SWITCHBACK_TEST_CACHE nor HOME is set)"))
}
