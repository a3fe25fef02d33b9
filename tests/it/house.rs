//! Holds the house together: which crate may depend on which, and which manifest a heavy dependency stands in.
//!
//! Read from `cargo metadata`, so that it cannot be out of date.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};
use switchback_tests::place;

/// A crate of ours and the crates of ours it may depend on.
const ALLOWED: [(&str, &[&str]); 17] = [
    ("core", &[]),
    ("engine", &["core"]),
    ("store", &["core"]),
    ("policy", &["core"]),
    ("lint", &["core"]),
    ("process", &["core"]),
    ("docker", &["core", "registry"]),
    ("kubernetes", &["core", "registry"]),
    ("registry", &["core"]),
    ("gateway", &["core"]),
    ("keychain", &["core"]),
    ("notify", &["core"]),
    ("database", &["core", "lint"]),
    ("api", &["core", "engine", "policy", "lint"]),
    (
        "wiring",
        &[
            "core",
            "engine",
            "store",
            "policy",
            "process",
            "docker",
            "kubernetes",
            "gateway",
            "keychain",
            "notify",
            "database",
            "api",
        ],
    ),
    ("cli", &["core", "lint", "api", "wiring"]),
    ("desktop", &["core", "api", "wiring"]),
];

/// A dependency and the one manifest it may stand in.
const BEHIND_ONE: [(&str, &str); 10] = [
    ("tauri", "switchback-desktop"),
    ("bollard", "switchback-docker"),
    ("kube", "switchback-kubernetes"),
    ("k8s-openapi", "switchback-kubernetes"),
    ("oci-client", "switchback-registry"),
    ("keyring", "switchback-keychain"),
    ("lettre", "switchback-notify"),
    ("squawk-linter", "switchback-lint"),
    ("squawk-syntax", "switchback-lint"),
    ("sqlparser", "switchback-lint"),
];

/// Dependencies, other than for tests, by package of the workspace.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path"])
        .arg(place::repository().join("Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let used = package["dependencies"].as_array().unwrap().iter().filter(|used| used["kind"] != "dev");
            (text(&package["name"]), used.map(|used| text(&used["name"])).collect())
        })
        .collect()
}

#[test]
fn dependencies_point_one_way() {
    let all = dependencies();
    for (name, allowed) in ALLOWED {
        let package = format!("switchback-{name}");
        let Some(used) = all.get(&package) else { panic!("{package} is not in the workspace") };
        let ours: Vec<&str> = used.iter().filter_map(|used| used.strip_prefix("switchback-")).collect();
        for used in ours {
            assert!(allowed.contains(&used), "{package} must not depend on switchback-{used}");
        }
    }
    let known: BTreeSet<String> = ALLOWED.iter().map(|(name, _)| format!("switchback-{name}")).collect();
    for package in all.keys().filter(|package| package.starts_with("switchback-") && *package != "switchback-tests") {
        assert!(known.contains(package), "{package} has no place in the house yet: give it one here");
    }
}

#[test]
fn a_heavy_dependency_stands_in_one_manifest() {
    for (dependency, owner) in BEHIND_ONE {
        for (package, used) in dependencies() {
            assert!(package == owner || !used.contains(dependency), "{package} must not use {dependency}");
        }
    }
}

#[test]
fn the_core_reads_no_clock_and_does_no_io() {
    let allowed = [
        "async-trait",
        "base64",
        "croner",
        "futures",
        "jiff",
        "regex",
        "serde",
        "serde_json",
        "sha2",
        "thiserror",
        "uuid",
        "schemars",
        "similar",
        "strsim",
        "secrecy",
        "ts-rs",
    ];
    for used in &dependencies()["switchback-core"] {
        assert!(allowed.contains(&used.as_str()), "the core must not use {used}");
    }
}
