//! One module per table, each with its queries. None begins or ends a transaction; none decides.

pub mod approval;
pub mod audit;
pub mod audit_facet;
pub mod audit_key;
pub mod audit_page;
pub mod deployment;
pub mod deployment_list;
pub mod deployment_week;
pub mod event;
pub mod freeze;
pub mod generation;
pub mod lease;
pub mod migration_proof;
pub mod outbox;
pub mod override_grant;
pub mod pause;
pub mod policy;
pub mod proposal;
pub mod quarantine;
pub mod release;
pub mod request;
pub mod revision;
pub mod scheduled;
pub mod secret;
pub mod target;
pub mod tick;
