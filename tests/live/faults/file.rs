//! A policy file that is wrong: where, what was meant, and nothing of it in force.

use super::is_told;
use switchback_tests::{cli::Desk, part::PartError};

const RIGHT: &str = "version: 1
services: { web: { folder: \"{version}\" } }
environments: { production: { zone: Europe/Berlin } }
targets:
  web/production:
    process: { run: [\"{release}/server\"], port: 18080 }
    strategy: recreate
    health: { http: /, within: 10s }
";

/// What is changed into what, the line and column of the mistake, and what was meant.
type Mistake = (&'static str, &'static str, (u32, u32), Option<&'static str>);

const MISTAKES: [Mistake; 6] = [
    ("strategy: recreate", "stratgy: recreate", (7, 5), Some("strategy")),
    ("strategy: recreate", "strategy: recreat", (7, 5), Some("recreate")),
    ("Europe/Berlin", "Europe/Berlim", (3, 31), Some("Europe/Berlin")),
    ("web/production:", "wep/production:", (5, 3), Some("web")),
    ("within: 10s", "within: ten", (8, 32), None),
    ("    health: {", "\thealth: {", (8, 1), None),
];

#[tokio::test]
async fn a_mistake_is_told_at_its_line_and_column_and_nothing_is_applied() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let _ = desk.apply(RIGHT).await?.exits(0);
    let before = desk.run(["export"]).await?.exits(0).stdout;
    for (right, wrong, (line, column), meant) in MISTAKES {
        assert!(RIGHT.contains(right), "{right}");
        let answer = desk.apply(&RIGHT.replacen(right, wrong, 1)).await?.exits(2);
        let place = format!("switchback.yaml:{line}:{column}: ");
        is_told(&answer, "bad_policy", &["file", "line", "column", "problem"], &[&place]);
        let error = answer.error();
        assert_eq!(error["params"]["suggestion"].as_str(), meant, "{error:#}");
        assert_eq!(desk.run(["export"]).await?.exits(0).stdout, before, "{wrong}");
    }
    let verdict = desk.run(["audit", "verify"]).await?.exits(0);
    assert_eq!(verdict.text("/kind"), "intact");
    let audit = desk.run(["audit", "list"]).await?.exits(0);
    assert_eq!(audit.json["entries"].as_array().map(Vec::len), Some(1), "one file was applied: {:#}", audit.json);
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_not_there_and_one_that_is_no_text_are_told_by_their_paths() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let answer = desk.run(["apply", "-f", "/nowhere/switchback.yaml"]).await?.exits(7);
    is_told(&answer, "not_found", &["path"], &["/nowhere/switchback.yaml"]);
    let file = desk.folder().join("picture.yaml");
    std::fs::write(&file, b"\xff\xd8\xff\xe0").map_err(PartError::io("write a picture"))?;
    let path = file.display().to_string();
    let answer = desk.run(["apply", "-f", &path]).await?.exits(2);
    is_told(&answer, "bad_input", &["path"], &[&path]);
    let answer = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(2);
    is_told(&answer, "no_policy", &[], &[]);
    Ok(())
}
