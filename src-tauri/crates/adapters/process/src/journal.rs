//! An instance's output on disk: a line each with its instant and stream, bounded, secrets masked.
//!
//! At 1 MiB the file becomes `log.1` and a new one begins, so an instance never holds more than 2 MiB. The supervisor
//! knows the secret values of its child and masks them before anything reaches the disk.

use crate::trouble;
use secrecy::SecretString;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};
use switchback_core::{
    failure::{Failure, LogLine},
    ident::Instant,
    mask::Mask,
};
use tokio::{io::AsyncReadExt as _, net::unix::pipe::Receiver};
use tokio_util::sync::CancellationToken;

/// A file of this size is turned over.
const TURN_AT: u64 = 1024 * 1024;
/// A longer line is broken, so that a program that prints no newline cannot fill the memory.
const LONGEST_LINE: usize = 8 * 1024;
/// Most bytes read after the end: the most a pipe holds unless root says otherwise. A child that goes on printing would
/// else keep its parent's end from being told.
const LAST_BYTES: usize = 1024 * 1024;
/// Most bytes of text handed out at once.
const MOST_READ: usize = 256 * 1024;

/// The writing end, held by the supervisor.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    size: u64,
    mask: Mask,
}

impl Journal {
    /// Opens an instance's log to append.
    pub fn open<'a>(dir: &Path, secrets: impl Iterator<Item = &'a SecretString>) -> io::Result<Self> {
        let path = dir.join("log");
        let file = append(&path)?;
        let size = file.metadata()?.len();
        Ok(Self { path, file, size, mask: Mask::of(secrets) })
    }

    /// Writes one line. Losing a line to a full disk is better than stopping the program that printed it.
    pub fn line(&mut self, stderr: bool, text: &[u8]) {
        let text = self.mask.text(&String::from_utf8_lossy(text).replace(['\n', '\r'], ""));
        let line = format!("{} {} {text}\n", Instant::now(), if stderr { 'e' } else { 'o' });
        if self.size >= TURN_AT {
            self.turn();
        }
        if self.file.write_all(line.as_bytes()).is_ok() {
            self.size += line.len() as u64;
        }
    }

    fn turn(&mut self) {
        let _ = fs::rename(&self.path, self.path.with_file_name("log.1"));
        if let Ok(file) = append(&self.path) {
            self.file = file;
            self.size = 0;
        }
    }
}

/// A log is its owner's alone, whatever the folder above it allows.
fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

/// Bytes taken apart into lines.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    fn push(&mut self, mut bytes: &[u8], take: &mut impl FnMut(&[u8])) {
        while !bytes.is_empty() {
            let room = LONGEST_LINE.saturating_sub(self.0.len()).max(1);
            let near = &bytes[..bytes.len().min(room)];
            let newline = near.iter().position(|byte| *byte == b'\n');
            self.0.extend_from_slice(&near[..newline.unwrap_or(near.len())]);
            bytes = &bytes[newline.map_or(near.len(), |at| at + 1)..];
            if newline.is_some() || self.0.len() >= LONGEST_LINE {
                take(&self.0);
                self.0.clear();
            }
        }
    }
}

/// Hands a pipe's lines to `take` until nobody can write any more, or until `ended`: then what lies in it is read and
/// no more is waited for, because a program's own children may hold its output open long after it.
pub async fn lines(mut pipe: Receiver, ended: CancellationToken, mut take: impl FnMut(&[u8])) {
    let mut lines = Lines::default();
    let mut bytes = vec![0; LONGEST_LINE];
    loop {
        tokio::select! {
            read = pipe.read(&mut bytes) => match read {
                Ok(count @ 1..) => lines.push(&bytes[..count], &mut take),
                _ => break,
            },
            () = ended.cancelled() => {
                let mut last = 0;
                // The kernel is asked itself: what tokio knows of the pipe may be older than the end. A pipe that holds
                // nothing says so, for it does not block.
                while last < LAST_BYTES && let Ok(count @ 1..) = nix::unistd::read(&pipe, &mut bytes) {
                    lines.push(&bytes[..count], &mut take);
                    last += count;
                }
                break;
            }
        }
    }
    if !lines.0.is_empty() {
        take(&lines.0);
    }
}

