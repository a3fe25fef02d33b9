//! A train over Docker and Kubernetes: the third fails, and all three are back, on a real engine and a real cluster.

use super::yard::{SERVICES, standings, thread};
use crate::kubernetes::yard::Yard;
use switchback_tests::{
    cli::Desk,
    engine::{Engine, EngineKind},
    http::Request,
    part::PartError,
    port,
};
use tokio::net::TcpStream;

const SERVING: &str = "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";

/// web and worker are containers, api is a workload of the cluster.
fn policy(yard: &Yard, engine: &Engine, [web, worker]: [u16; 2]) -> String {
    let services = SERVICES.map(|name| format!("  {name}: {{ image: {} }}\n", yard.name(&format!("shop/{name}"))));
    let container = |name: &str, port: u16| {
        format!(
            "  {name}/production:\n    docker: {{ engine: \"{}\", publish: [\"127.0.0.1:{port}:8080\"] }}\n    strategy: \
             recreate\n    grace: 2s\n    health: {{ http: /, within: 30s, every: 100ms, passes: 1 }}\n",
            engine.host()
        )
    };
    let kubeconfig = yard.cluster.kubeconfig().display();
    format!(
        "version: 1\nservices:\n{}environments:\n  production: {{ zone: UTC }}\ntargets:\n{}{}  api/production:\n    \
         kubernetes: {{ kubeconfig: {kubeconfig}, namespace: train, workload: deployment/api }}\n    health: {{ ready: \
         true, within: 60s }}\n",
        services.concat(),
        container("web", web),
        container("worker", worker)
    )
}

async fn page(port: u16) -> Result<String, PartError> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(PartError::io("ask a container"))?;
    Ok(Request::new("GET", "/version").send(stream).await?.text().trim().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_containers_and_a_workload_the_third_fails_and_all_are_back_in_reverse_order() -> Result<(), PartError> {
    let (yard, engine) = tokio::join!(Yard::new(), Engine::start(EngineKind::Current));
    let (yard, engine, desk, ports) = (yard?, engine?, Desk::new().await?, [port::free(), port::free()]);
    for name in SERVICES {
        yard.publish(&format!("shop/{name}"), "1.0", SERVING).await?;
        let second = if name == "worker" { "echo 'no such queue: orders' >&2; exit 3" } else { SERVING };
        yard.publish(&format!("shop/{name}"), "2.0", second).await?;
    }
    yard.namespace("train").await?;
    yard.deployment("train", "api", &format!("{}:1.0", yard.name("shop/api")), "replicas: 1").await?;
    let _ = desk.apply(&policy(&yard, &engine, ports)).await?.exits(0);
    for name in SERVICES {
        let _ = desk.run(["deploy", name, "production", "1.0"]).await?.exits(0);
    }
    let image = "--output=jsonpath={.spec.template.spec.containers[0].image}";
    let api = ["get", "deployment/api", "--namespace=train", image];
    let before = yard.cluster.kubectl(&api).await?;

    let train = desk.run(["train", "production", "web@2.0", "api@2.0", "worker@2.0"]).await?.exits(4);
    assert_eq!(standings(&train), ["back", "back", "back"], "{:#}", train.json);
    assert_eq!([page(ports[0]).await?, page(ports[1]).await?], ["1.0", "1.0"]);
    assert_eq!(yard.cluster.kubectl(&api).await?, before, "the workload has its image of before, by digest");
    let ready = ["get", "deployment/api", "--namespace=train", "--output=jsonpath={.status.readyReplicas}"];
    assert_eq!(yard.cluster.kubectl(&ready).await?.trim(), "1");

    let entries = thread(&desk, train.text("/name")).await?;
    let arrived = entries.iter().filter(|entry| {
        entry["action"].as_str().is_some_and(|action| action.ends_with(".arrived") || action == "deploy.rolled-back")
    });
    let arrived: Vec<String> = arrived
        .map(|entry| {
            let service = entry["subject"].as_str().and_then(|subject| subject.split(' ').next());
            format!("{} {}", entry["action"].as_str().unwrap_or_default(), service.unwrap_or_default())
        })
        .collect();
    let order = [
        "deploy.arrived web",
        "deploy.arrived api",
        "deploy.rolled-back worker",
        "rollback.arrived api",
        "rollback.arrived web",
    ];
    assert_eq!(arrived, order, "one thread of the audit, in the order in which it happened");
    let _ = desk.run(["audit", "verify"]).await?.exits(0);
    Ok(())
}
