//! What an engine's errors mean: from its words to the kinds a client can act on, and secrets kept out of all of them.
//!
//! An engine answers most troubles with status 500 and a sentence; the sentences of all engine versions we support are
//! recognised here and nowhere else.

use crate::{endpoint::Endpoint, ssh};
use bollard::errors::Error;
use switchback_core::{
    failure::{Failure, FailureKind},
    mask::Mask,
    port::ResolvedSecrets,
    workload::Publish,
};

/// What an error says.
pub(crate) trait Said {
    /// The engine's own sentence, or the client's with its causes.
    fn said(&self) -> String;
    /// Nothing of that name is there.
    fn absent(&self) -> bool;
    /// The status, when an engine answered at all.
    fn status(&self) -> Option<u16>;
    /// As a failure of an act on this engine.
    fn on(&self, endpoint: &Endpoint) -> Failure;
    /// As a failure to get to this engine, with the way out.
    fn unreachable(&self, endpoint: &Endpoint) -> Failure;
}

impl Said for Error {
    fn said(&self) -> String {
        match self {
            Self::DockerResponseServerError { message, .. } => message.trim().to_owned(),
            Self::DockerStreamError { error } => error.trim().to_owned(),
            other => {
                // The layers of the client say nothing that a person could use: what they carry does.
                let mut all: Vec<String> = match other {
                    Self::HyperLegacyError { .. } => Vec::new(),
                    other => vec![other.to_string()],
                };
                let mut cause = std::error::Error::source(other);
                while let Some(inner) = cause {
                    let words = inner.to_string();
                    if !words.starts_with("client error (") && !all.iter().any(|said| said.contains(&words)) {
                        all.push(words);
                    }
                    cause = inner.source();
                }
                if all.is_empty() { "the connection failed".to_owned() } else { all.join(": ") }
            }
        }
    }

    fn absent(&self) -> bool {
        self.status() == Some(404)
    }

    fn status(&self) -> Option<u16> {
        match self {
            Self::DockerResponseServerError { status_code, .. } => Some(*status_code),
            _ => None,
        }
    }

    fn on(&self, endpoint: &Endpoint) -> Failure {
        match self {
            // Nobody who speaks for the engine: what stands before it only takes TLS.
            Self::DockerResponseServerError { .. } if wants_tls(self, endpoint) => self.unreachable(endpoint),
            Self::DockerResponseServerError { .. } | Self::DockerStreamError { .. } => {
                let said = self.said();
                let kind = if disk_full(&said) {
                    FailureKind::DiskFull { place: endpoint.to_string() }
                } else {
                    FailureKind::Other
                };
                Failure::new(kind, said)
            }
            Self::JsonDataError { .. } | Self::JsonSerdeError { .. } | Self::URLEncodedError { .. } => {
                Failure::new(FailureKind::Other, self.said())
            }
            _ => self.unreachable(endpoint),
        }
    }

    fn unreachable(&self, endpoint: &Endpoint) -> Failure {
        let said = self.said();
        let lower = said.to_lowercase();
        let way_out = match (self, endpoint) {
            (Self::CertPathError { .. } | Self::CertParseError { .. } | Self::CertMultipleKeys { .. }, _) => {
                "check ca.pem, cert.pem and key.pem in the TLS folder"
            }
            (_, Endpoint::Ssh(destination)) if lower.contains("remote host identification has changed") => {
                return unanswered(
                    endpoint,
                    "its host key is not the one that is known",
                    &format!(
                        "it was set up anew, or somebody stands in between: compare the new key with its owner, then run \
                         `ssh-keygen -R {}` and log in once with `ssh`",
                        ssh::known_as(destination)
                    ),
                );
            }
            (_, Endpoint::Ssh(_)) if lower.contains("host key verification failed") => {
                "log in once with `ssh` and compare the host key before you accept it; a key that changed may be an attack"
            }
            (_, Endpoint::Ssh(_)) if lower.contains("permission denied (") => {
                "give `ssh` a key that this host accepts, in its agent or its configuration"
            }
            (_, Endpoint::Ssh(_)) => "check that `ssh` to that host works without a question and finds `docker` there",
            _ if lower.contains("permission denied") => "add this user to the group of the socket (usually `docker`)",
            (_, Endpoint::Socket(_)) => "start Docker, or give the address of the engine that is meant",
            (_, Endpoint::Tcp { address, tls: None }) if wants_tls(self, endpoint) => {
                return unanswered(
                    endpoint,
                    &said,
                    &format!(
                        "it wants TLS: give the folder with ca.pem, cert.pem and key.pem, as \
                     `engine: {{ tcp: \"{address}\", tls: FOLDER }}`"
                    ),
                );
            }
            (_, Endpoint::Tcp { tls: None, .. }) => {
                "check that the engine listens there, and whether it wants TLS (then give the folder of certificates)"
            }
            (_, Endpoint::Tcp { .. }) if lower.contains("invalid peer certificate") => {
                "its certificate is not from the authority in ca.pem, or for another name: give the folder that belongs to it"
            }
            (_, Endpoint::Tcp { .. }) => "check that the engine listens there and knows these certificates",
        };
        unanswered(endpoint, &said, way_out)
    }
}

