//! What the tests share.

pub mod bridge;
pub mod certificates;
pub mod cli;
pub mod cluster;
pub mod conformance;
pub mod container;
pub mod crash;
pub mod daemon;
pub mod engine;
pub mod http;
pub mod image;
pub mod leftover;
pub mod line;
pub mod load;
pub mod measure;
pub mod nginx;
pub mod nginx_container;
pub mod notifications;
pub mod part;
pub mod place;
pub mod registry;
pub mod secret_service;
pub mod shop;
pub mod sink;
pub mod sshd;
pub mod supervised;
