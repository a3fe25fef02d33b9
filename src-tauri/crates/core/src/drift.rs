//! Drift: how what runs differs from what is recorded, because somebody changed it by hand.
//!
//! Pure, and the same for every runtime. Values of variables are told only where the recorded configuration has the
//! name: what somebody added by hand may be a secret.

use crate::{
    ident::Instant,
    plan::InstanceName,
    port::{Found, Upstream},
    workload::{DockerSettings, ProcessSettings, Settings, Workload},
};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What kind of thing differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// Whether it runs at all.
    Instance,
    /// The image or folder.
    Artifact,
    /// A plain variable.
    Config,
    /// A secret's variable.
    Secret,
    /// Ports, mounts, limits.
    Setting,
    /// Where traffic goes.
    Router,
}

/// Who changed something by hand, as far as the runtime knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "camelCase")]
pub struct Hand {
    /// The program it was done by: `kubectl-set`.
    pub by: String,
    /// When.
    pub at: Option<Instant>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// What kind of thing.
    pub part: Part,
    /// Which: a variable, a setting, an instance.
    pub key: String,
    /// What is recorded; `None` for nothing.
    pub recorded: Option<String>,
    /// What is found; `None` for nothing.
    pub found: Option<String>,
    /// By whom, where the runtime knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hand: Option<Hand>,
}

impl Difference {
    /// A difference.
    pub fn new(part: Part, key: &str, recorded: Option<&str>, found: Option<&str>) -> Self {
        Self {
            part,
            key: key.to_owned(),
            recorded: recorded.map(str::to_owned),
            found: found.map(str::to_owned),
            hand: None,
        }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |side: &Option<String>| side.clone().unwrap_or_else(|| "absent".to_owned());
        write!(f, "{}: {} instead of {}", self.key, shown(&self.found), shown(&self.recorded))?;
        match &self.hand {
            Some(Hand { by, at: Some(at) }) => write!(f, " (by {by} at {at})"),
            Some(Hand { by, at: None }) => write!(f, " (by {by})"),
            None => Ok(()),
        }
    }
}

/// What stands in the place of a value that may be a secret.
const HIDDEN: &str = "set";

/// How `found` differs from `recorded`, in what is ours and in what only the runtime can tell. `behind_router`: its ports
/// on the host are any free ones.
pub fn between(recorded: &Workload, found: &Found, behind_router: bool) -> Vec<Difference> {
    let mut all = content(recorded, found, behind_router);
    all.extend(found.changed.iter().cloned());
    // By whom, where that is known.
    for difference in all.iter_mut().filter(|difference| difference.hand.is_none()) {
        let of_what_is_gone = found.hand.as_ref().filter(|_| difference.found.is_none());
        difference.hand = found.hands.get(&difference.key).or(of_what_is_gone).cloned();
    }
    all
}

/// How `found` differs from `recorded` in what is ours.
pub fn content(recorded: &Workload, found: &Found, behind_router: bool) -> Vec<Difference> {
    let mut all = Vec::new();
    let is = found.artifact.as_ref();
    if is.map(crate::release::Artifact::digest) != Some(recorded.artifact.digest()) {
        // By the name it was asked for, where nobody knows what that stands for.
        let name = Some(&found.written).filter(|written| !written.is_empty()).cloned();
        let brief = is.map(crate::release::Artifact::brief).or(name);
        all.push(Difference::new(Part::Artifact, "artifact", Some(&recorded.artifact.brief()), brief.as_deref()));
    }
    variables(recorded, found, &mut all);
    match (&recorded.settings, &found.settings) {
        (Settings::Docker(recorded), Settings::Docker(is)) => {
            let mut is = docker_settings(is, behind_router);
            // Asked for in words, and the same as without any.
            if is["command"].is_empty() && !recorded.command.is_empty() {
                is.insert("command", one(&found.inherited_command.join(" ")));
            }
            compare(&docker_settings(recorded, behind_router), &is, &mut all);
        }
        (Settings::Process(recorded), Settings::Process(is)) => {
            compare(&process_settings(recorded), &process_settings(is), &mut all);
        }
        // Its own manifest says all the rest, and whoever keeps that may change it.
        (Settings::Kubernetes(_), Settings::Kubernetes(_)) => {}
        _ => all.push(Difference::new(Part::Setting, "runtime", None, None)),
    }
    all
}

