//! From a set of migrations to the report: each version in its place, against what came before it.

use crate::{
    Accepted, Dialect, Finding, Report, Reversible, Rule, VersionVerdict, Where,
    accept::{self, Acceptance},
    contract::{Breach, TELLS_TOO, contractions},
    depth,
    op::{Object, Op},
    read::is_understood,
    rules::{self, Context, Hit, pair},
    says,
    schema::Schema,
    shape::Side,
    sql, squawk, unread,
};
use jiff::civil::Date;
use switchback_core::{
    migration::{Layout, Migration, Pin, Script, Set},
    said::Said,
};

/// What to lint.
pub struct Asked<'a> {
    /// The set, with its problems.
    pub set: &'a Set,
    /// Whose SQL it is.
    pub dialect: Dialect,
    /// Today, for acceptances that end.
    pub today: Date,
    /// What is released already; nothing is known of it when empty.
    pub released: &'a [Pin],
}

/// A version with its scripts read.
struct Read<'a> {
    migration: &'a Migration,
    up: Option<Side>,
    down: Option<Side>,
    up_sql: String,
    down_sql: String,
}

impl Read<'_> {
    /// Whether a finding says that this version loses something or has no way back.
    fn loses(&self, found: &Finding) -> bool {
        let of_way = matches!(
            found.rule,
            Rule::DropColumn
                | Rule::DropTable
                | Rule::Truncate
                | Rule::NarrowingType
                | Rule::MissingDown
                | Rule::EmptyDown
                | Rule::DownLosesData
                | Rule::DownDoesNotUndoUp
                | Rule::IrreversibleOperation
                | Rule::EnumValueAddIrreversible
        );
        let sides = [(&self.migration.up, &self.up), (&self.migration.down, &self.down)];
        let here = |(script, side): &(&Option<Script>, &Option<Side>)| match (script, side) {
            (Some(script), Some(side)) => {
                script.path == found.path && (script.line == found.line || within(found.line, side))
            }
            _ => false,
        };
        of_way && sides.iter().any(here)
    }
}

/// Lints a set.
pub fn lint(asked: &Asked<'_>) -> Report {
    if let Some(tool) = &asked.set.tool {
        return unread::report(asked, tool);
    }
    let all: Vec<Read<'_>> = asked.set.migrations.iter().map(|migration| read(asked, migration)).collect();
    let made: Vec<(usize, String)> = all
        .iter()
        .enumerate()
        .flat_map(|(at, one)| one.up.iter().flat_map(move |up| up.made.iter().map(move |table| (at, table.clone()))))
        .collect();
    let mut report = Report {
        layout: asked.set.layout,
        dialect: asked.dialect,
        findings: Vec::new(),
        accepted: Vec::new(),
        versions: Vec::new(),
    };
    let mut held: Vec<(String, Acceptance)> = Vec::new();
    report.findings.extend(asked.set.problems.iter().map(unread::of_the_set));
    let mut schema = Schema::default();
    for (at, one) in all.iter().enumerate() {
        scripts(asked, one, &schema, &mut report, &mut held);
        if let (Some(up), Some(script)) = (&one.up, &one.migration.up)
            && let Some((line, table, later)) = rules::forward(&schema, up, &made, at)
        {
            let why = says::made_later(table, &all[later].migration.version);
            report.findings.push(finding(script, Where::Pair, &Hit { rule: Rule::OutOfOrder, line, why }));
        }
        let verdict = pair(asked, &all[..=at], &schema, &mut report);
        report.versions.push(verdict);
        if let Some(up) = &one.up {
            up.ops.iter().for_each(|placed| schema.apply(&placed.op));
        }
    }
    refused(asked, &mut report);
    accepted(&mut report, &held);
    for (verdict, one) in report.versions.iter_mut().zip(&all) {
        verdict.accepted = report.accepted.iter().any(|accepted| one.loses(&accepted.finding));
    }
    report.findings.sort();
    report.findings.dedup_by(|a, b| (&a.path, a.line, a.rule) == (&b.path, b.line, b.rule));
    report
}

