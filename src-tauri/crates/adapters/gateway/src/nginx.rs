//! nginx as a switchboard: write, check, reload, see it in force. What is refused is put back.

use crate::{
    block, census,
    command::{Place, refused},
    file::Managed,
};
use async_trait::async_trait;
use std::{path::PathBuf, sync::Arc, time::Duration};
use switchback_core::{
    failure::{Failure, FailureKind},
    name::Target,
    port::{Commander, Route, Switchboard, Upstream},
    strategy::{NginxHost, Router},
};

/// nginx on this machine or in a container.
#[derive(Clone, Default)]
pub struct Nginx {
    commander: Option<Arc<dyn Commander>>,
}

impl Nginx {
    /// The switchboard. Without a commander only an nginx of this machine can be reached.
    pub fn new(commander: Option<Arc<dyn Commander>>) -> Self {
        Self { commander }
    }

    /// Puts the configuration before nginx, which does not take it yet.
    async fn check(&self, place: &Place, file: &Managed, conf: &Conf<'_>, text: &str) -> Result<(), Failure> {
        file.begin(text)?;
        seen_inside(place, conf, text).await?;
        place.test().await
    }

    /// Whether there is anybody who would take it.
    async fn runs(place: &Place) -> Result<(), Failure> {
        let how = match place {
            Place::Local { test, .. } => (!census::there(place)).then(|| format!("checked by `{}`", test.join(" "))),
            Place::Container { name, commander } => {
                (!commander.runs(name).await?).then(|| format!("`docker start {name}`"))
            }
        };
        how.map_or(Ok(()), |how| Err(refused(format!("{} does not run: start it ({how})", place.who()))))
    }

    /// Takes it into service.
    async fn take(&self, place: &Place) -> Result<(), Failure> {
        let before = census::count(place).await?;
        place.reload().await?;
        if census::renewed(place, &before).await? {
            return Ok(());
        }
        Err(refused("nginx accepted the configuration, but its workers were not replaced; see its error log"))
    }
}

struct Conf<'a> {
    path: &'a PathBuf,
    upstream: &'a str,
    host: &'a NginxHost,
}

fn conf(router: &Router) -> Result<Conf<'_>, Failure> {
    match router {
        Router::Nginx { conf, upstream, host, .. } => Ok(Conf { path: conf, upstream, host }),
        Router::Tcp { .. } => Err(Failure::new(FailureKind::Other, "this router is no nginx")),
    }
}

/// A single file that is mounted into a container keeps its old content there when it is replaced outside; `nginx -t`
/// would then check, and the reload serve, the old one.
async fn seen_inside(place: &Place, conf: &Conf<'_>, text: &str) -> Result<(), Failure> {
    let Place::Container { name, .. } = place else { return Ok(()) };
    let path = conf.path.to_string_lossy();
    let seen = place.inside(&["cat", &path]).await?;
    if seen.code == 0 && seen.output.trim() == text.trim() {
        return Ok(());
    }
    Err(refused(format!(
        "{name} does not see {path} as it was written: mount its folder at the same path, not the file"
    )))
}

#[async_trait]
impl Switchboard for Nginx {
    async fn ready(&self, router: &Router, _: &Target) -> Result<(), Failure> {
        let place = Place::of(conf(router)?.host, self.commander.as_ref())?;
        Self::runs(&place).await?;
        place.equipped().await
    }

    async fn switch(&self, router: &Router, route: &Route) -> Result<(), Failure> {
        let conf = conf(router)?;
        let place = Place::of(conf.host, self.commander.as_ref())?;
        if route.upstreams.is_empty() {
            return Err(refused("an upstream without a server would serve nobody"));
        }
        let mut words = route.upstreams.iter().map(|upstream| upstream.host.as_str()).chain([conf.upstream]);
        if let Some(bad) = words.find(|word| !block::harmless(word)) {
            return Err(refused(format!("{bad:?} cannot stand in an nginx configuration")));
        }
        // Before anything is said of it: a file that is right already serves nobody by itself.
        Self::runs(&place).await?;
        let text = block::render(conf.upstream, route);
        let file = Managed::new(conf.path)?;
        if !file.pending() && file.read()?.as_deref() == Some(&text) {
            return Ok(());
        }
        if let Err(failure) = self.check(&place, &file, &conf, &text).await {
            file.restore()?;
            return Err(failure);
        }
        if let Err(failure) = self.take(&place).await {
            file.put_back()?;
            // The new one may be half in service. While no reload of the old one settled it, the switch is not over, and
            // whoever undoes it has to ask nginx again.
            if place.reload().await.is_ok() {
                file.finish()?;
            }
            return Err(failure);
        }
        file.finish()
    }

    async fn current(&self, router: &Router, target: &Target) -> Result<Option<Vec<Upstream>>, Failure> {
        let conf = conf(router)?;
        match Self::runs(&Place::of(conf.host, self.commander.as_ref())?).await {
            Err(failure) if failure.passing() => return Err(failure),
            Err(_) => return Ok(None),
            Ok(()) => {}
        }
        let text = Managed::new(conf.path)?.read()?;
        Ok(text.and_then(|text| block::parse(&text, target)))
    }

    async fn untouched(&self, router: &Router, target: &Target) -> Result<bool, Failure> {
        // A switch that nginx did not take is not over, and what it left is ours all the same: it is to be tried again.
        let file = Managed::new(conf(router)?.path)?;
        Ok(file.read()?.is_some_and(|text| block::ours(&text, target)))
    }

    async fn drained(&self, router: &Router, _: &Target, limit: Duration) -> Result<(), Failure> {
        let place = Place::of(conf(router)?.host, self.commander.as_ref())?;
        census::drained(&place, limit).await.map(|_| ())
    }
}