pub(crate) fn unanswered(endpoint: &Endpoint, said: &str, way_out: &str) -> Failure {
    let kind = FailureKind::Unreachable { endpoint: endpoint.to_string() };
    Failure::new(kind, format!("no Docker engine answers at {endpoint}: {said}; {way_out}"))
}

/// Whether a server that takes TLS only was spoken to without: Go's says so in these words, and so does nginx before one.
fn wants_tls(error: &Error, endpoint: &Endpoint) -> bool {
    let Endpoint::Tcp { tls: None, .. } = endpoint else { return false };
    let said = error.said().to_lowercase();
    error.status() == Some(400) && any(&said, &["http request to an https server", "sent to https port"])
}

fn disk_full(said: &str) -> bool {
    said.to_lowercase().contains("no space left")
}

fn any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// What a registry, asked by the engine, said about an image.
pub(crate) fn of_registry(error: &Error, image: &str, endpoint: &Endpoint) -> Failure {
    match error {
        Error::DockerResponseServerError { status_code, message } if !wants_tls(error, endpoint) => {
            by_words(message, Some(*status_code), image, endpoint)
        }
        Error::DockerStreamError { error } => by_words(error, None, image, endpoint),
        other => other.on(endpoint),
    }
}

fn by_words(said: &str, status: Option<u16>, image: &str, endpoint: &Endpoint) -> Failure {
    let (said, named, image) = (said.trim(), image.to_owned(), image.to_owned());
    let lower = said.to_lowercase();
    // Order matters: a refusal may also say "does not exist", and an unreachable host "not found" by its resolver.
    let kind = if disk_full(said) {
        FailureKind::DiskFull { place: endpoint.to_string() }
    } else if any(&lower, &["denied", "unauthorized", "authentication required", "no basic auth", "insufficient_scope"])
    {
        FailureKind::ImageDenied { image }
    } else if any(&lower, AWAY) {
        FailureKind::RegistryUnreachable { image }
    } else if status == Some(404) || any(&lower, &["manifest unknown", "not found", "name unknown", "no such image"]) {
        FailureKind::ImageMissing { image }
    } else if matches!(status, Some(401 | 403)) {
        FailureKind::ImageDenied { image }
    } else {
        FailureKind::Other
    };
    // A registry says "manifest unknown" and not of what.
    let said = if said.contains(&named) { said.to_owned() } else { format!("{named}: {said}") };
    Failure::new(kind, said)
}

const AWAY: &[&str] = &[
    "connection refused",
    "connection reset",
    "no such host",
    "dial tcp",
    "timeout",
    "deadline exceeded",
    "unreachable",
    "server misbehaving",
    "tls handshake",
    "x509:",
    "http response to https client",
    "eof",
    "502 bad gateway",
    "503 service unavailable",
];

/// What a refused start means.
pub(crate) fn of_start(error: &Error, publish: &[Publish], endpoint: &Endpoint) -> Failure {
    let Some(_) = error.status().filter(|_| !wants_tls(error, endpoint)) else { return error.on(endpoint) };
    let said = error.said();
    let lower = said.to_lowercase();
    let kind = if any(&lower, &["address already in use", "port is already allocated", "failed to bind host port"]) {
        port_named(&said, publish).map_or(FailureKind::StartRefused, |port| FailureKind::PortInUse { port })
    } else if disk_full(&said) {
        FailureKind::DiskFull { place: endpoint.to_string() }
    } else {
        FailureKind::StartRefused
    };
    Failure::new(kind, said)
}

/// The published port a sentence names; the only one when it names none.
fn port_named(said: &str, publish: &[Publish]) -> Option<u16> {
    let named = |port: u16| {
        let text = format!(":{port}");
        said.match_indices(&text).any(|(at, _)| !said[at + text.len()..].starts_with(|c: char| c.is_ascii_digit()))
    };
    let found = publish.iter().find(|one| named(one.port)).or_else(|| publish.first())?;
    Some(found.port)
}

