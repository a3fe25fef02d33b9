//! Checklists at the command line.

use crate::{
    args::{Checklist, Format},
    output::{self, answer},
    run::Done,
};
use switchback_api::{App, dto::ChecklistView};
use switchback_core::{gate::Phase, health::Verdict};

/// The exit code while something required is missing.
const OPEN: u8 = 3;

/// Shows a checklist, ticks and unticks.
pub async fn checklist(app: &App, format: Format, asked: Checklist) -> Done {
    match asked {
        Checklist::Show { of } => {
            let view = app.checklist(&format!("{}/{}", of.service, of.environment), &of.version).await?;
            let code = if view.open { 0 } else { OPEN };
            answer(format, &view, told);
            Ok(code)
        }
        Checklist::Tick { of, item, note, seen } => {
            let target = format!("{}/{}", of.service, of.environment);
            let view = app.tick(&target, &of.version, &item, true, &note, seen).await?;
            answer(format, &view, told);
            Ok(0)
        }
        Checklist::Untick { of, item, reason, seen } => {
            let target = format!("{}/{}", of.service, of.environment);
            let view = app.tick(&target, &of.version, &item, false, &reason, seen).await?;
            answer(format, &view, told);
            Ok(0)
        }
    }
}

fn told(view: &ChecklistView) -> String {
    let head = format!("{} {}, checklist {} ({})\n", view.target, view.version, view.template, view.template_version);
    let rows = view.lines.iter().map(|line| {
        let phase = match line.phase {
            Phase::Before => "before",
            Phase::During => "during",
            Phase::After => "after",
        };
        let verdict = match line.verdict {
            Verdict::Pass => "done",
            Verdict::NoData => "no data",
            _ if line.required => "OPEN",
            _ => "open, advisory",
        };
        [phase.to_owned(), line.id.clone(), verdict.to_owned(), line.text.clone(), line.evidence.clone()]
    });
    head + &output::table(["PHASE", "ITEM", "STATE", "WHAT", "EVIDENCE"], rows)
}
