//! Whether what is seen of a workload's pods is still of what was deployed: anybody may change it while it comes up.

use crate::{client::Place, differ, live::Live, record};
use switchback_core::{
    drift::{Difference, Part},
    failure::{Failure, FailureKind},
    plan::InstanceName,
};

/// Told where the workload says it is at the instance and its pods are made from something else than was written for it.
pub(crate) async fn interfered(place: &Place, name: &InstanceName) -> Result<Option<Failure>, Failure> {
    let Some(live) = place.find().await?.filter(|live| live.is_at(name)) else { return Ok(None) };
    let Some(kept) = record::kept(place, name).await? else { return Ok(None) };
    let wrote = live.having(kept.template);
    let mut all = differ::between(&wrote.template, &live.template, |path| live.hand(path));
    // A restart by hand starts the same again.
    all.retain(|one| !one.key.starts_with("metadata."));
    all.extend(image(place, &wrote, &live)?);
    let Some(first) = all.first() else { return Ok(None) };
    let workload = place.settings.reference();
    let by = first.hand.as_ref().map_or_else(|| "somebody".to_owned(), |hand| hand.by.clone());
    let said =
        format!("{workload} was changed while it was verified, so that nothing is known of this release: {first}");
    Ok(Some(Failure::new(FailureKind::Interfered { by }, said)))
}

fn image(place: &Place, wrote: &Live, live: &Live) -> Result<Option<Difference>, Failure> {
    let (before, now) = (wrote.container(&place.settings)?, live.container(&place.settings)?);
    let differs = before.image != now.image;
    Ok(differs.then(|| Difference {
        hand: live.hand(&["spec", "containers", &now.name, "image"]),
        ..Difference::new(Part::Setting, "image", before.image.as_deref(), now.image.as_deref())
    }))
}
