//! Which ports instances behind a router are published on.
//!
//! An engine that is asked for any port gives another one after each of its own starts, and the router would go on
//! sending to the old one with nobody there to tell it. So the port is chosen here, and kept.

use crate::endpoint::Endpoint;
use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    net::{Ipv4Addr, TcpListener},
};

/// Below what systems give to outgoing connections (Linux: from 32768), so that none of those takes it while the engine
/// is down.
const FIRST: u16 = 20_000;
const MANY: u16 = 12_000;
/// How many are tried; on a machine where so many are taken, another chosen at random is no better.
const TRIES: u16 = 64;

/// A port that nothing listens on now. On another machine that is not known: there it is any, and one that is taken is
/// told when the instance starts.
pub(crate) fn free(endpoint: &Endpoint) -> u16 {
    // What the standard library seeds its tables with is random enough to spread over.
    let random = RandomState::new().build_hasher().finish();
    let start = u16::try_from(random % u64::from(MANY)).unwrap_or_default();
    let at = |try_: u16| FIRST + (start + try_) % MANY;
    let here = matches!(endpoint, Endpoint::Socket(_));
    let unused = |port: &u16| !here || TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    (0..TRIES).map(at).find(unused).unwrap_or(at(0))
}
