//! The cluster as people speak to it: by `kubectl`.

use super::{Cluster, control::PATIENCE};
use crate::part::PartError;
use std::{path::Path, process::Stdio};
use tokio::io::AsyncWriteExt as _;

impl Cluster {
    /// What `kubectl` says; anything but success is an error.
    pub async fn kubectl(&self, arguments: &[&str]) -> Result<String, PartError> {
        self.kubectl_with(arguments, "").await
    }

    /// Applies a manifest.
    pub async fn apply(&self, namespace: &str, manifest: &str) -> Result<(), PartError> {
        self.kubectl_with(&["apply", "--namespace", namespace, "-f", "-"], manifest).await.map(|_| ())
    }

    /// An object as JSON; null when there is none.
    pub async fn get(&self, namespace: &str, what: &str) -> Result<serde_json::Value, PartError> {
        let said =
            self.kubectl(&["get", what, "--namespace", namespace, "--ignore-not-found", "--output=json"]).await?;
        Ok(serde_json::from_str(&said).unwrap_or_default())
    }

    /// A new namespace that takes pods.
    pub async fn namespace(&self, name: &str) -> Result<(), PartError> {
        self.kubectl(&["create", "namespace", name]).await?;
        self.namespace_is_ready(name).await
    }

    pub(super) async fn namespace_is_ready(&self, name: &str) -> Result<(), PartError> {
        let account = ["wait", "--for=create", "serviceaccount/default", "--timeout=180s", "--namespace", name];
        self.kubectl(&account).await.map(|_| ())
    }

    /// A program of the cluster's own, for whoever measures it.
    pub fn kubectl_command(&self) -> tokio::process::Command {
        kubectl(&self.binary, &self.kubeconfig)
    }

    async fn kubectl_with(&self, arguments: &[&str], input: &str) -> Result<String, PartError> {
        let what = format!("kubectl {}", arguments.join(" "));
        let mut command = self.kubectl_command();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().map_err(PartError::io(&what))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).await.map_err(PartError::io(&what))?;
        }
        let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
        let output = output.map_err(|_| {
            let log = "killed".to_owned();
            PartError::Late { what: what.clone(), seconds: PATIENCE.as_secs(), log }
        })?;
        let output = output.map_err(PartError::io(&what))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(PartError::Ended { what, status: output.status.to_string(), log })
    }
}

fn kubectl(binary: &Path, kubeconfig: &Path) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(binary);
    command.arg("kubectl").env("KUBECONFIG", kubeconfig).env("HOME", kubeconfig.parent().unwrap_or(kubeconfig));
    command
}
