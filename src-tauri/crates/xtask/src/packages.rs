//! Debian's packages: which the app and its tests need, which of them are missing, and their installation.
//!
//! Debian starts a package's server as soon as it is installed. The tests start private ones, and a release manager's
//! machine is no server: nothing is started now nor at the next boot unless it was there before.

use crate::chore::{ChoreError, first_line, stage};
use std::io::IsTerminal;
use std::process::Command;

/// To build and run the desktop app.
pub const APP: &[&str] =
    &["build-essential", "pkg-config", "libwebkit2gtk-4.1-dev", "libayatana-appindicator3-dev", "librsvg2-dev"];

/// To pass all tests, on top of the app's.
pub const TEST: &[&str] = &[
    "docker.io",
    "containerd",
    "runc",
    "containernetworking-plugins",
    "docker-registry",
    "postgresql-15",
    "mariadb-server",
    "nginx",
    "gnome-keyring",
    "dbus",
    "xvfb",
    "xauth",
    "webkit2gtk-driver",
    "xdotool",
    "imagemagick",
    "fonts-noto-cjk",
    "python3-aiosmtpd",
    "openssl",
    "openssh-server",
    "openssh-client",
    "busybox-static",
    "sqlite3",
    "chromium",
    "libseccomp-dev",
    "iptables",
    "iproute2",
    "git",
    "ca-certificates",
];

/// Run as root with the packages as arguments. A policy of 101 forbids starting; the one that was there comes back.
/// Units are disabled only for what is installed now: `units` of it alone are looked at.
const INSTALL: &str = r#"set -eu # install packages without starting their servers
policy=/usr/sbin/policy-rc.d
saved=$(mktemp -d)
if [ -e "$policy" ]; then mv "$policy" "$saved/policy"; fi
restore() {
  rm -f "$policy"
  if [ -e "$saved/policy" ]; then mv "$saved/policy" "$policy"; fi
  rmdir "$saved"
}
trap restore EXIT
trap 'exit 130' INT TERM HUP
printf '#!/bin/sh\nexit 101\n' > "$policy"
chmod 755 "$policy"
apt="apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3"
export DEBIAN_FRONTEND=noninteractive
$apt update || echo "the package lists are old: apt-get update failed" >&2
$apt install -y --no-install-recommends "$@"
command -v systemctl >/dev/null || exit 0
for package in "$@"; do
  case "$package" in
    docker.io) units="docker.service docker.socket" ;;
    openssh-server) units="ssh.service" ;;
    postgresql-15) units="postgresql.service" ;;
    mariadb-server) units="mariadb.service" ;;
    containerd | docker-registry | nginx) units="$package.service" ;;
    *) continue ;;
  esac
  systemctl disable --quiet $units || echo "$units could not be disabled: it starts at the next boot" >&2
done
"#;

/// What is missing of `wanted` after all was tried: one line each, with reason and remedy.
pub fn install_missing(wanted: &[&str]) -> Vec<String> {
    if !cfg!(target_os = "linux") {
        println!("    packages: none needed to build the app on this system");
        return Vec::new();
    }
    let missing = missing(wanted);
    println!("    packages: {} of {} there", wanted.len() - missing.len(), wanted.len());
    if missing.is_empty() {
        return Vec::new();
    }
    if first_line("apt-get", &["--version"]).is_none() {
        return vec![format!(
            "  {}: this system has no apt-get; install what its own package manager calls these",
            missing.join(" ")
        )];
    }
    if run_as_root("packages", &missing).is_err() {
        // One package that cannot be had must not keep the others away, and shall be named.
        for package in self::missing(wanted) {
            let _ = run_as_root(package, &[package]);
        }
    }
    let still = self::missing(wanted);
    let reason = |package: &&str| {
        let how = format!("see above what apt-get said, then: sudo apt-get install {package}");
        format!("  {package}: not installable by this user from this machine's package sources; {how}")
    };
    still.iter().map(reason).collect()
}

fn run_as_root(name: &str, packages: &[&str]) -> Result<(), ChoreError> {
    let root = first_line("id", &["-u"]).is_some_and(|id| id == "0");
    let mut command = Command::new(if root { "sh" } else { "sudo" });
    if !root {
        // Where nobody can type a password, asking for one would hang.
        let unattended = std::env::var_os("CI").is_some() || !std::io::stdin().is_terminal();
        command.args(if unattended { &["-n", "sh"][..] } else { &["sh"][..] });
    }
    stage(&format!("install {name}"), command.args(["-c", INSTALL, "sh"]).args(packages))
}

fn missing<'a>(wanted: &[&'a str]) -> Vec<&'a str> {
    let output =
        Command::new("dpkg-query").args(["-W", "-f", "${Package} ${db:Status-Status}\n"]).args(wanted).output();
    let listed = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    missing_of(wanted, &listed)
}

/// Those of `wanted` that dpkg's list does not call installed. A removed package may still be listed by its settings.
fn missing_of<'a>(wanted: &[&'a str], listed: &str) -> Vec<&'a str> {
    let there = |package: &str| listed.lines().any(|line| line.split_once(' ') == Some((package, "installed")));
    wanted.iter().copied().filter(|package| !there(package)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_package_with_settings_left_counts_as_missing() {
        let listed = "nginx config-files\ndocker.io installed\n";
        assert_eq!(missing_of(&["docker.io", "nginx", "xvfb"], listed), ["nginx", "xvfb"]);
    }

    #[test]
    fn no_package_is_named_twice() {
        let mut all = [APP, TEST].concat();
        let before = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), before);
    }

    #[test]
    fn the_install_script_is_a_shell_script() {
        let status = Command::new("sh").args(["-n", "-c", INSTALL]).status().unwrap();
        assert!(status.success());
    }
}
