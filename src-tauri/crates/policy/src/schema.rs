//! The JSON Schema editors complete and check by. It comes out of the same types the file is read into.
//!
//! It knows shapes, not meaning: that a named environment exists is said by [`crate::parse`] alone.

/// Schema-only: a value written as text, number or flag, read as text.
#[derive(schemars::JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its shape is used")]
pub(crate) enum Loose {
    Text(String),
    Number(f64),
    Flag(bool),
}

/// The schema of `switchback.yaml`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(crate::Document).to_value()
}
