//! The real `helm`, as `cargo xtask setup` builds it, against a test cluster.

use crate::{cluster::Cluster, part::PartError, tool};
use std::path::Path;
use tokio::process::Command;

/// Runs it; what it says, or its words as the error.
pub async fn helm(cluster: &Cluster, arguments: &[&str]) -> Result<String, PartError> {
    let what = format!("helm {}", arguments.join(" "));
    let home = cluster.kubeconfig().parent().unwrap_or(Path::new("/"));
    let mut command = Command::new(tool::path("helm")?);
    command.args(arguments).env("KUBECONFIG", cluster.kubeconfig()).env("HOME", home).kill_on_drop(true);
    let output = command.output().await.map_err(PartError::io(&what))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(PartError::Ended { what, status: output.status.to_string(), log })
}
