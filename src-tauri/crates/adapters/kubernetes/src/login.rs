//! A way into a cluster: the kubeconfig is read, its login plugin run, and a login that the cluster refuses is renewed.
//!
//! kube asks a plugin again when its token's own time is up. A token revoked before that, a plugin's certificate and what
//! the kubeconfig itself holds it would keep for ever. What is refused for its login had no effect, so it is sent again,
//! once, with what the kubeconfig and its plugin say by then.

use crate::{client::ANSWERING, kubeconfig, path, stack, trouble};
use futures::future::BoxFuture;
use http::{Request, Response, StatusCode};
use kube::{
    Client, Config,
    client::{AuthError, Body},
    config::{AuthInfo, ExecInteractiveMode, KubeConfigOptions, Kubeconfig},
};
use std::{
    io::IsTerminal as _,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use switchback_core::failure::{Failure, Fault};
use tower_service::Service;

/// How long a cluster may take to take a connection.
const CONNECTING: Duration = Duration::from_secs(5);

/// Which way in.
pub(crate) type Way = (Option<PathBuf>, Option<String>);

/// The login of one way in, as it is now.
pub(crate) struct Login {
    way: Way,
    endpoint: String,
    now: Mutex<Turn>,
    /// Many are refused at the same time; one of them renews it.
    renewing: tokio::sync::Mutex<()>,
    moved: AtomicBool,
}

/// A client that keeps its login, and how many there were before it.
#[derive(Clone)]
struct Turn {
    number: u64,
    client: Client,
}

impl Login {
    pub(crate) async fn enter(way: Way) -> Result<Arc<Self>, Failure> {
        let (client, endpoint) = enter(&way).await?;
        let now = Mutex::new(Turn { number: 0, client });
        Ok(Arc::new(Self {
            way,
            endpoint,
            now,
            renewing: tokio::sync::Mutex::default(),
            moved: AtomicBool::new(false),
        }))
    }

    /// Where it leads to.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Whether the kubeconfig was found to lead to another cluster by now. This one is not followed there.
    pub(crate) fn has_moved(&self) -> bool {
        self.moved.load(Ordering::Relaxed)
    }

    /// A client whose login is renewed.
    pub(crate) fn client(self: &Arc<Self>) -> Client {
        let namespace = self.now().client.default_namespace().to_owned();
        Client::new(Renewing(self.clone()), namespace)
    }

    fn now(&self) -> Turn {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn send(self: Arc<Self>, request: Request<Body>) -> Result<Response<Body>, kube::Error> {
        let (parts, body) = request.into_parts();
        let again = body.try_clone().map(|body| Request::from_parts(parts.clone(), body));
        let used = self.now();
        let answer = used.client.send(Request::from_parts(parts, body)).await;
        let (true, Some(again)) = (is_refused(&answer), again) else { return answer };
        // By itself: who asks may lose its patience, but the answer of a plugin that thinks for a while is not lost.
        let renewing = tokio::spawn(self.renewed(used.number));
        let renewed = renewing.await.map_err(|error| kube::Error::Service(Box::new(error)))?;
        renewed.map_err(|failure| kube::Error::Service(Box::new(failure)))?.send(again).await
    }

    /// A client with another login than the refused one.
    async fn renewed(self: Arc<Self>, refused: u64) -> Result<Client, Failure> {
        let _alone = self.renewing.lock().await;
        let now = self.now();
        if now.number > refused {
            return Ok(now.client);
        }
        let entered = tokio::time::timeout(ANSWERING, enter(&self.way)).await;
        let (client, endpoint) = entered.unwrap_or_else(|_| Err(unanswered(&self.way, ANSWERING)))?;
        if endpoint != self.endpoint {
            self.moved.store(true, Ordering::Relaxed);
            let said = format!(
                "{} does not accept the login any more, and the kubeconfig leads to {endpoint} now",
                self.endpoint
            );
            return Err(trouble::no_access(&self.endpoint, Fault::Context, said));
        }
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = Turn { number: refused + 1, client: client.clone() };
        Ok(client)
    }
}

/// Whether the cluster does not accept the login, or kube could not renew it by itself.
fn is_refused(answer: &Result<Response<Body>, kube::Error>) -> bool {
    match answer {
        Ok(answer) => answer.status() == StatusCode::UNAUTHORIZED,
        Err(kube::Error::Service(error)) => error.is::<AuthError>(),
        Err(_) => false,
    }
}

/// What a client sends its requests through.
struct Renewing(Arc<Login>);

impl Service<Request<Body>> for Renewing {
    type Response = Response<Body>;
    type Error = kube::Error;
    type Future = BoxFuture<'static, Result<Response<Body>, kube::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), kube::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.0.clone().send(request))
    }
}

/// Reads the kubeconfig, runs its login plugin where it has one, and makes a client.
async fn enter((file, context): &Way) -> Result<(Client, String), Failure> {
    let shown = kubeconfig::shown(file.as_deref());
    let mut kubeconfig = kubeconfig::read(file.as_deref())?;
    kubeconfig::check(&kubeconfig, &shown, context.as_deref())?;
    for login in kubeconfig.auth_infos.iter_mut().filter_map(|named| named.auth_info.as_mut()) {
        lend_path(login).await;
        speak(login);
    }
    let plugin = plugin(&kubeconfig, context.as_deref());
    let options = KubeConfigOptions { context: context.clone(), ..KubeConfigOptions::default() };
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(|error| kubeconfig::refused(&shown, &error))?;
    config.connect_timeout = Some(CONNECTING);
    let endpoint = config.cluster_url.to_string();
    let made = aside(move || stack::client(config)).await;
    let made = made.map_err(|error| trouble::no_access(&shown, Fault::Login, error.to_string()))?;
    let client = made.map_err(|error| trouble::of_entry(&error, &endpoint, plugin.as_deref()))?;
    Ok((client, endpoint))
}

/// What runs a login plugin, which may think for ever: on a thread of its own, for which the end of the program does not
/// wait.
async fn aside<T: Send + 'static>(
    runs: impl FnOnce() -> T + Send + 'static,
) -> Result<T, tokio::sync::oneshot::error::RecvError> {
    let (done, made) = tokio::sync::oneshot::channel();
    let runtime = tokio::runtime::Handle::current();
    std::thread::spawn(move || {
        let _within = runtime.enter();
        // Nobody may wait for it any more.
        drop(done.send(runs()));
    });
    made.await
}

