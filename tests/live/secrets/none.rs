//! No keychain, or one that nobody can open: the app says so, and the value goes nowhere.

use super::{KEY, SECRETS, Said, markers, search};
use switchback_tests::{cli::Desk, part::PartError, secret_service::SecretService};

/// A keychain that is not there answers nothing; a locked one still says which entries it has.
async fn refuses(keychain: SecretService, code: &str, locked: bool) -> Result<(), PartError> {
    let (desk, mut said) = (Desk::with(keychain)?, Said::default());
    let refused = desk.given(KEY, ["secret", "set", "api/key"]).await?.exits(1);
    assert_eq!(refused.error()["code"], code, "{}", refused.stderr);
    assert!(refused.error()["hint"].as_str().is_some_and(|hint| hint.contains("eychain") || hint.contains("Secret")));
    said.keep("secret set", &refused);
    assert_eq!(said.ask(&desk, &["secret", "list"]).await?.exits(0).json, serde_json::json!([]));
    let told = said.ask(&desk, &["doctor"]).await?.exits(i32::from(!locked));
    assert_eq!(told.json["keychain"]["available"], locked, "{:#}", told.json);

    let policy = format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments: {{ production: {{ zone: UTC }} \
         }}\ntargets:\n  web/production:\n    process: {{ run: [\"{{release}}/server\"], port: 1 }}\n    {SECRETS}\n"
    );
    said.keep("apply", &desk.apply(&policy).await?.exits(0));
    std::fs::create_dir(desk.folder().join("1.0")).map_err(PartError::io("make a release"))?;
    let refused = said.ask(&desk, &["deploy", "web", "production", "1.0"]).await?.exits(if locked { 7 } else { 1 });
    assert_eq!(refused.error()["code"], if locked { "secret_missing" } else { code }, "{}", refused.stderr);
    let history = said.ask(&desk, &["history", "web", "production"]).await?.exits(0);
    assert_eq!(history.json["entries"], serde_json::json!([]), "nothing began");
    let _ = said.ask(&desk, &["audit", "verify"]).await?.exits(0);
    search(&markers(), &said, &desk);
    Ok(())
}

#[tokio::test]
async fn without_a_keychain_a_secret_is_refused_and_stored_nowhere() -> Result<(), PartError> {
    refuses(SecretService::bus_alone().await?, "keychain_missing", false).await
}

#[tokio::test]
async fn a_keychain_nobody_unlocked_takes_no_secret() -> Result<(), PartError> {
    refuses(SecretService::start_locked().await?, "keychain_locked", true).await
}
