//! Delivers what the store's outbox holds. A failure never touches a deployment; it is retried, then given up openly.

use std::{collections::HashMap, sync::Arc, time::Duration};
use switchback_core::{
    ident::Clock,
    port::{Ledger, LedgerError, Notifier},
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

/// Sends everything that is due, once.
pub async fn deliver_due(
    ledger: &dyn Ledger,
    clock: &dyn Clock,
    channels: &[Arc<dyn Notifier>],
) -> Result<Round, LedgerError> {
    let by_name: HashMap<String, &Arc<dyn Notifier>> =
        channels.iter().map(|channel| (channel.name(), channel)).collect();
    let mut round = Round::default();
    for (id, channel, message) in ledger.outbox(clock.now()).await? {
        let Some(channel) = by_name.get(&channel) else {
            let gone = Err((format!("{channel} is not configured any more"), None));
            ledger.delivered(id, gone, clock.now()).await?;
            continue;
        };
        let outcome = match channel.send(&message).await {
            Ok(()) => {
                round.delivered += 1;
                Ok(())
            }
            Err(error) => {
                let retry =
                    error.passing.then(|| clock.now() + jiff::SignedDuration::from_secs(RETRY.as_secs().cast_signed()));
                round.failures.insert(error.to_string());
                Err((error.to_string(), retry))
            }
        };
        ledger.delivered(id, outcome, clock.now()).await?;
    }
    Ok(round)
}
