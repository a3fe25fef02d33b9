//! What a release manager looks at without changing anything: what programs print now, and how two revisions differ.

use crate::{
    Answer, ApiError, App, app,
    changes::Changes,
    dto::{Change, DiffView, ImageChange, InstanceLog, LogView},
};
use switchback_core::{ident::RevisionNumber, mask::Mask, name::Target, plan::Before, port::RevisionRow};

/// Most lines of an instance that are given at once.
const MOST_LINES: u32 = 10_000;

impl App {
    /// The last `lines` lines of every instance that serves a target. The values of its secrets are taken out; where the
    /// keychain does not give one, nobody can tell where it stands, and nothing is shown.
    pub async fn logs(&self, target: &str, lines: u32) -> Answer<Vec<InstanceLog>> {
        let target = app::target(target)?;
        let current = self.serving(&target).await?;
        let mut values = Vec::new();
        for secret in current.workload.secrets.values() {
            values.push(self.ports().secrets.get(secret).await?);
        }
        let mask = Mask::of(&values);
        let settings = &current.workload.settings;
        let runtime = self.runtime(settings.kind())?;
        let lines = usize::try_from(lines.clamp(1, MOST_LINES)).unwrap_or(usize::MAX);
        let mut all = Vec::new();
        for instance in &current.instances {
            let log = runtime.logs(settings, instance, lines).await?;
            let shown = log.iter().map(|line| LogView::new(line, mask.text(&line.text), false));
            all.push(InstanceLog { instance: instance.to_string(), lines: shown.collect() });
        }
        Ok(all)
    }

    /// How one revision differs from another: from the one before what runs, to what runs, where they are not named.
    pub async fn diff(&self, target: &str, from: Option<u32>, to: Option<u32>) -> Answer<DiffView> {
        let target = app::target(target)?;
        let to = match to {
            Some(number) => RevisionNumber(number),
            None => self.serving(&target).await?.revision,
        };
        let from = match from {
            Some(number) => RevisionNumber(number),
            None => self.prior(&target, Some(to), None).await?,
        };
        let (before, after) = (self.at(&target, from).await?, self.at(&target, to).await?);
        let Changes { config, secrets, settings } = Changes::between(Some(&before.workload), &after.workload);
        let schema = |row: &RevisionRow| row.workload.schema.as_ref()?.last().map(str::to_owned);
        let schema = Change { key: "schema".to_owned(), before: schema(&before), after: schema(&after) };
        Ok(DiffView {
            target: target.to_string(),
            from: from.0,
            from_version: before.version.clone(),
            to: to.0,
            to_version: after.version.clone(),
            image: ImageChange {
                before: Some(before.workload.artifact.brief()),
                after: after.workload.artifact.brief(),
            },
            config,
            secrets,
            settings,
            schema: Some(schema).filter(|schema| schema.before != schema.after),
        })
    }

    /// What serves a target as it is recorded.
    pub(crate) async fn serving(&self, target: &Target) -> Answer<Before> {
        if let Some(current) = self.history.target(target).await?.current {
            return Ok(current);
        }
        self.declared(target).await?;
        Err(ApiError::new("not_found", format!("nothing of {target} runs"))
            .with("what", target)
            .hint("Deploy a release first."))
    }

    async fn at(&self, target: &Target, revision: RevisionNumber) -> Answer<RevisionRow> {
        Ok(self.history.revision(target, revision).await?)
    }
}
