//! The checks of the release's commit passed, as its forge knows, or a file, an address or a command says.

use super::{Asked, Check, forge, source};
use crate::App;
use crate::says::items;
use async_trait::async_trait;
use switchback_core::{
    health::{Finding, Verdict},
    port::DeploymentRow,
};
use switchback_policy::environment::Item;

/// Words that say yes, and words that say "ask again"; every other one says no.
const GREEN: [&str; 6] = ["success", "successful", "passed", "pass", "green", "ok"];
const WAITING: [&str; 6] = ["pending", "running", "queued", "created", "in_progress", "waiting"];
/// What may stand beside a yes without changing it. Any other word could: `passed: false`, `passed 3 of 9`.
const BESIDE: [&str; 13] =
    ["test", "tests", "check", "checks", "job", "jobs", "all", "in", "and", "with", "s", "ms", "seconds"];
const NONE: [&str; 4] = ["0", "no", "none", "without"];
/// Most words read of a line: what is longer was not written to be read.
const MOST: usize = 40;

pub(super) struct CiGreen;

#[async_trait]
impl Check for CiGreen {
    async fn finding(&self, app: &App, asked: &Asked<'_>, item: &Item, _: Option<&DeploymentRow>) -> Finding {
        if let Some(forge) = &item.forge {
            return forge::ask(app, asked, forge).await;
        }
        let said = match source::ask(app, asked, item).await {
            // A command may say so by its exit code alone.
            Ok(said) if said.trim().is_empty() && !item.run.is_empty() => return Finding::pass(items::ended_well()),
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
    let Some(word) = word else { return Finding::no_data(items::no_state()) };
    let lower = word.to_lowercase().replace([':', '='], " ").replace([',', ';', '.', '!', '(', ')'], " , ");
    let words: Vec<&str> = lower.split_whitespace().take(MOST + 1).collect();
    let first = words.first().copied().unwrap_or_default();
    let verdict = if GREEN.contains(&first) && words.len() <= MOST && nothing_else(&words) {
        Verdict::Pass
    } else if WAITING.contains(&first) {
        Verdict::NoData
    } else {
        Verdict::Fail
    };
    Finding { verdict, evidence: source::plain(&word) }
}

/// Whether a line that begins well says nothing but that: `passed, 0 failed`, and neither `passed with 3 failures` nor
/// `passed: false`.
fn nothing_else(words: &[&str]) -> bool {
    let at = |index: Option<usize>| index.and_then(|index| words.get(index)).copied().unwrap_or_default();
    let bad = |word: &str| word.starts_with("fail") || word.starts_with("error");
    words.iter().enumerate().all(|(index, word)| {
        let (before, after) = (at(index.checked_sub(1)), at(Some(index + 1)));
        if bad(word) {
            NONE.contains(&before) || NONE.contains(&after)
        } else if NONE.contains(word) {
            bad(before) || bad(after)
        } else {
            let number = word.trim_end_matches("ms").trim_end_matches('s');
            GREEN.contains(word) || BESIDE.contains(word) || *word == "," || number.parse::<u64>().is_ok()
        }
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
            ("ok (12 tests, 3.25s)", Verdict::Pass),
        ] {
            assert_eq!(read(said).verdict, verdict, "{said}");
        }
        for no in
            ["false", "no", "= 0", "null", "none", "0 of 1204", "5/1204", "cancelled", "timeout", "rate 12%", "not"]
        {
            for yes in GREEN {
                assert_eq!(read(&format!("{yes}: {no}")).verdict, Verdict::Fail, "{yes}: {no}");
            }
        }
        assert_eq!(read(&"passed ".repeat(1000)).verdict, Verdict::Fail);
    }
}
