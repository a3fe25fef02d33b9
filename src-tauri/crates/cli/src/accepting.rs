//! `switchback migrations accept`: one line in a migration's file, shown before it is written.

use crate::{
    args::{Format, accepting::Accept},
    output::answer,
    run::Done,
};
use switchback_api::{Accepting, App};

/// Does it.
pub async fn accept(app: &App, format: Format, asked: &Accept) -> Done {
    let target = format!("{}/{}", asked.service, asked.environment);
    let (path, line) = asked.at.clone();
    let (rule, reason) = (asked.rule.clone(), asked.reason.clone());
    let mut accepting = Accepting { rule, path, line, until: asked.until, reason, sure: None };
    let mut view = app.accept_finding(&target, &accepting).await?;
    if asked.yes {
        accepting.sure = Some(view.hash);
        view = app.accept_finding(&target, &accepting).await?;
    }
    answer(format, &view, |view| {
        let around = |lines: &[String]| lines.iter().fold(String::new(), |text, line| text + "  " + line + "\n");
        let end = if view.written { "written; commit the file" } else { "nothing was changed; repeat it with --yes" };
        let (before, after) = (around(&view.before), around(&view.after));
        format!("{}:{}\n{before}+ {}\n{after}{end}", view.path, view.line, view.comment)
    });
    Ok(0)
}
