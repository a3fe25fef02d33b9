//! People who say yes, in the window: asked for on one desk, signed on another, taken in; a changed plan wants new ones;
//! a second person at the same desk; and a change of the policy that passes in spite of them stays red.

use super::{axe, page::Window, shown};
use switchback_tests::{
    cli::Desk,
    desktop::{Desktop, Done},
    listening, port,
};

async fn desk_of(name: &str) -> Done<Desk> {
    let mut desk = Desk::new().await?;
    desk.set("SWITCHBACK_TEST_USER", name);
    Ok(desk)
}

fn policy(port: u16, more: &str) -> String {
    format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments:\n  production: {{ approvals: {{ need: 1, of: \
         [amara, jonas, sofie] }} }}\n{more}targets:\n  web/production:\n    process: {{ run: [\"{{release}}/server\"], port: \
         {port} }}\n    strategy: recreate\n    grace: 1s\n    health: {{ tcp: true, within: 10s, every: 100ms, passes: 1 }}\n"
    )
}

/// A text that is there to be carried.
async fn carried(window: &Window, id: &str) -> Done<String> {
    let script = "return document.querySelector(`[data-testid='${arguments[0]}']`)?.value ?? ''";
    let text = window.until(script, vec![id.into()], |text| text.as_str().is_some_and(|text| !text.is_empty())).await?;
    Ok(text.as_str().unwrap_or_default().to_owned())
}

/// Pastes: a text of some kilobytes is not typed.
async fn paste(window: &Window, id: &str, text: &str) -> Done {
    let field = window.find(id).await?;
    let script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', { bubbles: true }))";
    window.0.execute(script, vec![serde_json::to_value(field)?, text.into()]).await?;
    Ok(())
}

async fn to_approvals(window: &Window) -> Done {
    window.reads("cell-web-production", "").await?;
    window.click("deploy-button").await?;
    window.see("[data-testid='version-select'] option[value='1.0']").await?.click().await?;
    window.see("[data-testid='gate-approvals'][data-verdict='fail']").await?;
    window.click("to-approvals").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_is_asked_for_on_one_desk_and_signed_on_another_and_is_for_one_plan_only() -> Done {
    let (mut jonas, amara) = (desk_of("jonas").await?, desk_of("amara").await?);
    listening::release(&jonas, "1.0");
    let key = amara.run(["approval", "key"]).await?.exits(0).text("/key").to_owned();
    let (port, people) = (port::free(), format!("people: {{ amara: {{ keys: [\"{key}\"] }} }}\n"));
    let _ = jonas.apply(&policy(port, &people)).await?.exits(0);
    let _ = jonas.run(["release", "add", "web", "1.0"]).await?.exits(0);

    let mut request = String::new();
    shown(&Desktop::of(&jonas)?, async |window| {
        to_approvals(window).await?;
        window.click("request-make").await?;
        request = carried(window, "request").await?;
        window.click("request-save").await?;
        window.reads("request-path", "exports/request-").await
    })
    .await?;
    let file = std::fs::read_dir(jonas.home().join("exports"))?.next().ok_or("no file")??.path();
    assert_eq!(std::fs::read_to_string(&file)?, request, "what is saved is what is shown");

    // The other desk, with services of its own, looks at it, out of the file it was carried in, and signs.
    let _ = amara.apply(&policy(port::free(), "")).await?.exits(0);
    let mut yes = String::new();
    shown(&Desktop::of(&amara)?, async |window| {
        window.click("rail-settings").await?;
        window.reads("desk-key", &key).await?;
        window.write("sign-request-file", file.to_str().unwrap_or_default()).await?;
        assert_eq!(carried(window, "sign-request").await?, request);
        window.click("sign-look").await?;
        window.reads("looked", "web/production 1.0").await?;
        window.write("sign-note", "read it").await?;
        window.click("sign-go").await?;
        yes = carried(window, "signed").await?;
        Ok(())
    })
    .await?;

    shown(&Desktop::of(&jonas)?, async |window| {
        to_approvals(window).await?;
        paste(window, "answer", &yes.replace("read it", "read all of it")).await?;
        window.click("answer-take").await?;
        window.see("[data-testid='error'][data-code='approval_tampered']").await?;
        paste(window, "answer", &yes).await?;
        window.click("answer-take").await?;
        window.see("[data-testid='yes-amara'][data-counts='true']").await?;
        axe::finds_nothing(window).await?;
        // What would be done is another thing now: the yes is for what was looked at.
        let _ = jonas.apply(&(policy(port, &people) + "    config: { MODE: fast }\n")).await?.exits(0);
        paste(window, "answer", &yes).await?;
        window.click("answer-take").await?;
        window.see("[data-testid='error'][data-code='approval_other_plan']").await?;
        window.see("[data-testid='approvals'] [aria-label]").await?.click().await?;
        window.see("[data-testid='gate-approvals'][data-verdict='fail']").await?;
        Ok(())
    })
    .await?;

    // Somebody else at the same desk says yes to the plan as it is now, and whoever asked starts it.
    jonas.set("SWITCHBACK_TEST_USER", "sofie");
    shown(&Desktop::of(&jonas)?, async |window| {
        to_approvals(window).await?;
        window.write("yes-note", "together").await?;
        window.click("yes-here").await?;
        window.reads("approvals-given", "together").await
    })
    .await?;
    jonas.set("SWITCHBACK_TEST_USER", "jonas");
    let _ = jonas.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_changed_in_spite_of_its_approvals_stays_red_until_it_is_followed_up() -> Done {
    let desk = desk_of("jonas").await?;
    listening::release(&desk, "1.0");
    let asks = "policy: { approvals: { need: 1, of: [gone] } }\n";
    let port = port::free();
    let _ = desk.apply(&policy(port, asks)).await?.exits(0);
    shown(&Desktop::of(&desk)?, async |window| {
        window.click("rail-settings").await?;
        paste(window, "yaml", &policy(port, "")).await?;
        window.click("dry-run-button").await?;
        window.reads("yaml-changes", "policy").await?;
        window.click("apply-button").await?;
        window.see("[data-testid='error'][data-code='approval_missing']").await?;
        window.click("policy-ask").await?;
        assert!(carried(window, "policy-request").await?.contains("approval request 1"));
        window.click("policy-glass").await?;
        window.see("[data-testid='policy-glass-go']:disabled").await?;
        window.write("policy-glass-reason", "gone has left the firm").await?;
        window.write("policy-glass-task", "name two more").await?;
        axe::finds_nothing(window).await?;
        window.click("policy-glass-go").await?;
        window.see("[data-testid='overrides'] [data-testid='override-row'][data-open='true']").await?;
        window.click("rail-board").await?;
        window.reads("board-overrides", "gone has left the firm").await?;
        window.reads("board-overrides", "name two more").await?;
        axe::finds_nothing(window).await?;
        window.click("follow-up").await?;
        window.write("reason", "sofie and amara are named").await?;
        window.click("reason-confirm").await?;
        window.see("[data-testid='board']:not(:has([data-testid='board-overrides']))").await?;
        window.click("rail-settings").await?;
        window.see("[data-testid='override-row'][data-open='false']").await?;
        window.reads("overrides", "sofie and amara are named").await
    })
    .await
}
