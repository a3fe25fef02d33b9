//! Routers under load: nothing is lost while traffic is switched, and what is refused changes nothing.

#![expect(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

use std::{
    fs,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};
use switchback_core::{
    failure::FailureKind,
    port::{Route, Switchboard, Upstream},
    strategy::{NginxHost, Router},
};
use switchback_gateway::{Nginx, Routers};
use switchback_tests::{
    nginx::PrivateNginx,
    port,
    supervised::{Supervised, target},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};

/// Requests a second while traffic is switched.
const RATE: u64 = 200;
const SWITCHES: usize = 20;

async fn ask(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(b"GET /version HTTP/1.0\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200") => Ok(body.to_owned()),
        _ => Err(std::io::Error::other(answer)),
    }
}

async fn until_it_answers(port: u16) {
    for _ in 0..250 {
        if ask(port).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nothing answers on port {port}");
}

/// A server of the tests, ended when dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    async fn start(version: &str) -> Self {
        let port = port::free();
        let child = Command::new(env!("CARGO_BIN_EXE_demo-server"))
            .args(["--port", &port.to_string(), "--version", version])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, port };
        until_it_answers(port).await;
        server
    }

    fn route(&self) -> Route {
        let upstream = Upstream { host: "127.0.0.1".to_owned(), port: self.port };
        Route { target: target(), upstreams: vec![upstream] }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}

/// Requests at a steady rate, each over a connection of its own, until it is told to end.
struct Load {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU32>,
    failed: Arc<AtomicU32>,
    task: JoinHandle<()>,
}

