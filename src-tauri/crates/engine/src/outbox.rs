//! Delivers what the store's outbox holds. A failure never touches a deployment; it is retried, then given up openly.

use std::{collections::HashMap, sync::Arc, time::Duration};
use switchback_core::{
    ident::Clock,
    port::{Ledger, LedgerError, Notifier},
};

/// Wait before a failed delivery is tried again.
const RETRY: Duration = Duration::from_secs(30);

/// Sends everything that is due, once. Returns how many were delivered.
pub async fn deliver_due(
    ledger: &dyn Ledger,
    clock: &dyn Clock,
    channels: &[Arc<dyn Notifier>],
) -> Result<usize, LedgerError> {
    let by_name: HashMap<String, &Arc<dyn Notifier>> =
        channels.iter().map(|channel| (channel.name(), channel)).collect();
    let mut delivered = 0;
    for (id, channel, message) in ledger.outbox(clock.now()).await? {
        let Some(channel) = by_name.get(&channel) else {
            let gone = Err((format!("{channel} is not configured any more"), None));
            ledger.delivered(id, gone, clock.now()).await?;
            continue;
        };
        let outcome = match channel.send(&message).await {
            Ok(()) => {
                delivered += 1;
                Ok(())
            }
            Err(error) => {
                let retry =
                    error.passing.then(|| clock.now() + jiff::SignedDuration::from_secs(RETRY.as_secs().cast_signed()));
                Err((error.to_string(), retry))
            }
        };
        ledger.delivered(id, outcome, clock.now()).await?;
    }
    Ok(delivered)
}
