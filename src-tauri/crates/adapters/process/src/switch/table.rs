//! The daemon's memory: the route, and how many connections each instance has.
//!
//! Choosing an instance and counting the connection on it is one act under one lock, so that "nothing is left on the
//! old one" is never said while a connection is on its way there.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use switchback_core::port::{Route, Upstream};
use tokio::sync::watch;

/// Shared by the daemon's tasks.
#[derive(Debug, Clone)]
pub struct Table {
    inner: Arc<Mutex<Inner>>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Inner {
    route: Option<Route>,
    next: usize,
    open: BTreeMap<String, usize>,
}

/// One connection on an instance, counted until dropped.
#[derive(Debug)]
pub struct Seat {
    /// Which instance.
    pub upstream: Upstream,
    table: Table,
}

impl Table {
    /// A table that begins with a route.
    pub fn new(route: Option<Route>) -> Self {
        let inner = Inner { route, ..Inner::default() };
        Self { inner: Arc::new(Mutex::new(inner)), changed: watch::Sender::new(()) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere leaves the table as true as before: every change is one assignment.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The present route.
    pub fn route(&self) -> Option<Route> {
        self.lock().route.clone()
    }

    /// Sends new connections elsewhere.
    pub fn set(&self, route: Route) {
        self.lock().route = Some(route);
        self.changed.send_replace(());
    }

    /// The next instance in turn that is not among those `tried`.
    pub fn seat(&self, tried: &HashSet<String>) -> Option<Seat> {
        let mut inner = self.lock();
        let upstreams = &inner.route.as_ref()?.upstreams;
        let count = upstreams.len();
        let upstream = (0..count)
            .map(|step| &upstreams[(inner.next + step) % count])
            .find(|upstream| !tried.contains(&upstream.to_string()))?
            .clone();
        inner.next = inner.next.wrapping_add(1);
        *inner.open.entry(upstream.to_string()).or_default() += 1;
        Some(Seat { upstream, table: self.clone() })
    }

    /// Connections on instances the route no longer names.
    pub fn leftover(&self) -> usize {
        let inner = self.lock();
        let named: HashSet<String> =
            inner.route.iter().flat_map(|route| &route.upstreams).map(ToString::to_string).collect();
        inner.open.iter().filter(|(upstream, _)| !named.contains(*upstream)).map(|(_, count)| count).sum()
    }

    /// Returns when nothing is left over.
    pub async fn drained(&self) {
        let mut changed = self.changed.subscribe();
        while self.leftover() > 0 {
            // Cannot end: this table holds the sender.
            let _ = changed.changed().await;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let key = self.upstream.to_string();
        let mut inner = self.table.lock();
        if let Some(count) = inner.open.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                inner.open.remove(&key);
            }
        }
        drop(inner);
        self.table.changed.send_replace(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(ports: &[u16]) -> Route {
        let upstreams = ports.iter().map(|port| Upstream { host: "127.0.0.1".to_owned(), port: *port }).collect();
        Route { target: "checkout/production".parse().unwrap(), upstreams }
    }

    #[test]
    fn connections_take_turns_and_pass_over_what_refused() {
        let table = Table::new(Some(route(&[1, 2, 3])));
        let turns: Vec<u16> = (0..6).map(|_| table.seat(&HashSet::new()).unwrap().upstream.port).collect();
        assert_eq!(turns, [1, 2, 3, 1, 2, 3]);
        let tried = HashSet::from(["127.0.0.1:1".to_owned(), "127.0.0.1:2".to_owned()]);
        assert_eq!(table.seat(&tried).unwrap().upstream.port, 3);
        assert!(Table::new(None).seat(&HashSet::new()).is_none());
    }

    #[tokio::test]
    async fn drained_means_the_last_connection_on_an_old_instance_is_gone() {
        let table = Table::new(Some(route(&[1])));
        let (one, two) = (table.seat(&HashSet::new()).unwrap(), table.seat(&HashSet::new()).unwrap());
        table.set(route(&[2]));
        let fresh = table.seat(&HashSet::new()).unwrap();
        assert_eq!((fresh.upstream.port, table.leftover()), (2, 2));
        let waiting = tokio::spawn({
            let table = table.clone();
            async move { table.drained().await }
        });
        drop(one);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(two);
        waiting.await.unwrap();
    }
}
