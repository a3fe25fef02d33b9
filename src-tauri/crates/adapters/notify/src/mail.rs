//! E-mail by SMTP.
//!
//! Apart, because encryption is decided here: `smtp://` is plain only to this very machine and demands STARTTLS of any
//! other server; `smtps://` is TLS from the first byte. Certificates are judged by the platform's own store.
//!
//! Deliberately not here: HTML, attachments, and a server's address with a password in it; that belongs in the keychain.

use crate::PATIENCE;
use crate::address::SecretAddress;
use crate::topics::Topics;
use async_trait::async_trait;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message as Letter};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, Error as SmtpError};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use reqwest::Url;
use secrecy::ExposeSecret;
use switchback_core::port::{Message, Notifier, NotifyError, Topic};

/// Most characters of a subject: what mail programs show in one line, with room.
const SUBJECT: usize = 200;
/// Most characters of a body. Evidence is masked log lines; whole logs stay in the app.
const BODY: usize = 20_000;

/// An account on the mail server.
#[derive(Debug, Clone)]
pub struct Login {
    /// Its name.
    pub user: String,
    /// Where its password is.
    pub password: SecretAddress,
}

/// Some people's mailboxes.
#[derive(Debug, Clone)]
pub struct Mail {
    channel: String,
    from: Mailbox,
    to: Vec<Mailbox>,
    transport: AsyncSmtpTransportBuilder,
    login: Option<Login>,
    topics: Topics,
}

impl Mail {
    /// Mail from `from` to all of `to`, by the server at `smtp://host[:port]` or `smtps://host[:port]`.
    ///
    /// An error is lasting and says which part of the configuration is wrong.
    pub fn new(
        server: &str,
        from: &str,
        to: &[String],
        login: Option<Login>,
        topics: Topics,
    ) -> Result<Self, NotifyError> {
        let channel = format!("mail:{}", to.join(","));
        let wrong = |why: String| NotifyError { channel: channel.clone(), why, passing: false };
        let mailbox = |text: &str| text.parse().map_err(|_| wrong(format!("{text} is no mail address")));
        if to.is_empty() {
            return Err(wrong("there is nobody to write to".to_owned()));
        }
        let transport = transport(server).map_err(wrong)?;
        let to = to.iter().map(|text| mailbox(text)).collect::<Result<_, _>>()?;
        Ok(Self { from: mailbox(from)?, to, transport, login, topics, channel: channel.clone() })
    }

    fn lasting(&self, why: &impl ToString) -> NotifyError {
        NotifyError { channel: self.channel.clone(), why: why.to_string(), passing: false }
    }

    fn letter(&self, message: &Message) -> Result<Letter, NotifyError> {
        let mut letter = Letter::builder()
            .from(self.from.clone())
            .subject(line(&message.subject))
            // The same for each delivery of a message, so that a repeated one is recognised.
            .message_id(Some(format!("<{}@switchback.invalid>", message.id)))
            .header(ContentType::TEXT_PLAIN);
        for one in &self.to {
            letter = letter.to(one.clone());
        }
        let body: String = message.body.chars().take(BODY).collect();
        let told = if body.is_empty() { body } else { format!("{}\n\n", body.trim_end()) };
        let text = format!("{told}{}\nby {}\n{}\n", message.target, message.by, message.link);
        letter.body(text).map_err(|error| self.lasting(&error))
    }
}

#[async_trait]
impl Notifier for Mail {
    fn name(&self) -> String {
        self.channel.clone()
    }

    fn wants(&self, topic: Topic) -> bool {
        self.topics.wants(topic)
    }

