//! What to say about a cause: one sentence of summary, one of hint.
//!
//! Apart from the ranking, because this is English and may be translated: a client that translates takes the cause and
//! the parameters and leaves these two texts alone. Deliberately not here: commands to copy; a hint names the thing to
//! look at, and fixes are another part's work.

use std::collections::BTreeMap;

use super::RuntimeName;
use super::cause::Cause;

/// The summary and the hint.
#[expect(clippy::too_many_lines, reason = "one arm per cause; a split would only hide that none is missing")]
pub(super) fn say(cause: Cause, runtime: Option<RuntimeName>, params: &BTreeMap<String, String>) -> (String, String) {
    let get = |key: &str| params.get(key).map(String::as_str);
    let to = match (get("host"), get("port")) {
        (Some(host), Some(port)) => format!(" to {host}:{port}"),
        (Some(host), None) => format!(" to {host}"),
        (None, Some(port)) => format!(" to port {port}"),
        (None, None) => String::new(),
    };
    let named = |lead: &str, key: &str| get(key).map(|value| format!("{lead}{value}")).unwrap_or_default();
    let contained = runtime != Some(RuntimeName::Process);
    let (summary, hint) = match cause {
        Cause::ConnectionRefusedLocalhost if contained => (
            format!("connection refused{to}: inside a container that is the container itself"),
            "Give the other service's name or address in place of localhost.",
        ),
        Cause::ConnectionRefusedLocalhost => (
            format!("connection refused{to}: nothing listens there on this machine"),
            "Start the service it needs on this machine, or correct the address.",
        ),
        Cause::ConnectionRefusedRemote => (
            format!("connection refused{to}: that host answers, and nothing listens on the port"),
            "Check that the other service is up before this one starts, and that the port is right.",
        ),
        Cause::TimeoutConnect => (
            format!("no answer in time when connecting{to}"),
            "Check address, network, firewall and that the other service is up.",
        ),
        Cause::DnsFailure => (
            format!("the name{} cannot be resolved", named(" ", "host")),
            "Check the spelling, and that both are on the same network or namespace.",
        ),
        Cause::TlsCertExpiredOrUntrusted => (
            format!("the certificate was not accepted{}", named(": ", "detail")),
            "Check the certificate's dates and names, and that its authority is in the trust store.",
        ),
        Cause::AuthFailedDatabase => (
            format!("the database refused the login{}", named(" of ", "user")),
            "Compare user, password and access rules with the database; a volume keeps the password of its first start.",
        ),
        Cause::SchemaMismatch => (
            format!(
                "the database is not at the schema this release expects{}{}",
                named(": ", "table"),
                named(": ", "column")
            ),
            "Compare the applied migrations with those of this release.",
        ),
        Cause::MissingEnvVar => (
            format!("the environment variable{} is not set", named(" ", "variable")),
            "Set it in this environment's configuration or secrets.",
        ),
        Cause::ConfigParseError => (
            format!("the configuration cannot be read{}{}", named(": ", "key"), named(" in ", "file")),
            "Correct the value or the syntax at the place named in the evidence.",
        ),
        Cause::MissingFile => (
            format!("the file{} is not there", named(" ", "file")),
            "Check that the release contains it or that it is mounted at that path.",
        ),
        Cause::MissingDependency => (
            format!("{} is not installed", get("module").unwrap_or("a dependency")),
            "Add it to the release's dependencies, or build the release for this platform.",
        ),
        Cause::PermissionDenied => (
            format!("the operating system refused access{}", named(" to ", "file")),
            "Check owner and mode against the user it runs as; ports below 1024 need a capability.",
        ),
        Cause::PortInUse => (
            format!("the port{} is taken", named(" ", "port")),
            "Find what listens there, or give this service another port.",
        ),
        Cause::OomKilled => (
            "memory ran out".to_owned(),
            "Raise the memory limit, or the runtime's heap below it, and look for a leak.",
        ),
        Cause::DiskFull => ("the disk is full".to_owned(), "Free space or grow the volume."),
        Cause::ExecFormatOrMissingEntrypoint => (
            format!("the command{} cannot be started", named(" ", "command")),
            "Check the entrypoint's path, mode, line ends and the processor the image is built for.",
        ),
        Cause::ImagePullNotFound => (
            format!("the registry has no image{}", named(" ", "image")),
            "Check name, tag and platform, and that the push has finished.",
        ),
        Cause::ImagePullAuth => (
            format!("the registry refused the pull{}", named(" of ", "image")),
            "Check the registry credentials of this target and that the repository exists.",
        ),
        Cause::QuotaOrUnschedulable => (
            "no node or quota has room for it".to_owned(),
            "Lower the requests, raise the quota, or look at taints, selectors and volumes.",
        ),
        Cause::AdmissionRefused => (
            format!("the cluster's rules refuse it{}", named(": ", "rule")),
            "Deploy what the rule allows, or let whoever keeps it except the workload from it.",
        ),
        Cause::ProbeFailed if get("passes").is_some() => (
            format!("it runs, and its probe came to{} passes in a row", named(" ", "passes")),
            "See what is different about the probes that did not pass, or give the gate more time in `within:`.",
        ),
        Cause::ProbeFailed => (
            format!("it runs, and its{} probe does not pass", named(" ", "probe")),
            "Check the probe's path, port and delays against what the service does at start.",
        ),
        Cause::UnhandledExceptionInApp => (
            format!("the program ended with an error it did not handle{}", named(": ", "exception")),
            "Read the first frame of the program's own code in the evidence.",
        ),
        Cause::Unknown => (
            "the evidence does not name a cause".to_owned(),
            "Start it with a louder log level, and look at the events of engine or cluster.",
        ),
    };
    (summary, hint.to_owned())
}
