//! What gates say.

use crate::{plan::Kind, said::Said};

/// A deployment's kind by its word.
pub fn kind(kind: Kind) -> Said {
    match kind {
        Kind::Deploy => deploy(),
        Kind::Rollback => rollback(),
        Kind::Adopt => adopt(),
        Kind::Withdraw => withdraw(),
    }
}

crate::sentences! {
    deploy() "deploy";
    rollback() "rollback";
    adopt() "adopt";
    withdraw() "withdrawal";
    no_deployment(target) "no deployment of {target} is under way";
    not_ended(kind, version, why, deployment) "{kind} of {version} has not ended: {why} (deployment {deployment})";
    runner_gone() "whoever ran it is gone; `switchback resume` finishes or undoes it";
    in_train(target, train) "{target} is in {train}, which has not ended";
    not_quarantined(release) "{release} is not quarantined";
    quarantined(release, why) "{release} is quarantined: {why}";
    like_quarantined(release, version, why) "{release} brings the same artifact, configuration and secrets as {version}, which is quarantined: {why}";
    like_quarantined_with_migrations(release, version, why) "{release} brings the same artifact, configuration, secrets and migrations as {version}, which is quarantined: {why}";
    not_paused(target) "{target} is not paused";
    paused(target, by, why) "{target} is paused after a rollback ({by}): {why}";
    opens(at) "opens {at}";
    no_freeze() "no freeze and no holiday";
    no_rule() "no rule closes it";
    nothing_started() "nothing is started or stopped";
    any_hour() "a way back is open at any hour";
    frozen(rule) "frozen {rule}";
    frozen_until(rule, at) "frozen {rule}, until {at}";
    holiday(rule) "holiday {rule}";
    holiday_until(rule, at) "holiday {rule}, until {at}";
    open_by(rule) "open: {rule}";
    open_until(rule, at) "open: {rule}, until {at}";
    denied(rule) "denied {rule}";
    denied_until(rule, at) "denied {rule}, until {at}";
    allowed(rule) "allowed {rule}";
    allowed_until(rule, at) "allowed {rule}, until {at}";
    allowed_only(rule) "allowed only {rule}";
    overridden(by, why) "overridden by {by}: {why}";
    item_open() "open";
    taken_back(by) "taken back by {by}";
    taken_back_for(by, note) "taken back by {by}: {note}";
    other_question(by, question) "{by} ticked another question: {question}";
    earlier_deployment() "ticked for an earlier deployment of this version";
    ticked(by) "ticked by {by}";
    ticked_with(by, note) "ticked by {by}: {note}";
    items_done(template, done, all) "{template}: {done} of {all} done";
    item(item, evidence) "{item}: {evidence}";
    item_no_data(item, evidence) "{item}: no data: {evidence}";
    own_yes(by) "{by} would start it, and the own yes never counts";
    not_asked(by) "{by} is not one of those asked";
    untrusted(by) "{by} said yes without a key that the policy trusts";
    too_old(by) "{by} said yes too long ago";
    approvals(given, need) "{given} of {need} approvals";
    approvals_by(given, need, names) "{given} of {need} approvals: {names}";
    missing(names) "missing: {names}";
    nobody_left() "missing: nobody is left to ask";
    no_release(version) "{version} is no release yet, so that nobody can say yes to it";
}
