//! Approvals: n of a list say yes to exactly what a plan would do, and the one who asks never counts.

use super::verdict::{Gate, GateKind};
use crate::{health::Verdict, ident::Instant};
use std::{collections::BTreeSet, time::Duration};

/// What an environment asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// How many.
    pub need: u16,
    /// Of whom.
    pub of: Vec<String>,
    /// How long a yes holds.
    pub expire: Duration,
}

/// One yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// To what: [`crate::plan::Plan::hash`], the same whenever the same would be done, so that a changed plan wants new ones.
    pub plan: String,
    /// Who.
    pub by: String,
    /// From which client on which machine.
    pub origin: String,
    /// What its author added.
    pub note: String,
    /// When.
    pub at: Instant,
}

/// The gate of the yeses that were given to a plan.
pub fn gate(wanted: &Wanted, given: &[Approval], requester: &str, now: Instant) -> Gate {
    let mut counted = BTreeSet::new();
    let mut evidence = Vec::new();
    for one in given {
        let expires = one.at.checked_add(wanted.expire).unwrap_or(Instant::MAX);
        let why = if one.by == requester {
            "asked for it, which never counts"
        } else if !wanted.of.contains(&one.by) {
            "is not one of those asked"
        } else if expires <= now {
            "said yes too long ago"
        } else {
            counted.insert(one.by.as_str());
            continue;
        };
        evidence.push(format!("{} {why}", one.by));
    }
    let need = usize::from(wanted.need);
    let enough = counted.len() >= need;
    let names: Vec<&str> = counted.iter().copied().collect();
    let missing: Vec<&str> =
        wanted.of.iter().map(String::as_str).filter(|name| !counted.contains(name) && *name != requester).collect();
    let said = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
    let mut told = vec![format!("{} of {need} approvals{said}", counted.len())];
    if !enough {
        told.push(format!(
            "missing: {}",
            if missing.is_empty() { "nobody is left to ask".to_owned() } else { missing.join(" or ") }
        ));
    }
    told.append(&mut evidence);
    let verdict = if enough { Verdict::Pass } else { Verdict::Fail };
    Gate { evidence: told, ..Gate::new(GateKind::Approvals, verdict, "") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Instant {
        Instant::from_second(second).unwrap()
    }

    fn yes(by: &str, second: i64) -> Approval {
        Approval {
            plan: "x".to_owned(),
            by: by.to_owned(),
            origin: "cli, desk".to_owned(),
            note: String::new(),
            at: at(second),
        }
    }

    #[track_caller]
    fn check(given: &[Approval], verdict: Verdict, told: &str) {
        let of = ["amara", "jonas", "sofie"].map(str::to_owned).to_vec();
        let wanted = Wanted { need: 2, of, expire: Duration::from_secs(100) };
        let gate = gate(&wanted, given, "jonas", at(1000));
        assert_eq!((gate.verdict, gate.told().as_str()), (verdict, told));
    }

    #[test]
    fn two_of_the_list_are_needed_and_each_counts_once() {
        check(&[yes("amara", 950), yes("sofie", 990)], Verdict::Pass, "2 of 2 approvals: amara, sofie");
        check(&[], Verdict::Fail, "0 of 2 approvals; missing: amara or sofie");
        check(&[yes("amara", 950), yes("amara", 990)], Verdict::Fail, "1 of 2 approvals: amara; missing: sofie");
    }

    #[test]
    fn the_requester_a_stranger_and_a_yes_too_old_never_count() {
        check(
            &[yes("amara", 990), yes("jonas", 990), yes("mallory", 990), yes("sofie", 900)],
            Verdict::Fail,
            "1 of 2 approvals: amara; missing: sofie; jonas asked for it, which never counts; mallory is not one of those \
             asked; sofie said yes too long ago",
        );
    }
}
