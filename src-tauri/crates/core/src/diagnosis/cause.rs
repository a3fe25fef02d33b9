//! The closed list of causes a failed start can have.
//!
//! Apart from the rules, because the list is a contract: the command line prints these names, the interface translates
//! them, and labelled logs are written against them. Rules come and go; a name here never changes its meaning.
//! Deliberately not here: how a cause is recognised (`rules`) and what to say about it (`wording`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a start failed, as far as exit code, events and log can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Nothing listens on a loopback address; inside a container that is the container itself.
    ConnectionRefusedLocalhost,
    /// Another host answered, and nothing listens on that port there.
    ConnectionRefusedRemote,
    /// Another host did not answer in time.
    TimeoutConnect,
    /// A host name has no address.
    DnsFailure,
    /// A certificate is expired, not trusted or for another name.
    TlsCertExpiredOrUntrusted,
    /// A database refused the user, the password or the user's access.
    AuthFailedDatabase,
    /// A table, column, type or migration is not what the program expects.
    SchemaMismatch,
    /// An environment variable the program needs is not set.
    MissingEnvVar,
    /// A configuration file or value cannot be read as what it should be.
    ConfigParseError,
    /// A file or directory the program needs is not there.
    MissingFile,
    /// A module, package, class or shared library is not installed.
    MissingDependency,
    /// The operating system refused access to a file, a port or a device.
    PermissionDenied,
    /// The address to listen on is taken.
    PortInUse,
    /// Memory ran out: the kernel ended the process, or its runtime gave up.
    OomKilled,
    /// The disk, a quota of it or its inodes are used up.
    DiskFull,
    /// The command is not there, not executable, or for another processor.
    ExecFormatOrMissingEntrypoint,
    /// The registry has no such image or tag.
    ImagePullNotFound,
    /// The registry wants other credentials.
    ImagePullAuth,
    /// No node or no quota has room for it.
    QuotaOrUnschedulable,
    /// The cluster's own rules refuse it: a policy, a webhook, pod security. No log is read for it, the cluster says so.
    AdmissionRefused,
    /// It runs, but its health probe does not pass.
    ProbeFailed,
    /// The program's own code failed, and none of the causes above explains it.
    UnhandledExceptionInApp,
    /// The evidence is not there.
    Unknown,
}

impl Cause {
    /// All of them, in the order of the product's list.
    pub const ALL: [Self; 23] = [
        Self::ConnectionRefusedLocalhost,
        Self::ConnectionRefusedRemote,
        Self::TimeoutConnect,
        Self::DnsFailure,
        Self::TlsCertExpiredOrUntrusted,
        Self::AuthFailedDatabase,
        Self::SchemaMismatch,
        Self::MissingEnvVar,
        Self::ConfigParseError,
        Self::MissingFile,
        Self::MissingDependency,
        Self::PermissionDenied,
        Self::PortInUse,
        Self::OomKilled,
        Self::DiskFull,
        Self::ExecFormatOrMissingEntrypoint,
        Self::ImagePullNotFound,
        Self::ImagePullAuth,
        Self::QuotaOrUnschedulable,
        Self::AdmissionRefused,
        Self::ProbeFailed,
        Self::UnhandledExceptionInApp,
        Self::Unknown,
    ];

    /// The name used in JSON, in translations and in labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConnectionRefusedLocalhost => "connection_refused_localhost",
            Self::ConnectionRefusedRemote => "connection_refused_remote",
            Self::TimeoutConnect => "timeout_connect",
            Self::DnsFailure => "dns_failure",
            Self::TlsCertExpiredOrUntrusted => "tls_cert_expired_or_untrusted",
            Self::AuthFailedDatabase => "auth_failed_database",
            Self::SchemaMismatch => "schema_mismatch",
            Self::MissingEnvVar => "missing_env_var",
            Self::ConfigParseError => "config_parse_error",
            Self::MissingFile => "missing_file",
            Self::MissingDependency => "missing_dependency",
            Self::PermissionDenied => "permission_denied",
            Self::PortInUse => "port_in_use",
            Self::OomKilled => "oom_killed",
            Self::DiskFull => "disk_full",
            Self::ExecFormatOrMissingEntrypoint => "exec_format_or_missing_entrypoint",
            Self::ImagePullNotFound => "image_pull_not_found",
            Self::ImagePullAuth => "image_pull_auth",
            Self::QuotaOrUnschedulable => "quota_or_unschedulable",
            Self::AdmissionRefused => "admission_refused",
            Self::ProbeFailed => "probe_failed",
            Self::UnhandledExceptionInApp => "unhandled_exception_in_app",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is none of the causes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no cause of a failed start")]
pub struct UnknownCauseName {
    /// What was given.
    pub name: String,
}

impl FromStr for Cause {
    type Err = UnknownCauseName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|cause| cause.as_str() == name)
            .ok_or_else(|| UnknownCauseName { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_reads_back_from_its_name_and_from_json() {
        for cause in Cause::ALL {
            assert_eq!(cause.as_str().parse(), Ok(cause));
            let json = serde_json::to_string(&cause).unwrap();
            assert_eq!(json, format!("\"{cause}\""));
        }
        assert!("gremlins".parse::<Cause>().is_err());
    }
}
