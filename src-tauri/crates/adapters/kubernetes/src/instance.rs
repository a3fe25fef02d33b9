//! One instance's life: its objects are made, the workload moves to it, moves away, and its objects go.

use crate::{
    apply, check,
    client::Place,
    configs, label,
    live::Live,
    pods,
    record::{self, Kept},
    replicas,
};
use switchback_core::{
    failure::{Failure, FailureKind},
    plan::{InstanceName, InstanceSpec},
    port::{Arrival, ResolvedSecrets},
};

/// Makes its objects; the workload stays where it is. That the cluster would take the move is asked beforehand.
pub(crate) async fn create(place: &Place, spec: &InstanceSpec, secrets: &ResolvedSecrets) -> Result<Arrival, Failure> {
    let (live, record) = tokio::try_join!(place.live(), record::find(place, &spec.name))?;
    if let Some(record) = record {
        let made = record::says(&record, label::CONTENT);
        if made != Some(&spec.workload.digest().0) {
            let said = format!("{} is in the cluster with another content", spec.name);
            return Err(Failure::new(FailureKind::Other, said));
        }
        return Ok(Arrival::Already);
    }
    make(place, &live, spec, secrets).await?;
    Ok(Arrival::Done)
}

async fn make(
    place: &Place,
    live: &Live,
    spec: &InstanceSpec,
    secrets: &ResolvedSecrets,
) -> Result<Vec<String>, Failure> {
    let manifest = record::manifest(place).await?;
    let at = manifest.map_or_else(|| live.clone(), |manifest| live.having(manifest.template));
    let taken = check::own_variables(at.container(&place.settings)?, &spec.workload);
    apply::apply(place, live, spec, &taken, true).await?;
    record::make(place, live, spec, secrets, &taken).await?;
    Ok(taken)
}

/// Moves the workload to it. What somebody deleted of its objects is made anew first.
pub(crate) async fn start(place: &Place, spec: &InstanceSpec, secrets: &ResolvedSecrets) -> Result<Arrival, Failure> {
    let (live, record) = tokio::try_join!(place.live(), record::find(place, &spec.name))?;
    let taken = match record {
        Some(record) if record::is_adopted(&record) => return start_adopted(place, &live, &spec.name).await,
        Some(record) => record::taken(&record),
        None => make(place, &live, spec, secrets).await?,
    };
    if apply::is_applied(place, &live, spec)? {
        // Whoever applied it may have died right after.
        record::keep_first(place, &live, spec).await?;
        pods::unblock(place, &live, Some(&spec.name)).await?;
        return Ok(Arrival::Already);
    }
    let old = live.instance().filter(|old| *old != spec.name);
    let whole = match record::manifest(place).await? {
        Some(manifest) => Some(manifest),
        None => Box::pin(put_back(place, &live, old.as_ref(), spec)).await?,
    };
    if let Some(Kept { template, replicas, rules, configs, .. }) = whole {
        configs::put_back(place, &live, &configs).await?;
        let template = apply::moved(template, place, &live, spec)?;
        apply::restore(place, &template, replicas, rules.as_ref()).await?;
    }
    let moved = apply::apply(place, &live, spec, &taken, false).await?;
    record::keep_first(place, &moved, spec).await?;
    pods::unblock(place, &moved, Some(&spec.name)).await?;
    record::mark(place, &spec.name, label::STARTED, moved.moved()).await;
    if let Some(old) = old {
        record::mark(place, &old, label::ENDED, moved.moved()).await;
    }
    Ok(Arrival::Done)
}

/// Puts back what was taken over, word for word, so that pods of it that are still there serve on.
async fn start_adopted(place: &Place, live: &Live, name: &InstanceName) -> Result<Arrival, Failure> {
    let lacks = || Failure::new(FailureKind::Other, format!("what {name} was is not recorded in the cluster any more"));
    let Kept { template, .. } = record::kept(place, name).await?.ok_or_else(lacks)?;
    if live.template == template {
        pods::unblock(place, live, Some(name)).await?;
        return Ok(Arrival::Already);
    }
    let moved = apply::restore(place, &template, None, None).await?;
    pods::unblock(place, &moved, Some(name)).await?;
    if let Some(old) = live.instance().filter(|old| old != name) {
        record::mark(place, &old, label::ENDED, moved.moved()).await;
    }
    Ok(Arrival::Done)
}

/// The whole template of the instance the workload is at, when what is started is the same revision again: somebody
/// changed it by hand, and what is recorded is put back, the manifest's own fields, rules and ConfigMaps with it. The number
/// of pods comes with it where a person changed it.
async fn put_back(
    place: &Place,
    live: &Live,
    old: Option<&InstanceName>,
    spec: &InstanceSpec,
) -> Result<Option<Kept>, Failure> {
    let Some(old) = old else { return Ok(None) };
    let (kept, record) = tokio::try_join!(record::kept(place, old), record::find(place, old))?;
    let Some(mut kept) = kept.filter(|kept| kept.is_of(record.as_ref(), spec)) else { return Ok(None) };
    kept.replicas = replicas::changed(place, live, &kept).await?.and(kept.replicas);
    Ok(Some(kept))
}

/// Puts the workload back to what it was before it was moved to it.
pub(crate) async fn stop(place: &Place, name: &InstanceName) -> Result<Arrival, Failure> {
    let Some(live) = place.find().await?.filter(|live| live.is_at(name)) else { return Ok(Arrival::Already) };
    let Kept { template, replicas, .. } = record::before(place, name).await?;
    // Others' number of pods is left to them.
    let moved = apply::restore(place, &template, replicas.filter(|_| live.counts_by_us()), None).await?;
    pods::unblock(place, &moved, None).await?;
    record::mark(place, name, label::ENDED, moved.moved()).await;
    Ok(Arrival::Done)
}

/// Deletes its objects.
pub(crate) async fn remove(place: &Place, name: &InstanceName) -> Result<Arrival, Failure> {
    stop(place, name).await?;
    Ok(if record::delete(place, name).await? { Arrival::Done } else { Arrival::Already })
}
