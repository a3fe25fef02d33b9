//! Approvals between desks, as texts that people carry: a request with all that would be done, and a signed yes to it.
//!
//! Both come from outside: they are bounded, read strictly, and believed for what can be checked. A request's hash is
//! computed from what it says would be done, so that nobody signs what was not shown.

use super::{asked, subject, with_keys};
use crate::{
    Answer, ApiError, App,
    changes::Changes,
    dto::{ApprovalView, RequestView, SignedView},
    word,
};
use jiff::ToSpan as _;
use serde::{Deserialize, Serialize};
use switchback_core::{
    gate::{Approval, Wanted},
    ident::Instant,
    name::Target,
    plan::Plan,
    port::Sealed,
};
use switchback_policy::Document;

/// The longest request read, in bytes: a policy's two sides fit in.
const LONGEST_REQUEST: usize = 3 * 1024 * 1024;
/// The longest yes read.
const LONGEST_YES: usize = 64 * 1024;
/// How far two desks' clocks may be apart, in minutes.
const APART: i64 = 5;

/// Somebody asks for a yes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Request {
    /// The format, and its version.
    pub switchback: RequestMark,
    /// Who asks; the own yes never counts.
    pub by: String,
    /// What for.
    pub what: Wish,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum RequestMark {
    #[serde(rename = "approval request 1")]
    One,
}

/// What a yes is asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum Wish {
    /// To this deployment.
    Deploy(Box<Plan>),
    /// To this change of the policy.
    Policy(super::changing::Change),
}

/// A signed yes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Yes {
    switchback: YesMark,
    subject: String,
    plan: String,
    by: String,
    origin: String,
    note: String,
    at: Instant,
    key: String,
    signature: String,
}

#[derive(Debug, Serialize, Deserialize)]
enum YesMark {
    #[serde(rename = "approval 1")]
    One,
}

impl App {
    /// Asks for a yes to deploying a version as it would be deployed now: a text for another desk.
    pub async fn approval_request(&self, target: &str, version: &str) -> Answer<String> {
        let (document, _) = self.document().await?;
        asked(&document, &crate::app::target(target)?)?;
        let hash = Box::pin(self.plan_deploy(target, version)).await?.plan_hash;
        let plan = self.ports().ledger.proposed(&hash).await?;
        self.request(Wish::Deploy(Box::new(plan)))
    }

    pub(super) fn request(&self, what: Wish) -> Answer<String> {
        let request = Request { switchback: RequestMark::One, by: self.actor.name.clone(), what };
        serde_json::to_string_pretty(&request).map_err(|error| ApiError::new("internal", error.to_string()))
    }

    /// Writes a request or a signed yes into a file of its own, to be carried; nothing else is written. Returns its path.
    pub async fn approval_save(&self, text: &str) -> Answer<String> {
        let what = match (read_request(text), read_yes(text)) {
            (Ok(_), _) => "request",
            (_, Ok(_)) => "approval",
            (Err(error), _) => return Err(error),
        };
        let folder = self.home.path.join("exports");
        let now = self.ports().clock.now().strftime("%Y-%m-%d-%H%M%S");
        let path = folder.join(format!("{what}-{now}.json"));
        let failed = |error| ApiError::new("home_unusable", format!("{}: {error}", path.display()));
        tokio::fs::create_dir_all(&folder).await.map_err(failed)?;
        tokio::fs::write(&path, text).await.map_err(failed)?;
        Ok(path.display().to_string())
    }