/// The failure without any secret's value in it.
pub(crate) fn masked(failure: Failure, secrets: &ResolvedSecrets) -> Failure {
    Mask::of(secrets.values()).failure(failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry(said: &str) -> String {
        let error = Error::DockerResponseServerError { status_code: 500, message: said.to_owned() };
        of_registry(&error, "shop@sha256:1", &Endpoint::Socket("/x".into())).kind.code().to_owned()
    }

    #[test]
    fn the_engines_sentences_become_kinds() {
        assert_eq!(registry("manifest for shop:2 not found: manifest unknown: manifest unknown"), "image_missing");
        assert_eq!(
            registry("pull access denied for shop, repository does not exist or may require 'docker login': denied"),
            "image_denied"
        );
        assert_eq!(
            registry("Get \"http://127.0.0.1:5000/v2/\": dial tcp 127.0.0.1:5000: connect: connection refused"),
            "registry_unreachable"
        );
        assert_eq!(registry("dial tcp: lookup nowhere.example: no such host"), "registry_unreachable");
        assert_eq!(registry("write /var/lib/docker/x: no space left on device"), "disk_full");
    }

    #[test]
    fn an_engine_that_wants_tls_is_told_with_how_it_is_written() {
        let said = |message: &str| Error::DockerResponseServerError { status_code: 400, message: message.to_owned() };
        let plain = Endpoint::Tcp { address: "10.0.0.7:2376".into(), tls: None };
        for words in
            ["Client sent an HTTP request to an HTTPS server.", "The plain HTTP request was sent to HTTPS port"]
        {
            let error = said(words);
            for failure in [error.on(&plain), of_registry(&error, "shop", &plain), of_start(&error, &[], &plain)] {
                assert_eq!(failure.kind, FailureKind::Unreachable { endpoint: "tcp://10.0.0.7:2376".into() });
                assert!(failure.message.contains("engine: { tcp: \"10.0.0.7:2376\", tls: FOLDER }"), "{failure}");
            }
        }
        assert_eq!(said("bad parameter").on(&plain).kind, FailureKind::Other);
    }

    #[test]
    fn a_host_key_that_changed_is_one_line_with_the_way_out() {
        let said = "@@@@@@@@@@@@@@@@@@ @ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @ IT IS POSSIBLE THAT SOMEONE IS \
                    DOING SOMETHING NASTY! Host key verification failed";
        let error = Error::IOError { err: std::io::Error::other(said) };
        for (destination, known) in
            [("deploy@far.example", "far.example"), ("far.example:2222", "'[far.example]:2222'")]
        {
            let told = error.on(&Endpoint::Ssh(destination.to_owned())).message;
            assert!(told.contains(&format!("`ssh-keygen -R {known}`")), "{told}");
            assert!(!told.contains("@@") && !told.contains('\n') && told.len() < 320, "{told}");
        }
    }

    #[tokio::test]
    async fn no_layer_of_the_client_speaks_to_people() {
        // A port that nobody listens on.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let engine = bollard::Docker::connect_with_http(&address, 5, bollard::API_DEFAULT_VERSION).unwrap();
        let error = engine.version().await.unwrap_err();
        let told = error.on(&Endpoint::Tcp { address, tls: None }).message;
        assert!(!told.contains("hyper") && !told.contains("client error"), "{told}");
        assert!(told.contains("Connection refused"), "{told}");
    }

    #[test]
    fn a_port_in_use_is_named_among_several() {
        let publish = [80, 8080].map(|port| Publish { host: "127.0.0.1".into(), port, container: port }).to_vec();
        let said = "failed to bind host port 127.0.0.1:8080/tcp: address already in use";
        let error = Error::DockerResponseServerError { status_code: 500, message: said.to_owned() };
        let failure = of_start(&error, &publish, &Endpoint::Socket("/x".into()));
        assert_eq!(failure.kind, FailureKind::PortInUse { port: 8080 });
    }

    #[test]
    fn no_secret_is_left_in_a_failure() {
        let secrets = ResolvedSecrets::from([("KEY".to_owned(), "s3cr3t".to_owned().into())]);
        let failure = masked(Failure::new(FailureKind::Other, "bad env KEY=s3cr3t"), &secrets);
        assert_eq!(failure.message, "bad env KEY=***");
    }
}
