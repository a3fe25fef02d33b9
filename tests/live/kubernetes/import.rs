//! Workloads that ran before anybody knew Switchback are taken over with their history: what `kubectl rollout history`
//! shows, and a release of the real Helm. No pod is touched, and any revision comes back with its image and configuration.

use super::{desk::SERVING, yard::Yard};
use serde_json::Value;
use std::path::Path;
use switchback_tests::{
    cli::{Answer, Desk},
    helm::helm,
    http::Request,
    part::PartError,
};
use tokio::net::TcpStream;

const TARGET: &str = "checkout/production";
const PASSWORD: &str = "correct-horse-battery";

/// A desk that knows nothing yet, and one namespace of a yard.
struct Stall<'a> {
    yard: &'a Yard,
    desk: Desk,
    namespace: &'a str,
}

impl<'a> Stall<'a> {
    async fn open(yard: &'a Yard, namespace: &'a str) -> Result<Self, PartError> {
        yard.namespace(namespace).await?;
        Ok(Self { yard, desk: Desk::new().await?, namespace })
    }

    async fn kubectl(&self, arguments: &[&str]) -> Result<String, PartError> {
        let here = ["--namespace", self.namespace];
        self.yard.cluster.kubectl(&[arguments, &here].concat()).await
    }

    async fn rolled_out(&self) -> Result<(), PartError> {
        self.kubectl(&["rollout", "status", "deployment/checkout", "--timeout=90s"]).await.map(|_| ())
    }

    async fn import(&self, more: &[&str]) -> Result<Answer, PartError> {
        let file = self.yard.cluster.kubeconfig().display().to_string();
        let what = ["import", "deployment/checkout", TARGET, "--namespace", self.namespace, "--kubeconfig", &file];
        self.desk.run([&what, more].concat()).await
    }

    /// The names of its pods and what each answers.
    async fn pods(&self) -> Result<Vec<(String, String)>, PartError> {
        let all = self.yard.cluster.get(self.namespace, "pods").await?;
        let mut pods = Vec::new();
        for pod in all["items"].as_array().into_iter().flatten() {
            if !pod["metadata"]["deletionTimestamp"].is_null() {
                continue;
            }
            let text = |at: &str| pod.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
            let address = text("/status/podIP");
            let mut answers = String::new();
            for path in ["/version", "/env"] {
                let what = format!("GET http://{address}:8080{path}");
                let stream = TcpStream::connect((address.as_str(), 8080)).await.map_err(PartError::io(&what))?;
                answers += Request::new("GET", path).send(stream).await?.success(&what)?.text().trim();
                answers += "\n";
            }
            pods.push((text("/metadata/name"), answers));
        }
        Ok(pods)
    }

    async fn back_to(&self, revision: &str) -> Result<(), PartError> {
        let _ = self.desk.run(["rollback", "checkout", "production", "--to", revision]).await?.exits(0);
        Ok(())
    }
}

