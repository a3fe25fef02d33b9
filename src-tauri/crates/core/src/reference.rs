//! Image references as people write them, taken apart: registry, repository, tag, digest.
//!
//! Apart so that the rule of what is a registry's host stands in one place.

use crate::release::{Artifact, Digest};

/// Docker Hub's name in Docker's configuration.
pub const HUB: &str = "https://index.docker.io/v1/";

/// A reference, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// `127.0.0.1:5000/shop/checkout`, as written.
    pub repository: String,
    /// `latest` when neither tag nor digest is given.
    pub tag: String,
    /// The digest, if one is given.
    pub digest: Option<Digest>,
}

impl Reference {
    /// Takes a reference apart.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(Digest(digest.to_owned()))),
            None => (text, None),
        };
        // A colon before the last slash is a port.
        let (repository, tag) = match name.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, tag),
            _ => (name, "latest"),
        };
        Self { repository: repository.to_owned(), tag: tag.to_owned(), digest }
    }

    /// `repository:tag`.
    pub fn tagged(&self) -> String {
        format!("{}:{}", self.repository, self.tag)
    }
}

/// The registry host of a repository: `docker.io` unless its first part looks like a host.
pub fn registry(repository: &str) -> &str {
    match repository.split_once('/') {
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => first,
        _ => "docker.io",
    }
}

/// One spelling of a repository, for comparison: engines leave Docker Hub's parts out.
pub fn plain(repository: &str) -> &str {
    let short = repository.strip_prefix("docker.io/").unwrap_or(repository);
    short.strip_prefix("library/").unwrap_or(short)
}

/// Repository and digest of a `repository@digest`.
pub fn pinned(text: &str) -> Option<Artifact> {
    let (repository, digest) = text.split_once('@')?;
    Some(Artifact::Image { repository: repository.to_owned(), digest: Digest(digest.to_owned()) })
}

/// The engine's digest for a repository among an image's repository digests.
pub fn digest_for(known: &[String], repository: &str) -> Option<Digest> {
    let same = |text: &&String| text.split_once('@').is_some_and(|(name, _)| plain(name) == plain(repository));
    known.iter().find(same).and_then(|text| text.split_once('@')).map(|(_, digest)| Digest(digest.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_no_tag_and_no_tag_is_latest() {
        let local = Reference::parse("127.0.0.1:5000/shop/checkout");
        assert_eq!(local.tagged(), "127.0.0.1:5000/shop/checkout:latest");
        assert_eq!(registry(&local.repository), "127.0.0.1:5000");
        let hub = Reference::parse("shop/checkout:2.14.1");
        assert_eq!((hub.repository.as_str(), hub.tag.as_str()), ("shop/checkout", "2.14.1"));
        assert_eq!(registry(&hub.repository), "docker.io");
        let by_digest = Reference::parse("ghcr.io/a/b:1@sha256:ff");
        assert_eq!(
            (by_digest.repository.as_str(), by_digest.digest),
            ("ghcr.io/a/b", Some(Digest("sha256:ff".into())))
        );
    }

    #[test]
    fn docker_hubs_spellings_are_one() {
        let known = ["nginx@sha256:aa".to_owned(), "other/nginx@sha256:bb".to_owned()];
        assert_eq!(digest_for(&known, "docker.io/library/nginx"), Some(Digest("sha256:aa".into())));
        assert_eq!(digest_for(&known, "third/nginx"), None);
    }
}
