//! A private network bridge, one for each engine a test starts.
//!
//! Engines share the machine's network (a published port must be on 127.0.0.1), so the default `docker0` and its
//! addresses would collide between tests that run side by side. The bridge's name is made from its subnet: adding the
//! link is the lock on both, across processes.

use crate::part::PartError;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A bridge with a /24 of its own; removed, with all links of its subnet, when dropped.
#[derive(Debug)]
pub struct Bridge {
    name: String,
    prefix: String,
}

impl Bridge {
    /// Adds a bridge on the first free subnet.
    pub fn add() -> Result<Self, PartError> {
        // 10.192.0.0/10 holds 64 * 256 subnets; processes start at different ones so that they seldom meet.
        const TRIES: u32 = 64;
        let mut refusal = None;
        for _ in 0..TRIES {
            let number = (std::process::id().wrapping_mul(37) + NEXT.fetch_add(1, Ordering::Relaxed)) % (64 * 256);
            let (a, b) = (192 + number / 256, number % 256);
            let (name, prefix) = (format!("sb{a}-{b}"), format!("10.{a}.{b}"));
            if !ip(&["-4", "route", "show", "to", "root", &format!("{prefix}.0/24")])?.is_empty() {
                continue;
            }
            if let Err(error) = ip(&["link", "add", "name", &name, "type", "bridge"]) {
                refusal = Some(error);
                continue;
            }
            let bridge = Self { name, prefix };
            ip(&["addr", "add", &format!("{}.1/26", bridge.prefix), "dev", &bridge.name])?;
            ip(&["link", "set", &bridge.name, "up"])?;
            return Ok(bridge);
        }
        Err(refusal.unwrap_or_else(|| PartError::missing("a free subnet in 10.192.0.0/10")))
    }

    /// The link's name, for `--bridge`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its own addresses, 61 of them beside its own.
    pub fn subnet(&self) -> String {
        format!("{}.0/26", self.prefix)
    }

    /// Where user-defined networks get their addresses, for `--default-address-pool`: eight of 14 hosts.
    pub fn pool(&self) -> String {
        format!("base={}.128/25,size=28", self.prefix)
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        // By name first: a bridge that got no address is not found by its subnet.
        let _ = ip(&["link", "del", &self.name]);
        // An engine that was killed leaves the bridges of its user-defined networks: they are found by our subnet.
        let ours = format!("inet {}.", self.prefix);
        for line in ip(&["-o", "-4", "addr", "show"]).unwrap_or_default().lines().filter(|line| line.contains(&ours)) {
            if let Some(link) = line.split_whitespace().nth(1) {
                let _ = ip(&["link", "del", link]);
            }
        }
    }
}

fn ip(args: &[&str]) -> Result<String, PartError> {
    let output = Command::new("ip").args(args).output().map_err(|_| PartError::missing("`ip` (package iproute2)"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(PartError::Ended {
        what: format!("ip {}", args.join(" ")),
        status: output.status.to_string(),
        log: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
