//! A container's last lines: both streams apart, without terminal colours, bounded. Masking secrets is the caller's.

use crate::{client::Client, trouble::Said as _};
use bollard::{container::LogOutput, query_parameters::LogsOptions};
use futures::TryStreamExt as _;
use std::collections::VecDeque;
use switchback_core::{
    failure::{Failure, LogLine},
    plan::InstanceName,
};

/// Most bytes kept, from the end.
const KEPT: usize = 256 * 1024;

/// The last lines, oldest first. A container that is not there has none.
pub(crate) async fn logs(client: &Client, name: &InstanceName, lines: usize) -> Result<Vec<LogLine>, Failure> {
    let options =
        LogsOptions { stdout: true, stderr: true, timestamps: true, tail: lines.to_string(), ..LogsOptions::default() };
    let mut kept = Kept::new(lines);
    let mut output = Box::pin(client.logs(&name.0, Some(options)));
    loop {
        match output.try_next().await {
            Ok(Some(LogOutput::StdErr { message })) => kept.take(true, &message),
            Ok(Some(LogOutput::StdOut { message } | LogOutput::Console { message })) => kept.take(false, &message),
            Ok(Some(LogOutput::StdIn { .. })) => {}
            Ok(None) => return Ok(kept.lines.into()),
            Err(error) if error.absent() => return Ok(Vec::new()),
            Err(error) => return Err(error.on(client.endpoint())),
        }
    }
}

/// Lines as they come, the oldest dropped beyond the bounds.
struct Kept {
    lines: VecDeque<LogLine>,
    most: usize,
    bytes: usize,
    /// Whether the last piece of standard output and of standard error had no newline: the engine cuts long lines.
    open: [bool; 2],
}

impl Kept {
    fn new(most: usize) -> Self {
        Self { lines: VecDeque::new(), most, bytes: 0, open: [false; 2] }
    }

    fn take(&mut self, stderr: bool, message: &[u8]) {
        let text = String::from_utf8_lossy(message);
        let (stamp, rest) = text.split_once(' ').unwrap_or(("", &text));
        let (at, rest) = match stamp.parse() {
            Ok(at) => (Some(at), rest),
            Err(_) => (None, text.as_ref()),
        };
        let ended = rest.ends_with('\n');
        let plain = without_escapes(rest.trim_end_matches(['\n', '\r']));
        let open = std::mem::replace(&mut self.open[usize::from(stderr)], !ended);
        let last = self.lines.iter_mut().rev().find(|line| line.stderr == stderr).filter(|_| open);
        self.bytes += plain.len();
        match last {
            Some(line) => line.text.push_str(&plain),
            None => self.lines.push_back(LogLine { at, stderr, text: plain }),
        }
        while self.lines.len() > self.most || (self.bytes > KEPT && self.lines.len() > 1) {
            self.bytes -= self.lines.pop_front().map_or(0, |line| line.text.len());
        }
        self.shorten();
    }

    /// One line alone may be longer than all that is kept: its end counts.
    fn shorten(&mut self) {
        if self.bytes <= KEPT {
            return;
        }
        if let Some(line) = self.lines.front_mut() {
            let cut = line.text.ceil_char_boundary(line.text.len().saturating_sub(KEPT));
            self.bytes -= cut;
            line.text.drain(..cut);
        }
    }
}

/// The text without terminal escapes (`ESC [ … letter`, `ESC ] … BEL`) and other control characters but tabs.
fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' {
            match rest.next() {
                Some('[') => while rest.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
                Some(']') => while rest.next().is_some_and(|c| c != '\u{7}' && c != '\u{1b}') {},
                _ => {}
            }
        } else if c == '\t' || !c.is_control() {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(most: usize, pieces: &[(bool, &str)]) -> Vec<(bool, String)> {
        let mut kept = Kept::new(most);
        for (stderr, piece) in pieces {
            kept.take(*stderr, piece.as_bytes());
        }
        kept.lines.into_iter().map(|line| (line.stderr, line.text)).collect()
    }

    #[test]
    fn colours_are_taken_off_and_the_time_is_read() {
        let mut kept = Kept::new(9);
        kept.take(true, b"2026-01-02T03:04:05.6Z \x1b[31mfatal:\x1b[0m no\tdatabase\n");
        let line = &kept.lines[0];
        assert_eq!((line.text.as_str(), line.stderr), ("fatal: no\tdatabase", true));
        assert_eq!(line.at.unwrap().to_string(), "2026-01-02T03:04:05.6Z");
    }

    #[test]
    fn a_line_the_engine_cut_is_whole_again_though_the_other_stream_spoke_between() {
        let pieces = [
            (false, "2026-01-02T03:04:05Z half "),
            (true, "2026-01-02T03:04:05Z other\n"),
            (false, "2026-01-02T03:04:05Z whole\n"),
        ];
        assert_eq!(kept(9, &pieces), [(false, "half whole".to_owned()), (true, "other".to_owned())]);
    }

    #[test]
    fn the_newest_stay_within_both_bounds() {
        assert_eq!(kept(1, &[(false, "a\n"), (false, "b\n")]), [(false, "b".to_owned())]);
        let long = "x".repeat(KEPT + 10);
        let kept = kept(9, &[(false, "a\n"), (false, &format!("{long}\n"))]);
        assert_eq!(kept.iter().map(|(_, text)| text.len()).sum::<usize>(), KEPT);
    }
}
