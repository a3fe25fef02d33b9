//! Migrations whose scripts are no SQL, because the team's own commands run them: nothing of them is read.

use crate::{Asked, Finding, Report, Reversible, Rule, VersionVerdict, Where};
use switchback_core::migration::{Migration, Problem, Tool};

/// What does not fit in the set of files.
pub fn of_the_set(problem: &Problem) -> Finding {
    let rule = Rule::from(problem.rule);
    Finding {
        path: problem.path.clone(),
        line: problem.line,
        rule,
        place: Where::Pair,
        severity: rule.severity(),
        why: problem.why.clone(),
        rewrite: problem.rewrite.clone(),
    }
}

/// What can be said of migrations whose scripts are no SQL: which are there, and what their list says of them.
pub fn report(asked: &Asked<'_>, tool: &Tool) -> Report {
    let verdict = |one: &Migration| {
        let (reversible, because) = match &one.down {
            None => (Reversible::No, "there is no way down"),
            Some(_) if tool.lossless.contains(&one.version) => {
                (Reversible::Yes, "its tool's list says that the way down loses nothing")
            }
            Some(_) => (Reversible::Unknown, "a command runs it: what the way down loses is not known"),
        };
        let (version, name) = (one.version.clone(), one.name.clone());
        VersionVerdict { version, name, reversible, because: Some(because.to_owned()), accepted: false }
    };
    Report {
        layout: asked.set.layout,
        dialect: asked.dialect,
        findings: asked.set.problems.iter().map(of_the_set).collect(),
        accepted: Vec::new(),
        versions: asked.set.migrations.iter().map(verdict).collect(),
    }
}
