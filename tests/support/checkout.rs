//! A home in which `checkout` runs in production, as a process: what benchmarks of the whole application begin with.

use crate::port;
use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};
use switchback_wiring::{Options, open};

/// What runs there.
pub const TARGET: &str = "checkout/production";

fn policy() -> String {
    let run = format!("{{ run: [\"{{release}}/server\", --port, \"{{port}}\"], port: {} }}", port::free());
    format!(
        "version: 1\nservices: {{ checkout: {{ folder: release }} }}\nenvironments: {{ production: {{ zone: UTC }} }}\n\
         targets:\n  {TARGET}:\n    process: {run}\n    strategy: recreate\n    grace: 2s\n    \
         health: {{ http: /, within: 20s, every: 100ms, passes: 1 }}\n"
    )
}

/// Makes it below `base` and deploys the tests' `demo-server` as 1.0; says where the home is.
pub async fn deployed(base: &Path, server: &str) -> Result<PathBuf, Box<dyn Error>> {
    let home = base.join("home");
    let app = open(Options { home: Some(home.clone()), client: "bench" }).await?.app;
    fs::create_dir(base.join("release"))?;
    fs::copy(server, base.join("release/server"))?;
    app.apply(&[("switchback.yaml".to_owned(), policy())], base, false).await?;
    app.release_add("checkout", "1.0", None, None, "").await?;
    let plan = app.plan_deploy(TARGET, "1.0").await?;
    app.execute(&plan.plan_hash, "a benchmark", "", None).await?;
    Ok(home)
}
