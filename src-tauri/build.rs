//! Makes a permission of each command that the capability names, and nothing callable beyond them. A test in the shell
//! holds the capability to the one command list.

use std::error::Error;

const CAPABILITY: &str = include_str!("capabilities/main.json");

fn main() -> Result<(), Box<dyn Error>> {
    let capability: serde_json::Value = serde_json::from_str(CAPABILITY)?;
    let commands: Vec<&'static str> = capability["permissions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|permission| permission.as_str()?.strip_prefix("allow-"))
        // Permissions are written with hyphens. The builder wants names that live as long as it does.
        .map(|name| &*name.replace('-', "_").leak())
        .collect();
    let manifest = tauri_build::AppManifest::new().commands(commands.leak());
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))?;
    Ok(())
}
