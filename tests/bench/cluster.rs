//! A namespace of two hundred Deployments with five hundred pods on fake nodes: watched through one connection for each
//! kind and within bounded memory, and fifty of them rolled out at once, each way that somebody can begin them.
//!
//! `cargo xtask setup-bench`, then `cargo bench -p switchback-tests --bench cluster`.

mod at_once;

use futures::{StreamExt as _, stream::SelectAll};
use std::{
    fmt::Write as _,
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};
use switchback_core::{
    name::Target,
    port::Runtime as _,
    workload::{KubernetesSettings, Settings, WorkloadKind},
};
use switchback_kubernetes::Kubernetes;
use switchback_tests::{
    cluster::Cluster,
    daemon::Daemon,
    image::Image,
    measure::{Promises, Times, deploy, ratio},
    registry::Registry,
    tool,
};
use switchback_wiring::{Options, open};

type Done<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const STAGES: &str = include_str!("stages.yaml");
const WORKLOADS: usize = 200;
/// Of every two of them, one has three and one has two.
const PODS: usize = 500;
const NODES: usize = 20;
const AT_ONCE: usize = 50;
const ALONE: usize = 5;
/// What is rolled out, one version for each way of beginning fifty.
const VERSIONS: [&str; 3] = ["2", "3", "4"];
/// What fifty at once may cost by the cluster's own command for the same fifty.
const WORST: f64 = 1.3;
/// How `kubectl` names those rolled out at once.
const FIFTY: &str = "--selector=at=once";
/// Megabytes that watching all of it may take.
const ROOM: usize = 64;
const KINDS: [&str; 4] = ["deployments", "pods", "replicasets", "configmaps"];
/// Only against a hang.
const HUNG: Duration = Duration::from_mins(5);

fn main() -> Done<ExitCode> {
    switchback_wiring::prepare_tls();
    tokio::runtime::Runtime::new()?.block_on(run())
}

fn nodes() -> String {
    let mut text = String::new();
    for number in 0..NODES {
        let _ = writeln!(
            text,
            "---\napiVersion: v1\nkind: Node\nmetadata: {{ name: fake-{number}, annotations: {{ kwok.x-k8s.io/node: fake }}, \
             labels: {{ type: fake }} }}\nspec: {{ taints: [{{ key: fake, value: 'true', effect: NoSchedule }}] }}\nstatus: {{ \
             allocatable: {{ cpu: '64', memory: 256Gi, pods: '200' }}, capacity: {{ cpu: '64', memory: 256Gi, pods: '200' }} \
             }}"
        );
    }
    text
}

fn workloads(image: &str) -> String {
    let mut text = String::new();
    for number in 0..WORKLOADS {
        let (replicas, at) = (2 + number % 2, if number < AT_ONCE { "once" } else { "rest" });
        let _ = writeln!(
            text,
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: s{number}, labels: {{ at: {at} }} }}\nspec:\n  replicas: {replicas}\n  \
             selector: {{ matchLabels: {{ app: s{number} }} }}\n  template:\n    metadata: {{ labels: {{ app: s{number} }} }}\n    \
             spec:\n      automountServiceAccountToken: false\n      nodeSelector: {{ type: fake }}\n      tolerations: [{{ key: \
             fake, operator: Exists }}]\n      containers: [{{ name: app, image: '{image}' }}]"
        );
    }
    text
}

fn policy(repository: &str, kubeconfig: &str) -> String {
    let mut text = "version: 1\nservices:\n".to_owned();
    for number in 0..WORKLOADS {
        let _ = writeln!(text, "  s{number}: {{ image: {repository} }}");
    }
    text += "environments: { test: { zone: UTC } }\ntargets:\n";
    for number in 0..WORKLOADS {
        let _ = writeln!(
            text,
            "  s{number}/test: {{ kubernetes: {{ kubeconfig: {kubeconfig}, namespace: crowd, workload: deployment/s{number} \
             }}, health: {{ ready: true, within: 120s }} }}"
        );
    }
    text
}

/// How many watches of the namespace the API server serves.
async fn watches(cluster: &Cluster, resource: &str) -> Done<usize> {
    let all = cluster.kubectl(&["get", "--raw=/metrics"]).await?;
    let parts = [&format!("resource=\"{resource}\""), "scope=\"namespace\"", "verb=\"WATCH\""];
    let ours = all.lines().filter(|line| {
        line.starts_with("apiserver_longrunning_requests{") && parts.iter().all(|part| line.contains(*part))
    });
    Ok(ours.filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok()).sum())
}

/// Megabytes that a process holds.
fn memory(process: u32) -> Done<usize> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    Ok(line.trim().trim_end_matches(" kB").trim().parse::<usize>()? / 1024)
}

/// What something took, beside what was held before it.
#[allow(clippy::cast_precision_loss)]
fn told(what: &str, before: usize, after: usize) {
    let factor = after as f64 / before as f64;
    println!("{what}: {before} MB before, {after} MB after, ratio {factor:.2}");
}

