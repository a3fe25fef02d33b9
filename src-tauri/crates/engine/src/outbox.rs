//! Delivers what the store's outbox holds. A failure never touches a deployment; it is retried, then given up openly.

use futures::future::try_join_all;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use switchback_core::{
    ident::Clock,
    port::{Ledger, LedgerError, Message, Notifier, NotifyError},
};

/// Wait before a failed delivery is tried again.
const RETRY: Duration = Duration::from_secs(30);

/// What became of a round.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Round {
    /// How many messages were delivered.
    pub delivered: usize,
    /// Why others were not, a line per reason; they are tried again, or given up in the audit.
    pub failures: std::collections::BTreeSet<String>,
}

/// Sends everything that is due, once: to all channels at the same time, to each the oldest first. A channel that does
/// not answer is not asked again in this round, so that a round takes no longer than the slowest answer, or than `patience`
/// where that is given; what got no answer by then stays in the outbox as any failure that passes.
pub async fn deliver_due(
    ledger: &dyn Ledger,
    clock: &dyn Clock,
    channels: &[Arc<dyn Notifier>],
    patience: Option<Duration>,
) -> Result<Round, LedgerError> {
    let mut due: BTreeMap<String, Vec<(i64, Message)>> = BTreeMap::new();
    for (id, channel, message) in ledger.outbox(clock.now()).await? {
        due.entry(channel).or_default().push((id, message));
    }
    let rounds = due.into_iter().map(|(name, messages)| async move {
        match channels.iter().find(|channel| channel.name() == name) {
            Some(channel) => deliver(ledger, clock, channel.as_ref(), messages, patience).await,
            None => give_up(ledger, clock, &name, messages).await,
        }
    });
    let mut all = Round::default();
    for round in try_join_all(rounds).await? {
        all.delivered += round.delivered;
        all.failures.extend(round.failures);
    }
    Ok(all)
}

async fn deliver(
    ledger: &dyn Ledger,
    clock: &dyn Clock,
    channel: &dyn Notifier,
    messages: Vec<(i64, Message)>,
    patience: Option<Duration>,
) -> Result<Round, LedgerError> {
    let mut round = Round::default();
    let give_up = patience.map(|patience| tokio::time::Instant::now() + patience);
    for (id, message) in messages {
        let Err(error) = sent(channel, &message, give_up).await else {
            round.delivered += 1;
            ledger.delivered(id, Ok(()), clock.now()).await?;
            continue;
        };
        let again = clock.now() + jiff::SignedDuration::from_secs(RETRY.as_secs().cast_signed());
        let failed = Err((error.to_string(), error.passing.then_some(again)));
        ledger.delivered(id, failed, clock.now()).await?;
        round.failures.insert(error.to_string());
        if error.passing {
            break;
        }
    }
    Ok(round)
}

/// Sends one message, for at most so long.
async fn sent(
    channel: &dyn Notifier,
    message: &Message,
    give_up: Option<tokio::time::Instant>,
) -> Result<(), NotifyError> {
    let Some(give_up) = give_up else { return channel.send(message).await };
    let late = |_| NotifyError { channel: channel.name(), why: "no answer yet".to_owned(), passing: true };
    tokio::time::timeout_at(give_up, channel.send(message)).await.map_err(late)?
}

async fn give_up(
    ledger: &dyn Ledger,
    clock: &dyn Clock,
    channel: &str,
    messages: Vec<(i64, Message)>,
) -> Result<Round, LedgerError> {
    for (id, _) in messages {
        let gone = Err((format!("{channel} is not configured any more"), None));
        ledger.delivered(id, gone, clock.now()).await?;
    }
    Ok(Round::default())
}
