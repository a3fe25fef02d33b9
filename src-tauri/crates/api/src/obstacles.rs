//! What is known to stop a plan before anything is touched: a runtime that does not answer, a router that does not run,
//! an artifact that is gone, a secret that is not in the keychain, a database that does not stand where the plan begins or
//! would lose rows. Asked in one place, shown in the preview and refused at the start.

use crate::{Answer, ApiError, App, dto::Check, readiness::Fetch};
use switchback_core::{
    health::Verdict,
    plan::{Kind, Plan},
    release::Artifact,
    strategy::Router,
    workload::{SecretRef, Workload},
};

/// What was asked, and why the plan is refused for it.
struct Asked {
    check: Check,
    refusal: Option<ApiError>,
}

impl App {
    /// What a preview shows of it.
    pub(crate) async fn checks(&self, plan: &Plan) -> Vec<Check> {
        self.ask(plan).await.into_iter().map(|asked| asked.check).collect()
    }

    /// Whether a plan that was shown could be carried out now, as far as that can be known.
    pub async fn possible(&self, plan_hash: &str) -> Answer<()> {
        self.can(&self.ports().ledger.proposed(plan_hash).await?).await
    }

    /// Refuses what is known to fail.
    pub(crate) async fn can(&self, plan: &Plan) -> Answer<()> {
        match self.ask(plan).await.into_iter().find_map(|asked| asked.refusal) {
            Some(refusal) => Err(refusal),
            None => Ok(()),
        }
    }

    async fn ask(&self, plan: &Plan) -> Vec<Asked> {
        if plan.kind == Kind::Withdraw {
            return vec![self.reachable(&plan.workload).await];
        }
        let (artifact, secrets, reachable) =
            tokio::join!(self.artifact(plan), self.secrets(&plan.workload), self.reachable(&plan.workload));
        let mut asked = vec![artifact, secrets, reachable];
        // Who takes over what runs switches nothing.
        if let Some(router) = plan.router.as_ref().filter(|_| plan.kind != Kind::Adopt) {
            asked.push(self.router_ready(plan, router).await);
        }
        if let Some(scripts) = &plan.scripts {
            asked.push(match Box::pin(self.schema_ready(plan)).await {
                Ok(()) => Asked::new("schema-ready", Verdict::Pass, scripts.database.name.clone()),
                Err(error) => Asked::new("schema-ready", Verdict::Fail, error.to_string()).refused(error),
            });
        }
        asked
    }

    async fn reachable(&self, workload: &Workload) -> Asked {
        let answered = match self.runtime(workload.settings.kind()) {
            Ok(runtime) => runtime.ping(&workload.settings).await.map_err(ApiError::from),
            Err(error) => Err(error),
        };
        match answered {
            Ok(version) => Asked::new("target-reachable", Verdict::Pass, version),
            Err(error) => Asked::new("target-reachable", Verdict::Fail, error.to_string()).refused(error),
        }
    }

    async fn router_ready(&self, plan: &Plan, router: &Router) -> Asked {
        let what = match router {
            Router::Nginx { conf, .. } => conf.display().to_string(),
            Router::Tcp { port } => format!("port {port}"),
        };
        match self.ports().runtimes.switchboard(&plan.workload.settings).ready(router, &plan.target).await {
            Ok(()) => Asked::new("router-ready", Verdict::Pass, what),
            Err(failure) if failure.passing() => Asked::new("router-ready", Verdict::NoData, failure.message),
            Err(failure) => Asked::new("router-ready", Verdict::Fail, failure.message.clone()).refused(failure.into()),
        }
    }

    async fn artifact(&self, plan: &Plan) -> Asked {
        let artifact = &plan.workload.artifact;
        let why = match self.fetch(&plan.workload).await {
            Fetch::Possible => return Asked::new("image-pullable", Verdict::Pass, artifact.brief()),
            Fetch::Unknown(why) => return Asked::new("image-pullable", Verdict::NoData, why),
            Fetch::Gone(why) => why,
        };
        let code = match artifact {
            Artifact::Image { .. } => "image_missing",
            Artifact::Folder { .. } => "artifact_gone",
        };
        let refusal = ApiError::new(code, why.clone())
            .with("target", &plan.target)
            .hint("It cannot be fetched any more: put it back, or choose another revision.");
        Asked::new("image-pullable", Verdict::Fail, why).refused(refusal)
    }

    async fn secrets(&self, workload: &Workload) -> Asked {
        let mut missing = Vec::new();
        for secret in workload.secrets.values().filter(|secret| !secret.is_unset()) {
            match self.ports().secrets.has(secret).await {
                Ok(true) => {}
                Ok(false) => missing.push(secret),
                Err(error) => {
                    return Asked::new("secrets-present", Verdict::Fail, error.to_string()).refused(error.into());
                }
            }
        }
        let all = workload.secrets.len();
        let Some(SecretRef { name, .. }) = missing.first() else {
            return Asked::new("secrets-present", Verdict::Pass, format!("{all} of {all}"));
        };
        let refusal = ApiError::new("secret_missing", format!("{name} of that day is not in the keychain"))
            .with("name", name)
            .hint(format!("Its value is gone: set {name} anew and deploy a release, or choose another revision."));
        let names: Vec<&str> = missing.iter().map(|secret| secret.name.as_str()).collect();
        Asked::new("secrets-present", Verdict::Fail, names.join(", ")).refused(refusal)
    }
}

impl Asked {
    fn new(id: &str, verdict: Verdict, evidence: String) -> Self {
        Self { check: Check { id: id.to_owned(), verdict, evidence }, refusal: None }
    }

    fn refused(self, refusal: ApiError) -> Self {
        Self { refusal: Some(refusal), ..self }
    }
}