fn read<'a>(asked: &Asked<'_>, migration: &'a Migration) -> Read<'a> {
    let sql = |script: &Option<Script>| script.as_ref().map(|script| plain(asked, &script.sql)).unwrap_or_default();
    let (up_sql, down_sql) = (sql(&migration.up), sql(&migration.down));
    let side = |script: &Option<Script>, sql: &str| script.as_ref().map(|_| Side::read(asked.dialect, sql));
    Read { migration, up: side(&migration.up, &up_sql), down: side(&migration.down, &down_sql), up_sql, down_sql }
}

/// The SQL as the server will see it, with lines kept: placeholders that a tool fills in become names.
fn plain(asked: &Asked<'_>, sql: &str) -> String {
    let mut text = sql.to_owned();
    if matches!(asked.set.layout, Layout::Flyway | Layout::Goose | Layout::Liquibase) {
        while let Some(from) = text.find("${") {
            let Some(to) = text[from..].find('}') else { break };
            let name: String =
                text[from + 2..from + to].chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            text.replace_range(from..=from + to, &name);
        }
    }
    // Words to psql, not to the server.
    if asked.dialect == Dialect::Postgres && text.lines().any(|line| line.starts_with('\\')) {
        let lines: Vec<&str> = text.lines().map(|line| if line.starts_with('\\') { "" } else { line }).collect();
        text = lines.join("\n");
    }
    text
}

fn finding(script: &Script, place: Where, hit: &Hit) -> Finding {
    Finding {
        path: script.path.clone(),
        line: hit.line,
        rule: hit.rule,
        place,
        severity: hit.rule.severity(),
        why: hit.why.clone(),
        rewrite: hit.rule.rewrite().to_owned(),
    }
}

/// The findings of each script for itself.
fn scripts(
    asked: &Asked<'_>,
    one: &Read<'_>,
    schema: &Schema,
    report: &mut Report,
    held: &mut Vec<(String, Acceptance)>,
) {
    let sides = [
        (Where::Up, &one.migration.up, &one.up, &one.down, &one.up_sql),
        (Where::Down, &one.migration.down, &one.down, &one.up, &one.down_sql),
    ];
    for (place, script, side, other, sql) in sides {
        let (Some(script), Some(side)) = (script, side) else { continue };
        let (accepted, refused) = accept::acceptances(&side.cut, asked.today);
        held.extend(accepted.into_iter().map(|one| (script.path.clone(), one)));
        for one in refused {
            let hit = Hit { rule: Rule::AnnotationError, line: one.line, why: one.why };
            report.findings.push(finding(script, place, &hit));
        }
        if let Some((line, why)) = syntax(asked.dialect, side, sql) {
            report.findings.push(finding(script, place, &Hit { rule: Rule::SyntaxError, line, why }));
        }
        let context = Context {
            dialect: asked.dialect,
            layout: asked.set.layout,
            wrapping: script.wrapping,
            place,
            side,
            sql,
            other: other.as_ref(),
            before: schema,
        };
        // What a down takes back cannot be told from an up that is no SQL.
        let lost =
            place == Where::Down && one.up.as_ref().is_some_and(|up| syntax(asked.dialect, up, &one.up_sql).is_some());
        if lost {
            continue;
        }
        report.findings.extend(rules::judge(&context).iter().map(|hit| finding(script, place, hit)));
    }
}

/// Where a script is no SQL. PostgreSQL's is squawk's to judge. For the others two must agree, because the parser does not
/// know all that these servers do.
fn syntax(dialect: Dialect, side: &Side, sql: &str) -> Option<(usize, Said)> {
    if let Some((line, words)) = &side.cut.broken {
        return Some((*line, Said::theirs(words.clone())));
    }
    if let Some(deep) = side.deep.first().and_then(|number| side.cut.statements.get(*number)) {
        return Some((deep.line(), says::too_deep(depth::BRACKETS, depth::WORDS)));
    }
    if dialect == Dialect::Postgres {
        return squawk::syntax(sql);
    }
    depth::roomy(|| unparsed(dialect, side))
}

