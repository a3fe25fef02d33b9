//! Cars that nothing ran before, a process and a workload of a cluster: what they bring is taken away again when a later car
//! fails, and when the whole train is brought back.

use super::yard::{history, standings};
use crate::kubernetes::yard::{SERVING, Yard};
use serde_json::json;
use switchback_tests::{cli::Desk, listening, part::PartError, port, processes};

fn policy(yard: &Yard) -> String {
    let process = |name: &str| {
        format!(
            "  {name}/production:\n    process: {{ run: [\"{{release}}/server\"], port: {} }}\n    strategy: recreate\n    \
             grace: 1s\n    health: {{ tcp: true, within: 20s, every: 50ms, passes: 1 }}\n",
            port::free()
        )
    };
    format!(
        "version: 1\nservices:\n  web: {{ folder: \"web-{{version}}\" }}\n  worker: {{ folder: \"worker-{{version}}\" }}\n  \
         api: {{ image: {} }}\nenvironments:\n  production: {{ zone: UTC }}\ntargets:\n{}{}  api/production:\n    \
         kubernetes: {{ kubeconfig: {}, namespace: first, workload: deployment/api }}\n    health: {{ ready: true, \
         within: 60s }}\n",
        yard.name("shop/api"),
        process("web"),
        process("worker"),
        yard.cluster.kubeconfig().display(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_first_deployments_brought_is_taken_away_again() -> Result<(), PartError> {
    let (yard, desk) = (Yard::new().await?, Desk::new().await?);
    for tag in ["0.9", "1"] {
        yard.publish("shop/api", tag, SERVING).await?;
    }
    yard.namespace("first").await?;
    yard.deployment("first", "api", &format!("{}:0.9", yard.name("shop/api")), "replicas: 1").await?;
    listening::release(&desk, "web-1");
    listening::release_that(&desk, "worker-1", "echo 'no such queue: orders' >&2; exit 3");
    let _ = desk.apply(&policy(&yard)).await?.exits(0);
    let template = ["get", "deployment/api", "--namespace=first", "--output=jsonpath={.spec.template}"];
    let before = yard.cluster.kubectl(&template).await?;
    let as_before = async || {
        assert_eq!(yard.cluster.kubectl(&template).await?, before, "the workload is as its manifest has it");
        let folder = desk.folder().to_string_lossy().into_owned();
        let servers = processes::with_line(|line| line.contains(&folder) && line.contains("/server"));
        assert!(servers.is_empty(), "nothing serves: {servers:?}");
        let status = desk.run(["status"]).await?.exits(0);
        for row in status.json["rows"].as_array().into_iter().flatten() {
            assert_eq!(row["cells"][0]["current"], json!(null), "{row:#}");
        }
        for name in ["web", "api"] {
            assert_eq!(history(&desk, name).await?[..2], ["withdraw succeeded", "deploy succeeded"], "{name}");
        }
        let _ = desk.run(["audit", "verify"]).await?.exits(0);
        Ok::<_, PartError>(())
    };

    let cars = ["train", "production", "web@1", "api@1", "worker@1"];
    let dry = desk.run([&cars[..], &["--dry-run"]].concat()).await?.exits(0);
    let warned = |car: usize| dry.json["cars"][car]["warnings"].to_string().contains("is taken away again");
    assert_eq!([warned(0), warned(1), warned(2)], [true, true, false], "{:#}", dry.json);
    let train = desk.run(cars).await?.exits(4);
    assert_eq!(standings(&train), ["back", "back", "back"], "{:#}", train.json);
    as_before().await?;

    // One that arrived is brought back as a whole, and what is gone can come again.
    let train = desk.run(&cars[..4]).await?.exits(0);
    let back = ["train", "rollback", train.text("/name"), "--reason", "not yet"];
    let dry = desk.run([&back[..], &["--dry-run"]].concat()).await?.exits(0);
    assert_eq!(dry.json["cars"][0]["kind"], "withdraw", "{:#}", dry.json);
    let _ = desk.run(back).await?.exits(0);
    as_before().await?;
    let _ = desk.run(["deploy", "web", "production", "1"]).await?.exits(0);
    Ok(())
}
