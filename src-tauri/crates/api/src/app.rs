//! The application: the ports, wired, with the identity of who uses them.

use crate::{Answer, ApiError, dto::Resumed, readiness::Known};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};
use switchback_core::{
    ident::{Actor, DeploymentId},
    name::Target,
    port::{
        Agenda, Drillbook, Gatebook, History, JournalsApart, LedgerError, Message, Outside, Proofbook, Runtime, Seal,
        Topic, Trainbook,
    },
    record::Audit,
    schema::OnLoss,
    workload::{RuntimeKind, Settings},
};
use switchback_engine::{Engine, Ports};
use switchback_policy::Document;

/// Where this installation lives.
#[derive(Debug, Clone)]
pub struct Home {
    /// The directory.
    pub path: PathBuf,
    /// It shows the living demo.
    pub demo: bool,
}

/// The store, by what is asked of it beside the journal.
pub struct Books {
    /// What has been.
    pub history: Arc<dyn History>,
    /// What people wrote down about gates.
    pub gates: Arc<dyn Gatebook>,
    /// What is scheduled.
    pub agenda: Arc<dyn Agenda>,
    /// Proofs of migrations.
    pub proofs: Arc<dyn Proofbook>,
    /// Rehearsals.
    pub drills: Arc<dyn Drillbook>,
    /// Where rehearsals keep their journals.
    pub apart: Arc<dyn JournalsApart>,
    /// Release trains.
    pub trains: Arc<dyn Trainbook>,
}

/// What clients hold. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub(crate) engine: Engine,
    pub(crate) history: Arc<dyn History>,
    pub(crate) gatebook: Arc<dyn Gatebook>,
    pub(crate) agenda: Arc<dyn Agenda>,
    pub(crate) proofbook: Arc<dyn Proofbook>,
    pub(crate) drillbook: Arc<dyn Drillbook>,
    pub(crate) journals_apart: Arc<dyn JournalsApart>,
    pub(crate) trainbook: Arc<dyn Trainbook>,
    pub(crate) outside: Arc<dyn Outside>,
    pub(crate) seal: Arc<dyn Seal>,
    pub(crate) actor: Actor,
    pub(crate) home: Home,
    pub(crate) ready: Arc<Mutex<Known>>,
    pub(crate) parsed: Arc<Mutex<Option<Parsed>>>,
}

/// A policy that was in force, so that one of hundreds of targets is parsed once and not many times for each of them.
pub(crate) struct Parsed {
    text: String,
    document: Arc<Document>,
}

impl App {
    /// An application over these ports.
    pub fn new(
        engine: Engine,
        books: Books,
        outside: Arc<dyn Outside>,
        seal: Arc<dyn Seal>,
        actor: Actor,
        home: Home,
    ) -> Self {
        let Books { history, gates: gatebook, agenda, proofs: proofbook, drills: drillbook, apart, trains } = books;
        Self {
            engine,
            history,
            gatebook,
            agenda,
            proofbook,
            drillbook,
            journals_apart: apart,
            trainbook: trains,
            outside,
            seal,
            actor,
            home,
            ready: Arc::default(),
            parsed: Arc::default(),
        }
    }

    /// Who uses it.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Where it lives.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Ticks with a deployment's id after each of its events in this process.
    pub fn changes(&self) -> tokio::sync::broadcast::Receiver<DeploymentId> {
        self.engine.changes()
    }

    /// Grows with every write of any process.
    pub async fn generation(&self) -> Answer<i64> {
        Ok(self.history.generation().await?)
    }

    /// Finishes or undoes what processes that died left behind. Returns how many there were.
    pub async fn recover(&self) -> Answer<usize> {
        self.clear_drills().await;
        let deployments = self.engine.recover(&self.actor).await?.len();
        Ok(deployments + self.recover_trains().await?.len())
    }

    /// What a person asks for: finishes or undoes what processes that died left behind, then takes up what is stuck.
    /// Returns the deployments and the trains.
    /// `loss` says what becomes of rows that a way back would lose.
    pub async fn resume(&self, loss: Option<OnLoss>) -> Answer<Resumed> {
        let mut all = self.engine.recover(&self.actor).await?;
        let mut trains = self.recover_trains().await?;
        // What got stuck just now is not tried twice.
        if all.is_empty() && trains.is_empty() {
            all = self.engine.unstick(&self.actor, loss).await?;
            trains = self.unstick_trains().await?;
        }
        if all.is_empty() && trains.is_empty() {
            self.history.sound().await?;
        }
        Ok(Resumed {
            deployments: all.iter().map(|(id, _)| id.to_string()).collect(),
            trains: trains.iter().map(ToString::to_string).collect(),
            under_way: self.under_way().await?,
        })
    }

