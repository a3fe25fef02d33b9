//! Where this clone is, as cargo tells at run time: clones share a cache folder, so that a test may have been built in
//! another one.

use std::path::{Path, PathBuf};

/// The folder of these tests.
///
/// # Panics
/// When the test was not started by cargo.
pub fn tests() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).expect("start tests with cargo")
}

/// The repository's top folder.
pub fn repository() -> PathBuf {
    let tests = tests();
    tests.parent().map(Path::to_owned).unwrap_or(tests)
}
