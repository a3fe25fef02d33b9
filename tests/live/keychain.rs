//! The keychain adapter against a real GNOME Keyring on a private bus, and against none.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use switchback_tests::part::PartError;
use switchback_tests::secret_service::SecretService;

const NAME: &str = "stripe/production";

fn spawn(service: &SecretService, calls: &[String]) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_keychain-probe"))
        .envs(service.environment())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The pipe closes with its only handle, which ends the probe.
    child.stdin.take().unwrap().write_all(calls.join("\n").as_bytes()).unwrap();
    child
}

fn answers(child: Child) -> Vec<String> {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn probe(service: &SecretService, calls: &[String]) -> Vec<String> {
    let answers = answers(spawn(service, calls));
    assert_eq!(answers.len(), calls.len(), "{answers:?}");
    answers
}

fn ask(service: &SecretService, call: &str) -> String {
    probe(service, &[call.to_owned()]).remove(0)
}

fn set(service: &SecretService, value: &str) -> String {
    let answer = ask(service, &format!("set {NAME} {value}"));
    answer.strip_prefix("ok ").unwrap_or_else(|| panic!("set: {answer}")).to_owned()
}

#[tokio::test]
async fn a_value_is_set_read_and_removed_across_processes() -> Result<(), PartError> {
    let service = SecretService::start().await?;
    assert_eq!(ask(&service, "status"), "ok true Secret Service");
    assert_eq!(ask(&service, &format!("current {NAME}")), format!("missing {NAME} is not in the keychain"));
    let print = set(&service, "first");
    assert_eq!(print.len(), 17, "{print}");
    assert_eq!(ask(&service, &format!("current {NAME}")), format!("ok {print}"));
    assert_eq!(ask(&service, &format!("get {NAME} {print}")), "ok first");
    assert_eq!(ask(&service, &format!("has {NAME} {print}")), "ok true");
    assert_eq!(ask(&service, &format!("remove {NAME}")), "ok removed");
    assert_eq!(ask(&service, &format!("has {NAME} {print}")), "ok false");
    assert!(ask(&service, &format!("get {NAME} {print}")).starts_with("missing "));
    assert!(ask(&service, &format!("remove {NAME}")).starts_with("missing "));
    Ok(())
}

#[tokio::test]
async fn a_new_value_changes_the_fingerprint_and_the_old_one_stays_readable() -> Result<(), PartError> {
    let service = SecretService::start().await?;
    let first = set(&service, "first");
    assert_eq!(set(&service, "first"), first);
    let second = set(&service, "second");
    assert_ne!(second, first);
    assert_eq!(ask(&service, &format!("current {NAME}")), format!("ok {second}"));
    assert_eq!(ask(&service, &format!("get {NAME} {first}")), "ok first");
    assert_eq!(ask(&service, &format!("get {NAME} {second}")), "ok second");
    Ok(())
}

#[tokio::test]
async fn two_processes_setting_at_once_lose_no_value() -> Result<(), PartError> {
    let service = SecretService::start().await?;
    let calls = |who: &str| (0..10).map(|n| format!("set {NAME} {who}{n}")).collect::<Vec<_>>();
    let both = [spawn(&service, &calls("a")), spawn(&service, &calls("b"))];
    let mut references = Vec::new();
    for (who, child) in ["a", "b"].iter().zip(both) {
        for (n, answer) in answers(child).iter().enumerate() {
            references.push((
                answer.strip_prefix("ok ").unwrap_or_else(|| panic!("{answer}")).to_owned(),
                format!("{who}{n}"),
            ));
        }
    }
    assert_eq!(references.len(), 20);
    for (print, value) in &references {
        assert_eq!(ask(&service, &format!("get {NAME} {print}")), format!("ok {value}"));
    }
    // The index knew all of them, or else some would outlive the removal.
    assert_eq!(ask(&service, &format!("remove {NAME}")), "ok removed");
    for (print, value) in &references {
        assert_eq!(ask(&service, &format!("has {NAME} {print}")), "ok false", "{value}");
    }
    Ok(())
}

#[tokio::test]
async fn the_fifty_first_value_drops_the_first() -> Result<(), PartError> {
    let service = SecretService::start().await?;
    let calls: Vec<String> = (0..51).map(|n| format!("set {NAME} v{n}")).collect();
    let prints = probe(&service, &calls);
    let print = |n: usize| prints[n].trim_start_matches("ok ").to_owned();
    assert_eq!(ask(&service, &format!("has {NAME} {}", print(0))), "ok false");
    assert_eq!(ask(&service, &format!("get {NAME} {}", print(1))), "ok v1");
    assert_eq!(ask(&service, &format!("get {NAME} {}", print(50))), "ok v50");
    Ok(())
}

#[tokio::test]
async fn the_signing_key_is_drawn_once_even_by_two_at_once() -> Result<(), PartError> {
    let service = SecretService::start().await?;
    let both = [spawn(&service, &["key".to_owned()]), spawn(&service, &["key".to_owned()])].map(answers);
    assert!(both[0][0].starts_with("ok ["), "{both:?}");
    assert_eq!(both[0], both[1]);
    assert_eq!(ask(&service, "key"), both[0][0]);
    assert!(ask(&service, "set switchback-signing-key mine").starts_with("bad-input "));
    Ok(())
}

#[tokio::test]
async fn without_a_keychain_the_status_names_the_way_out_and_nothing_is_stored() -> Result<(), PartError> {
    let bus_alone = SecretService::bus_alone().await?;
    let no_bus = {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keychain-probe"));
        command.envs(bus_alone.environment()).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"status\nset a sw0rdfish\nkey").unwrap();
        answers(child)
    };
    let calls = ["status", "set a sw0rdfish", "key"].map(str::to_owned);
    for answers in [no_bus, probe(&bus_alone, &calls)] {
        assert!(answers[0].starts_with("ok false ") && answers[0].contains("dbus-run-session"), "{answers:?}");
        assert!(answers[1].starts_with("no-keychain "), "{answers:?}");
        assert!(answers[2].starts_with("no-keychain "), "{answers:?}");
        assert!(!answers.concat().contains("sw0rdfish"), "{answers:?}");
    }
    assert!(holding(&bus_alone.home(), b"sw0rdfish").0.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_locked_keychain_says_so_and_stores_nothing() -> Result<(), PartError> {
    let service = SecretService::start_locked().await?;
    let answer = ask(&service, "set a sw0rdfish");
    assert!(answer.starts_with("locked "), "{answer}");
    assert!(holding(&service.home(), b"sw0rdfish").0.is_empty());
    Ok(())
}

#[tokio::test]
async fn no_value_is_written_in_plain_text_under_home() -> Result<(), PartError> {
    let service = SecretService::start().await?;
    set(&service, "sw0rdfish-in-the-clear");
    let (found, files) = holding(&service.home(), b"sw0rdfish-in-the-clear");
    assert!(files > 0, "the keyring wrote no file, so that this test proves nothing");
    assert!(found.is_empty(), "{found:?}");
    Ok(())
}

/// Files under a folder that hold these bytes, and how many files there are.
fn holding(folder: &Path, bytes: &[u8]) -> (Vec<String>, usize) {
    let (mut found, mut files) = (Vec::new(), 0);
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            let (more, count) = holding(&entry.path(), bytes);
            found.extend(more);
            files += count;
        } else if entry.file_type().unwrap().is_file() {
            files += 1;
            let text = std::fs::read(entry.path()).unwrap();
            if text.windows(bytes.len()).any(|window| window == bytes) {
                found.push(entry.path().display().to_string());
            }
        }
    }
    (found, files)
}