    /// What somebody is at.
    async fn under_way(&self) -> Answer<Vec<ApiError>> {
        let mut all = Vec::new();
        for (id, target) in self.ports().ledger.unfinished().await? {
            let row = self.history.target(&target).await?;
            all.extend(self.open(&row).map(|error| error.with("deployment", id)));
        }
        for row in self.trainbook.trains(true, u32::MAX).await?.iter().filter(|row| !row.state.ended()) {
            let name = row.train.id.short();
            let out = format!("Wait for it to end, or stop it: `switchback train abort {name} --reason WHY`.");
            let error = ApiError::new("in_train", format!("{name} is under way")).hint(out);
            all.push(error.with("train", name));
        }
        Ok(all)
    }

    pub(crate) fn ports(&self) -> &Ports {
        self.engine.ports()
    }

    pub(crate) fn runtime(&self, kind: RuntimeKind) -> Answer<Arc<dyn Runtime>> {
        self.ports().runtimes.runtime(kind).ok_or_else(|| {
            ApiError::new("target_unreachable", format!("this build has no {} runtime", crate::word::runtime(kind)))
        })
    }

    /// The policy in force, or how to get one.
    pub(crate) async fn document(&self) -> Answer<(Arc<Document>, PathBuf)> {
        self.policy_in_force().await?.ok_or_else(|| {
            ApiError::new("no_policy", "nothing is configured yet")
                .hint("`switchback apply -f switchback.yaml`, or `switchback demo`")
        })
    }

    pub(crate) async fn policy_in_force(&self) -> Answer<Option<(Arc<Document>, PathBuf)>> {
        let Some(policy) = self.history.policy().await? else { return Ok(None) };
        let text = policy.document.get("yaml").and_then(serde_json::Value::as_str).unwrap_or_default();
        let base = policy.document.get("base").and_then(serde_json::Value::as_str).unwrap_or_default();
        Ok(Some((self.parse(text)?, PathBuf::from(base))))
    }

    fn parse(&self, text: &str) -> Answer<Arc<Document>> {
        // Whoever comes meanwhile waits here: it would parse the same.
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = parsed.as_ref().filter(|known| known.text == text) {
            return Ok(known.document.clone());
        }
        let document = Arc::new(switchback_policy::parse("the policy in force", text)?);
        *parsed = Some(Parsed { text: text.to_owned(), document: document.clone() });
        Ok(document)
    }

    /// A message for people that no deployment's event sends.
    pub(crate) fn message(&self, topic: Topic, target: String, subject: String, body: String, link: String) -> Message {
        Message { id: self.ports().ids.next(), topic, target, subject, body, by: self.actor.name.clone(), link }
    }

    pub(crate) fn audit_line(&self, action: &str, subject: String, why: &str) -> Audit {
        Audit {
            by: self.actor.clone(),
            action: action.to_owned(),
            subject,
            environment: None,
            why: why.to_owned(),
            before: serde_json::Value::Null,
            after: serde_json::Value::Null,
        }
    }
}

/// A target's name as clients give it.
pub(crate) fn target(text: &str) -> Answer<Target> {
    text.parse::<Target>().map_err(|error| {
        ApiError::from(error).hint("Targets are written service/environment, for example checkout/production.")
    })
}

/// A version as people call it. It may stand in a folder's name, so that nothing in it leads out of one.
pub(crate) fn version(text: &str) -> Answer<()> {
    let fine = |c: char| c.is_alphanumeric() || "._+-~".contains(c);
    if (1..=100).contains(&text.len()) && text.chars().all(fine) && text.starts_with(char::is_alphanumeric) {
        return Ok(());
    }
    let text: String = text.chars().take(100).collect();
    Err(ApiError::new("bad_input", format!("{text:?} is not a version"))
        .hint("A version is letters, digits and . _ + - ~, and begins with a letter or digit, for example 2.14.1."))
}

/// A commit as its forge is asked for it: its id, not a branch that says something else tomorrow.
pub(crate) fn commit(text: &str) -> Answer<()> {
    if (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    let text: String = text.chars().take(100).collect();
    Err(ApiError::new("bad_input", format!("{text:?} is no commit's id"))
        .hint("`git rev-parse HEAD` gives it; a branch or a tag can mean something else tomorrow."))
}

/// A reason people gave; acts that change production need one.
pub(crate) fn reason(text: &str) -> Answer<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ApiError::new("bad_input", "a reason is needed").hint("Say why, for the audit."));
    }
    Ok(text.chars().take(1000).collect())
}

/// Looks up a deployment's id.
pub(crate) fn deployment(text: &str) -> Answer<DeploymentId> {
    text.parse().map_err(|_| ApiError::from(LedgerError::NotFound { what: format!("deployment {text}") }))
}

/// Where a target's workload runs, for people.
pub(crate) fn place(settings: &Settings) -> String {
    match settings {
        Settings::Process(settings) => format!("port {}", settings.port),
        Settings::Docker(settings) => settings.engine.to_string(),
        Settings::Kubernetes(settings) => {
            let context = settings.context.as_deref().unwrap_or("current context");
            format!("{context}: {}/{}", settings.namespace, settings.reference())
        }
    }
}
