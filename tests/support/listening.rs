//! The smallest release of a process: it listens on its port, and ends when it is told to.

use crate::cli::Desk;
use std::{fs, os::unix::fs::PermissionsExt as _};

/// It runs and never listens.
const DEAF: &str = "sleep 600 & trap 'kill $!; exit 0' TERM; wait";
const SERVER: &str = "/bin/busybox httpd -f -p 127.0.0.1:$PORT & trap 'kill $!; exit 0' TERM; wait";

/// Puts one where a policy beside the desk's file finds it as `folder: "{version}"`, with the program `server`.
///
/// # Panics
/// When the folder cannot be written.
pub fn release(desk: &Desk, version: &str) {
    release_that(desk, version, ":");
}

/// The same, of a program that does something first.
///
/// # Panics
/// When the folder cannot be written.
pub fn release_that(desk: &Desk, version: &str, first: &str) {
    program(desk, version, &format!("{first}\n{SERVER}"));
}

/// One that no health gate ever finds well, and that does not end by itself.
///
/// # Panics
/// When the folder cannot be written.
pub fn deaf(desk: &Desk, version: &str) {
    program(desk, version, DEAF);
}

fn program(desk: &Desk, version: &str, text: &str) {
    let folder = desk.folder().join(version);
    fs::create_dir_all(&folder).expect("a folder");
    let server = folder.join("server");
    fs::write(&server, format!("#!/bin/sh\n{text}\n")).expect("a program");
    fs::set_permissions(server, fs::Permissions::from_mode(0o755)).expect("its mode");
}