    /// What a request from another desk asks for. Nothing is signed by that.
    #[allow(clippy::unused_async, reason = "every command of the list is awaited")]
    pub async fn approval_look(&self, request: &str) -> Answer<RequestView> {
        let request = read_request(request)?;
        Ok(match &request.what {
            Wish::Deploy(plan) => {
                let old = plan.before.as_ref().map(|before| &before.workload);
                let Changes { config, secrets, settings } = Changes::between(old, &plan.workload);
                RequestView {
                    subject: subject(&plan.target, &plan.version),
                    plan_hash: plan.hash().to_string(),
                    by: request.by,
                    from: plan.before.as_ref().map(|before| format!("{} {}", before.revision, before.version)),
                    artifact: Some(plan.workload.artifact.brief()),
                    changes: [config, secrets, settings].concat(),
                    lines: plan
                        .steps
                        .iter()
                        .map(|step| format!("{} {}", word::action(&step.action), word::detail(&step.action)))
                        .collect(),
                }
            }
            Wish::Policy(change) => RequestView {
                subject: super::changing::SUBJECT.to_owned(),
                plan_hash: change.hash(),
                by: request.by,
                from: None,
                artifact: None,
                changes: Vec::new(),
                lines: change.lines()?,
            },
        })
    }

    /// Signs a yes to exactly what a request says. `seen` is the hash that the person saw.
    pub async fn approval_sign(&self, request: &str, note: &str, seen: Option<&str>) -> Answer<SignedView> {
        let looked = self.approval_look(request).await?;
        if looked.by == self.actor.name {
            return Err(own(&looked.by));
        }
        if seen.is_some_and(|seen| seen != looked.plan_hash) {
            return Err(other_plan("the request is not the one that was looked at"));
        }
        // Asked for first: without a keychain there is no signature, and a yes without one is worth nothing elsewhere.
        self.seal.key().await?;
        let approval = self.signed(looked.subject, looked.plan_hash, note).await;
        let Some(Sealed { key, signature }) = approval.sealed.clone() else {
            return Err(ApiError::new("keychain", "the keychain gave its key and did not sign"));
        };
        let mut audit = self.audit_line("approval.signed", approval.subject.clone(), &approval.note);
        audit.after = serde_json::json!({ "plan": approval.plan, "for": looked.by, "key": key });
        self.ports().ledger.note(&audit).await?;
        let Approval { subject, plan, by, origin, note, at, .. } = approval;
        let yes = Yes { switchback: YesMark::One, subject, plan, by, origin, note, at, key, signature };
        let text = serde_json::to_string_pretty(&yes).map_err(|error| ApiError::new("internal", error.to_string()))?;
        Ok(SignedView { subject: yes.subject, plan_hash: yes.plan, by: yes.by, at: yes.at, text })
    }

    /// Takes in a yes that was signed on another desk, once all of it is checked.
    pub async fn approval_import(&self, text: &str) -> Answer<ApprovalView> {
        let approval = read_yes(text)?;
        let (document, _) = self.document().await?;
        // First, so that nothing is asked or planned for a text that anybody may have written.
        if !self.proven(&approval) {
            return Err(ApiError::new("approval_tampered", "its signature does not fit what it says")
                .with("who", &approval.by)
                .hint("Ask for it once more, and carry it as it is."));
        }
        let key = approval.sealed.as_ref().map(|sealed| sealed.key.clone()).unwrap_or_default();
        let known = document.people.get(&approval.by);
        if !known.is_some_and(|person| person.keys.iter().any(|one| one.as_str() == key)) {
            let by = &approval.by;
            return Err(ApiError::new(
                "approval_key_unknown",
                format!("the policy does not name this key for {by}: {key}"),
            )
            .with("who", by)
            .hint(format!(
                "Where {by} confirms that it is theirs, add it under `people: {{ {by}: {{ keys: [\"{key}\"] }} }}`."
            )));
        }
        let wanted = self.wanted_for(&document, &approval).await?;
        if !wanted.of.contains(&approval.by) {
            let why = format!("{} is not one of {}", approval.by, wanted.of.join(", "));
            return Err(ApiError::new("not_an_approver", why).with("who", &approval.by));
        }
        if approval.by == self.actor.name {
            return Err(own(&approval.by));
        }
        self.of_today(&approval, &wanted)?;
        if self.gatebook.approvals(&approval.plan).await?.iter().any(|one| one.sealed == approval.sealed) {
            return Ok(ApprovalView::new(&approval, &wanted));
        }
        let mut audit = self.audit_line("approval.imported", approval.subject.clone(), &approval.note);
        audit.environment =
            approval.subject.split([' ', '/']).nth(1).filter(|_| approval.subject.contains('/')).map(str::to_owned);
        audit.after =
            serde_json::json!({ "plan": approval.plan, "by": approval.by, "from": approval.origin, "key": key });
        self.gatebook.approve(&approval, self.ports().clock.now(), &audit).await?;
        Ok(ApprovalView::new(&approval, &wanted))
    }

