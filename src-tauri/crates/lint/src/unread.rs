//! Migrations whose scripts are no SQL, because the team's own commands run them: nothing of them is read.

use crate::{Asked, Finding, Report, Reversible, Rule, VersionVerdict, Where, says};
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
            None => (Reversible::No, says::no_down()),
            Some(_) if tool.lossless.contains(&one.version) => (Reversible::Yes, says::tool_says()),
            Some(_) => (Reversible::Unknown, says::by_command()),
        };
        let (version, name) = (one.version.clone(), one.name.clone());
        VersionVerdict { version, name, reversible, because: Some(because), accepted: false }
    };
    Report {
        layout: asked.set.layout,
        dialect: asked.dialect,
        findings: asked.set.problems.iter().map(of_the_set).collect(),
        accepted: Vec::new(),
        versions: asked.set.migrations.iter().map(verdict).collect(),
    }
}
