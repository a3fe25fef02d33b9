//! One gate's word on one deployment, with what it was made from and the way out.
//!
//! Each function here makes one gate out of facts. None of them refuses anything: that is for whoever starts a
//! deployment, and what is passed in spite of a gate is marked, not hidden.

use super::{
    says,
    window::{Answer, Because, Effect, RuleKind},
};
use crate::{
    health::Verdict,
    ident::{Instant, TrainId},
    name::{Service, Target},
    plan::Kind,
    port::{DeploymentRow, QuarantineRow},
    release::Digest,
    said::Said,
};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum GateKind {
    /// A deployment of the target has not ended.
    Lock,
    /// The release was bad once.
    Quarantine,
    /// The target was rolled back by itself.
    Pause,
    /// Dates without deploys.
    Freeze,
    /// Hours with deploys.
    Window,
    /// What people and machines look at before.
    Checklist,
    /// People who say yes.
    Approvals,
}

impl GateKind {
    /// The word it is told by.
    pub fn word(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Quarantine => "quarantine",
            Self::Pause => "pause",
            Self::Freeze => "freeze",
            Self::Window => "window",
            Self::Checklist => "checklist",
            Self::Approvals => "approvals",
        }
    }
}

/// A verdict with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Gate {
    /// Which gate.
    pub kind: GateKind,
    /// What it says.
    pub verdict: Verdict,
    /// What it was made from, a line each; never empty.
    #[ts(type = "Array<string>")]
    pub evidence: Vec<Said>,
    /// Who closed it, if somebody did.
    pub by: Option<String>,
    /// Since when.
    pub since: Option<Instant>,
    /// When it opens by itself.
    pub opens: Option<Instant>,
    /// The IANA zone whose clocks decide about that.
    pub zone: Option<String>,
    /// What a person can do about it: a command.
    pub way_out: Option<String>,
}

impl Gate {
    /// A gate that only has something to say.
    pub fn new(kind: GateKind, verdict: Verdict, evidence: Said) -> Self {
        let evidence = vec![evidence];
        Self { kind, verdict, evidence, by: None, since: None, opens: None, zone: None, way_out: None }
    }

    /// With what a person can do about it.
    #[must_use]
    pub fn way_out(mut self, command: impl Into<String>) -> Self {
        self.way_out = Some(command.into());
        self
    }

    /// Whether it holds a deployment back. No data does: it is never pass.
    pub fn holds(&self) -> bool {
        matches!(self.verdict, Verdict::Fail | Verdict::NoData)
    }

    /// Whether a person may pass it with a reason. Two deployments at once is nothing a reason makes good.
    pub fn overridable(&self) -> bool {
        self.kind != GateKind::Lock
    }

    /// Marked as passed in spite of it.
    #[must_use]
    pub fn overridden(mut self, by: &str, why: &str) -> Self {
        if self.holds() && self.overridable() {
            self.verdict = Verdict::Overridden;
            self.evidence.push(says::overridden(by, why));
        }
        self
    }

    /// One line.
    pub fn told(&self) -> String {
        self.evidence.iter().map(|line| &**line).collect::<Vec<_>>().join("; ")
    }
}

/// A deployment under way. `held`: who executes it and what for; none when whoever did is gone.
pub fn lock(target: &Target, running: Option<&DeploymentRow>, held: Option<(&str, &str)>) -> Gate {
    let Some(row) = running else {
        return Gate::new(GateKind::Lock, Verdict::Pass, says::no_deployment(target));
    };
    let what = says::not_ended(says::kind(row.kind), &row.version, &row.reason, row.id);
    let now = match held {
        Some((owner, message)) => Said::theirs(format!("{owner}: {message}")),
        None => says::runner_gone(),
    };
    let mut gate = Gate::new(GateKind::Lock, Verdict::Fail, what);
    gate.evidence.push(now);
    Gate { by: Some(row.by.name.clone()), since: Some(row.started), ..gate }
        .way_out(format!("switchback release-lock {target} --reason WHY"))
}

/// A train that has not ended moves the target.
pub fn in_train(target: &Target, train: TrainId) -> Gate {
    let train = train.short();
    Gate::new(GateKind::Lock, Verdict::Fail, says::in_train(target, &train))
        .way_out(format!("switchback train abort {train} --reason WHY"))
}

/// What a release brings.
#[derive(Debug, Clone, Copy)]
pub struct Brings<'a> {
    /// Its hash ([`crate::workload::content`]).
    pub content: &'a Digest,
    /// Whether migrations are part of it.
    pub migrations: bool,
}

