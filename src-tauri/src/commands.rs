//! Calls of the window, by the one command list: each goes to `dispatch` and nowhere else.

use crate::{opening::Desk, streams};
use serde_json::{Value, json};
use switchback_api::{ApiError, commands as list};
use tauri::{
    Manager as _, Wry,
    ipc::{Invoke, InvokeBody},
};

/// Answers every command of the list, and the streams beside it.
pub fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    let streams: Box<dyn Fn(Invoke<Wry>) -> bool + Send + Sync> =
        Box::new(tauri::generate_handler![streams::subscribe, streams::unsubscribe]);
    move |invoke| match list::NAMES.iter().find(|name| **name == invoke.message.command()) {
        Some(name) => {
            answer(invoke, name);
            true
        }
        None => streams(invoke),
    }
}

fn answer(invoke: Invoke<Wry>, name: &'static str) {
    let Invoke { message, resolver, .. } = invoke;
    let desk = message.webview_ref().state::<Desk>().inner().clone();
    let request = match message.payload() {
        InvokeBody::Json(body) => body.get("request").cloned().unwrap_or(Value::Null),
        InvokeBody::Raw(_) => Value::Null,
    };
    resolver.respond_async_serialized(async move {
        let answer = Box::pin(run(&desk, name, request)).await.map_err(|error| json!(error))?;
        Ok(tauri::ipc::InvokeResponseBody::Json(answer.to_string()))
    });
}

async fn run(desk: &Desk, name: &str, request: Value) -> Result<Value, ApiError> {
    if name == "load_demo" {
        desk.load_demo().await?;
        return Ok(json!({ "targets": [] }));
    }
    let shown = desk.current().await?;
    // What somebody brings along is no part of the demo.
    let own = shown.own.as_deref().filter(|_| name.starts_with("import"));
    let open = own.unwrap_or(&shown);
    let answer = switchback_api::commands::dispatch(&open.app, name, request).await?;
    if name == "apply" {
        // Channels stand in the policy.
        open.courier.refresh().await?;
    }
    if let (Some(own), "import" | "import_workload") = (own, name) {
        desk.leave_demo(own);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_capability_allows_the_command_list_and_the_streams_and_nothing_else() {
        let capability: Value = serde_json::from_str(include_str!("../capabilities/main.json")).unwrap();
        let allowed: BTreeSet<String> = capability["permissions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|permission| permission.as_str().unwrap().to_owned())
            .collect();
        let listed = list::NAMES.iter().chain(&["subscribe", "unsubscribe"]);
        assert_eq!(allowed, listed.map(|name| format!("allow-{}", name.replace('_', "-"))).collect());
    }
}
