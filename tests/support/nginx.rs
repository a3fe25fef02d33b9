//! A private nginx: its own prefix, file of process number and port, with one upstream that its owner gives away.

use crate::{part::PartError, port};
use std::{path::PathBuf, process::Command};
use switchback_core::strategy::{NginxHost, Router};

const BINARY: &str = "/usr/sbin/nginx";
/// Room for what piles up while a busy machine answers late: past its default of 512 nginx closes connections unasked.
pub const MANY: &str = "worker_rlimit_nofile 16384;\nevents { worker_connections 8192; }\n";

/// A running nginx; stopped when dropped.
#[derive(Debug)]
pub struct PrivateNginx {
    home: tempfile::TempDir,
    port: u16,
}

impl PrivateNginx {
    /// Starts with an upstream `checkout` that leads nowhere, as an owner sets it up before the first switch.
    pub fn start() -> Result<Self, PartError> {
        let home = tempfile::tempdir().map_err(PartError::io("make a temporary folder"))?;
        let own = Self { home, port: port::free() };
        let conf = format!(
            "worker_processes 2;\npid nginx.pid;\n{MANY}http {{\n  access_log off;\n  include checkout.conf;\n  \
             server {{ listen 127.0.0.1:{}; location / {{ proxy_pass http://checkout; }} }}\n}}\n",
            own.port
        );
        let write =
            |path: PathBuf, text: &str| std::fs::write(path, text).map_err(PartError::io("write nginx's files"));
        write(own.home.path().join("nginx.conf"), &conf)?;
        write(own.conf(), "upstream checkout { server 127.0.0.1:1; }\n")?;
        own.run(&[])?;
        Ok(own)
    }

    /// Its command with more words: `-t`, `-s reload`.
    pub fn words(&self, more: &[&str]) -> Vec<String> {
        let prefix = self.home.path().display().to_string();
        let conf = self.home.path().join("nginx.conf").display().to_string();
        let mut words: Vec<String> = [BINARY, "-p", &prefix, "-e", "error.log", "-c", &conf].map(str::to_owned).into();
        words.extend(more.iter().map(|word| (*word).to_owned()));
        words
    }

    /// Ends it, and returns when its master is gone: nginx removes its process number as its last act.
    pub async fn stop(&self) -> Result<(), PartError> {
        self.run(&["-s", "stop"])?;
        while self.home.path().join("nginx.pid").exists() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Starts it again.
    pub fn start_again(&self) -> Result<(), PartError> {
        self.run(&[])
    }

    fn run(&self, more: &[&str]) -> Result<(), PartError> {
        let words = self.words(more);
        let output = Command::new(&words[0]).args(&words[1..]).output();
        let output = output.map_err(|_| PartError::missing(format!("{BINARY} (package nginx-light)")))?;
        if output.status.success() {
            return Ok(());
        }
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(PartError::Ended { what: words.join(" "), status: output.status.to_string(), log })
    }

    /// The file that Switchback owns.
    pub fn conf(&self) -> PathBuf {
        self.home.path().join("checkout.conf")
    }

    /// The port users ask.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// As the engine is told of it.
    pub fn router(&self, drain: std::time::Duration) -> Router {
        let host = NginxHost::Local { test: self.words(&["-t"]), reload: self.words(&["-s", "reload"]) };
        Router::Nginx { conf: self.conf(), upstream: "checkout".to_owned(), host, drain }
    }

    /// As a policy file tells of it: a blue-green strategy, one line of YAML.
    pub fn strategy(&self) -> String {
        format!(
            "{{ blue-green: {{ router: {{ nginx: {{ conf: \"{}\", upstream: checkout, test: {:?}, reload: {:?} }} }} }} }}",
            self.conf().display(),
            self.words(&["-t"]),
            self.words(&["-s", "reload"])
        )
    }
}

impl Drop for PrivateNginx {
    fn drop(&mut self) {
        let _ = self.run(&["-s", "stop"]);
    }
}