impl Load {
    fn on(port: u16) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (sent, failed) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let (stop2, sent2, failed2) = (Arc::clone(&stop), Arc::clone(&sent), Arc::clone(&failed));
        let task = tokio::spawn(async move {
            let mut tick = tokio::time::interval(Duration::from_micros(1_000_000 / RATE));
            let mut open = tokio::task::JoinSet::new();
            while !stop2.load(Ordering::Relaxed) {
                tick.tick().await;
                let failed = Arc::clone(&failed2);
                sent2.fetch_add(1, Ordering::Relaxed);
                open.spawn(async move {
                    if let Err(error) = ask(port).await {
                        eprintln!("lost: {error}");
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            open.join_all().await;
        });
        Self { stop, sent, failed, task }
    }

    async fn end(self) -> (u32, u32) {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap();
        (self.sent.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed))
    }
}

/// Switches to and fro under load. After each switch the next answer is the new one's, and the old instance could be
/// stopped: nothing is left on it.
async fn to_and_fro(board: &dyn Switchboard, router: &Router, port: u16) {
    let (one, two) = (Server::start("one").await, Server::start("two").await);
    board.switch(router, &one.route()).await.unwrap();
    until_it_answers(port).await;
    let load = Load::on(port);
    let mut slowest = Duration::ZERO;
    for turn in 0..SWITCHES {
        let (server, version) = if turn % 2 == 0 { (&two, "two") } else { (&one, "one") };
        // Load on the old one, so that there is something to lose.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let begun = std::time::Instant::now();
        board.switch(router, &server.route()).await.unwrap();
        slowest = slowest.max(begun.elapsed());
        assert_eq!(ask(port).await.unwrap(), version, "switch {turn}");
        assert_eq!(board.current(router, &target()).await, Ok(Some(server.route().upstreams)));
        board.drained(router, &target(), Duration::from_secs(10)).await.unwrap();
    }
    let (sent, failed) = load.end().await;
    println!("{SWITCHES} switches, slowest {slowest:?}: {sent} requests, {failed} failed");
    assert_eq!(failed, 0, "of {sent}");
    assert!(sent > 300, "hardly any load: {sent}");
}

fn router(nginx: &PrivateNginx) -> Router {
    nginx.router(Duration::from_secs(10))
}

fn routers(home: &Supervised) -> Routers {
    Routers::new(Box::new(home.switch()), Nginx::new(None))
}

fn supervised() -> Supervised {
    Supervised::new(env!("CARGO_BIN_EXE_test-supervisor"), env!("CARGO_BIN_EXE_demo-server"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_loses_no_request_while_it_is_switched() {
    let (home, nginx) = (supervised(), PrivateNginx::start().unwrap());
    to_and_fro(&routers(&home), &router(&nginx), nginx.port()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tcp_switch_loses_no_request_while_it_is_switched() {
    let (home, port) = (supervised(), port::free());
    to_and_fro(&routers(&home), &Router::Tcp { port }, port).await;
    assert_eq!(home.switch().close(port).await, Ok(true));
}

#[tokio::test]
async fn a_configuration_that_nginx_refuses_leaves_the_old_one_serving() {
    let nginx = PrivateNginx::start().unwrap();
    let (router, board, server) = (router(&nginx), Nginx::new(None), Server::start("one").await);
    board.switch(&router, &server.route()).await.unwrap();
    let before = fs::read_to_string(nginx.conf()).unwrap();
    // A name nobody resolves: nginx reads the file and says no.
    let mut route = server.route();
    route.upstreams.push(Upstream { host: "no-such-host.invalid".to_owned(), port: 80 });
    let failure = board.switch(&router, &route).await.unwrap_err();
    let FailureKind::RouterRefused { said } = &failure.kind else { panic!("{failure:?}") };
    assert!(said.contains("host not found"), "{said}");
    assert_eq!(fs::read_to_string(nginx.conf()).unwrap(), before);
    assert_eq!(ask(nginx.port()).await.unwrap(), "one");
}

#[tokio::test]
async fn the_same_route_again_reloads_nothing_unless_a_switch_was_cut_short() {
    let nginx = PrivateNginx::start().unwrap();
    let (board, server) = (Nginx::new(None), Server::start("one").await);
    board.switch(&router(&nginx), &server.route()).await.unwrap();
    let Router::Nginx { conf, upstream, drain, .. } = router(&nginx) else { panic!() };
    let host = NginxHost::Local { test: nginx.words(&["-t"]), reload: vec!["false".to_owned()] };
    let cannot_reload = Router::Nginx { conf, upstream, host, drain };
    assert_eq!(board.switch(&cannot_reload, &server.route()).await, Ok(()));
    let kept = nginx.conf().with_file_name(".checkout.conf.before");
    fs::write(&kept, fs::read_to_string(nginx.conf()).unwrap()).unwrap();
    assert!(board.switch(&cannot_reload, &server.route()).await.is_err(), "the crash was not made good");
    assert_eq!(board.switch(&router(&nginx), &server.route()).await, Ok(()));
    assert_eq!(ask(nginx.port()).await.unwrap(), "one");
}

#[tokio::test]
async fn a_switch_that_was_killed_goes_on_where_it_was_told_to() {
    let (home, port, server) = (supervised(), port::free(), Server::start("one").await);
    let (board, router) = (home.switch(), Router::Tcp { port });
    board.switch(&router, &server.route()).await.unwrap();
    for pid in home.daemons("tcp-switch") {
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
    }
    assert_eq!(board.current(&router, &target()).await, Ok(None), "a look starts nothing");
    board.switch(&router, &server.route()).await.unwrap();
    assert_eq!(board.current(&router, &target()).await, Ok(Some(server.route().upstreams)));
    assert_eq!(ask(port).await.unwrap(), "one");
}

#[tokio::test]
async fn an_instance_that_refuses_is_passed_over() {
    let (home, port, server) = (supervised(), port::free(), Server::start("one").await);
    let mut route = server.route();
    route.upstreams.insert(0, Upstream { host: "127.0.0.1".to_owned(), port: port::free() });
    home.switch().switch(&Router::Tcp { port }, &route).await.unwrap();
    for _ in 0..10 {
        assert_eq!(ask(port).await.unwrap(), "one");
    }
}

#[tokio::test]
async fn an_old_connection_keeps_its_instance_and_is_waited_for() {
    let (home, port) = (supervised(), port::free());
    let (one, two) = (Server::start("one").await, Server::start("two").await);
    let (board, router) = (home.switch(), Router::Tcp { port });
    board.switch(&router, &one.route()).await.unwrap();
    let mut old = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = b"GET /version HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut bytes = [0; 1024];
    for round in 0..2 {
        old.write_all(request).await.unwrap();
        let count = old.read(&mut bytes).await.unwrap();
        let mut answer = String::from_utf8_lossy(&bytes[..count]).into_owned();
        while !answer.contains("\r\n\r\no") {
            let count = old.read(&mut bytes).await.unwrap();
            answer.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        assert!(answer.ends_with("one"), "round {round}: {answer}");
        board.switch(&router, &two.route()).await.unwrap();
    }
    assert_eq!(ask(port).await.unwrap(), "two");
    let board2 = home.switch();
    let waiting =
        tokio::spawn(async move { board2.drained(&Router::Tcp { port }, &target(), Duration::from_secs(20)).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!waiting.is_finished(), "drained while a connection is open");
    drop(old);
    let ended = tokio::time::timeout(Duration::from_secs(5), waiting).await;
    assert_eq!(ended.unwrap().unwrap(), Ok(()));
}
