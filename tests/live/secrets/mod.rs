//! A secret is in the keychain and in the program it was delivered to, and nowhere else: not where a program that prints
//! everything it knows would put it.
//!
//! What it prints is caught at every place that quotes programs: evidence, diagnosis, messages, history, audit, errors.

mod docker;
mod marker;
mod none;
mod process;
mod watch;

use marker::{Marker, Search};
use serde_json::{Value, json};
use switchback_tests::{
    cli::{Answer, Desk},
    part::PartError,
};

/// The value of the trade: every letter that some spelling writes otherwise.
const KEY: &str = "K9z\"qX7 v%Lm/Rt+Yw=Pd\\Hs?Bn";
/// Several lines, some of them short.
const PEM: &str =
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\nok\n-----END PRIVATE KEY-----";
/// As short as a value may be to be masked.
const PIN: &str = "q7Zk";
/// Shorter.
const BIT: &str = "on7";
/// The last part of the addresses that are told.
const HOOK: &str = "T0HJ-w3bh00k-sw0rdf1sh";
/// The registry's.
const PASSWORD: &str = "r3g1stry/P4ss+w0rd?~";

fn markers() -> Vec<Marker> {
    let values = [("the key", KEY), ("the PEM", PEM), ("the PIN", PIN), ("the hook", HOOK), ("the password", PASSWORD)];
    values.map(|(name, value)| Marker::new(name, value)).into()
}

/// Secrets of a target, for its policy.
const SECRETS: &str = "secrets: { API_KEY: \"keychain:api/key\", API_PEM: \"keychain:api/pem\", API_PIN: \"keychain:api/pin\", API_BIT: \"keychain:api/bit\" }";

/// What a shell runs to print all it was given, in every spelling.
const CONFESS: &str = r#"
echo "login with $API_KEY and pin $API_PIN"
printf '{"key":"%s"}\n' "$(printf %s "$API_KEY" | $BOX sed 's/\\/\\\\/g; s/"/\\"/g')"
printf %s "$API_KEY" | $BOX base64 -w 0; echo
printf 'user:%s' "$API_KEY" | $BOX base64 -w 0; echo
printf %s "$API_KEY" | $BOX sed 's/%/%25/g; s/"/%22/g; s/ /%20/g; s/\//%2F/g; s/+/%2B/g; s/=/%3D/g; s/\\/%5C/g; s/?/%3F/g'; echo
printf '%s\n' "$API_PEM" >&2
env >&2
echo "FATAL: connect ECONNREFUSED 127.0.0.1:5432 for postgres://app:$API_KEY@db/$API_PIN ($API_PEM)" >&2
"#;

/// A page that tells the key behind so many letters that a careless cut would leave half of it.
const LIE: &str = r#"printf '%066d{"key":"%s","pin":"%s"}' 0 "$API_KEY" "$API_PIN""#;

/// Everything that was answered, to be looked through.
#[derive(Default)]
struct Said(Vec<(String, String)>);

impl Said {
    async fn ask(&mut self, desk: &Desk, words: &[&str]) -> Result<Answer, PartError> {
        let answer = desk.run(words).await?;
        self.keep(&words.join(" "), &answer);
        Ok(answer)
    }

    fn keep(&mut self, what: &str, answer: &Answer) {
        self.0.push((format!("standard output of {what}"), answer.stdout.clone()));
        self.0.push((format!("standard error of {what}"), answer.stderr.clone()));
    }

    /// Asks everything that only tells, of a target, by the command line and as the window would.
    async fn everything(&mut self, desk: &Desk, service: &str, deployments: &[String]) -> Result<(), PartError> {
        let target = format!("{service}/production");
        for words in [
            vec!["status"],
            vec!["history", service, "production"],
            vec!["release", "list", service],
            vec!["plan", service, "production", "1.0"],
            vec!["quarantine", "list"],
            vec!["secret", "list"],
            vec!["export"],
            vec!["audit", "list", "--every-step"],
            vec!["audit", "export"],
            vec!["doctor"],
        ] {
            let _ = self.ask(desk, &words).await?.exits(0);
        }
        let _ = self.ask(desk, &["audit", "verify"]).await?.exits(0);
        let logs = self.ask(desk, &["logs", service, "production"]).await?.exits(0);
        assert_eq!(logs.json.as_array().map(Vec::len), Some(1), "{:#}", logs.json);
        let text = desk.ask("", text(desk, &["history", service, "production"])).await?.exits(0);
        self.keep("history as text", &text);
        let mut lines = vec![
            "board".to_owned(),
            format!("history {}", json!({ "target": target, "cursor": null, "limit": 50 })),
            format!("releases {}", json!({ "service": service })),
            format!("plan_deploy {}", json!({ "target": target, "version": "1.0" })),
            format!("audit {}", json!({ "search": "", "everyStep": true })),
            "audit_verify".to_owned(),
            "settings".to_owned(),
            "export".to_owned(),
            "quarantine_list".to_owned(),
        ];
        for id in deployments {
            let _ = self.ask(desk, &["show", id]).await?.exits(0);
            lines.push(format!("deployment {}", json!({ "deployment": id })));
        }
        let page = desk.ask(&lines.join("\n"), desk.surroundings(env!("CARGO_BIN_EXE_ipc-probe"))).await?.exits(0);
        assert_eq!(page.stdout.lines().count(), lines.len(), "{}", page.stdout);
        for (line, answer) in lines.iter().zip(page.stdout.lines()) {
            let answer: Value = serde_json::from_str(answer).unwrap();
            assert!(answer.get("causes").is_none(), "{line}: {answer}");
        }
        self.keep("the window", &page);
        Ok(())
    }
}

fn text(desk: &Desk, words: &[&str]) -> tokio::process::Command {
    let mut command = desk.surroundings(desk.program());
    command.args(words);
    command
}

/// Puts all values into the keychain, the way a person does.
async fn set_all(desk: &Desk, more: &[(&str, &str)]) -> Result<Vec<Answer>, PartError> {
    let own = [("api/key", KEY), ("api/pem", PEM), ("api/pin", PIN), ("api/bit", BIT)];
    let mut answers = Vec::new();
    for (name, value) in own.iter().chain(more) {
        let answer = desk.given(value, ["secret", "set", name]).await?.exits(0);
        assert_eq!(answer.stderr.contains("too short"), *name == "api/bit", "{name}: {}", answer.stderr);
        answers.push(answer);
    }
    Ok(answers)
}

/// Looks through all that was said and all that is kept.
fn search(markers: &[Marker], said: &Said, desk: &Desk) -> usize {
    let mut search = Search::new(markers);
    for (place, text) in &said.0 {
        search.text(place, text);
    }
    let files = search.folder(&desk.home());
    println!("{files} files and {} texts, {} bytes, {} markers", said.0.len(), search.bytes, markers.len());
    search.found_nothing();
    files
}
