//! Watches: one for each kind and namespace however many targets are there, and one whose past the server has forgotten
//! goes on with what is there.

use super::{
    desk::{SERVING, Shop, Watched},
    yard::Yard,
};
use std::{
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use switchback_core::{name::Target, port::Runtime as _};
use switchback_kubernetes::Kubernetes;
use switchback_tests::{part::PartError, port};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    process::Child,
};
use tokio_util::task::AbortOnDropHandle;

/// Only against a hang.
const HUNG: Duration = Duration::from_mins(1);

/// A plain way to the API server that asks for a past long gone in the place of the one that a watch asks for, so that
/// the server itself answers that it is.
struct Forgetful {
    port: u16,
    /// How many watches are still asked for so.
    left: Arc<AtomicUsize>,
    /// How often the server said that it is gone.
    gone: Arc<AtomicUsize>,
    _proxy: Child,
    _task: AbortOnDropHandle<()>,
}

impl Forgetful {
    async fn before(yard: &Yard) -> Result<Self, PartError> {
        let behind = port::free();
        let mut proxy = yard.cluster.kubectl_command();
        proxy.args(["proxy", &format!("--port={behind}")]).stdout(Stdio::null()).stderr(Stdio::null());
        let proxy = proxy.kill_on_drop(true).spawn().map_err(PartError::io("start kubectl proxy"))?;
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(PartError::io("listen"))?;
        let port = listener.local_addr().map_err(PartError::io("listen"))?.port();
        let (left, gone) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let task = AbortOnDropHandle::new(tokio::spawn(serve(listener, behind, left.clone(), gone.clone())));
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", behind)).await.is_err() {
            assert!(began.elapsed() < HUNG, "kubectl proxy does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(Self { port, left, gone, _proxy: proxy, _task: task })
    }

    /// A kubeconfig that goes this way.
    fn kubeconfig(&self, folder: &std::path::Path) -> Result<PathBuf, PartError> {
        let file = folder.join("forgetful.kubeconfig");
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: plain\nclusters: [{{ name: plain, cluster: {{ server: \
             'http://127.0.0.1:{}' }} }}]\ncontexts: [{{ name: plain, context: {{ cluster: plain, user: nobody }} }}]\nusers: \
             [{{ name: nobody, user: {{}} }}]\n",
            self.port
        );
        std::fs::write(&file, text).map_err(PartError::io("write a kubeconfig"))?;
        Ok(file)
    }
}

async fn serve(listener: TcpListener, behind: u16, left: Arc<AtomicUsize>, gone: Arc<AtomicUsize>) {
    let mut open = tokio::task::JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        let (left, gone) = (left.clone(), gone.clone());
        open.spawn(async move {
            let far = TcpStream::connect(("127.0.0.1", behind)).await?;
            let ((mut near_in, mut near_out), (mut far_in, mut far_out)) = (near.into_split(), far.into_split());
            let there = async {
                let mut bytes = vec![0; 64 * 1024];
                loop {
                    let count = near_in.read(&mut bytes).await?;
                    if count == 0 {
                        return Ok(());
                    }
                    far_out.write_all(&asked_from_the_beginning(&bytes[..count], &left)).await?;
                }
            };
            let back = async {
                let mut bytes = vec![0; 64 * 1024];
                loop {
                    let count = far_in.read(&mut bytes).await?;
                    if count == 0 {
                        return Ok::<_, std::io::Error>(());
                    }
                    if String::from_utf8_lossy(&bytes[..count]).contains("too old resource version") {
                        gone.fetch_add(1, Ordering::SeqCst);
                    }
                    near_out.write_all(&bytes[..count]).await?;
                }
            };
            tokio::select! { ended = there => ended, ended = back => ended }
        });
    }
}