/// The failure of a way in whose login plugin has not answered yet. It is left to go on: a person may be at it in a browser.
pub(crate) fn unanswered((file, context): &Way, within: Duration) -> Failure {
    let shown = kubeconfig::shown(file.as_deref());
    let plugin = kubeconfig::read(file.as_deref()).ok().and_then(|read| plugin(&read, context.as_deref()));
    let plugin = plugin.unwrap_or_else(|| "of the kubeconfig".to_owned());
    let context = context.as_ref().map(|context| format!(" --context {context}")).unwrap_or_default();
    let said = format!(
        "the login plugin {plugin} gave no answer within {} s; `kubectl{context} get pods` shows what it waits for",
        within.as_secs()
    );
    trouble::no_access(&shown, Fault::Plugin, said)
}

/// A login plugin is looked for where the person's own shell finds it.
async fn lend_path(login: &mut AuthInfo) {
    let Some(exec) = &mut login.exec else { return };
    let lent = exec.env.get_or_insert_default();
    if lent.iter().any(|variable| variable.get("name").is_some_and(|name| name == "PATH")) {
        return;
    }
    if let Some(path) = path::of_login_shell().await {
        lent.push([("name".to_owned(), "PATH".to_owned()), ("value".to_owned(), path)].into());
    }
}

/// Where nobody sits at a terminal a plugin has nobody to ask, and what it says is kept to be told.
fn speak(login: &mut AuthInfo) {
    let Some(exec) = &mut login.exec else { return };
    let asks = !matches!(exec.interactive_mode, Some(ExecInteractiveMode::Always));
    if asks && !std::io::stdin().is_terminal() {
        exec.interactive_mode = Some(ExecInteractiveMode::Never);
    }
}

/// The program that logs in, with what its makers say about getting it.
fn plugin(kubeconfig: &Kubeconfig, context: Option<&str>) -> Option<String> {
    let wanted = context.or(kubeconfig.current_context.as_deref())?;
    let context = kubeconfig.contexts.iter().find(|named| named.name == wanted)?.context.as_ref()?;
    let user = context.user.as_deref()?;
    let login = kubeconfig.auth_infos.iter().find(|named| named.name == user)?.auth_info.as_ref()?;
    let exec = login.exec.as_ref()?;
    let hint = exec.install_hint.as_deref().map(|hint| format!(" ({})", hint.trim())).unwrap_or_default();
    Some(format!("{}{hint}", exec.command.as_deref().unwrap_or_default()))
}