/// The first statement that neither the linter nor the parser understands.
fn unparsed(dialect: Dialect, side: &Side) -> Option<(usize, Said)> {
    side.cut.statements.iter().enumerate().find_map(|(number, statement)| {
        let ops = || side.ops.iter().filter(|placed| placed.statement == number).map(|placed| &placed.op);
        let concurrently = |op: &Op| {
            matches!(op, Op::CreateIndex { concurrently: true, .. } | Op::DropIndex { concurrently: true, .. })
        };
        if ops().any(concurrently) {
            return Some((statement.line(), says::only_postgres()));
        }
        // A type of several words may be a misspelt keyword and a name. SQLite takes any words for a type.
        let odd = |op: &Op| match op {
            Op::AddColumn { column, .. } | Op::Redefine { column, .. } => {
                dialect == Dialect::Mysql && column.ty.as_ref().is_some_and(|ty| ty.name.contains(' '))
            }
            op => matches!(op, Op::Unknown),
        };
        if ops().any(odd) || !is_understood(dialect, statement) {
            sql::parse(dialect, &statement.tokens).err()
        } else {
            None
        }
    })
}

/// The verdict on a version, and what the two scripts together say. The version is the last of `so_far`.
fn pair(asked: &Asked<'_>, so_far: &[Read<'_>], schema: &Schema, report: &mut Report) -> VersionVerdict {
    let Some((one, earlier)) = so_far.split_last() else { unreachable!("the slice ends with the version itself") };
    let Migration { version, name, up: up_script, down: down_script, repeatable } = one.migration;
    let verdict = |reversible, because: Option<Said>| VersionVerdict {
        version: version.clone(),
        name: name.clone(),
        reversible,
        because,
        accepted: false,
    };
    let (Some(up), Some(up_script)) = (&one.up, up_script) else {
        return verdict(Reversible::Unknown, Some(says::no_up()));
    };
    if let Some(hit) = pair::contracts_at_once(up).or_else(|| within_release(asked, one, earlier)) {
        report.findings.push(finding(up_script, Where::Pair, &hit));
    }
    if *repeatable {
        return verdict(Reversible::Yes, Some(says::run_again()));
    }
    let here = |rule: Rule| {
        report.findings.iter().any(|found| {
            found.rule == rule && found.place != Where::Down && found.path == up_script.path && within(found.line, up)
        })
    };
    let (narrowed, adds_enum) = (here(Rule::NarrowingType), here(Rule::EnumValueAddIrreversible));
    if report.findings.iter().any(|found| {
        found.rule == Rule::SyntaxError
            && (found.path == up_script.path || down_script.as_ref().is_some_and(|down| down.path == found.path))
    }) {
        return verdict(Reversible::Unknown, Some(says::unread()));
    }
    let changes = up.ops.iter().any(|placed| needs_undoing(&placed.op));
    let blank = one.down.as_ref().is_none_or(|down| {
        down.ops.iter().all(|placed| matches!(placed.op, Op::Begin | Op::Commit | Op::Rollback | Op::Neutral))
    });
    if blank && !changes {
        return verdict(Reversible::Yes, Some(says::nothing_to_undo()));
    }
    let (Some(down), Some(down_script)) = (&one.down, down_script) else {
        return verdict(Reversible::No, Some(says::no_down()));
    };
    if down_script.is_blank() {
        // That something is lost weighs more than that the file is empty.
        if let Some((line, why)) = pair::gone_for_good(schema, up) {
            let hit = Hit { rule: Rule::IrreversibleOperation, line, why };
            report.findings.push(finding(up_script, Where::Pair, &hit));
        }
        return verdict(Reversible::No, Some(says::blank_down()));
    }
    if let Some(refuses) = down.ops.iter().find(|placed| matches!(placed.op, Op::Refuses)) {
        let why = says::refuses(version);
        let hit = Hit { rule: Rule::IrreversibleOperation, line: refuses.line, why: why.clone() };
        report.findings.push(finding(down_script, Where::Pair, &hit));
        return verdict(Reversible::No, Some(why));
    }
    let judged = pair::judge(schema, up, down, narrowed, adds_enum);
    for (hit, in_down) in &judged.hits {
        report.findings.push(finding(if *in_down { down_script } else { up_script }, Where::Pair, hit));
    }
    verdict(judged.reversible, judged.because)
}

