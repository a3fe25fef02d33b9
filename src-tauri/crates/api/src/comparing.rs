//! How one environment differs from another, before what was proven in one is promoted to the other. Changes nothing.

use crate::{
    Answer, ApiError, App, app,
    changes::Changes,
    dto::{CompareView, ConditionView, Health, ImageChange, SideView},
};
use switchback_core::{
    name::Target,
    workload::{SecretRef, Workload},
};
use switchback_policy::Document;

/// Where a target stands, which no two environments share.
const PLACE: [&str; 4] = ["engine", "kubeconfig", "context", "namespace"];

impl App {
    /// How what `to` runs, or would run with `version`, differs from what `from` runs. Secrets are compared by the names of
    /// their variables alone: each environment has values of its own.
    ///
    /// # Errors
    /// `bad_input` for targets of two services, `not_found` where nothing runs or the version is no release.
    pub async fn compare(&self, from: &str, to: &str, version: Option<&str>) -> Answer<CompareView> {
        let (from, to) = (app::target(from)?, app::target(to)?);
        if from.service != to.service || from == to {
            let told = format!("{from} and {to} are not one service in two environments");
            return Err(ApiError::new("bad_input", told).hint("Name another environment of the same service."));
        }
        let (document, _) = self.document().await?;
        let (from, there) = self.runs(&document, &from).await?;
        let (to, here) = match version {
            Some(version) => self.would_run(&document, &to, version).await?,
            None => self.runs(&document, &to).await?,
        };
        Ok(between((from, &there), (to, &here)))
    }

    /// What a target runs, and how it is.
    async fn runs(&self, document: &Document, target: &Target) -> Answer<(SideView, Workload)> {
        let current = self.serving(target).await?;
        let condition = match self.condition_of(document, target, &current).await {
            Ok(condition) => condition,
            // What is recorded can be compared all the same.
            Err(error) => ConditionView { health: Health::NoData { why: error.to_string() }, drift: Vec::new() },
        };
        let side = SideView {
            target: target.to_string(),
            revision: Some(current.revision.0),
            version: current.version,
            condition: Some(condition),
        };
        Ok((side, current.workload))
    }

    /// What a target would run with a version, by the policy of today.
    async fn would_run(&self, document: &Document, target: &Target, version: &str) -> Answer<(SideView, Workload)> {
        let resolved = document.target(target)?;
        let release = self.history.release(&target.service, version).await?;
        // By name: which value stands behind it is nobody's question here.
        let secrets = resolved.secrets.iter().map(|(key, name)| (key.clone(), SecretRef::unset(name.clone())));
        let workload = Workload {
            artifact: release.artifact,
            config: resolved.config,
            secrets: secrets.collect(),
            settings: resolved.settings,
            replicas: resolved.replicas,
            schema: None,
            health: Some(Box::new(resolved.health)),
        };
        let side =
            SideView { target: target.to_string(), revision: None, version: version.to_owned(), condition: None };
        Ok((side, workload))
    }
}

fn between((from, there): (SideView, &Workload), (to, here): (SideView, &Workload)) -> CompareView {
    let Changes { config, mut settings, .. } = Changes::between(Some(there), here);
    settings.retain(|change| !PLACE.contains(&change.key.as_str()));
    CompareView {
        from,
        to,
        image: ImageChange { before: Some(there.artifact.brief()), after: here.artifact.brief() },
        same_artifact: there.artifact.digest() == here.artifact.digest(),
        config,
        only_from: names_alone(there, here),
        only_to: names_alone(here, there),
        settings,
    }
}

/// The variables that are secrets in `one` and not in `other`.
fn names_alone(one: &Workload, other: &Workload) -> Vec<String> {
    one.secrets.keys().filter(|key| !other.secrets.contains_key(*key)).cloned().collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn side(target: &str) -> SideView {
        SideView { target: target.to_owned(), revision: None, version: "1.1".to_owned(), condition: None }
    }

    fn workload(namespace: &str, replicas: u32, secrets: &[(&str, &str)]) -> Workload {
        let secrets: serde_json::Map<_, _> = secrets
            .iter()
            .map(|(key, print)| {
                ((*key).to_owned(), json!({ "name": format!("{namespace}-{key}"), "fingerprint": print }))
            })
            .collect();
        let settings = json!({
            "runtime": "kubernetes", "kubeconfig": null, "context": namespace, "namespace": namespace,
            "workload": "deployment", "name": "web", "container": null, "takeOver": false,
        });
        let artifact = json!({ "kind": "image", "repository": "shop/web", "digest": "sha256:1" });
        let content = json!({ "artifact": artifact, "config": { "AT": namespace }, "secrets": secrets,
            "settings": settings, "replicas": replicas });
        serde_json::from_value(content).unwrap()
    }

    #[test]
    fn secrets_differ_by_name_alone_and_where_it_stands_is_no_difference() {
        let there = workload("staging", 1, &[("DEBUG_KEY", "1a"), ("STRIPE_KEY", "2b")]);
        let here = workload("live", 2, &[("STRIPE_KEY", "3c"), ("VAULT_KEY", "4d")]);
        let view = between((side("web/staging"), &there), (side("web/live"), &here));
        assert!(view.same_artifact);
        assert_eq!((view.only_from, view.only_to), (vec!["DEBUG_KEY".to_owned()], vec!["VAULT_KEY".to_owned()]));
        let told = |key: &str, before: &str, after: &str| crate::dto::Change {
            key: key.to_owned(),
            before: Some(before.to_owned()),
            after: Some(after.to_owned()),
        };
        assert_eq!(view.config, [told("AT", "staging", "live")]);
        assert_eq!(view.settings, [told("replicas", "1", "2")]);
    }
}
