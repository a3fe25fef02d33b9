//! Whatever the core names by a code has its words in both languages.
//!
//! The lists are the core's own; that they are whole is checked against the code that gives the codes.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};
use switchback_api::ApiError;
use switchback_core::{diagnosis::Cause, failure::FailureKind};
use switchback_tests::place;

fn source(path: &str) -> String {
    let path = place::repository().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text behind a key of one list of a language's words.
fn word<'a>(words: &'a str, list: &str, code: &str) -> Option<&'a str> {
    let list = words.split(&format!("\n  {list}: {{\n")).nth(1)?.split("\n  }").next()?;
    let at = list.find(&format!(" {code}: '"))?;
    list[at..].split('\'').nth(1).filter(|text| !text.is_empty())
}

#[test]
fn every_error_and_every_cause_has_its_words_in_both_languages() {
    let errors: BTreeSet<&str> = ApiError::CODES.into_iter().chain(FailureKind::CODES).collect();
    let causes: BTreeSet<&str> = Cause::ALL.into_iter().map(Cause::as_str).collect();
    let mut missing = Vec::new();
    for language in ["en", "zh"] {
        let words = source(&format!("ui/src/lib/i18n/messages/{language}.words.ts"));
        for (list, codes) in [("errors", &errors), ("causes", &causes)] {
            for code in codes {
                match word(&words, list, code) {
                    Some(text) if language == "en" || !text.is_ascii() => {}
                    found => missing.push(format!("{language} {list} {code}: {found:?}")),
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_lists_of_codes_are_whole() {
    let failures = source("src-tauri/crates/core/src/failure.rs");
    let given: BTreeSet<&str> =
        failures.lines().filter_map(|line| line.split("=> \"").nth(1)?.split('"').next()).collect();
    assert_eq!(given, BTreeSet::from(FailureKind::CODES));

    let known: BTreeSet<&str> = ApiError::CODES.into_iter().chain(FailureKind::CODES).collect();
    let mut files = sources(&place::repository().join("src-tauri"));
    files.retain(|(_, text)| text.contains("ApiError"));
    for (path, text) in &files {
        // `ApiError::new("held", ...)`, also where the text is on the next line.
        let calls = text.split("ApiError::new(").skip(1);
        let own = path.ends_with("api/src/error.rs").then(|| text.split("Self::new(").skip(1));
        for call in calls.chain(own.into_iter().flatten()) {
            let Some(code) = call.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
                continue;
            };
            assert!(known.contains(code), "{}: {code} is in no list", path.display());
        }
    }
    assert!(files.len() > 10, "{} files", files.len());
}

/// Diagnoses are said in English by the core; the other language says each itself, and the ways out of common errors.
#[test]
fn every_diagnosis_is_said_in_chinese_too() {
    let ways = source("ui/src/lib/i18n/messages/zh.ways.ts");
    let (hints, diagnosed) = ways.split_once("  diagnosed: {").unwrap();
    let missing: Vec<&str> = Cause::ALL
        .into_iter()
        .map(Cause::as_str)
        .filter(|cause| !diagnosed.contains(&format!("\n    {cause}: (")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let known: BTreeSet<&str> = ApiError::CODES.into_iter().chain(FailureKind::CODES).collect();
    let said: Vec<&str> =
        hints.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(": (")).map(|(code, _)| code).collect();
    assert!(said.len() > 15 && said.iter().all(|code| known.contains(code)), "{said:?}");
}

/// So are the ways out of what the lint finds.
#[test]
fn every_rule_of_the_lint_has_its_way_out_in_chinese() {
    let words = source("ui/src/lib/i18n/messages/zh.rewrites.ts");
    let missing: Vec<&str> = switchback_lint::Rule::ALL
        .iter()
        .map(|rule| rule.as_str())
        .filter(|rule| !words.contains(&format!("\n  {rule}: '")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Every source file below a folder.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.extend(std::fs::read_to_string(&path).map(|text| (path, text)));
        }
    }
    found
}
