//! Configuration that looks like a secret. It is no fault, since only a person knows, but once deployed it stands in the
//! history for ever: so it is told before.

use crate::{Answer, ApiError, App, policy::PolicyFile, says};
use std::collections::BTreeMap;
use switchback_core::{leak::looks_secret, name::Target, said::Said};

/// What to say of a target's configuration, if anything in it looks like a secret.
pub(crate) fn told(target: &Target, config: &BTreeMap<String, String>) -> Option<Said> {
    let names: Vec<&str> =
        config.iter().filter(|(name, value)| looks_secret(name, value)).map(|(name, _)| name.as_str()).collect();
    (!names.is_empty()).then(|| says::looks_secret(target, names.join(", ")))
}

impl App {
    /// What looks like a secret in these files and stands in plain text, a line for each target.
    pub fn in_plain_text(&self, files: &[PolicyFile]) -> Answer<Vec<String>> {
        let document = switchback_policy::merge(files).map_err(ApiError::from)?;
        Ok(document.targets.iter().filter_map(|(target, spec)| told(target, &spec.config)).map(Into::into).collect())
    }
}
