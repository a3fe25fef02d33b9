//! A release: the immutable bundle a service ships as, identified by its content hash.

use crate::{ident::Instant, name::Service};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;

/// A content hash, written `sha256:` and 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest(pub String);

impl Digest {
    /// The hash of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        use std::fmt::Write as _;
        let mut text = String::from("sha256:");
        for byte in Sha256::digest(bytes) {
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// Twelve digits for people.
    pub fn short(&self) -> &str {
        let hex = self.0.strip_prefix("sha256:").unwrap_or(&self.0);
        hex.get(..12).unwrap_or(hex)
    }
}
impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What runs: a container image, or a folder for supervised processes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Artifact {
    /// A container image. `repository` carries no tag; the digest is the registry's manifest digest.
    Image {
        /// For example `127.0.0.1:5000/shop/checkout`.
        repository: String,
        /// What to pull and what was pulled.
        digest: Digest,
    },
    /// A folder of files, pinned by the hash of its contents.
    Folder {
        /// Where the folder was when it was released.
        path: PathBuf,
        /// Hash over names, modes and contents.
        digest: Digest,
    },
}

impl Artifact {
    /// The digest that identifies it.
    pub fn digest(&self) -> &Digest {
        match self {
            Self::Image { digest, .. } | Self::Folder { digest, .. } => digest,
        }
    }
    /// A line for people: `shop/checkout@41d07c3a8e19`.
    pub fn brief(&self) -> String {
        match self {
            Self::Image { repository, digest } => format!("{repository}@{}", digest.short()),
            Self::Folder { path, digest } => {
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
                format!("{name}@{}", digest.short())
            }
        }
    }
}

/// What a person asks to release, before its digest is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum ArtifactRequest {
    /// An image by `repository:tag` or `repository@sha256:…`.
    Image {
        /// As a person writes it.
        reference: String,
    },
    /// A folder.
    Folder {
        /// Where it is.
        path: PathBuf,
    },
}

/// An immutable bundle. Two releases of a service never share a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// Whose it is.
    pub service: Service,
    /// What people call it: `2.14.1`.
    pub version: String,
    /// What runs.
    pub artifact: Artifact,
    /// The commit it was built from, when known.
    pub commit: Option<String>,
    /// What is in it, one line.
    pub notes: String,
    /// Who added it.
    pub by: String,
    /// When it was added.
    pub added_at: Instant,
}

impl Release {
    /// The most characters of notes that are kept.
    pub const NOTES: usize = 500;

    /// The content hash that identifies the bundle: service, version, artifact and commit, not who added it or when.
    pub fn id(&self) -> Digest {
        let text = format!(
            "{}\n{}\n{}\n{}",
            self.service,
            self.version,
            self.artifact.digest(),
            self.commit.as_deref().unwrap_or("")
        );
        Digest::of(text.as_bytes())
    }
}
