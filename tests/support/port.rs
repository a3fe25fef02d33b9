//! Ports of the loopback for what the tests start.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::atomic::{AtomicU16, Ordering},
};

/// Above what a Kubernetes node listens on by itself (10248 to 10259).
const FIRST: u16 = 11_000;
/// Below what the Docker adapter chooses from (20000): it would give away a lane's port while the lane's container stands
/// still. And so below what the kernel gives to outgoing connections and to whoever asks for any port (Linux: from 32768):
/// one of those is somebody else's sooner or later, as in the moment in which a release makes room for the next one.
const MANY: u16 = 9_000;

/// A port that nothing listens on, and that this process is not given a second time.
///
/// # Panics
/// When there is none.
pub fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = u16::try_from(std::process::id() % u32::from(MANY)).unwrap_or_default();
    (0..MANY)
        .map(|_| FIRST + (begin + NEXT.fetch_add(1, Ordering::Relaxed) % MANY) % MANY)
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("a free port")
}