/// Whether there is anything a down would have to do.
fn needs_undoing(op: &Op) -> bool {
    let lasting = matches!(op, Op::Create { object: Object::Extension, lenient: true, .. } | Op::TableSetting { .. });
    (op.is_schema() || op.is_data() || matches!(op, Op::Opaque)) && !lasting
}

/// Whether a line of a file that holds several versions belongs to this one.
fn within(line: usize, side: &Side) -> bool {
    let first = side.cut.statements.first().map_or(0, crate::statement::Statement::line);
    let last = side.cut.statements.last().map_or(0, crate::statement::Statement::last_line);
    (first..=last).contains(&line)
}

/// A contraction in the same release as the expansion it follows from.
fn within_release(asked: &Asked<'_>, one: &Read<'_>, earlier: &[Read<'_>]) -> Option<Hit> {
    let is_new = |read: &Read<'_>| !asked.released.iter().any(|pin| pin.version == read.migration.version);
    if asked.released.is_empty() || !is_new(one) {
        return None;
    }
    let new: Vec<&Side> = earlier.iter().filter(|read| is_new(read)).filter_map(|read| read.up.as_ref()).collect();
    one.up.as_ref()?.ops.iter().find_map(|placed| {
        let Op::DropColumn { table, column, .. } = &placed.op else { return None };
        let expands = |side: &&Side| side.ops.iter().any(|other| matches!(&other.op, Op::AddColumn { table: of, column: added } if of == table && added.name != *column));
        let why = says::replaced_in_release(format_args!("{table}.{column}"));
        new.iter().any(expands).then_some(Hit { rule: Rule::ContractBeforeObserved, line: placed.line, why })
    })
}

/// What code of the releases before writes, and a new version refuses.
fn refused(asked: &Asked<'_>, report: &mut Report) {
    if asked.released.is_empty() {
        return;
    }
    let is_new = |version: &String| !asked.released.iter().any(|pin| pin.version == *version);
    let new = asked.set.migrations.iter().map(|one| one.version.clone()).filter(is_new);
    for one in contractions(asked.dialect, asked.set, &new.collect::<Vec<_>>(), asked.today) {
        let Breach::Refuses(refusal) = one.breach else { continue };
        let told =
            |found: &Finding| found.path == one.path && found.line == one.line && TELLS_TOO.contains(&found.rule);
        if report.findings.iter().any(told) {
            continue;
        }
        let rule = Rule::ContractBeforeObserved;
        report.findings.push(Finding {
            path: one.path,
            line: one.line,
            rule,
            place: Where::Pair,
            severity: rule.severity(),
            why: refusal.said(&one.what),
            rewrite: rule.rewrite().to_owned(),
        });
    }
}

/// Moves what is accepted aside.
fn accepted(report: &mut Report, held: &[(String, Acceptance)]) {
    let findings = std::mem::take(&mut report.findings);
    for found in findings {
        let covers = |(path, one): &&(String, Acceptance)| {
            let inside = found.place == Where::Pair || (one.from..=one.to).contains(&found.line);
            *path == found.path && one.rules.contains(&found.rule) && inside
        };
        match held.iter().find(covers) {
            Some((_, one)) => {
                report.accepted.push(Accepted { finding: found, reason: one.reason.clone(), until: one.until });
            }
            None => report.findings.push(found),
        }
    }
}