fn said<'a>(entry: &'a Value, what: &str) -> &'a str {
    entry[what].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_comes_with_its_replica_sets_and_goes_back_to_each() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let stall = Stall::open(&yard, "sets").await?;
    for tag in ["1.0", "1.1", "1.2", "2.0"] {
        yard.publish("shop/checkout", tag, SERVING).await?;
    }
    let image = |tag: &str| format!("app={}:{tag}", yard.name("shop/checkout"));
    let first = image("1.0").replace("app=", "");
    yard.deployment("sets", "checkout", &first, "").await?;
    // Room for all of the past, so that the first is still known.
    let patch = "{\"spec\":{\"revisionHistoryLimit\":9}}";
    stall.kubectl(&["patch", "deployment/checkout", "--patch", patch]).await?;
    let cause = |text: &str| format!("kubernetes.io/change-cause={text}");
    stall.kubectl(&["annotate", "deployment/checkout", &cause("the first one")]).await?;
    let password = format!("DATABASE_PASSWORD={PASSWORD}");
    stall.kubectl(&["set", "env", "deployment/checkout", "MODE=slow", &password]).await?;
    stall.kubectl(&["annotate", "--overwrite", "deployment/checkout", &cause("with a mode")]).await?;
    stall.rolled_out().await?;
    stall.kubectl(&["set", "image", "deployment/checkout", &image("1.2")]).await?;
    stall.kubectl(&["set", "env", "deployment/checkout", "MODE=fast", "ONLY_NOW=1"]).await?;
    stall.kubectl(&["annotate", "--overwrite", "deployment/checkout", &cause("faster")]).await?;
    stall.rolled_out().await?;
    let before = stall.pods().await?;

    let listed =
        stall.desk.run(["import", "--namespace", "sets", "--kubeconfig", &path(yard.cluster.kubeconfig())]).await?;
    let listed = listed.exits(0);
    assert_eq!(listed.json[0]["workload"], "deployment/checkout", "{:#}", listed.json);
    let refused = stall.import(&[]).await?.exits(3);
    assert_eq!(refused.error()["code"], "secrets_in_config", "{}", refused.stderr);
    let seen = stall.import(&["--keychain", "--dry-run"]).await?.exits(0);
    println!("{:#}", seen.json["revisions"]);
    let revisions = seen.json["revisions"].as_array().cloned().unwrap_or_default();
    let newest = revisions.last().cloned().unwrap_or_default();
    assert_eq!((said(&newest, "version"), said(&newest, "by")), ("1.2", "kubectl-set"), "{newest:#}");
    assert_eq!(said(&newest, "said"), "faster", "{newest:#}");
    assert!(revisions.iter().all(|one| said(one, "source").starts_with("ReplicaSet ")), "{revisions:#?}");
    assert_eq!(said(&revisions[0], "said"), "the first one", "{revisions:#?}");
    let last = revisions.len();

    let taken = stall.import(&["--keychain"]).await?.exits(0);
    assert!(taken.json["deployment"].is_string(), "{:#}", taken.json);
    assert_eq!(stall.pods().await?, before, "no pod is touched");
    assert_eq!(stall.desk.run(["drift"]).await?.exits(0).json, serde_json::json!([]));
    let history = stall.desk.run(["history", "checkout", "production"]).await?.exits(0);
    let entries = history.json["entries"].as_array().cloned().unwrap_or_default();
    assert_eq!(entries.len(), last, "{:#}", history.json);
    let oldest = entries.last().cloned().unwrap_or_default();
    assert!(said(&oldest, "notes").starts_with("the first one · ReplicaSet "), "{oldest:#}");
    assert!(said(&oldest, "at") < said(&entries[0], "at"), "{:#}", history.json);
    assert_eq!(oldest["wayBack"]["kind"], "safe", "{oldest:#}");

    // A release that does not come up is undone to what was found, whose pods never left.
    yard.publish("shop/checkout", "bad", "exit 1").await?;
    let _ = stall.desk.run(["deploy", "checkout", "production", "bad"]).await?.exits(4);
    assert_eq!(stall.pods().await?, before, "the pods that were found serve on");
    assert_eq!(stall.desk.run(["drift"]).await?.exits(0).json, serde_json::json!([]));
    let _ = stall.desk.run(["deploy", "checkout", "production", "2.0"]).await?.exits(0);
    let pods = stall.pods().await?;
    assert!(pods.iter().all(|(_, said)| said.starts_with("2.0") && said.contains("MODE=fast")), "{pods:?}");

    // All of a revision comes back: its image, its variables, and none that it had not.
    stall.back_to("r1").await?;
    let pods = stall.pods().await?;
    assert!(pods.iter().all(|(_, said)| said.starts_with("1.0") && !said.contains("MODE=")), "{pods:?}");
    stall.back_to(&format!("r{last}")).await?;
    let pods = stall.pods().await?;
    let whole = |said: &str| {
        said.starts_with("1.2") && said.contains("MODE=fast") && said.contains("ONLY_NOW=1") && said.contains(PASSWORD)
    };
    assert!(pods.iter().all(|(_, said)| whole(said)), "{pods:?}");
    assert_eq!(stall.desk.run(["drift"]).await?.exits(0).json, serde_json::json!([]));
    let again = stall.import(&["--keychain"]).await?.exits(2);
    assert!(again.stderr.contains("already"), "{}", again.stderr);
    let _ = stall.desk.run(["audit", "verify"]).await?.exits(0);
    no_secret_is_stored(&stall.desk);
    Ok(())
}

