//! What programs print now, and how two revisions differ, as text.

use crate::{
    args::{Diff, Format, Logs},
    moves::revision,
    output::{answer, changes, turned},
    run::Done,
};
use switchback_api::{
    App,
    dto::{DiffView, InstanceLog},
};

/// The last lines of what runs.
pub async fn logs(app: &App, format: Format, asked: Logs) -> Done {
    let all = app.logs(&format!("{}/{}", asked.service, asked.environment), asked.lines).await?;
    answer(format, &all, |all| printed(all));
    Ok(0)
}

fn printed(all: &[InstanceLog]) -> String {
    // Whose line it is matters only where there are several.
    let of = |one: &InstanceLog| if all.len() > 1 { format!("{} | ", one.instance) } else { String::new() };
    let lines = all.iter().flat_map(|one| one.lines.iter().map(move |line| format!("{}{}", of(one), line.text)));
    lines.collect::<Vec<_>>().join("\n")
}

/// How one revision differs from another.
pub async fn diff(app: &App, format: Format, asked: Diff) -> Done {
    let target = format!("{}/{}", asked.service, asked.environment);
    let view = app.diff(&target, revision(asked.from.as_deref())?, revision(asked.to.as_deref())?).await?;
    answer(format, &view, told);
    Ok(0)
}

fn told(view: &DiffView) -> String {
    let DiffView { target, from, from_version, to, to_version, .. } = view;
    let mut text = format!("{target}: r{from} {from_version} -> r{to} {to_version}\n");
    let before = view.image.before.as_deref().unwrap_or("nothing");
    if before != view.image.after {
        text += &format!("image: {before} -> {}\n", view.image.after);
    }
    text += &changes([("config", &view.config), ("secret", &view.secrets), ("setting", &view.settings)]);
    if let Some(change) = &view.schema {
        text += &format!("{}: {}\n", change.key, turned(change));
    }
    text
}
