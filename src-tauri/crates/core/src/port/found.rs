//! What really runs, read back from a runtime: the other side of a comparison with what is recorded.

use crate::{
    drift::{Difference, Hand},
    ident::Instant,
    plan::InstanceName,
    release::Artifact,
    workload::Settings,
};
use secrecy::SecretString;
use std::collections::BTreeMap;

/// One instance as it is found, whoever made it.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its name.
    pub name: InstanceName,
    /// What its maker asked to run: `shop/checkout:2.14`, or a folder.
    pub written: String,
    /// What runs, by digest; `None` when the runtime cannot tell any more.
    pub artifact: Option<Artifact>,
    /// Its own variables. Any of them may be a secret.
    pub env: BTreeMap<String, SecretString>,
    /// Variables that came with the artifact, so that nobody has set them.
    pub inherited: BTreeMap<String, String>,
    /// The command that comes with the artifact.
    pub inherited_command: Vec<String>,
    /// Ports, mounts, limits, as far as ours can say it.
    pub settings: Settings,
    /// What ours cannot say (`user`, `privileged`), a word each: lost when it is made anew. Of a workload of a cluster what
    /// it takes from objects of the manifest's own (`configmap/settings`), which no revision keeps.
    pub beyond: Vec<String>,
    /// Since when it runs; `None` when it does not.
    pub running: Option<Instant>,
    /// What differs from what was deployed that only the runtime can tell: fields of a manifest that is not ours.
    pub changed: Vec<Difference>,
    /// Who else wrote what since it was deployed, by the key of a difference, where the runtime knows.
    pub hands: BTreeMap<String, Hand>,
    /// Who alone wrote to it since: what is gone has nobody's name on it any more.
    pub hand: Option<Hand>,
}
