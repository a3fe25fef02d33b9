//! [`Document`] to text: the one normal form.
//!
//! Normal means: sections in the order of the type, names sorted, what equals its default left out, scalars in their
//! shortest unit. Comments are not kept; a team's own file is never rewritten, only exported.

use crate::Document;

/// The document as YAML, ending in a newline. Reading it back gives an equal document, and writing that the same text.
pub fn to_yaml(document: &Document) -> String {
    // The types hold nothing YAML cannot say, so that writing to memory does not fail.
    serde_saphyr::to_string(document).unwrap_or_default()
}
