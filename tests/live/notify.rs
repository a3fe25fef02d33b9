//! Mail against a real SMTP server. Slack and the webhook are proven inside their crate, against a real listener.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Command;
use std::time::Duration;
use switchback_core::port::{Message, Notifier, Topic};
use switchback_notify::{Mail, Topics};
use switchback_tests::cli::Desk;
use switchback_tests::daemon::Daemon;
use switchback_tests::leftover::Leftovers;
use switchback_tests::listening;
use switchback_tests::part::PartError;
use switchback_tests::port;

/// The distribution's own interpreter: another one on the path would not see its packages.
const PYTHON: &str = "/usr/bin/python3";
const STARTING: Duration = Duration::from_secs(15);

/// A mail server that prints what it takes.
struct MailServer {
    daemon: Daemon,
    folder: tempfile::TempDir,
    address: SocketAddr,
}

impl MailServer {
    async fn start() -> Result<Self, PartError> {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
        Self::start_at(free.map_err(PartError::io("find a free port"))?).await
    }

    async fn start_at(address: SocketAddr) -> Result<Self, PartError> {
        let known = Command::new(PYTHON).args(["-c", "import aiosmtpd"]).output();
        if !known.is_ok_and(|output| output.status.success()) {
            return Err(PartError::missing("an SMTP server (package python3-aiosmtpd)"));
        }
        let folder = tempfile::tempdir().map_err(PartError::io("make a temporary folder"))?;
        let mut command = Command::new(PYTHON);
        command.args(["-u", "-m", "aiosmtpd", "-n", "-l", &address.to_string()]);
        let mut daemon = Daemon::spawn("aiosmtpd", &mut command, &folder.path().join("mail.log"))?;
        daemon.answered(STARTING, async || tokio::net::TcpStream::connect(address).await.is_ok()).await?;
        Ok(Self { daemon, folder, address })
    }

    fn printed(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("mail.log")).unwrap()
    }
}

fn mail(server: &str) -> Mail {
    let to = ["oncall@example.com".to_owned(), "ana@example.com".to_owned()];
    Mail::new(server, "switchback@example.com", &to, None, Topics::only([Topic::RolledBack])).unwrap()
}

fn message() -> Message {
    Message {
        id: uuid::Uuid::from_u128(7),
        topic: Topic::RolledBack,
        target: "checkout/production".into(),
        subject: "checkout/production was rolled back to r41".into(),
        body: "error rate 7 % over 1 %".into(),
        by: "ana".into(),
        link: "switchback://deployment/7".into(),
    }
}

#[tokio::test]
async fn a_mail_arrives_with_its_subject_and_its_reason() -> Result<(), PartError> {
    let server = MailServer::start().await?;
    mail(&format!("smtp://{}", server.address)).send(&message()).await.unwrap();
    let printed = server.printed();
    for part in [
        "Subject: checkout/production was rolled back to r41",
        "To: oncall@example.com, ana@example.com",
        "error rate 7 % over 1 %",
        "switchback://deployment/7",
        "Message-ID: <00000000-0000-0000-0000-000000000007@switchback.invalid>",
    ] {
        assert!(printed.contains(part), "no {part} in:\n{printed}");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_down_is_worth_a_second_try_which_then_arrives() -> Result<(), PartError> {
    let mut server = MailServer::start().await?;
    let mail = mail(&format!("smtp://{}", server.address));
    server.daemon.stop();
    let error = mail.send(&message()).await.unwrap_err();
    assert!(error.passing, "{error}");
    assert_eq!(error.channel, "mail:oncall@example.com,ana@example.com");
    let again = MailServer::start_at(server.address).await?;
    mail.send(&message()).await.unwrap();
    assert!(again.printed().contains("rolled back"), "{}", again.printed());
    Ok(())
}

#[tokio::test]
async fn an_encrypted_address_never_falls_back_to_plain() -> Result<(), PartError> {
    let server = MailServer::start().await?;
    assert!(mail(&format!("smtps://{}", server.address)).send(&message()).await.is_err());
    assert!(!server.printed().contains("rolled back"), "{}", server.printed());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_at_a_terminal_does_not_wait_for_a_channel_that_hangs_and_nothing_is_lost() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let _leftovers = Leftovers::of(desk.home());
    listening::release(&desk, "1.0");
    // It takes connections and never says a word.
    let deaf = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("http://{}/hook", deaf.local_addr().unwrap());
    let _ = desk.given(&address, ["secret", "set", "hook"]).await?.exits(0);
    let policy = format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments: {{ staging: {{}} }}\ntargets:\n  \
         web/staging: {{ process: {{ run: [\"{{release}}/server\"], port: {} }}, health: {{ tcp: true, within: 10s, every: 100ms }} }}\n\
         notify: [{{ webhook: keychain:hook, on: [succeeded] }}]\n",
        port::free()
    );
    let _ = desk.apply(&policy).await?.exits(0);
    let mut at_a_terminal = desk.surroundings("script");
    let command = format!("{} deploy web staging 1.0", desk.program().display());
    at_a_terminal.args(["--quiet", "--return", "--command", &command, "/dev/null"]);
    let began = std::time::Instant::now();
    let told = desk.ask("", at_a_terminal).await?.exits(0);
    println!("the command came back after {:?}", began.elapsed());
    assert!(told.stdout.contains("no answer yet"), "{}", told.stdout);
    let channels = desk.run(["notify", "list"]).await?.exits(0);
    assert!(channels.json.to_string().contains("waiting"), "{:#}", channels.json);
    Ok(())
}