/// A release that must not ship again, by its version or because it brings the very same as one in quarantine.
pub fn quarantine(service: &Service, version: &str, brings: Option<Brings<'_>>, all: &[QuarantineRow]) -> Gate {
    let own = || all.iter().filter(|row| row.service == *service);
    let same = |row: &&QuarantineRow| brings.is_some_and(|brings| row.content.as_ref() == Some(brings.content));
    let release = format_args!("{service} {version}");
    let Some(row) = own().find(|row| row.version == version).or_else(|| own().find(same)) else {
        return Gate::new(GateKind::Quarantine, Verdict::Pass, says::not_quarantined(release));
    };
    let said = if row.version == version {
        says::quarantined(release, &row.why)
    } else if brings.is_some_and(|brings| brings.migrations) {
        says::like_quarantined_with_migrations(release, &row.version, &row.why)
    } else {
        says::like_quarantined(release, &row.version, &row.why)
    };
    Gate { by: row.by.clone(), since: Some(row.since), ..Gate::new(GateKind::Quarantine, Verdict::Fail, said) }
        .way_out(format!("switchback quarantine clear {service} {} --reason WHY", row.version))
}

/// A target that waits for a person after a rollback. Going back is never barred by it: it is the way out of it.
pub fn pause(target: &Target, kind: Kind, paused: Option<&(Instant, String, String)>) -> Gate {
    match paused {
        None => Gate::new(GateKind::Pause, Verdict::Pass, says::not_paused(target)),
        Some(_) if kind != Kind::Deploy => free(GateKind::Pause, kind),
        Some((since, by, why)) => Gate {
            by: Some(by.clone()),
            since: Some(*since),
            ..Gate::new(GateKind::Pause, Verdict::Fail, says::paused(target, by, why))
        }
        .way_out(format!("switchback release-pause {target} --reason WHY")),
    }
}

/// The window's and the freeze's word out of one answer of the calendar.
pub fn windows(kind: Kind, answer: &Answer, zone: &TimeZone) -> [Gate; 2] {
    if kind != Kind::Deploy {
        return [free(GateKind::Freeze, kind), free(GateKind::Window, kind)];
    }
    let dated = |one: &&Because| matches!(one.kind, RuleKind::Freeze | RuleKind::Holiday);
    let freezes: Vec<&Because> = answer.because.iter().filter(dated).collect();
    let rules: Vec<&Because> = answer.because.iter().filter(|one| !dated(one)).collect();
    let closed =
        !answer.open && (freezes.is_empty() || rules.iter().any(|one| one.effect == Effect::Deny || !one.holds));
    let gate = |kind, fails: bool, because: Vec<&Because>, none: Said| {
        let mut evidence: Vec<Said> = because.into_iter().map(|one| line(one, zone)).collect();
        if evidence.is_empty() {
            evidence.push(none.clone());
        }
        let verdict = if fails { Verdict::Fail } else { Verdict::Pass };
        let opens = answer.next_open.filter(|_| fails);
        if let Some(opens) = opens {
            evidence.push(says::opens(local(opens, zone)));
        }
        Gate { opens, zone: Some(answer.zone.clone()), evidence, ..Gate::new(kind, verdict, none) }
    };
    [
        gate(GateKind::Freeze, !freezes.is_empty(), freezes, says::no_freeze()),
        gate(GateKind::Window, closed, rules, says::no_rule()),
    ]
}

/// Not asked, and why.
fn free(gate: GateKind, kind: Kind) -> Gate {
    let why = match kind {
        Kind::Adopt => says::nothing_started(),
        _ => says::any_hour(),
    };
    Gate::new(gate, Verdict::Pass, why)
}

/// A rule as people read it.
fn line(one: &Because, zone: &TimeZone) -> Said {
    let rule = format!("{}{}", one.rule, one.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default());
    let until = one.until.filter(|_| one.holds).map(|until| local(until, zone));
    match (one.kind, one.effect, one.holds, until) {
        (RuleKind::Freeze, .., None) => says::frozen(rule),
        (RuleKind::Freeze, .., Some(until)) => says::frozen_until(rule, until),
        (RuleKind::Holiday, .., None) => says::holiday(rule),
        (RuleKind::Holiday, .., Some(until)) => says::holiday_until(rule, until),
        (RuleKind::Always, .., None) => says::open_by(rule),
        (RuleKind::Always, .., Some(until)) => says::open_until(rule, until),
        (_, Effect::Deny, _, None) => says::denied(rule),
        (_, Effect::Deny, _, Some(until)) => says::denied_until(rule, until),
        (_, Effect::Allow, true, None) => says::allowed(rule),
        (_, Effect::Allow, true, Some(until)) => says::allowed_until(rule, until),
        (_, Effect::Allow, false, _) => says::allowed_only(rule),
    }
}

