//! A secret value that is recognised wherever a part of it turns up, and the places it is looked for.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// So many bytes in a row of a value are not there by chance.
const WINDOW: usize = 8;
/// No needle is shorter.
const START: usize = 4;

/// A value to look for.
pub struct Marker {
    name: &'static str,
    /// By their first bytes, so that a long text is gone through once.
    needles: HashMap<[u8; START], Vec<String>>,
}

impl Marker {
    /// The value, its spellings in JSON, in a URL and in base64 at any offset, and every part of these.
    pub fn new(name: &'static str, value: &str) -> Self {
        let json = serde_json::Value::from(value).to_string();
        let url = value.bytes().fold(String::new(), |mut url, byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                url.push(char::from(byte));
            } else {
                let _ = write!(url, "%{byte:02X}");
            }
            url
        });
        let mut needles = BTreeSet::new();
        for line in value.lines() {
            parts(line, WINDOW, &mut needles);
        }
        for spelling in [value, json.trim_matches('"'), &url] {
            for line in spelling.lines() {
                parts(line, WINDOW * 2, &mut needles);
            }
        }
        for before in ["", "a", "ab"] {
            // What the letters before and behind decide is not the value's.
            let text = base64(format!("{before}{value}").as_bytes());
            parts(text[4.min(text.len())..].trim_end_matches('='), WINDOW * 2, &mut needles);
        }
        let mut by_start: HashMap<[u8; START], Vec<String>> = HashMap::new();
        for needle in needles {
            if let Some(start) = needle.as_bytes().first_chunk() {
                by_start.entry(*start).or_default().push(needle);
            }
        }
        Self { name, needles: by_start }
    }

    /// Where a part of the value stands in a text.
    pub fn found_in(&self, text: &str) -> Option<usize> {
        let bytes = text.as_bytes();
        (0..bytes.len()).find(|at| {
            let known = bytes[*at..].first_chunk().and_then(|start: &[u8; START]| self.needles.get(start));
            known.is_some_and(|needles| needles.iter().any(|needle| bytes[*at..].starts_with(needle.as_bytes())))
        })
    }
}

fn parts(text: &str, long: usize, into: &mut BTreeSet<String>) {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() < long {
        if letters.len() >= START {
            into.insert(text.to_owned());
        }
        return;
    }
    into.extend(letters.windows(long).map(|part| part.iter().collect::<String>()));
}

/// Plain base64. The adapter's library is not asked: it is what is tested.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes.chunks(3).fold(String::new(), |mut text, three| {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place > three.len() { '=' } else { char::from(letter) });
        }
        text
    })
}

/// What was looked through: named texts, and all markers.
pub struct Search<'a> {
    markers: &'a [Marker],
    leaks: Vec<String>,
    /// How many bytes were looked at.
    pub bytes: usize,
}

impl<'a> Search<'a> {
    /// For these markers.
    pub fn new(markers: &'a [Marker]) -> Self {
        Self { markers, leaks: Vec::new(), bytes: 0 }
    }

    /// Looks through one text.
    pub fn text(&mut self, place: &str, text: &str) {
        self.bytes += text.len();
        for marker in self.markers {
            if let Some(at) = marker.found_in(text) {
                let (from, to) = (
                    text.floor_char_boundary(at.saturating_sub(80)),
                    text.ceil_char_boundary((at + 80).min(text.len())),
                );
                self.leaks.push(format!("{} in {place}: …{}…", marker.name, &text[from..to]));
            }
        }
    }

    /// Looks through every file of a folder; all of them must be their owner's alone. Returns how many there were.
    pub fn folder(&mut self, folder: &Path) -> usize {
        let mut files = 0;
        for (path, meta) in walk(folder) {
            let mode = meta.permissions().mode() & 0o777;
            let wanted = if meta.is_dir() { 0o700 } else { 0o600 };
            // A released program keeps its right to be run.
            assert!(mode % 0o100 == 0 && mode & wanted == wanted, "{} has mode {mode:o}", path.display());
            if meta.is_file() {
                files += 1;
                let bytes = std::fs::read(&path).unwrap_or_default();
                self.text(&path.display().to_string(), &String::from_utf8_lossy(&bytes));
            }
        }
        files
    }

    /// Ends the search: nothing may have been found.
    #[track_caller]
    pub fn found_nothing(self) {
        assert!(self.leaks.is_empty(), "{} leaks:\n{}", self.leaks.len(), self.leaks.join("\n"));
    }
}

/// Files and folders; sockets hold nothing.
fn walk(folder: &Path) -> Vec<(PathBuf, std::fs::Metadata)> {
    let mut all = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        all.extend(std::fs::symlink_metadata(&folder).map(|meta| (folder.clone(), meta)));
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(meta) = std::fs::symlink_metadata(entry.path()) else { continue };
            if meta.is_dir() {
                open.push(entry.path());
            } else if meta.is_file() {
                all.push((entry.path(), meta));
            }
        }
    }
    all
}

#[test]
fn a_marker_is_found_whole_in_part_and_in_each_spelling() {
    let marker = Marker::new("it", "correct/horse\"battery");
    for text in ["correct/", "rse\"batt", "correct%2Fhorse%22battery", "correct/horse\\\"battery", "orse\\\"battery"] {
        assert!(marker.found_in(text).is_some(), "{text}");
    }
    for before in ["", "u", "us", "user:"] {
        assert!(marker.found_in(&base64(format!("{before}correct/horse\"battery!").as_bytes())).is_some(), "{before}");
    }
    assert_eq!(base64(b"user:pass"), "dXNlcjpwYXNz");
    assert_eq!(base64(b"ab"), "YWI=");
    assert!(marker.found_in("a correct horse").is_none());
}
