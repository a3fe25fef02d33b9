//! The audit entries the store composes itself, because the port gives it none for these acts.

use crate::table::request::Request;
use serde_json::{Value, json};
use switchback_core::{
    ident::Actor,
    name::Target,
    plan::Plan,
    port::{Message, Owner},
    record::{Audit, subject},
};

/// A lease changed hands without having been given back.
pub fn taken_over(target: &Target, from: &Owner, to: &Owner, message: &str) -> Audit {
    Audit {
        by: Actor { name: to.label.clone(), origin: to.host.clone() },
        action: "lease.taken-over".to_owned(),
        subject: target.to_string(),
        environment: Some(target.environment.to_string()),
        why: message.to_owned(),
        before: json!({ "label": from.label, "host": from.host, "pid": from.pid }),
        after: json!({ "label": to.label, "host": to.host, "pid": to.pid }),
    }
}

/// A person asked something of a deployment. `requested`, not the journal's own `abort-asked`, which says that the
/// executor has seen it.
pub fn asked(plan: &Plan, what: Request, by: &Actor, reason: &str) -> Audit {
    let kind = plan.kind.word();
    let what = match what {
        Request::Abort => "abort-requested",
        Request::Confirm => "confirmed",
    };
    Audit {
        by: by.clone(),
        action: format!("{kind}.{what}"),
        subject: subject(plan),
        environment: Some(plan.target.environment.to_string()),
        why: reason.to_owned(),
        before: Value::Null,
        after: json!({ "deployment": plan.deployment.to_string() }),
    }
}

/// A message will never arrive.
pub fn given_up(channel: &str, message: &Message, error: &str) -> Audit {
    Audit {
        by: Actor { name: "switchback".to_owned(), origin: channel.to_owned() },
        action: "message.given-up".to_owned(),
        subject: message.subject.clone(),
        environment: message.target.split_once('/').map(|(_, environment)| environment.to_owned()),
        why: error.to_owned(),
        before: Value::Null,
        after: json!({ "message": message.id.to_string(), "channel": channel }),
    }
}
