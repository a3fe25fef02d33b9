//! The engine's events as lifecycle events of one target.
//!
//! The client's event stream connects only when it is first polled. So that nothing is missed, the engine is asked for
//! its time first and the stream for all events since then: the engine replays what lies between.

use crate::{client::Client, label, trouble::Said as _};
use bollard::{
    models::{EventMessage, EventMessageTypeEnum},
    query_parameters::EventsOptions,
};
use futures::{
    StreamExt as _,
    stream::{BoxStream, Peekable},
};
use std::{
    collections::{HashMap, HashSet},
    pin::Pin,
    time::Duration,
};
use switchback_core::{
    failure::{Failure, FailureKind},
    name::Target,
    plan::InstanceName,
    port::{Lifecycle, LifecycleEvent},
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Events a slow reader may be behind; the engine waits beyond it.
const BEHIND: usize = 1024;
/// 128 + SIGKILL: how a program ends that the kernel kills for memory.
const KILLED: i64 = 137;
/// The signals that end a program: interrupt, quit, kill, terminate.
const ENDS: [&str; 4] = ["2", "3", "9", "15"];
/// How long the engine's word that it was for memory may come after the end, where the container has a limit.
const LATE: Duration = Duration::from_millis(500);

type Item = Result<LifecycleEvent, Failure>;
type Messages = Peekable<BoxStream<'static, Result<EventMessage, bollard::errors::Error>>>;

/// Lifecycle events from now on.
pub(crate) async fn watch(client: Client, target: &Target) -> Result<BoxStream<'static, Item>, Failure> {
    let options = from_now_on(&client, label::filter(target)).await?;
    let (sender, receiver) = mpsc::channel(BEHIND);
    tokio::spawn(follow(client, options, sender));
    Ok(ReceiverStream::new(receiver).boxed())
}

/// What begins or ends a container's work.
const TURNS: [&str; 5] = ["start", "die", "pause", "unpause", "destroy"];

/// Ticks with each start and end of a container by its name, from now on, until the engine goes away.
pub(crate) async fn comes_and_goes(client: Client, name: &str) -> Result<BoxStream<'static, ()>, Failure> {
    let turns = TURNS.map(str::to_owned).to_vec();
    let filters = [("container".to_owned(), vec![name.to_owned()]), ("event".to_owned(), turns)].into();
    let options = from_now_on(&client, filters).await?;
    let there = |event: &Result<EventMessage, _>| futures::future::ready(event.is_ok());
    Ok(client.events(Some(options)).take_while(there).map(|_| ()).boxed())
}

/// Events of containers, none of those since the engine's own now left out.
async fn from_now_on(client: &Client, mut filters: HashMap<String, Vec<String>>) -> Result<EventsOptions, Failure> {
    let info = client.info().await.map_err(|error| error.on(client.endpoint()))?;
    let now = crate::state::instant(info.system_time.as_deref()).ok_or_else(|| {
        Failure::new(FailureKind::Other, format!("the engine at {} does not tell its time", client.endpoint()))
    })?;
    filters.insert("type".to_owned(), vec!["container".to_owned()]);
    let since = Some(format!("{}.{:09}", now.as_second(), now.subsec_nanosecond()));
    Ok(EventsOptions { since, until: None, filters: Some(filters) })
}

/// What was said of instances before they ended.
#[derive(Default)]
struct Signs {
    out_of_memory: HashSet<InstanceName>,
    asked: HashSet<InstanceName>,
}

async fn follow(client: Client, options: EventsOptions, sender: mpsc::Sender<Item>) {
    let mut events: Messages = client.events(Some(options)).boxed().peekable();
    let mut signs = Signs::default();
    loop {
        let event = tokio::select! {
            // Nobody listens any more.
            () = sender.closed() => return,
            event = events.next() => event,
        };
        let item = match event {
            Some(Ok(message)) => match translate(&client, &message, &mut events, &mut signs).await {
                Some(event) => Ok(event),
                None => continue,
            },
            Some(Err(error)) => Err(error.unreachable(client.endpoint())),
            None => Err(ended(&client)),
        };
        let last = item.is_err();
        if sender.send(item).await.is_err() || last {
            return;
        }
    }
}

fn ended(client: &Client) -> Failure {
    let endpoint = client.endpoint().to_string();
    let said = format!("the engine at {endpoint} went away while it was watched");
    Failure::new(FailureKind::Unreachable { endpoint }, said)
}

async fn translate(
    client: &Client,
    message: &EventMessage,
    later: &mut Messages,
    signs: &mut Signs,
) -> Option<LifecycleEvent> {
    if message.typ != Some(EventMessageTypeEnum::CONTAINER) {
        return None;
    }
    let attributes = message.actor.as_ref()?.attributes.as_ref()?;
    let instance = InstanceName(named(message)?.to_owned());
    let what = match message.action.as_deref()? {
        "start" => {
            signs.out_of_memory.remove(&instance);
            signs.asked.remove(&instance);
            Lifecycle::Started
        }
        "oom" => {
            signs.out_of_memory.insert(instance);
            return None;
        }
        // A signal through the engine: by somebody's wish, or because it goes itself.
        "kill" if attributes.get("signal").is_some_and(|signal| ENDS.contains(&signal.as_str())) => {
            signs.asked.insert(instance);
            return None;
        }
        "die" if signs.asked.remove(&instance) => Lifecycle::Stopped,
        "die" => {
            let code = attributes.get("exitCode").and_then(|text| text.parse().ok());
            let killed = code == Some(KILLED);
            let out_of_memory =
                signs.out_of_memory.remove(&instance) || (killed && for_memory(client, &instance, later).await);
            Lifecycle::Exited { code, out_of_memory }
        }
        "health_status: healthy" => Lifecycle::Health { healthy: true },
        "health_status: unhealthy" => Lifecycle::Health { healthy: false },
        "destroy" => Lifecycle::Removed,
        _ => return None,
    };
    Some(LifecycleEvent { instance, what })
}

/// The container's name in an event.
fn named(message: &EventMessage) -> Option<&str> {
    message.actor.as_ref()?.attributes.as_ref()?.get("name").map(String::as_str)
}

/// Whether a container that was killed ended for memory, where no event said so before its end: then its state does, or the
/// next event about it.
async fn for_memory(client: &Client, instance: &InstanceName, later: &mut Messages) -> bool {
    let Ok(Some(found)) = client.inspect(instance).await else { return false };
    if found.state.and_then(|state| state.oom_killed).unwrap_or(false) {
        return true;
    }
    let limited = found.host_config.and_then(|host| host.memory).is_some_and(|bytes| bytes > 0);
    let next = limited.then(|| tokio::time::timeout(LATE, Pin::new(later).peek()));
    let Some(next) = next else { return false };
    matches!(next.await, Ok(Some(Ok(message)))
        if message.action.as_deref() == Some("oom") && named(message) == Some(instance.0.as_str()))
}
