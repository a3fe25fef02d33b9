//! What programs print now, and how two revisions or two environments differ, as text.

use crate::{
    args::{Diff, Format, Logs},
    moves::revision,
    output::{answer, changes, line, turned},
    run::Done,
};
use switchback_api::{
    App,
    dto::{CompareView, DiffView, Health, InstanceLog, SideView},
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

/// How one revision, or one environment, differs from another.
pub async fn diff(app: &App, format: Format, asked: Diff) -> Done {
    let target = format!("{}/{}", asked.service, asked.environment);
    if let Some(other) = asked.with {
        let view = app.compare(&format!("{}/{other}", asked.service), &target, None).await?;
        answer(format, &view, compared);
        return Ok(0);
    }
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

fn compared(view: &CompareView) -> String {
    let CompareView { from, to, image, .. } = view;
    let side = |side: &SideView| {
        let revision = side.revision.map(|revision| format!(" r{revision}")).unwrap_or_default();
        format!("{}{revision} {}", side.target, side.version)
    };
    let mut text = format!("{} -> {}\n", side(from), side(to));
    text += &match &image.before {
        _ if view.same_artifact => format!("image: {} in both\n", image.after),
        before => format!("image: {} -> {}\n", before.as_deref().unwrap_or("nothing"), image.after),
    };
    text += &changes([("config", &view.config), ("secret", &[]), ("setting", &view.settings)]);
    for (side, names) in [(from, &view.only_from), (to, &view.only_to)] {
        for name in names {
            text += &format!("secret: {} in {} alone\n", line(name), side.target);
        }
    }
    text + &doubts(from) + &doubts(to)
}

/// Why what is recorded of an environment is not quite what runs there.
fn doubts(side: &SideView) -> String {
    let Some(condition) = &side.condition else { return String::new() };
    let mut text = match &condition.health {
        Health::Healthy | Health::Absent => String::new(),
        Health::Unhealthy { why } => format!("{}: not healthy: {}\n", side.target, line(why)),
        Health::Idle { why } => format!("{}: idle: {}\n", side.target, line(why)),
        Health::NoData { why } => format!("{}: no data: {}\n", side.target, line(why)),
    };
    for one in &condition.drift {
        text += &format!("{}: changed by hand: {}\n", side.target, line(one));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchback_api::dto::{Change, ConditionView, ImageChange};

    #[test]
    fn two_environments_are_told_with_secrets_by_name_alone_and_with_what_is_doubtful() {
        let side = |target: &str, health: Health, drift: Vec<String>| SideView {
            target: target.to_owned(),
            revision: Some(4),
            version: "1.1".to_owned(),
            condition: Some(ConditionView { health, drift }),
        };
        let drift = vec!["replicas: 4 instead of 2".to_owned()];
        let view = CompareView {
            from: side("web/staging", Health::Unhealthy { why: "1 of 2 up".to_owned() }, drift),
            to: side("web/production", Health::Healthy, Vec::new()),
            image: ImageChange { before: Some("shop/web@1".to_owned()), after: "shop/web@1".to_owned() },
            same_artifact: true,
            config: vec![Change { key: "MODE".to_owned(), before: Some("slow".to_owned()), after: None }],
            only_from: vec!["DEBUG_KEY".to_owned()],
            only_to: vec!["STRIPE_KEY".to_owned()],
            settings: Vec::new(),
        };
        let told = "web/staging r4 1.1 -> web/production r4 1.1\nimage: shop/web@1 in both\nconfig: MODE slow -> absent\n\
                    secret: DEBUG_KEY in web/staging alone\nsecret: STRIPE_KEY in web/production alone\n\
                    web/staging: not healthy: 1 of 2 up\nweb/staging: changed by hand: replicas: 4 instead of 2\n";
        assert_eq!(compared(&view), told);
    }
}
