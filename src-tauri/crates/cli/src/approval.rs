//! Approvals between desks at the command line: requests, signed yeses, and yeses to a change of the policy.

use crate::{
    args::{Approval, Format},
    input,
    output::{self, answer, line},
    run::{Done, base, files},
};
use switchback_api::{
    App,
    dto::{ApprovalsView, RequestView},
};

/// The longest text read; the application has its own, smaller bounds.
const LONGEST: u64 = 4 * 1024 * 1024;

/// One of them.
pub async fn approval(app: &App, format: Format, asked: Approval) -> Done {
    match asked {
        Approval::Show { of } => {
            let view = app.approvals(&format!("{}/{}", of.service, of.environment), &of.version).await?;
            answer(format, &view, table);
        }
        // What is carried is a document of its own, in either format.
        Approval::Request { of } => {
            let target = format!("{}/{}", of.service, of.environment);
            println!("{}", app.approval_request(&target, &of.version).await?);
        }
        Approval::RequestPolicy { file } => println!("{}", app.policy_request(&files(&file)?, &base(&file)).await?),
        Approval::Sign { request, note, plan } => {
            let request = input::text(&request, LONGEST)?;
            let Some(plan) = plan else {
                let view = app.approval_look(&request).await?;
                answer(format, &view, told);
                eprintln!("nothing is signed yet: --plan {} signs a yes to exactly this", view.plan_hash);
                return Ok(0);
            };
            println!("{}", app.approval_sign(&request, &note, Some(&plan)).await?.text);
        }
        Approval::Import { approval } => {
            let view = app.approval_import(&input::text(&approval, LONGEST)?).await?;
            answer(format, &view, |view| format!("{} approved {} until {}", view.by, view.subject, view.expires));
        }
        Approval::Policy { file, note } => {
            let (view, changes) = app.approve_policy(&files(&file)?, &base(&file), &note).await?;
            for change in &changes {
                eprintln!("{change}");
            }
            answer(format, &view, |view| format!("{} approved this change until {}", view.by, view.expires));
        }
        Approval::Key => {
            let key = app.approval_key().await?;
            answer(format, &serde_json::json!({ "key": key }), |_| key.clone());
        }
    }
    Ok(0)
}

fn table(view: &ApprovalsView) -> String {
    let rows = view.given.iter().map(|one| {
        let counts = one.void.clone().unwrap_or_else(|| "counts".to_owned());
        [one.by.clone(), counts, one.at.to_string(), one.expires.to_string(), one.origin.clone(), one.note.clone()]
    });
    let rows = output::table(["BY", "STATE", "AT", "EXPIRES", "FROM", "NOTE"], rows);
    format!("{} of {} are needed; plan {}\n{rows}", view.need, view.of.join(", "), view.plan_hash)
}

fn told(view: &RequestView) -> String {
    let mut text = format!("{} asks for a yes to {}\n", line(&view.by), line(&view.subject));
    if let Some(artifact) = &view.artifact {
        text += &format!("{} -> {}\n", line(view.from.as_deref().unwrap_or("nothing")), line(artifact));
    }
    for change in &view.changes {
        text += &format!("{}: {}\n", line(&change.key), output::turned(change));
    }
    for one in &view.lines {
        text += &format!("  {}\n", line(one));
    }
    text + &format!("plan {}", view.plan_hash)
}
