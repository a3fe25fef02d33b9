//! What the tests share.

pub mod bridge;
pub mod conformance;
pub mod container;
pub mod daemon;
pub mod engine;
pub mod http;
pub mod image;
pub mod part;
pub mod registry;
pub mod secret_service;
pub mod supervised;
