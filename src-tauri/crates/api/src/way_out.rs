//! What a person can do about a failure: the hint of the error that it becomes.

use switchback_core::failure::{FailureKind, Fault, PAUSED};

/// What a person can do about a failure that no deployment undoes.
pub(crate) fn of(kind: &FailureKind) -> Option<String> {
    Some(match kind {
        FailureKind::Unreachable { endpoint } if endpoint.starts_with("ssh://") => {
            "Make `ssh` to that host work without a question; `switchback doctor` asks again.".to_owned()
        }
        FailureKind::Unreachable { endpoint } if endpoint.starts_with("http") => {
            "Open the way to the cluster (VPN, tunnel), or correct its address in the kubeconfig.".to_owned()
        }
        FailureKind::Unreachable { endpoint } if endpoint.starts_with("tcp://") => {
            "Start the engine, or correct its address in switchback.yaml; one that wants TLS is written \
             `engine: { tcp: HOST:PORT, tls: FOLDER }`."
                .to_owned()
        }
        FailureKind::Unreachable { .. } => "Start the engine, or correct its address in switchback.yaml.".to_owned(),
        FailureKind::DatabaseAway { .. } => "Start the database, or correct its address in switchback.yaml.".to_owned(),
        FailureKind::DatabaseHeld { .. } => "Wait for whoever holds it to end, or end it.".to_owned(),
        FailureKind::ImageDenied { image } => {
            let registry = image.split('/').next().unwrap_or_default().replace(':', "-");
            format!("Store the registry's login as USER:PASSWORD: `switchback secret set registry/{registry}`.")
        }
        FailureKind::ImageMissing { .. } => "Push the image, or correct its name or tag.".to_owned(),
        FailureKind::RegistryUnreachable { .. } => "Start the registry, or correct the image's name.".to_owned(),
        FailureKind::ArtifactGone { .. } => {
            "Have the folder there as it was released, or name another with `switchback release add --from`.".to_owned()
        }
        FailureKind::DiskFull { place } => format!("Free space on {place}; nothing was changed."),
        FailureKind::NoAccess { endpoint, fault: Fault::Kubeconfig } => {
            format!("Correct {endpoint}, or name another file as the target's `kubeconfig:` in switchback.yaml.")
        }
        FailureKind::NoAccess { endpoint, fault: Fault::Context } => {
            format!("Write one that is there as the target's `context:` in switchback.yaml, or correct {endpoint}.")
        }
        FailureKind::NoAccess { fault: Fault::Plugin, .. } => {
            "Make the login plugin work in a terminal (install it, log in with it), then try again.".to_owned()
        }
        FailureKind::NoAccess { fault: Fault::Login, .. } => {
            "Log in to the cluster again, or correct the target's `kubeconfig:` and `context:` in switchback.yaml."
                .to_owned()
        }
        FailureKind::LoginRefused { secret: Some(name) } => format!(
            "Correct the user in switchback.yaml, or give the keychain the right password: `switchback secret set {name}`."
        ),
        FailureKind::LoginRefused { .. } => {
            "Correct the user in switchback.yaml, or name the secret with its password there: `password: keychain:NAME`."
                .to_owned()
        }
        FailureKind::ForeignTable { .. } => {
            "Correct `layout:` in switchback.yaml when another tool made it; else give the migrations a database or schema \
             of their own. Nothing was changed."
                .to_owned()
        }
        FailureKind::Forbidden { what } => {
            format!("Let the cluster's administrator allow it in the namespace: {what}.")
        }
        FailureKind::AdmissionRefused { .. } => {
            "Deploy what the rule allows, or let whoever keeps the cluster's rules except the workload from it."
                .to_owned()
        }
        FailureKind::Unplaceable { .. } => {
            "Raise the namespace's quota, make room on the nodes, or ask for less in the workload's manifest."
                .to_owned()
        }
        FailureKind::ReferenceMissing { .. } => {
            "Put it there, or take it out of the workload's own manifest; then deploy again.".to_owned()
        }
        FailureKind::WorkloadMissing { workload } => {
            format!("Apply the manifest of {workload} first, or correct the target's `workload:` and `namespace:`.")
        }
        FailureKind::WorkloadHeld { by, .. } if by == PAUSED => {
            "Resume it (`kubectl rollout resume`); nothing was changed.".to_owned()
        }
        FailureKind::WorkloadHeld { by, .. } if by == "Switchback" => {
            "Deploy from the home that has it (--home DIR).".to_owned()
        }
        FailureKind::WorkloadHeld { by, .. } => {
            format!(
                "{by} would undo the change. Deploy through it, or write `take-over: true` under `kubernetes:` (an import: \
                 `--take-over`)."
            )
        }
        FailureKind::Interfered { .. } => {
            "See to it that nobody else changes the workload meanwhile, then deploy again.".to_owned()
        }
        FailureKind::RouterRefused { .. } => {
            "Mend the router: its configuration, its container, or the `router:` of the target.".to_owned()
        }
        FailureKind::PortInUse { port } => format!("Free port {port}, or give the target another."),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ApiError;
    use switchback_core::failure::Failure;

    #[test]
    fn what_a_cluster_or_a_database_refuses_names_a_way_out() {
        let said = || "no releases on Fridays".to_owned();
        let refusals = [
            FailureKind::AdmissionRefused { said: said() },
            FailureKind::Unplaceable { said: said() },
            FailureKind::ReferenceMissing { said: said() },
            FailureKind::Forbidden { what: said() },
            FailureKind::NoAccess { endpoint: said(), fault: Fault::Login },
            FailureKind::NoAccess { endpoint: said(), fault: Fault::Context },
            FailureKind::LoginRefused { secret: None },
            FailureKind::ForeignTable { table: said() },
            FailureKind::DatabaseAway { database: said() },
            FailureKind::DatabaseHeld { database: said() },
        ];
        for kind in refusals {
            let error = ApiError::from(Failure::new(kind, said()));
            assert!(error.hint.is_some_and(|hint| !hint.is_empty()), "{}", error.code);
        }
        let refused = FailureKind::LoginRefused { secret: Some("shop-db".to_owned()) };
        let error = ApiError::from(Failure::new(refused, said()));
        assert!(error.hint.is_some_and(|hint| hint.contains("`switchback secret set shop-db`")));
    }
}