/// The difference of an instance that is recorded and does not run.
pub fn down(name: &InstanceName, state: &str) -> Difference {
    Difference::new(Part::Instance, &name.0, Some("running"), Some(state))
}

/// The differences of an instance that somebody put another one of ours in the place of.
pub fn replaced(name: &InstanceName, recorded: &Workload, found: &Found) -> Vec<Difference> {
    let by = Difference::new(Part::Instance, &name.0, Some("running"), Some(&format!("replaced by {}", found.name)));
    let mut all = vec![Difference { hand: found.hand.clone(), ..by }];
    let content = content(recorded, found, false).into_iter();
    all.extend(content.map(|one| Difference { hand: found.hands.get(&one.key).cloned(), ..one }));
    all
}

/// The difference of instances whose workload somebody deleted.
pub fn deleted(what: &str) -> Difference {
    Difference::new(Part::Instance, what, Some("running"), Some("deleted"))
}

/// The difference of something that runs and is not recorded.
pub fn extra(name: &InstanceName, what: &str) -> Difference {
    Difference::new(Part::Instance, &name.0, None, Some(what))
}

/// The difference of a router that does not send traffic where it has to.
pub fn routed(asked: &[Upstream], is: Option<&[Upstream]>) -> Option<Difference> {
    let shown = |all: &[Upstream]| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    (is != Some(asked)).then(|| Difference::new(Part::Router, "router", Some(&shown(asked)), is.map(shown).as_deref()))
}

fn variables(recorded: &Workload, found: &Found, all: &mut Vec<Difference>) {
    let value = |name: &String| {
        let own = found.env.get(name).map(|value| value.expose_secret().to_owned());
        own.or_else(|| found.inherited.get(name).cloned())
    };
    for (name, asked) in &recorded.config {
        let is = value(name);
        if is.as_ref() != Some(asked) {
            all.push(Difference::new(Part::Config, name, Some(asked), is.as_deref()));
        }
    }
    for name in recorded.secrets.keys().filter(|name| value(name).is_none()) {
        all.push(Difference::new(Part::Secret, name, Some(HIDDEN), None));
    }
    let known = |name: &&String| recorded.config.contains_key(*name) || recorded.secrets.contains_key(*name);
    all.extend(
        found
            .env
            .keys()
            .filter(|name| !known(name))
            .map(|name| Difference::new(Part::Config, name, None, Some(HIDDEN))),
    );
}

/// A set of one text, or of none when it is empty.
fn one(text: &str) -> BTreeSet<String> {
    if text.is_empty() { BTreeSet::new() } else { BTreeSet::from([text.to_owned()]) }
}

type Flat = BTreeMap<&'static str, BTreeSet<String>>;

fn docker_settings(settings: &DockerSettings, behind_router: bool) -> Flat {
    let publish = settings.publish.iter().map(|one| {
        if behind_router { one.container.to_string() } else { format!("{}:{}:{}", one.host, one.port, one.container) }
    });
    let limit = |limit: Option<u64>| limit.map(|limit| limit.to_string()).into_iter().collect();
    [
        ("command", one(&settings.command.join(" "))),
        ("publish", publish.collect()),
        ("volumes", settings.volumes.iter().map(|volume| volume.trim_end_matches(":rw").to_owned()).collect()),
        ("networks", settings.networks.iter().cloned().collect()),
        ("memory", limit(settings.memory)),
        ("milliCpus", limit(settings.milli_cpus)),
    ]
    .into()
}

fn process_settings(settings: &ProcessSettings) -> Flat {
    [("run", BTreeSet::from([settings.run.join(" ")])), ("port", BTreeSet::from([settings.port.to_string()]))].into()
}

