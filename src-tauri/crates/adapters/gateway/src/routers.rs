//! One switchboard for every kind of router.

use crate::Nginx;
use async_trait::async_trait;
use std::time::Duration;
use switchback_core::{
    failure::Failure,
    name::Target,
    port::{Route, Switchboard, Upstream},
    strategy::Router,
};

/// Dispatches by the router's kind.
pub struct Routers {
    tcp: Box<dyn Switchboard>,
    nginx: Nginx,
}

impl Routers {
    /// The switchboard for TCP, and nginx.
    pub fn new(tcp: Box<dyn Switchboard>, nginx: Nginx) -> Self {
        Self { tcp, nginx }
    }

    fn board(&self, router: &Router) -> &dyn Switchboard {
        match router {
            Router::Tcp { .. } => self.tcp.as_ref(),
            Router::Nginx { .. } => &self.nginx,
        }
    }
}

#[async_trait]
impl Switchboard for Routers {
    async fn ready(&self, router: &Router, target: &Target) -> Result<(), Failure> {
        self.board(router).ready(router, target).await
    }

    async fn switch(&self, router: &Router, route: &Route) -> Result<(), Failure> {
        self.board(router).switch(router, route).await
    }

    async fn current(&self, router: &Router, target: &Target) -> Result<Option<Vec<Upstream>>, Failure> {
        self.board(router).current(router, target).await
    }

    async fn untouched(&self, router: &Router, target: &Target) -> Result<bool, Failure> {
        self.board(router).untouched(router, target).await
    }

    async fn drained(&self, router: &Router, target: &Target, limit: Duration) -> Result<(), Failure> {
        self.board(router).drained(router, target, limit).await
    }
}
