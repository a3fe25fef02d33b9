//! The Kubernetes cluster of the live tests, built from its Go modules as one binary (tests/cluster).
//!
//! The version is in that module's go.mod, which the test harness reads too, and in the folder's name. The sources it was
//! built from lie beside it: others build anew. Built in a folder beside it and renamed, so that a half build is never
//! taken for a whole one.

use crate::chore::{ChoreError, stage};
use crate::{engine, place};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the binary is built from.
const SOURCES: [&str; 3] = ["go.mod", "go.sum", "main.go"];

/// Builds the cluster where it is missing; on failure the line to show.
pub fn build_missing() -> Result<(), ChoreError> {
    let module = place::repository().join("tests/cluster");
    let version = version(&read(&module.join("go.mod"))?).to_owned();
    let folder = place::cache()?.join("cluster").join(&version);
    let same = |name: &&str| matches!((read(&module.join(name)), read(&folder.join(name))), (Ok(a), Ok(b)) if a == b);
    if folder.join("cluster").is_file() && SOURCES.iter().all(same) {
        println!("    test cluster {version}: there, {}", folder.display());
        return Ok(());
    }
    engine::check_go("the test cluster")?;
    let building = folder.with_extension(format!("building-{}", std::process::id()));
    std::fs::create_dir_all(&building).map_err(ChoreError::io(format!("make {}", building.display())))?;
    let built = build(&module, &version, &building);
    if built.is_ok() {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::rename(&building, &folder).map_err(ChoreError::io(format!("rename to {}", folder.display())))?;
    } else {
        let _ = std::fs::remove_dir_all(&building);
    }
    built
}

fn build(module: &Path, version: &str, into: &Path) -> Result<(), ChoreError> {
    for name in SOURCES {
        std::fs::copy(module.join(name), into.join(name)).map_err(ChoreError::io(format!("copy {name}")))?;
    }
    let mut numbers = version.trim_start_matches('v').split('.');
    let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    // Without these the server calls itself v0.0.0, which clients take for too old.
    let named = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].map(|package| {
        format!("-X {package}.gitVersion={version} -X {package}.gitMajor={major} -X {package}.gitMinor={minor}")
    });
    let flags = format!("-s -w {}", named.join(" "));
    let mut command = Command::new("go");
    command.args(["build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-ldflags", &flags, "-o"]);
    command.arg(into.join("cluster")).arg(".").env("CGO_ENABLED", "0").env("GO111MODULE", "on").current_dir(module);
    stage("build the test cluster", &mut command)
}

fn read(file: &PathBuf) -> Result<String, ChoreError> {
    std::fs::read_to_string(file).map_err(ChoreError::io(format!("read {}", file.display())))
}

fn version(module: &str) -> &str {
    module.lines().find_map(|line| line.trim().strip_prefix("k8s.io/kubernetes ")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_names_the_version() {
        let module = read(&place::repository().join("tests/cluster/go.mod")).unwrap();
        assert!(version(&module).starts_with("v1."), "{module}");
    }
}
