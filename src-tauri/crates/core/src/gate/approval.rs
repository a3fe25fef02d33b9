//! Approvals: n of a list say yes to exactly what a plan would do, and the one who asks never counts.

use super::{
    says,
    verdict::{Gate, GateKind},
};
use crate::{health::Verdict, ident::Instant, port::Sealed, said::Said};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// How many.
    pub need: u16,
    /// Of whom.
    pub of: Vec<String>,
    /// How long a yes holds.
    pub expire: Duration,
    /// The public keys of those whose yes counts only when one of them signed it.
    pub keys: BTreeMap<String, Vec<String>>,
}

/// One yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// To what, for people: `checkout/production 2.15.0`, or `policy`.
    pub subject: String,
    /// To what: [`crate::plan::Plan::hash`], the same whenever the same would be done, so that a changed plan wants new
    /// ones. Of a change of the policy, the hash of both sides.
    pub plan: String,
    /// Who.
    pub by: String,
    /// From which client on which machine.
    pub origin: String,
    /// What its author added.
    pub note: String,
    /// When.
    pub at: Instant,
    /// Its author's signature.
    pub sealed: Option<Sealed>,
    /// It was given on another desk.
    pub carried: bool,
}

impl Approval {
    /// What is signed: all that it says, and by which key, so that nothing of it can be another's.
    pub fn statement(&self, key: &str) -> String {
        let Self { subject, plan, by, origin, note, at, .. } = self;
        // Each text is quoted, so that none can pose as two.
        format!("switchback approval 1\n{}", serde_json::json!([subject, plan, by, origin, note, at.to_string(), key]))
    }
}

/// A yes, and whether its signature holds.
#[derive(Debug, Clone)]
pub struct Given {
    /// The yes.
    pub approval: Approval,
    /// It is signed, by the key that it names.
    pub proven: bool,
}

/// Why a yes does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Void {
    /// It is of who would start the deployment.
    Own,
    /// Of somebody else than those asked.
    NotAsked,
    /// Its key is not the one that the policy trusts.
    Untrusted,
    /// Its time is over.
    TooOld,
}

impl Void {
    /// What is said of who gave it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "would start it, and the own yes never counts",
            Self::NotAsked => "is not one of those asked",
            Self::Untrusted => "said yes without a key that the policy trusts",
            Self::TooOld => "said yes too long ago",
        }
    }

    fn said(self, by: &str) -> Said {
        match self {
            Self::Own => says::own_yes(by),
            Self::NotAsked => says::not_asked(by),
            Self::Untrusted => says::untrusted(by),
            Self::TooOld => says::too_old(by),
        }
    }
}

/// Why a yes does not count; nothing when it does.
pub fn void(wanted: &Wanted, given: &Given, requester: &str, now: Instant) -> Option<Void> {
    let Given { approval, proven } = given;
    let expires = approval.at.checked_add(wanted.expire).unwrap_or(Instant::MAX);
    let key = approval.sealed.as_ref().filter(|_| *proven).map(|sealed| &sealed.key);
    let trusted = match wanted.keys.get(&approval.by) {
        Some(keys) => key.is_some_and(|key| keys.contains(key)),
        None => !approval.carried,
    };
    if approval.by == requester {
        Some(Void::Own)
    } else if !wanted.of.contains(&approval.by) {
        Some(Void::NotAsked)
    } else if !trusted {
        Some(Void::Untrusted)
    } else if expires <= now {
        Some(Void::TooOld)
    } else {
        None
    }
}

/// The gate of the yeses that were given to a plan.
pub fn gate(wanted: &Wanted, given: &[Given], requester: &str, now: Instant) -> Gate {
    let mut counted = BTreeSet::new();
    let mut evidence = Vec::new();
    for one in given {
        match void(wanted, one, requester, now) {
            Some(void) => evidence.push(void.said(&one.approval.by)),
            None => {
                counted.insert(one.approval.by.as_str());
            }
        }
    }
    let need = usize::from(wanted.need);
    let enough = counted.len() >= need;
    let names: Vec<&str> = counted.iter().copied().collect();
    let missing: Vec<&str> =
        wanted.of.iter().map(String::as_str).filter(|name| !counted.contains(name) && *name != requester).collect();
    let told = if names.is_empty() {
        says::approvals(counted.len(), need)
    } else {
        says::approvals_by(counted.len(), need, names.join(", "))
    };
    let verdict = if enough { Verdict::Pass } else { Verdict::Fail };
    let mut gate = Gate::new(GateKind::Approvals, verdict, told);
    if !enough {
        gate.evidence.push(if missing.is_empty() { says::nobody_left() } else { says::missing(missing.join(" or ")) });
    }
    gate.evidence.append(&mut evidence);
    gate
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Instant {
        Instant::from_second(second).unwrap()
    }

    fn yes(by: &str, second: i64) -> Given {
        let approval = Approval {
            subject: "web/production 1.0".to_owned(),
            plan: "x".to_owned(),
            by: by.to_owned(),
            origin: "cli, desk".to_owned(),
            note: String::new(),
            at: at(second),
            sealed: None,
            carried: false,
        };
        Given { approval, proven: false }
    }

    fn signed(mut yes: Given, key: &str, proven: bool) -> Given {
        yes.approval.sealed = Some(Sealed { key: key.to_owned(), signature: String::new() });
        Given { proven, ..yes }
    }

    #[track_caller]
    fn check(given: &[Given], verdict: Verdict, told: &str) {
        let of = ["amara", "jonas", "sofie"].map(str::to_owned).to_vec();
        let wanted = Wanted { need: 2, of, expire: Duration::from_secs(100), keys: BTreeMap::new() };
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
            "1 of 2 approvals: amara; missing: sofie; jonas would start it, and the own yes never counts; mallory is not one of those \
             asked; sofie said yes too long ago",
        );
    }

    #[test]
    fn whoever_has_a_key_in_the_policy_is_believed_by_it_alone() {
        let keys = BTreeMap::from([("amara".to_owned(), vec!["hers".to_owned()])]);
        let of = ["amara", "sofie"].map(str::to_owned).to_vec();
        let wanted = Wanted { need: 1, of, expire: Duration::from_secs(100), keys };
        let counts = |given: &Given| void(&wanted, given, "jonas", at(1000)).is_none();
        assert!(!counts(&yes("amara", 990)), "not signed");
        assert!(!counts(&signed(yes("amara", 990), "hers", false)), "the signature does not hold");
        assert!(!counts(&signed(yes("amara", 990), "another", true)), "by another key");
        assert!(counts(&signed(yes("amara", 990), "hers", true)));
        // Without a key it counts where it was given, and not where it was carried to.
        let mut sofie = signed(yes("sofie", 990), "any", true);
        assert!(counts(&sofie));
        sofie.approval.carried = true;
        assert!(!counts(&sofie));
    }

    #[test]
    fn no_text_of_a_statement_can_pose_as_two() {
        let one = Approval { by: "a\",\"b".to_owned(), ..yes("x", 1).approval };
        let two = Approval { by: "a".to_owned(), origin: "b\",\"cli, desk".to_owned(), ..yes("x", 1).approval };
        assert_ne!(one.statement("k"), two.statement("k"));
    }
}
