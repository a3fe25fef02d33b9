//! Taking something over: what it runs and how, as a revision of ours, with nothing secret in its configuration.

use crate::{Answer, ApiError, App};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;
use switchback_core::{
    leak::looks_secret,
    name::Target,
    port::{Found, SecretError},
    workload::{SecretRef, Workload},
};
use ts_rs::TS;

/// What may be done with variables that look like secrets.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Taking {
    /// They may be moved into the keychain. Otherwise they are a refusal.
    pub keychain: bool,
    /// These are none, whatever they look like.
    pub plain: Vec<String>,
}

/// The variables of something that is taken over, sorted.
#[derive(Default)]
pub(crate) struct Sorted {
    /// Plain ones.
    pub config: BTreeMap<String, String>,
    /// Secrets the keychain has with that very value.
    pub known: BTreeMap<String, SecretRef>,
    /// Values the keychain has to be given, by variable, with the name they get there.
    pub new: BTreeMap<String, (String, SecretString)>,
}

impl App {
    /// Sorts the variables of `found`; `names` are the secrets that the target has by variable, `ours` those that were
    /// delivered to it, which may be of another day than the keychain's present ones.
    pub(crate) async fn sort(
        &self,
        target: &Target,
        found: &Found,
        names: &BTreeMap<String, String>,
        ours: &BTreeMap<String, SecretRef>,
        taking: &Taking,
    ) -> Answer<Sorted> {
        let mut sorted = Sorted::default();
        for (variable, value) in &found.env {
            if let Some(reference) = ours.get(variable)
                && self.holds(reference, value).await?
            {
                sorted.known.insert(variable.clone(), reference.clone());
                continue;
            }
            let name = match names.get(variable) {
                Some(name) => name.clone(),
                None if taking.plain.contains(variable) || !looks_secret(variable, value.expose_secret()) => {
                    sorted.config.insert(variable.clone(), value.expose_secret().to_owned());
                    continue;
                }
                None => secret_name(target, variable),
            };
            match self.the_same(&name, value).await? {
                Some(reference) => drop(sorted.known.insert(variable.clone(), reference)),
                None => drop(sorted.new.insert(variable.clone(), (name, value.clone()))),
            }
        }
        if taking.keychain || sorted.new.is_empty() {
            return Ok(sorted);
        }
        let variables = sorted.new.keys().cloned().collect::<Vec<_>>().join(", ");
        Err(ApiError::new("secrets_in_config", format!("{} holds what looks like secrets: {variables}", found.name))
            .with("variables", &variables)
            .hint("Move them into the keychain with --keychain; name what is none with --plain NAME."))
    }

    /// The reference of a secret whose value is this one.
    async fn the_same(&self, name: &str, value: &SecretString) -> Answer<Option<SecretRef>> {
        let reference = match self.ports().secrets.current(name).await {
            Ok(reference) => reference,
            Err(SecretError::Missing { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(self.holds(&reference, value).await?.then_some(reference))
    }

    /// Whether a reference stands for this value.
    async fn holds(&self, reference: &SecretRef, value: &SecretString) -> Answer<bool> {
        match self.ports().secrets.get(reference).await {
            Ok(known) => Ok(known.expose_secret() == value.expose_secret()),
            Err(SecretError::Missing { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Stores what the keychain has not yet; all references by variable.
    pub(crate) async fn keep(&self, sorted: &Sorted) -> Answer<BTreeMap<String, SecretRef>> {
        let mut all = sorted.known.clone();
        for (variable, (name, value)) in &sorted.new {
            let fingerprint = self.secret_set(name, value.clone()).await?;
            all.insert(variable.clone(), SecretRef { name: name.clone(), fingerprint });
        }
        Ok(all)
    }
}

/// The name a variable's value gets in the keychain: `checkout/stripe-key/production`.
fn secret_name(target: &Target, variable: &str) -> String {
    let word: String =
        variable.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("{}/{word}/{}", target.service, target.environment)
}

/// The content of what runs, all of `taken` alike.
pub(crate) fn workload(
    taken: &[&Found],
    config: BTreeMap<String, String>,
    secrets: BTreeMap<String, SecretRef>,
) -> Answer<Workload> {
    let Some(first) = taken.first() else {
        return Err(ApiError::new("not_found", "nothing runs that could be taken over"));
    };
    let artifact = first.artifact.clone().ok_or_else(|| {
        ApiError::new("artifact_gone", format!("nobody can tell any more what {} runs", first.name))
            .hint("Its image was deleted under it: deploy a release instead.")
    })?;
    let replicas = u16::try_from(taken.len()).unwrap_or(u16::MAX);
    Ok(Workload { artifact, config, secrets, settings: first.settings.clone(), replicas, schema: None, health: None })
}