/// The head of a watch's request comes in one piece.
fn asked_from_the_beginning(bytes: &[u8], left: &AtomicUsize) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().next().unwrap_or_default();
    let version = line.split(['?', '&', ' ']).find_map(|part| part.strip_prefix("resourceVersion="));
    let (Some(version), true) = (version, line.contains("watch=true")) else { return bytes.to_vec() };
    if left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1)).is_err() {
        return bytes.to_vec();
    }
    text.replacen(&format!("resourceVersion={version}"), "resourceVersion=1", 1).into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_whose_past_is_forgotten_goes_on_with_what_is_there() -> Result<(), PartError> {
    const FORGOTTEN: usize = 6;
    let mut yard = Yard::alone().await?;
    if yard.cluster.is_private() {
        // A server that just began remembers everything; one that was started again, nothing from before.
        yard.own_cluster().kill_api_server();
        yard.own_cluster().start_api_server().await?;
    }
    let yard = yard;
    let shop = Shop::open(&yard, "forgotten", "").await?;
    yard.publish("shop/checkout", "1.0", SERVING).await?;
    let way = Forgetful::before(&yard).await?;
    let file = way.kubeconfig(&shop.desk.home())?;
    let _ = shop.policy(&format!("kubeconfig: {}, ", file.display()), "").await?.exits(0);

    way.left.store(FORGOTTEN, Ordering::SeqCst);
    let _ = shop.deploy("1.0").await?.exits(0);
    let while_deploying = way.gone.load(Ordering::SeqCst);
    assert!(while_deploying >= 4, "each kind's watch was told that its past is gone: {while_deploying}");

    // Somebody who watches hears what comes after it, too.
    way.left.store(FORGOTTEN, Ordering::SeqCst);
    let mut board = Watched::open(&shop.desk, HUNG).await;
    let image = format!("app={}:0.9", yard.name("shop/checkout"));
    yard.cluster.kubectl(&["set", "image", "deployment/checkout", &image, "--namespace=forgotten"]).await?;
    let drift = board.drift().await;
    let gone = way.gone.load(Ordering::SeqCst);
    println!("{gone} watches were told that their past is gone; then: {drift}");
    assert!(gone > while_deploying && drift.contains("artifact"), "{gone}: {drift}");
    Ok(())
}

/// How many watches of a namespace's pods, sets and workloads the API server serves.
async fn watches(yard: &Yard, resource: &str) -> Result<usize, PartError> {
    let all = yard.cluster.kubectl(&["get", "--raw=/metrics"]).await?;
    let ours = |line: &&str| {
        line.starts_with("apiserver_longrunning_requests{")
            && [&format!("resource=\"{resource}\""), "scope=\"namespace\"", "verb=\"WATCH\""]
                .iter()
                .all(|part| line.contains(*part))
    };
    let counts = all.lines().filter(ours).filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok());
    Ok(counts.sum())
}

const KINDS: [&str; 4] = ["deployments", "pods", "replicasets", "configmaps"];

/// Waits until there are so many of each kind beside those that others had open before.
async fn come_to(yard: &Yard, before: [usize; 4], wanted: usize) -> Result<(), PartError> {
    let began = Instant::now();
    for (resource, before) in KINDS.into_iter().zip(before) {
        loop {
            let count = watches(yard, resource).await?;
            if count == before + wanted {
                break;
            }
            assert!(began.elapsed() < HUNG, "{count} watches of {resource}, not {before} and {wanted}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_targets_of_a_namespace_share_one_watch_of_each_kind() -> Result<(), PartError> {
    let yard = Yard::alone().await?;
    yard.namespace("shared").await?;
    yard.publish("shop/checkout", "0.9", SERVING).await?;
    let image = format!("{}:0.9", yard.name("shop/checkout"));
    let names = ["checkout", "basket", "search"];
    for name in names {
        yard.cluster.apply("shared", &Yard::manifest("Deployment", name, &image, "replicas: 0")).await?;
    }
    let mut before = [0; 4];
    for (count, resource) in before.iter_mut().zip(KINDS) {
        *count = watches(&yard, resource).await?;
    }
    let runtime = Kubernetes::new(None);
    let mut open = Vec::new();
    for name in names {
        let target: Target = format!("{name}/production").parse().expect("a target");
        let settings = yard.settings("shared", name);
        open.push(runtime.watch(&settings, &target).await.expect("a watch"));
    }
    come_to(&yard, before, 1).await?;
    // The last one to go closes them.
    open.truncate(1);
    come_to(&yard, before, 1).await?;
    open.clear();
    come_to(&yard, before, 0).await
}