fn compare(recorded: &Flat, found: &Flat, all: &mut Vec<Difference>) {
    for (key, asked) in recorded {
        let is = found.get(key).cloned().unwrap_or_default();
        if *asked != is {
            let side = |values: &BTreeSet<String>| {
                (!values.is_empty()).then(|| values.iter().cloned().collect::<Vec<_>>().join(", "))
            };
            all.push(Difference::new(Part::Setting, key, side(asked).as_deref(), side(&is).as_deref()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        release::{Artifact, Digest},
        workload::{Publish, SecretRef},
    };

    fn image(digest: &str) -> Artifact {
        Artifact::Image { repository: "shop/checkout".into(), digest: Digest(format!("sha256:{digest}")) }
    }

    fn recorded() -> Workload {
        let publish = vec![Publish { host: "127.0.0.1".into(), port: 8080, container: 80 }];
        Workload {
            artifact: image("aa"),
            config: [("MODE", "fast"), ("TZ", "UTC"), ("GONE", "1")].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            secrets: [("KEY".to_owned(), SecretRef { name: "k".into(), fingerprint: "f".into() })].into(),
            settings: Settings::Docker(DockerSettings { publish, ..DockerSettings::default() }),
            replicas: 1,
            schema: None,
            health: None,
        }
    }

    fn found(workload: &Workload) -> Found {
        Found {
            name: InstanceName("sb-checkout-production-r1-0-0".into()),
            written: String::new(),
            artifact: Some(workload.artifact.clone()),
            env: [("MODE", "fast"), ("GONE", "1"), ("KEY", "s3cr3t")].map(|(k, v)| (k.to_owned(), v.into())).into(),
            inherited_command: Vec::new(),
            inherited: [("TZ".to_owned(), "UTC".to_owned())].into(),
            settings: workload.settings.clone(),
            beyond: Vec::new(),
            running: None,
            changed: Vec::new(),
            hands: BTreeMap::new(),
            hand: None,
        }
    }

    #[test]
    fn each_difference_names_who_wrote_that_very_field() {
        let recorded = recorded();
        let by = |name: &str| Hand { by: name.into(), at: None };
        let mut found = found(&recorded);
        found.env.insert("MODE".into(), "slow".into());
        found.env.insert("EXTRA".into(), "1".into());
        found.env.remove("GONE");
        found.changed = vec![Difference {
            hand: Some(by("scaler")),
            ..Difference::new(Part::Setting, "replicas", None, Some("5"))
        }];
        found.hands.insert("MODE".into(), by("editor"));
        found.hand = Some(by("alone"));
        let told: Vec<String> = between(&recorded, &found, false).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "GONE: absent instead of 1 (by alone)",
                "MODE: slow instead of fast (by editor)",
                "EXTRA: set instead of absent",
                "replicas: 5 instead of absent (by scaler)",
            ]
        );
    }

    #[test]
    fn what_runs_as_it_is_recorded_has_not_drifted() {
        let recorded = recorded();
        assert_eq!(between(&recorded, &found(&recorded), false), []);
    }

    #[test]
    fn every_change_by_hand_is_named_and_no_value_that_may_be_a_secret() {
        let recorded = recorded();
        let mut found = found(&recorded);
        found.artifact = Some(image("bb"));
        found.env.insert("MODE".into(), "slow".into());
        found.env.insert("EXTRA".into(), "hunter2".into());
        found.env.remove("GONE");
        found.env.remove("KEY");
        let Settings::Docker(settings) = &mut found.settings else { panic!() };
        settings.publish[0].host = "0.0.0.0".into();
        settings.memory = Some(5);
        let told: Vec<String> = between(&recorded, &found, false).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "artifact: shop/checkout@bb instead of shop/checkout@aa",
                "GONE: absent instead of 1",
                "MODE: slow instead of fast",
                "KEY: absent instead of set",
                "EXTRA: set instead of absent",
                "memory: 5 instead of absent",
                "publish: 0.0.0.0:8080:80 instead of 127.0.0.1:8080:80",
            ]
        );
    }

    #[test]
    fn behind_a_router_any_port_of_the_host_is_right() {
        let recorded = recorded();
        let mut found = found(&recorded);
        let Settings::Docker(settings) = &mut found.settings else { panic!() };
        settings.publish[0].port = 49_153;
        assert_eq!(between(&recorded, &found, true), []);
        assert_eq!(between(&recorded, &found, false).len(), 1);
    }
}
