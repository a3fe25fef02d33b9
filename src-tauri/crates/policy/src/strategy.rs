//! The strategy as it is written: one word, or one word with its router under it.
//!
//! Here is the shape alone; defaults (upstream, reload command, drain) are filled in by [`crate::resolve`].

use crate::{form::form, scalar::Span};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};
use std::{fmt, path::PathBuf};

/// How a target changes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StrategyForm {
    /// `recreate`: stop the old, start the new.
    Recreate,
    /// `rolling`, or `{ rolling: { router: … } }`.
    Rolling(RollingForm),
    /// `{ blue-green: { confirm, router } }`.
    BlueGreen(BlueGreenForm),
}

form! {
    /// What stands under `rolling`.
    #[derive(Eq)]
    pub struct RollingForm {
        /// Where traffic is switched; Kubernetes brings its own.
        pub router: Option<RouterForm>,
    }
}

form! {
    /// What stands under `blue-green`.
    #[derive(Eq)]
    pub struct BlueGreenForm {
        /// Who says yes before the switch; `automatic` when left out.
        pub confirm: ConfirmForm,
        /// Where traffic is switched.
        pub router: Option<RouterForm>,
    }
}

/// Who confirms the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConfirmForm {
    /// The health gate alone.
    #[default]
    Automatic,
    /// A person, after the gate.
    Manual,
}

/// Where traffic is switched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RouterForm {
    /// The TCP switch of the process supervisor.
    Tcp(TcpRouter),
    /// nginx, by a file Switchback owns.
    Nginx(NginxRouter),
}

/// The TCP switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TcpRouter {
    /// The port users connect to.
    pub port: u16,
}

/// nginx and how it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NginxRouter {
    /// The file Switchback writes.
    pub conf: PathBuf,
    /// The upstream's name in it; `SERVICE-ENVIRONMENT` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// The container nginx runs in; on this machine when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// The command that checks the configuration; `nginx -t` when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub test: Vec<String>,
    /// The command that reloads it; `nginx -s reload` when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reload: Vec<String>,
    /// How long old connections may finish; 10 s when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain: Option<Span>,
}

impl StrategyForm {
    /// The router, where one is written.
    pub fn router(&self) -> Option<&RouterForm> {
        match self {
            Self::Recreate => None,
            Self::Rolling(RollingForm { router }) | Self::BlueGreen(BlueGreenForm { router, .. }) => router.as_ref(),
        }
    }
}

const WORDS: &[&str] = &["recreate", "rolling", "blue-green"];

impl Serialize for StrategyForm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = match self {
            Self::Recreate => return serializer.serialize_str("recreate"),
            Self::Rolling(form) if *form == RollingForm::default() => return serializer.serialize_str("rolling"),
            Self::BlueGreen(form) if *form == BlueGreenForm::default() => {
                return serializer.serialize_str("blue-green");
            }
            Self::Rolling(_) | Self::BlueGreen(_) => serializer.serialize_map(Some(1))?,
        };
        match self {
            Self::Recreate => {}
            Self::Rolling(form) => map.serialize_entry("rolling", form)?,
            Self::BlueGreen(form) => map.serialize_entry("blue-green", form)?,
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for StrategyForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = StrategyForm;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("recreate, rolling or blue-green, or one of the last two with what it needs under it")
            }
            fn visit_str<E: de::Error>(self, word: &str) -> Result<StrategyForm, E> {
                match word {
                    "recreate" => Ok(StrategyForm::Recreate),
                    "rolling" => Ok(StrategyForm::Rolling(RollingForm::default())),
                    "blue-green" => Ok(StrategyForm::BlueGreen(BlueGreenForm::default())),
                    other => Err(E::unknown_variant(other, WORDS)),
                }
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<StrategyForm, A::Error> {
                let word: Option<String> = map.next_key()?;
                let strategy = match word.as_deref() {
                    Some("rolling") => StrategyForm::Rolling(map.next_value()?),
                    Some("blue-green") => StrategyForm::BlueGreen(map.next_value()?),
                    Some(other) => return Err(de::Error::unknown_field(other, &["rolling", "blue-green"])),
                    None => return Err(de::Error::custom("a strategy names one of rolling and blue-green")),
                };
                match map.next_key::<String>()? {
                    None => Ok(strategy),
                    Some(extra) => {
                        Err(de::Error::custom(format!("{extra:?} is one too many: a target has one strategy")))
                    }
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for StrategyForm {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "StrategyForm".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let rolling = generator.subschema_for::<RollingForm>();
        let blue_green = generator.subschema_for::<BlueGreenForm>();
        let one = |word: &str, under: schemars::Schema| {
            serde_json::json!({
                "type": "object", "properties": { word: under }, "required": [word], "additionalProperties": false
            })
        };
        schemars::json_schema!({
            "description": "How a target changes over.",
            "anyOf": [{ "enum": WORDS }, one("rolling", rolling), one("blue-green", blue_green)]
        })
    }
}
