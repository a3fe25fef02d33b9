//! Which nginx workers there are, and which of them still take connections.
//!
//! `nginx -s reload` returns as soon as the signal is sent. The master then starts new workers and asks the old ones
//! to finish, and only their titles in the process list tell when that is so. nginx gives no event for it, and the end of
//! another's child cannot be waited for, so the list is read every [`LOOK`] for the short time of a change.

use crate::command::Place;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    time::Duration,
};
use switchback_core::failure::Failure;

/// Short beside the tens of milliseconds a reload takes.
const LOOK: Duration = Duration::from_millis(10);
/// The same through an engine, where each look is a command of its own.
const LOOK_INSIDE: Duration = Duration::from_millis(100);
/// A reload with thousands of server names is still shorter.
const RELOAD: Duration = Duration::from_secs(10);

/// Prints a line per process: number, parent, title.
const LIST: &str = "for p in /proc/[0-9]*; do read -r s < $p/stat 2>/dev/null || continue; s=${s##*) }; set -- $s; \
                    echo \"${p#/proc/} $2 $(tr '\\0' ' ' < $p/cmdline 2>/dev/null)\"; done";

/// The workers of one master.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Crew {
    serving: BTreeSet<u32>,
    leaving: BTreeSet<u32>,
}

/// Workers by master.
pub type Census = BTreeMap<u32, Crew>;

/// Counts now. Empty where processes cannot be seen.
pub async fn count(place: &Place) -> Result<Census, Failure> {
    match place {
        Place::Local { .. } => Ok(read(processes())),
        Place::Container { .. } => {
            let output = place.inside(&["sh", "-c", LIST]).await?;
            let line = |line: &str| {
                let mut parts = line.splitn(3, ' ');
                Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.to_owned()))
            };
            Ok(read(output.output.lines().filter_map(line)))
        }
    }
}

/// Whether the nginx of this machine runs, as far as that can be seen: `true` where it cannot, and in a container, whose
/// own state tells it.
///
/// Which one is meant is known from the command that checks it: the master's title holds the command it was started by,
/// with the same `-p` and `-c` if there are any.
pub fn there(place: &Place) -> bool {
    let Place::Local { test, .. } = place else { return true };
    // The first process is another user's: where it is hidden, so may be nginx.
    let hidden = fs::read("/proc/1/cmdline").is_err();
    let Some(words) = own_words(test).filter(|_| !hidden) else { return true };
    processes().any(|(pid, _, title)| runs_by(&title, &words) && !is_contained(pid))
}

/// Whether a process is seen by another number where it lives: in a container, out of the reach of commands here.
fn is_contained(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    numbers.is_some_and(|numbers| numbers.split_whitespace().count() > 1)
}

/// What tells one nginx from another in the command that checks it; `None` for a command that runs something else.
fn own_words(test: &[String]) -> Option<Vec<&str>> {
    let mut words = test.iter().map(String::as_str).skip_while(|word| *word == "sudo");
    let nginx = words.next()?;
    (nginx.rsplit('/').next() == Some("nginx"))
        .then(|| words.filter(|word| !matches!(*word, "-t" | "-q" | "-T")).collect())
}

/// One with a prefix of its own is not the one that a command without it speaks to.
fn runs_by(title: &str, words: &[&str]) -> bool {
    title.strip_prefix("nginx: master process ").is_some_and(|command| {
        let apart = command.split(' ').any(|word| word == "-p") && !words.contains(&"-p");
        !apart && words.iter().all(|word| command.contains(word))
    })
}

fn processes() -> impl Iterator<Item = (u32, u32, String)> {
    fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let title = fs::read(entry.path().join("cmdline")).ok()?;
        let title = String::from_utf8_lossy(&title).replace('\0', " ");
        if !title.starts_with("nginx: ") {
            return None;
        }
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        Some((pid, parent, title))
    })
}

