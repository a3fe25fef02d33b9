//! The checks of the release's commit passed, as its forge knows, or a file, an address or a command says.

use super::{Asked, Check, forge, source};
use crate::App;
use async_trait::async_trait;
use switchback_core::{
    health::{Finding, Verdict},
    port::DeploymentRow,
};
use switchback_policy::environment::Item;

/// Words that say yes, and words that say "ask again"; every other one says no.
const GREEN: [&str; 6] = ["success", "successful", "passed", "pass", "green", "ok"];
const WAITING: [&str; 6] = ["pending", "running", "queued", "created", "in_progress", "waiting"];

pub(super) struct CiGreen;

#[async_trait]
impl Check for CiGreen {
    async fn finding(&self, app: &App, asked: &Asked<'_>, item: &Item, _: Option<&DeploymentRow>) -> Finding {
        if let Some(forge) = &item.forge {
            return forge::ask(app, asked, forge).await;
        }
        let said = match source::ask(app, asked, item).await {
            // A command may say so by its exit code alone.
            Ok(said) if said.trim().is_empty() && !item.run.is_empty() => return Finding::pass("ended with 0"),
            Ok(said) => said,
            Err(finding) => return finding,
        };
        read(&said)
    }
}

/// A word, or the `state`, `conclusion` or `status` of a JSON document, as forges answer.
fn read(said: &str) -> Finding {
    let word = match serde_json::from_str::<serde_json::Value>(said) {
        Ok(json) => ["state", "conclusion", "status"].iter().find_map(|key| json.get(key)?.as_str().map(str::to_owned)),
        Err(_) => said.lines().find(|line| !line.trim().is_empty()).map(|line| line.trim().to_owned()),
    };
    let Some(word) = word else { return Finding::no_data("the answer names no state") };
    let lower = word.to_lowercase();
    let first = lower.split_whitespace().next().unwrap_or_default().trim_end_matches([',', ':', ';', '.', '!']);
    let verdict = if GREEN.contains(&first) && !failures(&lower) {
        Verdict::Pass
    } else if WAITING.contains(&first) {
        Verdict::NoData
    } else {
        Verdict::Fail
    };
    Finding { verdict, evidence: source::plain(&word) }
}

/// Whether a line that begins well goes on to tell of failures: `passed with 3 failures`, but not `passed, 0 failed`.
fn failures(lower: &str) -> bool {
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let none = |at: Option<usize>| {
        at.and_then(|at| words.get(at)).is_some_and(|word| ["0", "no", "none", "without"].contains(word))
    };
    words.iter().enumerate().any(|(at, word)| {
        (word.starts_with("fail") || word.starts_with("error")) && !none(at.checked_sub(1)) && !none(Some(at + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_or_a_forges_answer_is_read_and_nothing_else_passes() {
        for (said, verdict) in [
            ("success\n", Verdict::Pass),
            ("\nPassed 1204 tests", Verdict::Pass),
            (r#"{"state": "success", "sha": "b83d204"}"#, Verdict::Pass),
            (r#"{"status": "completed", "conclusion": "success"}"#, Verdict::Pass),
            (r#"{"status": "running"}"#, Verdict::NoData),
            ("", Verdict::NoData),
            (r#"{"sha": "b83d204"}"#, Verdict::NoData),
            ("failed", Verdict::Fail),
            ("passing is not passed", Verdict::Fail),
            ("PASSED with 3 failures", Verdict::Fail),
            ("passed: 1204, failed: 2", Verdict::Fail),
            ("passed, 0 failed, no errors, failures: 0", Verdict::Pass),
        ] {
            assert_eq!(read(said).verdict, verdict, "{said}");
        }
    }
}