async fn pods_run(cluster: &Cluster) -> Done {
    let began = Instant::now();
    loop {
        let running = ["get", "pods", "--namespace=crowd", "--field-selector=status.phase=Running", "--output=name"];
        let count = cluster.kubectl(&running).await?.lines().count();
        if count == PODS {
            return Ok(());
        }
        if began.elapsed() > HUNG {
            return Err(format!("{count} of {PODS} pods run").into());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// How long the cluster's own command takes to roll the same fifty out.
async fn by_kubectl(cluster: &Cluster, image: &str) -> Done<Duration> {
    let began = Instant::now();
    for act in [&["set", "image", "deployment", FIFTY, image][..], &["rollout", "status", "deployment", FIFTY]] {
        let mut command = cluster.kubectl_command();
        let status = command.args(act).arg("--namespace=crowd").stdout(Stdio::null()).status().await?;
        if !status.success() {
            return Err(format!("kubectl {act:?}: {status}").into());
        }
    }
    Ok(began.elapsed())
}

async fn run() -> Done<ExitCode> {
    let mut promises = Promises::default();
    let folder = tempfile::tempdir()?;
    let (cluster, registry) = tokio::join!(Cluster::start(), Registry::start());
    let (cluster, registry) = (cluster?, registry?);
    let mut kwok = Command::new(tool::path("kwok")?);
    kwok.arg("--kubeconfig")
        .arg(cluster.kubeconfig())
        .arg("--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake");
    let stages = folder.path().join("stages.yaml");
    std::fs::write(&stages, STAGES)?;
    kwok.arg("--config").arg(&stages);
    kwok.args(["--server-address=127.0.0.1:0", "--node-lease-duration-seconds=40"]).env("HOME", folder.path());
    let _kwok = Daemon::spawn("kwok", &mut kwok, &folder.path().join("kwok.log"))?;
    cluster.namespace("crowd").await?;
    cluster.apply("crowd", &nodes()).await?;
    for tag in ["1"].into_iter().chain(VERSIONS) {
        let image = Image::new(format!("shop/app:{tag}")).file("version", tag);
        registry.put(&image, "shop/app", tag).await?;
    }
    let repository = format!("{}/shop/app", registry.address());
    let began = Instant::now();
    cluster.apply("crowd", &workloads(&format!("{repository}:1"))).await?;
    pods_run(&cluster).await?;
    println!("{WORKLOADS} Deployments with {PODS} pods on {NODES} fake nodes run after {:.1?}", began.elapsed());

    // Everybody is watched.
    let mut others = [0; 4];
    for (count, resource) in others.iter_mut().zip(KINDS) {
        *count = watches(&cluster, resource).await?;
    }
    let (runtime, before, began) = (Kubernetes::new(None), memory(std::process::id())?, Instant::now());
    let mut all = SelectAll::new();
    for number in 0..WORKLOADS {
        let target: Target = format!("s{number}/test").parse()?;
        let settings = Settings::Kubernetes(KubernetesSettings {
            kubeconfig: Some(cluster.kubeconfig().to_owned()),
            context: None,
            namespace: "crowd".to_owned(),
            workload: WorkloadKind::Deployment,
            name: format!("s{number}"),
            container: None,
            port: None,
            take_over: false,
            manifest: None,
        });
        all.push(runtime.watch(&settings, &target).await?);
    }
    let heard = tokio::spawn(async move { while all.next().await.is_some() {} });
    let watched = memory(std::process::id())?;
    println!("{WORKLOADS} targets are watched after {:.1?}", began.elapsed());
    told("watching", before, watched);
    let taken = watched.saturating_sub(before);
    promises.hold(taken <= ROOM, format!("watching takes at most {ROOM} MB (seen: {taken})"));
    for (resource, others) in KINDS.into_iter().zip(others) {
        let count = watches(&cluster, resource).await? - others;
        promises.hold(count == 1, format!("one connection watches all {resource} (seen: {count})"));
    }

    let app = open(Options { home: Some(folder.path().join("home")), client: "bench" }).await?.app;
    let text = policy(&repository, &cluster.kubeconfig().display().to_string());
    app.apply(&[("switchback.yaml".to_owned(), text)], folder.path(), false).await?;
    for number in 0..AT_ONCE + ALONE {
        for version in VERSIONS {
            let image = format!("{repository}:{version}");
            app.release_add(&format!("s{number}"), version, Some(&image), None, "").await?;
        }
    }
    let mut alone = Times::default();
    for number in AT_ONCE..AT_ONCE + ALONE {
        alone.add(deploy(&app, &format!("s{number}/test"), "2").await?);
    }
    let fifty: Vec<String> = (0..AT_ONCE).map(|number| format!("s{number}")).collect();
    let asked = at_once::asked(&app, &fifty, "2").await?;
    asked.held("fifty asked of one process at once", &mut promises);
    println!(
        "the slowest of {ALONE} alone: {:.2?}, ratio {:.1}",
        alone.percentile(100),
        ratio(asked.together, alone.percentile(100))
    );
    told("rolling fifty out at once", watched, memory(std::process::id())?);
    let due = at_once::due(&app, folder.path(), &fifty, "3", &mut promises).await?;
    due.held("fifty that were due at one instant", &mut promises);
    let commanded = at_once::commanded(&app, &fifty, "4").await?;
    commanded.held("fifty commands at once", &mut promises);
    let kubectl = by_kubectl(&cluster, &format!("app={repository}:1")).await?;
    let cost = ratio(asked.together, kubectl);
    println!(
        "the same fifty by kubectl: {kubectl:.2?}; due at one instant {:.2} times, by fifty commands {:.2} times as long",
        ratio(due.together, kubectl),
        ratio(commanded.together, kubectl)
    );
    promises.hold(cost <= WORST, format!("fifty at once cost at most {WORST} times kubectl's own (seen: {cost:.2})"));
    heard.abort();
    Ok(promises.exit())
}
