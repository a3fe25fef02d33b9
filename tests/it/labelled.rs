//! Migrations written and labelled by hand, good and bad, against the linter.
//!
//! The cases are in `migrations/labelled`, their form in its README. Those held out were written before the rules ran
//! once and no rule was changed for them, so their figures are the ones to believe. Deliberately not here: layouts, and
//! what only real servers can tell.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};
use switchback_core::migration::{self, Layout, SourceFile};
use switchback_lint::{Asked, Dialect, Reversible, Rule, lint};
use switchback_tests::place;

/// One case: versions before, an up, a down, and what is to be found.
#[derive(Default)]
struct Case {
    file: String,
    name: String,
    verdict: String,
    expected: BTreeSet<String>,
    before: Vec<String>,
    up: String,
    down: Option<String>,
    held_out: bool,
}

/// What one case came to.
struct Outcome {
    case: Case,
    found: BTreeSet<String>,
    verdict: &'static str,
}

fn cases() -> Vec<Case> {
    let folder = place::tests().join("it/migrations/labelled");
    let mut all = Vec::new();
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "txt")) {
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        for block in text.split("=== ").skip(1) {
            all.push(case(&file, block));
        }
    }
    all
}

fn case(file: &str, block: &str) -> Case {
    let (head, rest) = block.split_once('\n').unwrap();
    let (name, verdict) = head.split_once(" | ").unwrap();
    let mut case = Case {
        file: file.to_owned(),
        name: name.to_owned(),
        verdict: verdict.trim().to_owned(),
        held_out: file.ends_with("held-out"),
        ..Case::default()
    };
    let mut section = "";
    for line in rest.lines() {
        match line {
            "-- up" | "-- down" | "-- before" => {
                section = line;
                match line {
                    "-- before" => case.before.push(String::new()),
                    "-- down" => case.down = Some(String::new()),
                    _ => {}
                }
            }
            _ if section.is_empty() => drop((!line.is_empty()).then(|| case.expected.insert(line.to_owned()))),
            _ => {
                let text = match section {
                    "-- up" => &mut case.up,
                    "-- down" => case.down.get_or_insert_default(),
                    _ => case.before.last_mut().unwrap(),
                };
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    case
}

fn run(case: Case) -> Outcome {
    let dialect = case.file.split('-').next().unwrap().parse::<Dialect>().unwrap();
    let file = |path: String, text: &str| SourceFile { path, text: text.to_owned() };
    let mut files = Vec::new();
    for (index, sql) in case.before.iter().enumerate() {
        files.push(file(format!("{}_before.up.sql", index + 1), sql));
    }
    files.push(file("100_case.up.sql".to_owned(), &case.up));
    files.extend(case.down.as_ref().map(|sql| file("100_case.down.sql".to_owned(), sql)));
    let set = migration::read(Layout::GolangMigrate, &files);
    let today = "2026-11-21".parse().unwrap();
    let report = lint(&Asked { set: &set, dialect, today, released: &[] });
    let of_case = report.findings.iter().filter(|found| found.path.starts_with("100_"));
    let place = |found: &switchback_lint::Finding| format!("{:?}", found.place).to_lowercase();
    let found = of_case.map(|found| format!("{} {}", found.rule.as_str(), place(found))).collect();
    let verdict = match report.versions.last().unwrap().reversible {
        Reversible::Yes => "yes",
        Reversible::DataLoss => "data-loss",
        Reversible::No => "no",
        Reversible::Unknown => "unknown",
    };
    Outcome { case, found, verdict }
}

/// Right, false and missed, per rule.
#[derive(Default)]
struct Tally {
    per: BTreeMap<String, (usize, usize, usize)>,
    clean: usize,
    alarmed: usize,
    verdicts: usize,
    all: usize,
    misses: String,
}

impl Tally {
    fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Self {
        let mut tally = Self::default();
        for Outcome { case, found, verdict } in outcomes {
            let rule = |label: &String| label.split(' ').next().unwrap().to_owned();
            for label in found.intersection(&case.expected) {
                tally.per.entry(rule(label)).or_default().0 += 1;
            }
            for label in found.difference(&case.expected) {
                tally.per.entry(rule(label)).or_default().1 += 1;
                let _ = writeln!(tally.misses, "  {} / {}: false {label}", case.file, case.name);
            }
            for label in case.expected.difference(found) {
                tally.per.entry(rule(label)).or_default().2 += 1;
                let _ = writeln!(tally.misses, "  {} / {}: missed {label}", case.file, case.name);
            }
            tally.all += 1;
            tally.clean += usize::from(case.expected.is_empty());
            tally.alarmed += usize::from(case.expected.is_empty() && !found.is_empty());
            tally.verdicts += usize::from(case.verdict == *verdict);
            if case.verdict != *verdict {
                let _ =
                    writeln!(tally.misses, "  {} / {}: verdict {verdict}, not {}", case.file, case.name, case.verdict);
            }
        }
        tally
    }

    fn share(part: usize, rest: usize) -> f64 {
        let count = |number: usize| f64::from(u32::try_from(number).unwrap());
        if part + rest == 0 { 1.0 } else { count(part) / count(part + rest) }
    }

    fn figures(&self) -> (f64, f64) {
        let sum = self.per.values().fold((0, 0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1, sum.2 + one.2));
        (Self::share(sum.0, sum.1), Self::share(sum.0, sum.2))
    }

    fn line(&self, name: &str) -> String {
        let (precision, recall) = self.figures();
        format!(
            "{name}: {} migrations, precision {precision:.3}, recall {recall:.3}, false alarms on {} of {} fine ones, verdicts {} of {}\n",
            self.all, self.alarmed, self.clean, self.verdicts, self.all
        )
    }
}

#[test]
fn labelled_migrations_are_judged_with_few_false_alarms() {
    let outcomes: Vec<Outcome> = cases().into_iter().map(run).collect();
    for label in outcomes.iter().flat_map(|one| &one.case.expected) {
        let rule = label.split(' ').next().unwrap();
        assert!(Rule::ALL.iter().any(|known| known.as_str() == rule), "there is no rule {rule}");
    }
    let all = Tally::of(outcomes.iter());
    let tuned = Tally::of(outcomes.iter().filter(|one| !one.case.held_out));
    let held = Tally::of(outcomes.iter().filter(|one| one.case.held_out));
    println!("{:<42}{:>6}{:>11}{:>8}", "rule", "cases", "precision", "recall");
    for (rule, (right, wrong, missed)) in &all.per {
        let (precision, recall) = (Tally::share(*right, *wrong), Tally::share(*right, *missed));
        println!("{rule:<42}{:>6}{precision:>11.2}{recall:>8.2}", right + missed);
    }
    let told = all.line("all") + &tuned.line("tuned") + &tuned.misses + &held.line("held out") + &held.misses;
    println!("{told}");
    assert!(outcomes.len() >= 150, "{} migrations", outcomes.len());
    let (precision, recall) = all.figures();
    assert!(precision >= 0.97 && recall >= 0.95, "{told}");
    assert!(all.alarmed * 50 <= all.clean, "{told}");
    assert!(all.verdicts * 100 >= all.all * 95, "{told}");
}