/// The last lines, oldest first.
pub fn read(dir: &Path, most: usize) -> Result<Vec<LogLine>, Failure> {
    let mut text = String::new();
    for name in ["log.1", "log"] {
        let path = dir.join(name);
        match fs::read(&path) {
            Ok(bytes) => text.push_str(&String::from_utf8_lossy(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(trouble::io("read", &path, &error)),
        }
    }
    let mut room = MOST_READ;
    let mut found: Vec<LogLine> = Vec::new();
    for line in text.lines().rev().take(most) {
        let line = parse(line);
        let Some(rest) = room.checked_sub(line.text.len()) else { break };
        room = rest;
        found.push(line);
    }
    found.reverse();
    Ok(found)
}

fn parse(line: &str) -> LogLine {
    let parts = line.split_once(' ').and_then(|(at, rest)| Some((at.parse().ok()?, rest.split_once(' ')?)));
    match parts {
        Some((at, (stream, text))) => LogLine { at: Some(at), stderr: stream == "e", text: text.to_owned() },
        None => LogLine { at: None, stderr: false, text: line.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(dir: &Path, secrets: &[&str]) -> Journal {
        let secrets: Vec<SecretString> = secrets.iter().map(|text| SecretString::from((*text).to_owned())).collect();
        Journal::open(dir, secrets.iter()).unwrap()
    }

    #[test]
    fn both_streams_come_back_with_their_instants_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = journal(dir.path(), &[]);
        journal.line(false, b"listening");
        journal.line(true, b"warning: \xff");
        let lines = read(dir.path(), 10).unwrap();
        assert_eq!(lines.iter().map(|line| line.stderr).collect::<Vec<_>>(), [false, true]);
        assert_eq!(lines[0].text, "listening");
        assert!(lines.iter().all(|line| line.at.is_some()));
    }

    #[test]
    fn a_secret_a_program_prints_never_reaches_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = journal(dir.path(), &["hunter22", "first-line\nsecond-line"]);
        journal.line(true, b"connecting with hunter22");
        journal.line(true, b"key: second-line");
        let raw = fs::read_to_string(dir.path().join("log")).unwrap();
        assert!(!raw.contains("hunter22") && !raw.contains("second-line"), "{raw}");
        assert!(raw.contains("connecting with ***"));
    }

    #[test]
    fn a_program_that_never_stops_printing_takes_two_mebibytes_at_most() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = journal(dir.path(), &[]);
        for _ in 0..400 {
            journal.line(false, &[b'x'; LONGEST_LINE]);
        }
        let size: u64 = ["log", "log.1"].iter().map(|name| fs::metadata(dir.path().join(name)).unwrap().len()).sum();
        assert!(size < 2 * TURN_AT + 32 * 1024, "{size}");
        let text: usize = read(dir.path(), usize::MAX).unwrap().iter().map(|line| line.text.len()).sum();
        assert!(text <= MOST_READ && text > MOST_READ / 2);
    }

    fn pipe() -> (Receiver, fs::File) {
        let (read, write) = nix::unistd::pipe().unwrap();
        (Receiver::from_owned_fd(read).unwrap(), write.into())
    }

    #[tokio::test]
    async fn a_line_without_end_is_broken_and_the_last_needs_no_newline() {
        let mut text = vec![b'x'; 3 * LONGEST_LINE];
        text.extend_from_slice(b"\nend");
        let (read, mut write) = pipe();
        let mut seen = Vec::new();
        let writing = tokio::task::spawn_blocking(move || write.write_all(&text));
        lines(read, CancellationToken::new(), |line| seen.push(line.len())).await;
        writing.await.unwrap().unwrap();
        assert!(seen.iter().all(|length| *length <= LONGEST_LINE), "{seen:?}");
        assert_eq!(seen.iter().sum::<usize>(), 3 * LONGEST_LINE + 3);
        assert_eq!(seen.last(), Some(&3));
    }

    #[tokio::test]
    async fn the_last_words_are_read_though_somebody_holds_the_pipe_open() {
        let (read, mut write) = pipe();
        let ended = CancellationToken::new();
        write.write_all(b"one\nlast words").unwrap();
        ended.cancel();
        let mut seen = Vec::new();
        // It would wait for ever if it waited for the pipe's end: `write` is still open.
        lines(read, ended, |line| seen.push(String::from_utf8_lossy(line).into_owned())).await;
        assert_eq!(seen, ["one", "last words"]);
        drop(write);
    }
}
