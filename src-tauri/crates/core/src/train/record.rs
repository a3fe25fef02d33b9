//! What is written beside a train's event: its line of the audit, and what people are told. All of them name the train.

use super::{Back, Cause, Event, State, Train};
use crate::{ident::Actor, port::Topic, record::Audit};
use serde_json::{Value, json};

/// The line of the audit. `by` is who runs it now.
pub fn audit(train: &Train, event: &Event, by: &Actor) -> Audit {
    let cars = train.cars.len();
    let car = |index: usize| {
        let plan = train.cars.get(index);
        let named = plan.map(|plan| format!("{} {} ({}) ", plan.target.service, plan.version, plan.revision));
        format!("{}car {} of {cars} {}", named.unwrap_or_default(), index + 1, train.id.short())
    };
    let whole = || format!("{} of {cars} cars", train.id.short());
    let (what, subject, by, why) = match event {
        Event::Began => ("started", whole(), &train.by, train.reason.clone()),
        Event::CarBegan { car: at, .. } => ("car-started", car(*at), by, train.reason.clone()),
        Event::CarArrived { car: at } => ("car-arrived", car(*at), by, String::new()),
        Event::CarFailed { car: at, why, .. } => ("car-failed", car(*at), by, why.clone()),
        Event::UndoAsked { by, reason } => ("undo-asked", whole(), by, reason.clone()),
        Event::UndoBegan { car: at, .. } => ("car-turned", car(*at), by, String::new()),
        Event::CarBack { car: at, how } => ("car-undone", car(*at), by, came_back(*how)),
        Event::UndoFailed { car: at, why, .. } => ("stuck", car(*at), by, why.clone()),
        Event::Resumed { by } => ("resumed", whole(), by, String::new()),
        Event::Succeeded => ("succeeded", whole(), by, String::new()),
        Event::RolledBack => ("rolled-back", whole(), by, String::new()),
        Event::Aborted => ("aborted", whole(), by, "nothing was changed".to_owned()),
    };
    let after = match event {
        Event::Began => {
            let cars = train.cars.iter().map(|plan| {
                let before = plan.before.as_ref().map(|before| before.revision.0);
                json!({ "target": plan.target, "version": plan.version, "from": before, "to": plan.revision.0 })
            });
            json!({ "train": train.id.to_string(), "cars": cars.collect::<Vec<_>>() })
        }
        event => serde_json::to_value(event).unwrap_or(Value::Null),
    };
    Audit {
        by: by.clone(),
        action: format!("train.{what}"),
        subject,
        environment: Some(train.environment.to_string()),
        why,
        before: Value::Null,
        after,
    }
}

fn came_back(how: Back) -> String {
    match how {
        Back::NeverLeft => "its deployment never began".to_owned(),
        Back::ByItself => "its deployment undid itself".to_owned(),
        Back::RolledBack => "it was rolled back".to_owned(),
        Back::Already => "somebody had rolled it back already".to_owned(),
        Back::MovedOn { revision } => format!("somebody has moved it on to {revision} since: it is left there"),
    }
}

/// What people are told when a train ends: topic, one line, reason and evidence. Its cars tell of themselves.
pub fn told(train: &Train, state: &State) -> Option<(Topic, String, String)> {
    let name = format!("{}: {}", train.environment, train.id.short());
    let services: Vec<&str> = train.cars.iter().map(|plan| plan.target.service.as_str()).collect();
    let all = services.join(", ");
    match state {
        State::Succeeded => Some((Topic::Succeeded, format!("{name} arrived"), format!("{all} run what it brought"))),
        State::RolledBack { cause } => {
            let topic = if matches!(cause, Cause::Asked { .. }) { Topic::Succeeded } else { Topic::RolledBack };
            Some((topic, format!("{name} was undone"), format!("{}\n{all} stand where they stood before", cause.why())))
        }
        State::Stuck { why, instructions, .. } => {
            let subject = format!("{name} is stuck, a person is needed");
            Some((Topic::Stuck, subject, format!("{why}\n{}", instructions.join("\n"))))
        }
        State::Aborted { .. } | State::Running { .. } | State::RollingBack { .. } => None,
    }
}