    async fn send(&self, message: &Message) -> Result<(), NotifyError> {
        let mut transport = self.transport.clone();
        if let Some(login) = &self.login {
            let password = login.password.fetch(&self.channel).await?;
            let credentials = Credentials::new(login.user.clone(), password.expose_secret().to_owned());
            transport = transport.credentials(credentials);
        }
        let transport: Transport = transport.build();
        let letter = self.letter(message)?;
        // lettre bounds each command; the whole conversation is bounded here.
        match tokio::time::timeout(PATIENCE, transport.send(letter)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(NotifyError { passing: passing(&error), ..self.lasting(&told(&error)) }),
            Err(_) => {
                let why = format!("no answer within {} s", PATIENCE.as_secs());
                Err(NotifyError { passing: true, ..self.lasting(&why) })
            }
        }
    }
}

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// How to reach the server, or why its address will not do.
fn transport(server: &str) -> Result<AsyncSmtpTransportBuilder, String> {
    // The address is not repeated: somebody may have written a password into it.
    let url = Url::parse(server).map_err(|_| "the mail server is no smtp:// or smtps:// address".to_owned())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the mail server's address holds an account; name it as a login instead".to_owned());
    }
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or("the mail server's address has no host")?;
    let bare = host.trim_matches(['[', ']']);
    let here = bare == "localhost" || bare.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());

    let builder = match url.scheme() {
        "smtp" if here => Ok(Transport::builder_dangerous(bare).port(25)),
        "smtp" => Transport::starttls_relay(bare),
        "smtps" => Transport::relay(bare),
        _ => return Err("the mail server is no smtp:// or smtps:// address".to_owned()),
    };
    let builder = builder.map_err(|error| error.to_string())?.timeout(Some(PATIENCE));
    Ok(url.port().map_or_else(|| builder.clone(), |port| builder.clone().port(port)))
}

/// Whether a second try may help: not when the server refused for good or cannot do what we demand.
fn passing(error: &SmtpError) -> bool {
    !(error.is_permanent() || error.is_client())
}

/// The server's status, or the error's kind. The words of a server are not repeated: it may quote what we sent.
fn told(error: &SmtpError) -> String {
    match error.status() {
        Some(code) => format!("the mail server answered {code}"),
        None if error.is_timeout() => format!("no answer within {} s", PATIENCE.as_secs()),
        None if error.is_tls() => "no encrypted connection to the mail server".to_owned(),
        None if error.is_client() => "the mail server does not offer what is asked of it, such as STARTTLS".to_owned(),
        None => "no connection to the mail server".to_owned(),
    }
}

/// One line, without control characters, bounded.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SUBJECT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(server: &str) -> Result<Mail, NotifyError> {
        Mail::new(server, "switchback@example.com", &["oncall@example.com".into()], None, Topics::all())
    }

    #[test]
    fn a_server_is_smtp_or_smtps_without_an_account_in_its_address() {
        for good in
            ["smtp://127.0.0.1:2525", "smtp://mail.example.com", "smtps://mail.example.com:465", "smtp://[::1]:25"]
        {
            assert!(mail(good).is_ok(), "{good}");
        }
        for bad in ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://ana:hunter2@mail.example.com"] {
            let error = mail(bad).unwrap_err();
            assert!(!error.passing && !error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_subject_cannot_smuggle_a_header() {
        let message = Message {
            id: uuid::Uuid::nil(),
            topic: Topic::Failed,
            target: "checkout/production".into(),
            subject: "failed\r\nBcc: eve@example.com".into(),
            body: "why".into(),
            by: "ana".into(),
            link: "switchback://deployment/1".into(),
        };
        let letter = mail("smtp://127.0.0.1:25").unwrap().letter(&message).unwrap();
        let text = String::from_utf8(letter.formatted()).unwrap();
        assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
        assert!(text.contains("Message-ID: <00000000-0000-0000-0000-000000000000@switchback.invalid>"), "{text}");
    }

    #[test]
    fn a_wrong_mail_address_is_named() {
        let error = Mail::new("smtp://127.0.0.1", "nobody", &["a@b.example".into()], None, Topics::all()).unwrap_err();
        assert_eq!(error.why, "nobody is no mail address");
        assert!(Mail::new("smtp://127.0.0.1", "a@b.example", &[], None, Topics::all()).is_err());
    }
}