fn path(file: &Path) -> String {
    file.display().to_string()
}

fn no_secret_is_stored(desk: &Desk) {
    for name in ["history.db", "history.db-wal"] {
        let bytes = std::fs::read(desk.home().join(name)).unwrap_or_default();
        assert!(!bytes.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes()), "{name} holds a secret");
    }
}

/// A chart of one Deployment whose image and mode are values.
fn chart(folder: &Path, image: &str) -> Result<(), PartError> {
    let file = |name: &str, text: &str| {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap_or(folder)).map_err(PartError::io("make a chart"))?;
        std::fs::write(&file, text).map_err(PartError::io("write a chart"))
    };
    file("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 0.3.0\nappVersion: '1'\n")?;
    file("values.yaml", &format!("image: {image}\ntag: '1.0'\nmode: slow\n"))?;
    let manifest = Yard::manifest("Deployment", "checkout", "{{ .Values.image }}:{{ .Values.tag }}", "replicas: 1");
    let variables = "          env: [{ name: MODE, value: {{ .Values.mode | quote }} }]\n";
    file("templates/checkout.yaml", &(manifest + variables))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_of_helm_comes_with_its_five_revisions_when_it_is_asked_for() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let stall = Stall::open(&yard, "helm").await?;
    for tag in ["1.0", "1.1", "1.2", "1.3"] {
        yard.publish("shop/checkout", tag, SERVING).await?;
    }
    let folder = tempfile::tempdir().map_err(PartError::io("make a folder"))?;
    chart(folder.path(), &yard.name("shop/checkout"))?;
    let at = path(folder.path());
    let act = async |verb: &str, values: &str| {
        let told = [verb, "shop", &at, "--namespace", "helm", "--set", values, "--wait", "--timeout", "90s"];
        helm(&yard.cluster, &told).await
    };
    act("install", "tag=1.0").await?;
    act("upgrade", "tag=1.1").await?;
    act("upgrade", "tag=1.2").await?;
    act("upgrade", "tag=1.2,mode=fast").await?;
    act("upgrade", "tag=1.3,mode=fast").await?;
    let before = stall.pods().await?;

    // Helm would put back what is changed: said, and taken only when that is asked for.
    let held = stall.import(&[]).await?;
    assert_eq!(held.error()["code"], "workload_held", "{}", held.stderr);
    assert!(held.stderr.contains("Helm") && held.stderr.contains("--take-over"), "{}", held.stderr);
    assert_eq!(stall.desk.run(["export"]).await?.code, 2, "nothing is written");
    let taken = stall.import(&["--take-over"]).await?.exits(0);
    println!("{:#}", taken.json["revisions"]);
    assert_eq!(stall.pods().await?, before, "no pod is touched");
    let revisions = taken.json["revisions"].as_array().cloned().unwrap_or_default();
    let versions: Vec<&str> = revisions.iter().map(|one| said(one, "version")).collect();
    assert_eq!(versions, ["1.0", "1.1", "1.2", "1.2", "1.3"], "{revisions:#?}");
    for (number, one) in (1..).zip(&revisions) {
        assert_eq!((said(one, "source"), said(one, "by")), (format!("Helm shop v{number}").as_str(), "helm"));
        assert!(said(one, "said").ends_with("(shop-0.3.0)") && one["at"].is_string(), "{one:#}");
    }
    let history = stall.desk.run(["history", "checkout", "production"]).await?.exits(0);
    assert_eq!(history.json["total"], 5, "{:#}", history.json);

    stall.back_to("r2").await?;
    let pods = stall.pods().await?;
    assert!(pods.iter().all(|(_, said)| said.starts_with("1.1") && said.contains("MODE=slow")), "{pods:?}");
    stall.back_to("r4").await?;
    let pods = stall.pods().await?;
    assert!(pods.iter().all(|(_, said)| said.starts_with("1.2") && said.contains("MODE=fast")), "{pods:?}");
    Ok(())
}
