//! What commands read: files, and standard input where the path is `-`.

use std::{
    fmt::Display,
    fs::File,
    io::{self, Read as _},
};
use switchback_api::ApiError;

/// At most `most` bytes of it.
pub fn bytes(path: &str, most: u64) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    if path == "-" {
        io::stdin().take(most).read_to_end(&mut bytes).map_err(|error| unreadable("standard input", &error))?;
    } else {
        let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
        read.map_err(|error| unreadable(path, &error))?;
    }
    Ok(bytes)
}

/// At most `most` bytes of text.
pub fn text(path: &str, most: u64) -> Result<String, ApiError> {
    String::from_utf8(bytes(path, most)?)
        .map_err(|error| unreadable(path, &io::Error::new(io::ErrorKind::InvalidData, error)))
}

/// Why a path could not be read.
pub fn unreadable(path: impl Display, error: &io::Error) -> ApiError {
    let code = if error.kind() == io::ErrorKind::NotFound { "not_found" } else { "bad_input" };
    ApiError::new(code, format!("{path}: {error}"))
        .with("path", &path)
        .hint("Name a file that can be read, or `-` for standard input.")
}