    /// What is asked for where the yes belongs, once it is for what would be done now.
    async fn wanted_for(&self, document: &Document, approval: &Approval) -> Answer<Wanted> {
        if approval.subject == super::changing::SUBJECT {
            let spec = document.policy.approvals.as_ref();
            return spec.map(|spec| with_keys(document, spec)).ok_or_else(super::changing::not_asked);
        }
        let (target, version) = approval.subject.split_once(' ').ok_or_else(|| unreadable("what it is for"))?;
        let target: Target = crate::app::target(target)?;
        let wanted = asked(document, &target)?;
        if Box::pin(self.plan_deploy(&target.to_string(), version)).await?.plan_hash != approval.plan {
            let why = format!("it is for another plan than what deploying {} would do now", approval.subject);
            return Err(other_plan(&why));
        }
        Ok(wanted)
    }

    fn of_today(&self, approval: &Approval, wanted: &Wanted) -> Answer<()> {
        let now = self.ports().clock.now();
        let expired = |why: String| {
            ApiError::new("approval_expired", why).with("who", &approval.by).hint("Ask for it once more.")
        };
        if approval.at.checked_add(wanted.expire).unwrap_or(Instant::MAX) <= now {
            return Err(expired(format!("{} said yes at {}, which is too long ago", approval.by, approval.at)));
        }
        if approval.at > now.checked_add(APART.minutes()).unwrap_or(now) {
            let why = format!("it was given at {}, which is yet to come: one of the two clocks is wrong", approval.at);
            return Err(expired(why));
        }
        Ok(())
    }
}

fn own(by: &str) -> ApiError {
    ApiError::new("approval_own", format!("{by} asked for it, and the own yes never counts"))
        .with("who", by)
        .hint("Carry the request to the desk of somebody else who may approve.")
}

fn other_plan(why: &str) -> ApiError {
    ApiError::new("approval_other_plan", why)
        .hint("Make a new request (`switchback approval request`) and have that signed.")
}

fn unreadable(what: &str) -> ApiError {
    ApiError::new("bad_input", format!("{what} cannot be read in it"))
        .hint("Give the whole text as `switchback approval` wrote it.")
}

fn read_request(text: &str) -> Answer<Request> {
    if text.len() > LONGEST_REQUEST {
        return Err(ApiError::new("bad_input", "it is too long for a request"));
    }
    serde_json::from_str(text).map_err(|error| {
        let signed = serde_json::from_str::<Yes>(text).is_ok();
        let (what, hint) = if signed {
            ("this is an approval, signed already".to_owned(), "`switchback approval import` takes it in.")
        } else {
            let what = format!("this is no request for an approval: {error}");
            (what, "Give the whole text as `switchback approval request` wrote it.")
        };
        ApiError::new("bad_input", what).hint(hint)
    })
}

fn read_yes(text: &str) -> Answer<Approval> {
    if text.len() > LONGEST_YES {
        return Err(ApiError::new("bad_input", "it is too long for an approval"));
    }
    let yes: Yes = serde_json::from_str(text).map_err(|error| {
        let asked = serde_json::from_str::<Request>(text).is_ok();
        let (what, hint) = if asked {
            let what = "this is the request, which nobody has signed yet".to_owned();
            (what, "`switchback approval sign` at the desk of somebody who may approve makes an approval of it.")
        } else {
            (format!("this is no approval: {error}"), "Give the whole text as `switchback approval sign` wrote it.")
        };
        ApiError::new("bad_input", what).hint(hint)
    })?;
    let Yes { switchback: YesMark::One, subject, plan, by, origin, note, at, key, signature } = yes;
    let sealed = Some(Sealed { key, signature });
    Ok(Approval { subject, plan, by, origin, note, at, sealed, carried: true })
}
