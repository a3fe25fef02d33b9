//! What a gate says whose time was up, by what its probes found.

use serde_json::Value;
use switchback_tests::{
    cli::{Answer, Desk},
    leftover::Leftovers,
    listening,
    part::PartError,
    port,
};

/// Deploys a program that does `first`, under a gate.
async fn undone(gate: &str, first: &str) -> Result<(Answer, Leftovers), PartError> {
    let desk = Desk::new().await?;
    let leftovers = Leftovers::of(desk.home());
    listening::release_that(&desk, "1.0", &first.replace("SERVER", env!("CARGO_BIN_EXE_demo-server")));
    let policy = format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments: {{ production: {{ zone: UTC }} }}\n\
         targets:\n  web/production:\n    process: {{ run: [\"{{release}}/server\"], port: {} }}\n    strategy: recreate\n    \
         grace: 1s\n    health: {{ http: /, {gate} }}\n",
        port::free()
    );
    let _ = desk.apply(&policy).await?.exits(0);
    Ok((desk.run(["deploy", "web", "production", "1.0"]).await?.exits(4), leftovers))
}

/// The findings of all its probes, oldest first.
fn probes(answer: &Answer) -> Vec<String> {
    let probes = answer.json["probes"].as_array().cloned().unwrap_or_default();
    probes.iter().filter_map(|probe| probe["detail"].as_str().map(str::to_owned)).collect()
}

fn evidence(answer: &Answer) -> String {
    answer.json["diagnosis"]["evidence"][0]["text"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_probe_that_hangs_until_the_gate_s_time_is_up_is_what_it_failed_for() -> Result<(), PartError> {
    // Nothing listens when it is asked first, and what listens then never answers.
    let late = "sleep 0.5\nexec SERVER --mode hang";
    let (answer, _leftovers) = undone("within: 4s, timeout: 5s, every: 1s, passes: 1", late).await?;
    let seen = probes(&answer);
    assert!(seen.first().is_some_and(|first| first.contains("Connection refused")), "{seen:?}");
    let last = seen.last().cloned().unwrap_or_default();
    assert!(last.contains(": no answer in "), "{seen:?}");
    assert!(answer.json.to_string().contains(&format!("last: {last}")), "{:#}", answer.json);
    assert_eq!(answer.text("/diagnosis/cause"), "probe_failed", "{:#}", answer.json);
    assert_eq!(evidence(&answer), last, "{:#}", answer.json);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_passes_by_turns_is_told_how_often_in_a_row_it_passed() -> Result<(), PartError> {
    let gate = "within: 3s, every: 100ms, passes: 2";
    let (answer, _leftovers) = undone(gate, "exec SERVER --mode by-turns").await?;
    let told = answer.json.to_string();
    assert!(told.contains("1 of 2 passes in a row"), "{told}");
    assert_eq!(answer.text("/diagnosis/cause"), "probe_failed", "{told}");
    assert_eq!(answer.json["diagnosis"]["params"]["passes"], Value::from("1 of 2"), "{told}");
    assert!(evidence(&answer).contains(": 500 Internal Server Error in "), "{told}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gate_too_short_for_its_passes_says_how_many_there_were() -> Result<(), PartError> {
    let (answer, _leftovers) = undone("within: 2s, every: 5s, passes: 3", "exec SERVER").await?;
    let told = answer.json.to_string();
    assert!(told.contains("1 of 3 passes in a row"), "{told}");
    assert!(evidence(&answer).contains(": 200 in "), "{told}");
    Ok(())
}