fn read(processes: impl Iterator<Item = (u32, u32, String)>) -> Census {
    let mut census = Census::new();
    for (pid, parent, title) in processes {
        if title.starts_with("nginx: master process") {
            census.entry(pid).or_default();
        } else if title.starts_with("nginx: worker process is shutting down") {
            census.entry(parent).or_default().leaving.insert(pid);
        } else if title.starts_with("nginx: worker process") {
            census.entry(parent).or_default().serving.insert(pid);
        }
    }
    census
}

/// Whether some master has replaced all workers it had. Which master a configured command speaks to cannot be read
/// from the command; but it is the one that changes.
fn replaced(before: &Census, now: &Census) -> bool {
    before.iter().any(|(master, old)| {
        now.get(master).is_some_and(|new| !new.serving.is_empty() && new.serving.is_disjoint(&old.serving))
    })
}

/// Returns when the reload of `before` is in force. `false` when that was not seen in time.
pub async fn renewed(place: &Place, before: &Census) -> Result<bool, Failure> {
    if before.is_empty() {
        // Nothing to be seen (another user's processes, another name space): the command's word is all there is.
        return Ok(true);
    }
    wait(place, RELOAD, |now| replaced(before, now)).await
}

/// Returns when no worker is finishing old connections, or after `limit`.
pub async fn drained(place: &Place, limit: Duration) -> Result<bool, Failure> {
    wait(place, limit, |now| now.values().all(|crew| crew.leaving.is_empty())).await
}

async fn wait(place: &Place, limit: Duration, done: impl Fn(&Census) -> bool) -> Result<bool, Failure> {
    let look = if matches!(place, Place::Local { .. }) { LOOK } else { LOOK_INSIDE };
    let seen = async {
        loop {
            if done(&count(place).await?) {
                return Ok(true);
            }
            tokio::time::sleep(look).await;
        }
    };
    tokio::time::timeout(limit, seen).await.unwrap_or(Ok(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn census(lines: &[(u32, u32, &str)]) -> Census {
        read(lines.iter().map(|(pid, parent, title)| (*pid, *parent, (*title).to_owned())))
    }

    #[test]
    fn the_nginx_that_is_meant_is_known_by_the_words_of_its_check() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let ours = words("sudo /usr/sbin/nginx -t -p /x -c /x/nginx.conf");
        let own = own_words(&ours).unwrap();
        assert!(runs_by("nginx: master process nginx -p /x -c /x/nginx.conf", &own));
        assert!(!runs_by("nginx: master process nginx -p /y -c /y/nginx.conf", &own));
        assert!(!runs_by("nginx: worker process", &[]));
        let plain = words("nginx -t");
        assert!(runs_by("nginx: master process /usr/sbin/nginx -g daemon on;", &own_words(&plain).unwrap()));
        assert!(!runs_by("nginx: master process nginx -p /y -c /y/nginx.conf", &own_words(&plain).unwrap()));
        assert!(runs_by("nginx: master process nginx -c /etc/nginx/nginx.conf", &own_words(&plain).unwrap()));
        assert_eq!(own_words(&words("ssh edge nginx -t")), None, "what runs elsewhere is not judged here");
    }

    const MASTER: (u32, u32, &str) = (10, 1, "nginx: master process nginx -p /x");

    #[test]
    fn a_reload_is_in_force_once_no_old_worker_takes_connections() {
        let before = census(&[MASTER, (11, 10, "nginx: worker process")]);
        let half = census(&[MASTER, (11, 10, "nginx: worker process"), (12, 10, "nginx: worker process")]);
        let full =
            census(&[MASTER, (11, 10, "nginx: worker process is shutting down"), (12, 10, "nginx: worker process")]);
        assert!(!replaced(&before, &before) && !replaced(&before, &half) && replaced(&before, &full));
    }

    #[test]
    fn the_workers_of_another_master_do_not_count() {
        let other = (20, 1, "nginx: master process nginx -p /y");
        let before = census(&[MASTER, (11, 10, "nginx: worker process"), other, (21, 20, "nginx: worker process")]);
        let started = census(&[
            MASTER,
            (11, 10, "nginx: worker process"),
            (30, 1, "nginx: master process nginx -p /z"),
            (31, 30, "nginx: worker process"),
        ]);
        assert!(!replaced(&before, &started));
    }
}
