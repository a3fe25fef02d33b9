//! A target as it is written: one runtime with its settings, and what a deployment to it does.
//!
//! The strategy and the probes have files of their own. Turning all this into core's values is [`crate::resolve`].

use crate::{
    form::form,
    health::{HealthForm, Hooks, SmokeForm, Watch},
    scalar::{BadScalar, Cpus, PublishText, SecretName, Size, Span},
    strategy::StrategyForm,
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{collections::BTreeMap, fmt, path::PathBuf};
use switchback_core::workload::EngineAddress;

form! {
    /// A service in an environment; exactly one of `docker`, `kubernetes` and `process`.
    pub struct TargetSpec {
        /// A container on a Docker engine.
        pub docker: Option<DockerForm>,
        /// A workload of a Kubernetes cluster.
        pub kubernetes: Option<KubernetesForm>,
        /// A supervised command on this machine.
        pub process: Option<ProcessForm>,
        /// How it changes over; `recreate` when left out, `rolling` on Kubernetes.
        pub strategy: Option<StrategyForm>,
        /// How many instances serve; 1 when left out.
        pub replicas: Option<u16>,
        /// Time between the polite signal and the kill; 10 s when left out.
        pub grace: Option<Span>,
        /// The gate right after the change.
        pub health: Option<HealthForm>,
        /// Tests behind the gate.
        pub smoke: Vec<SmokeForm>,
        /// Commands around the deployment.
        pub hooks: Hooks,
        /// What is watched for minutes afterwards.
        pub watch: Option<Watch>,
        /// Plain configuration, given as environment variables.
        #[schemars(with = "BTreeMap<String, crate::schema::Loose>")]
        pub config: BTreeMap<String, String>,
        /// Secrets by environment variable.
        pub secrets: BTreeMap<String, SecretName>,
    }
}

form! {
    /// How a container is run.
    pub struct DockerForm {
        /// Where the engine is.
        pub engine: EngineForm,
        /// Arguments instead of the image's own.
        pub command: Vec<String>,
        /// Published ports.
        pub publish: Vec<PublishText>,
        /// `name:/path` or `/host:/path[:ro]`.
        pub volumes: Vec<String>,
        /// Networks to join.
        pub networks: Vec<String>,
        /// Limits of memory and CPU.
        pub limits: Limits,
    }
}

form! {
    /// Limits of one instance.
    pub struct Limits {
        /// Memory.
        pub memory: Option<Size>,
        /// Processors.
        pub cpus: Option<Cpus>,
    }
}

/// Where a workload is in a Kubernetes cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KubernetesForm {
    /// The kubeconfig file; the usual one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubeconfig: Option<PathBuf>,
    /// The kubeconfig context; the current one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The namespace.
    pub namespace: String,
    /// Kind and name: `deployment/checkout`.
    pub workload: String,
    /// The container whose image is changed; the first when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// The port of its pods that probes of a path ask, through the cluster's API server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Whether it is changed although another tool looks after it; no when left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub take_over: bool,
}

/// A command to supervise. `{release}` and `{port}` are replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProcessForm {
    /// Program and arguments; no shell.
    pub run: Vec<String>,
    /// The port it listens on.
    pub port: u16,
}

/// Where a Docker engine is: `default`, `context:x`, `unix:///…`, `tcp://…`, `ssh://…`, or `{tcp: host:port, tls: dir}`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EngineForm(pub EngineAddress);

const ENGINE: &str =
    "an engine such as default, context:NAME, unix:///var/run/docker.sock, tcp://HOST:PORT or ssh://USER@HOST";

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TcpForm {
    tcp: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tls: Option<PathBuf>,
}

impl std::str::FromStr for EngineForm {
    type Err = BadScalar;
    fn from_str(text: &str) -> Result<Self, BadScalar> {
        let address = if text == "default" {
            EngineAddress::Default
        } else if let Some(name) = text.strip_prefix("context:").filter(|name| !name.is_empty()) {
            EngineAddress::Context { name: name.to_owned() }
        } else if let Some(path) = text.strip_prefix("unix://").filter(|path| path.starts_with('/')) {
            EngineAddress::Unix { path: path.to_owned() }
        } else if let Some(address) = text.strip_prefix("tcp://").filter(|address| address.contains(':')) {
            EngineAddress::Tcp { address: address.to_owned(), tls: None }
        } else if let Some(destination) = text.strip_prefix("ssh://").filter(|destination| !destination.is_empty()) {
            EngineAddress::Ssh { destination: destination.to_owned() }
        } else {
            return Err(BadScalar::new(text, ENGINE));
        };
        Ok(Self(address))
    }
}

impl Serialize for EngineForm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            EngineAddress::Tcp { address, tls: Some(tls) } => {
                TcpForm { tcp: address.clone(), tls: Some(tls.clone()) }.serialize(serializer)
            }
            plain => serializer.collect_str(plain),
        }
    }
}

impl<'de> Deserialize<'de> for EngineForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = EngineForm;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(ENGINE)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<EngineForm, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<EngineForm, A::Error> {
                let TcpForm { tcp, tls } = TcpForm::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(EngineForm(EngineAddress::Tcp { address: tcp, tls }))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for EngineForm {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EngineForm".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let tcp = generator.subschema_for::<TcpForm>();
        schemars::json_schema!({ "description": ENGINE, "anyOf": [{ "type": "string" }, tcp] })
    }
}
