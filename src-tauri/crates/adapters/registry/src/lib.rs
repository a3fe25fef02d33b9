//! Registries, asked from this machine: which digest a name has, and whether all of an image is still to be had.
//!
//! Apart from the runtimes, because two of them ask the same. Deliberately not here: fetching, which engines and nodes do.

mod blobs;
mod registries;

pub use blobs::Platform;
pub use registries::Registries;
