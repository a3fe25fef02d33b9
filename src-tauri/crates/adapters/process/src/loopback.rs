//! Ports of the loopback: whether one can be had, and who has it.
//!
//! Binding is the only question the kernel answers without a race of its own, and a wildcard listener answers it too.
//! Nothing listens there meanwhile, so a client that comes at that very moment is not taken in by a mere question.

use procfs::{
    net::{TcpNetEntry, TcpState, tcp, tcp6},
    process::{FDTarget, Process, all_processes},
};
use std::{
    collections::HashSet,
    io,
    net::{Ipv4Addr, SocketAddr},
};
use switchback_core::failure::{Failure, FailureKind};
use tokio::net::TcpSocket;

/// The port, where a listener could begin there now; one that is free, for 0.
pub fn free(port: u16) -> io::Result<u16> {
    let socket = TcpSocket::new_v4()?;
    // As a listener does: connections of the last one that are not quite over are in nobody's way.
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    socket.local_addr().map(|address| address.port())
}

/// The failure of a port that could not be had.
pub fn unbound(port: u16, error: &io::Error, otherwise: impl FnOnce(String) -> Failure) -> Failure {
    match error.kind() {
        io::ErrorKind::AddrInUse => taken(port),
        _ => otherwise(format!("port {port}: {error}")),
    }
}

/// The failure of a port that somebody else has, naming the process where this user may see it.
fn taken(port: u16) -> Failure {
    let holder = holder(port).map(|(name, pid)| format!(": {name} (process {pid})")).unwrap_or_default();
    Failure::new(FailureKind::PortInUse { port }, format!("something else listens on port {port}{holder}"))
}

fn holder(port: u16) -> Option<(String, i32)> {
    let listens = |entry: &TcpNetEntry| entry.state == TcpState::Listen && entry.local_address.port() == port;
    let entries = tcp().into_iter().flatten().chain(tcp6().into_iter().flatten());
    let sockets: HashSet<u64> = entries.filter(listens).map(|entry| entry.inode).collect();
    let holds = |process: &Process| {
        let mut files = process.fd().into_iter().flatten().flatten();
        files.any(|file| matches!(file.target, FDTarget::Socket(inode) if sockets.contains(&inode)))
    };
    let holder = all_processes().ok()?.flatten().find(holds)?;
    Some((holder.stat().ok()?.comm, holder.pid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_port_that_somebody_listens_on_is_not_free_and_names_who_does() {
        for address in ["127.0.0.1:0", "0.0.0.0:0"] {
            let listener = TcpListener::bind(address).unwrap();
            let port = listener.local_addr().unwrap().port();
            assert_eq!(free(port).unwrap_err().kind(), io::ErrorKind::AddrInUse);
            let failure = taken(port);
            assert_eq!(failure.kind, FailureKind::PortInUse { port });
            assert!(failure.message.ends_with(&format!("(process {})", std::process::id())), "{failure}");
            drop(listener);
            assert_eq!(free(port).unwrap(), port);
            assert_eq!(taken(port).message, format!("something else listens on port {port}"));
        }
    }
}
