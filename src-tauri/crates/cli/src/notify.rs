//! Channels at the command line: whom they tell, and whether what is sent there arrives.

use crate::{
    args::{Format, Notify},
    output::{self, answer},
    run::Done,
};
use switchback_api::dto::ChannelView;
use switchback_core::port::DeliveryState;
use switchback_wiring::Wired;

/// The exit code when a channel does not take what is sent.
const UNREACHABLE: u8 = 6;

/// Lists channels, or sends a message to each of them first.
pub async fn notify(wired: &Wired, format: Format, asked: Notify) -> Done {
    let app = &wired.app;
    if matches!(asked, Notify::Test) {
        app.notify_test().await?;
        wired.courier.deliver().await?;
    }
    let channels = app.channels().await?;
    answer(format, &channels, |channels| table(channels));
    let lost = |one: &ChannelView| one.last.as_ref().is_some_and(|last| last.state.lost().is_some());
    Ok(if matches!(asked, Notify::Test) && channels.iter().any(lost) { UNREACHABLE } else { 0 })
}

fn table(channels: &[ChannelView]) -> String {
    let rows = channels.iter().map(|one| {
        let on: Vec<String> =
            one.on.iter().filter_map(|topic| Some(serde_json::to_value(topic).ok()?.as_str()?.to_owned())).collect();
        let last = one.last.as_ref().map_or_else(
            || "nothing yet".to_owned(),
            |last| match &last.state {
                DeliveryState::Arrived { at } => format!("arrived {at}"),
                DeliveryState::Waiting { next, error } => {
                    format!("again at {next}: {}", error.as_deref().unwrap_or("not tried yet"))
                }
                DeliveryState::GivenUp { error, .. } => format!("NOT ARRIVED: {error}"),
            },
        );
        [one.kind.clone(), one.detail.clone(), on.join(", "), last]
    });
    output::table(["CHANNEL", "TO", "ON", "LAST MESSAGE"], rows)
}
