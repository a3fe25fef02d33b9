//! What clusters answer, as failures of ours.

use crate::kubeconfig::flat;
use kube::{client::AuthError, core::Status};
use std::error::Error;
use switchback_core::{
    failure::{Failure, FailureKind, Fault},
    leak::looks_secret,
};

/// Lines of a login plugin that are shown.
const LINES: usize = 3;
/// A word this long may be a token; no sentence has one.
const TOKEN: usize = 60;

/// The cluster does not answer.
pub(crate) fn away(endpoint: &str, said: &str) -> Failure {
    let kind = FailureKind::Unreachable { endpoint: endpoint.to_owned() };
    Failure::new(kind, format!("the cluster at {endpoint} does not answer: {said}"))
}

/// A cluster's or a connection's error.
pub(crate) fn of(error: &kube::Error, endpoint: &str) -> Failure {
    match error {
        kube::Error::Api(status) => of_status(status, endpoint),
        kube::Error::Auth(error) => refused(endpoint, error, None),
        kube::Error::Service(error) => match (error.downcast_ref::<Failure>(), error.downcast_ref::<AuthError>()) {
            // A login could not be renewed.
            (Some(failure), _) => failure.clone(),
            (None, Some(error)) => refused(endpoint, error, None),
            (None, None) => away(endpoint, &innermost(error.as_ref())),
        },
        kube::Error::HyperError(_) | kube::Error::ReadEvents(_) | kube::Error::HttpError(_) => {
            away(endpoint, &innermost(error))
        }
        other => Failure::new(FailureKind::Other, innermost(other)),
    }
}

/// An error of making the client: whatever it is, the way in does not work.
pub(crate) fn of_entry(error: &kube::Error, endpoint: &str, plugin: Option<&str>) -> Failure {
    match error {
        kube::Error::Auth(error) => refused(endpoint, error, plugin),
        other => no_access(endpoint, Fault::Kubeconfig, format!("{endpoint}: {}", flat(&innermost(other)))),
    }
}

pub(crate) fn no_access(endpoint: &str, fault: Fault, said: String) -> Failure {
    Failure::new(FailureKind::NoAccess { endpoint: endpoint.to_owned(), fault }, said)
}

/// Never the plugin's output or arguments: a token may be among them. What it says to people is for people.
fn refused(endpoint: &str, error: &AuthError, plugin: Option<&str>) -> Failure {
    let plugin = plugin.unwrap_or("of the kubeconfig");
    let (fault, said) = match error {
        AuthError::AuthExecStart(error) => {
            (Fault::Plugin, format!("the login plugin {plugin} cannot be started: {error}"))
        }
        AuthError::AuthExecRun { out, .. } => {
            let said = last_words(&String::from_utf8_lossy(&out.stderr));
            (Fault::Plugin, format!("the login plugin {plugin} failed ({}){said}", out.status))
        }
        AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed => {
            (Fault::Plugin, format!("the login plugin {plugin} did not answer with a login"))
        }
        AuthError::ReadTokenFile(error, path) => (Fault::Login, format!("the token file {}: {error}", path.display())),
        _ => (Fault::Login, "the kubeconfig's login cannot be used".to_owned()),
    };
    no_access(endpoint, fault, said)
}

/// The last lines of what a plugin told people, without what may be a token.
fn last_words(said: &str) -> String {
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(LINES)..];
    let shown =
        |word: &str| if word.len() >= TOKEN || looks_secret("", word) { "***".to_owned() } else { word.to_owned() };
    let line = |line: &&str| line.split_whitespace().map(shown).collect::<Vec<_>>().join(" ");
    let all = last.iter().map(line).collect::<Vec<_>>().join(" / ");
    if all.is_empty() { all } else { format!(": {all}") }
}

/// What the API server says to one request.
pub(crate) fn of_status(status: &Status, endpoint: &str) -> Failure {
    let said = status.message.clone();
    match status.code {
        401 => no_access(
            endpoint,
            Fault::Login,
            format!("the cluster at {endpoint} does not accept the login (any more): {said}"),
        ),
        403 if no_room(&said) => Failure::new(FailureKind::Unplaceable { said: said.clone() }, said),
        _ if refused_by_rules(&said) => Failure::new(FailureKind::AdmissionRefused { said: said.clone() }, said),
        403 => Failure::new(FailureKind::Forbidden { what: said.clone() }, said),
        // 410: what was read last is forgotten there; who asks anew gets what is there now.
        410 | 429 | 500 | 502..=504 => away(endpoint, &said),
        _ => Failure::new(FailureKind::Other, said),
    }
}

/// Whether this is about quotas and limits.
fn no_room(said: &str) -> bool {
    ["exceeded quota", "failed quota", "maximum ", "minimum "].iter().any(|word| said.contains(word))
}

/// Whether admission said no: a webhook, a policy, pod security. By its words alone: a webhook gives whatever code it
/// likes, and one that nobody answers for refuses too, while the cluster itself is there.
fn refused_by_rules(said: &str) -> bool {
    let rules = [
        "failed calling webhook",
        "admission webhook",
        "violates PodSecurity",
        "AdmissionPolicy '",
        "denied the request",
    ];
    rules.iter().any(|word| said.contains(word))
}

/// Why pods cannot be made, from a controller's words.
pub(crate) fn of_creation(said: &str) -> Failure {
    let kind = if no_room(said) {
        FailureKind::Unplaceable { said: said.to_owned() }
    } else if said.contains("forbidden") || refused_by_rules(said) {
        FailureKind::AdmissionRefused { said: said.to_owned() }
    } else {
        FailureKind::StartRefused
    };
    Failure::new(kind, format!("the cluster makes no pods: {said}"))
}

pub(crate) fn is_missing(failure: &kube::Error) -> bool {
    matches!(failure, kube::Error::Api(status) if status.code == 404)
}

pub(crate) fn is_there(failure: &kube::Error) -> bool {
    matches!(failure, kube::Error::Api(status) if status.code == 409 && status.reason == "AlreadyExists")
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(code: u16, message: &str) -> &'static str {
        let status = Status { code, message: message.to_owned(), ..Status::default() };
        of_status(&status, "https://c").kind.code()
    }

    #[test]
    fn a_plugins_last_words_are_shown_and_no_token() {
        let jwt = format!("ey{}", "A".repeat(TOKEN));
        let said = format!("one\ntwo\n\nyour session expired\n  run cloud-login login\nwas {jwt}\n");
        assert_eq!(last_words(&said), ": your session expired / run cloud-login login / was ***");
        assert_eq!(last_words(" \n"), "");
    }

    #[test]
    fn refusals_are_told_apart() {
        assert_eq!(answered(401, "Unauthorized"), "no_access");
        assert_eq!(answered(403, "pods \"x\" is forbidden: exceeded quota: q, requested: pods=1"), "unplaceable");
        assert_eq!(answered(403, "pods \"x\" is forbidden: violates PodSecurity \"restricted\""), "admission_refused");
        assert_eq!(answered(400, "admission webhook \"w\" denied the request: no"), "admission_refused");
        assert_eq!(
            answered(500, "Internal error occurred: failed calling webhook \"w\": refused"),
            "admission_refused"
        );
        assert_eq!(answered(503, "admission webhook \"w\" denied the request: no"), "admission_refused");
        assert_eq!(answered(403, "User \"u\" cannot patch resource \"deployments\""), "forbidden");
        assert_eq!(answered(503, "etcd is away"), "target_unreachable");
        assert_eq!(answered(410, "too old resource version"), "target_unreachable");
    }
}