/// An instant as the environment's clocks show it: `Mon 30 Nov 2026 10:00 CET`.
pub fn local(at: Instant, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %-d %b %Y %H:%M %Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::window::{Calendar, Recurring};

    fn friday() -> (Answer, TimeZone) {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let rule = "Mon..Thu 10:00-16:00".parse().unwrap();
        let recurring = vec![Recurring { effect: Effect::Allow, rule, why: None }];
        let calendar = Calendar { zone: zone.clone(), recurring, dated: Vec::new() };
        (calendar.at("2026-11-27T14:10:00Z".parse().unwrap()), zone)
    }

    #[test]
    fn a_closed_window_holds_a_deploy_and_never_a_way_back() {
        let (answer, zone) = friday();
        let [freeze, window] = windows(Kind::Deploy, &answer, &zone);
        assert!(!freeze.holds() && window.holds());
        assert_eq!(window.told(), "allowed only Mon..Thu 10:00-16:00; opens Mon 30 Nov 2026 10:00 CET");
        for gate in windows(Kind::Rollback, &answer, &zone) {
            assert_eq!((gate.verdict, gate.told().as_str()), (Verdict::Pass, "a way back is open at any hour"));
        }
    }

    #[test]
    fn a_gate_that_is_passed_in_spite_of_it_says_so_and_a_lock_is_never_passed() {
        let (answer, zone) = friday();
        let [_, window] = windows(Kind::Deploy, &answer, &zone);
        let passed = window.overridden("amara", "checkout is down");
        assert_eq!(passed.verdict, Verdict::Overridden);
        assert!(passed.told().ends_with("overridden by amara: checkout is down"));
        let target: Target = "checkout/production".parse().unwrap();
        let at = "2026-11-27T14:00:00Z".parse().unwrap();
        let row = DeploymentRow {
            id: crate::ident::DeploymentId(uuid::Uuid::nil()),
            target: target.clone(),
            kind: Kind::Deploy,
            revision: crate::ident::RevisionNumber(3),
            from: None,
            version: "2.14.1".to_owned(),
            from_version: None,
            reason: "the fix".to_owned(),
            by: crate::ident::Actor { name: "jonas".to_owned(), origin: "desktop".to_owned() },
            started: at,
            ended: None,
            turned: None,
            state: crate::deployment::State::Planned,
            untouched: false,
        };
        let held = lock(&target, Some(&row), None).overridden("amara", "hurry");
        assert!(held.holds());
        assert_eq!((held.by.as_deref(), held.since), (Some("jonas"), Some(at)));
        assert!(held.told().contains("whoever ran it is gone"), "{}", held.told());
    }

    #[test]
    fn the_same_content_under_another_version_is_held_and_another_content_is_not() {
        let service: Service = "checkout".parse().unwrap();
        let row = QuarantineRow {
            service: service.clone(),
            version: "2.14.1".to_owned(),
            content: Some(Digest::of(b"bad")),
            since: "2026-11-27T14:00:00Z".parse().unwrap(),
            by: Some("jonas".to_owned()),
            why: "it exited with 1".to_owned(),
        };
        let told = |migrations: bool, version: &str, content: Option<&[u8]>, rows: &[QuarantineRow]| {
            let content = content.map(Digest::of);
            quarantine(&service, version, content.as_ref().map(|content| Brings { content, migrations }), rows)
        };
        let gate = |version: &str, content: Option<&[u8]>, rows: &[QuarantineRow]| told(false, version, content, rows);
        let twin = gate("2.14.2", Some(b"bad"), std::slice::from_ref(&row));
        assert!(twin.holds());
        assert!(twin.told().contains("as 2.14.1, which is quarantined: it exited with 1"), "{}", twin.told());
        assert_eq!(twin.way_out.as_deref(), Some("switchback quarantine clear checkout 2.14.1 --reason WHY"));
        assert!(twin.told().contains("the same artifact, configuration and secrets as"), "{}", twin.told());
        let migrated = told(true, "2.14.2", Some(b"bad"), std::slice::from_ref(&row)).told().clone();
        assert!(migrated.contains("the same artifact, configuration, secrets and migrations as"), "{migrated}");
        assert!(gate("2.14.1", Some(b"other"), std::slice::from_ref(&row)).holds());
        assert!(!gate("2.14.2", Some(b"mended"), std::slice::from_ref(&row)).holds());
        // What was noted before contents were knows versions only.
        assert!(!gate("2.14.2", None, &[QuarantineRow { content: None, ..row }]).holds());
    }

    #[test]
    fn no_data_holds_as_a_failure_does() {
        assert!(Gate::new(GateKind::Window, Verdict::NoData, says::no_rule()).holds());
    }
}
