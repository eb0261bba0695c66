//! Letters: handed to the mail server that the configuration names.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use portico_core::ports::{Letter, MailError, Mailer};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// How long the mail server may take for each answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it may take for a letter.
const PATIENCE_FOR_ALL: Duration = Duration::from_secs(90);

/// `[mail]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// The mail server: `smtps://HOST[:465]` (TLS from the beginning), `smtp://HOST[:587]` (STARTTLS, and nothing without
    /// it), or `smtp+plain://127.0.0.1[:25]` (no encryption: on this machine alone).
    pub smtp: String,
    /// The address that letters come from: `Portico <portico@example.org>`.
    pub from: String,
    /// Who logs in there, if that is asked for.
    pub username: Option<String>,
    /// With this password.
    pub password: Option<SecretString>,
}

/// Sends letters by SMTP.
#[derive(Debug)]
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// A mailer as configured. Nothing is sent yet.
    ///
    /// # Errors
    /// Which key is wrong, and what is expected.
    pub fn new(config: &MailConfig) -> Result<Self, String> {
        let from = config.from.parse::<Mailbox>().map_err(|error| {
            format!("mail.from: `{}` is no address ({error}); write \"Name <name@example.org>\"", config.from)
        })?;
        let mut builder = transport(&config.smtp)?.timeout(Some(PATIENCE));
        match (&config.username, &config.password) {
            (Some(name), Some(password)) => {
                let secret = password.expose_secret().to_owned();
                builder = builder.credentials(Credentials::new(name.clone(), secret));
            }
            (None, None) => {}
            _ => return Err("mail: `username` and `password` (or `password_file`) belong together".into()),
        }
        Ok(Self { transport: builder.build(), from })
    }
}

fn transport(url: &str) -> Result<lettre::transport::smtp::AsyncSmtpTransportBuilder, String> {
    let wrong = || {
        format!(
            "mail.smtp: `{url}`: expected \"smtps://HOST\", \"smtp://HOST\" or, on this machine alone, \
             \"smtp+plain://127.0.0.1\", each with an optional :PORT"
        )
    };
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    let rest = rest.trim_end_matches('/');
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') => (host, Some(port.parse::<u16>().map_err(|_| wrong())?)),
        _ => (rest, None),
    };
    if host.is_empty() || host.contains(['/', '@', '?', '#']) {
        return Err(wrong());
    }
    let failed = |error: lettre::transport::smtp::Error| format!("mail.smtp: `{url}`: {error}");
    let builder = match scheme {
        "smtps" => AsyncSmtpTransport::<Tokio1Executor>::relay(host).map_err(failed)?,
        "smtp" => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host).map_err(failed)?,
        "smtp+plain" => {
            let here = host == "localhost"
                || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
            if !here {
                return Err(format!(
                    "mail.smtp: `{url}`: letters hold links that open accounts; without encryption they may go to this \
                     machine alone"
                ));
            }
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
        }
        _ => return Err(wrong()),
    };
    Ok(match port {
        Some(port) => builder.port(port),
        None => builder,
    })
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let message = self.message(letter).map_err(MailError::for_good)?;
        let sending = self.transport.send(message);
        match tokio::time::timeout(PATIENCE_FOR_ALL, sending).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_permanent() => Err(MailError::for_good(error)),
            Ok(Err(error)) => Err(MailError::passing(error)),
            Err(late) => Err(MailError::passing(late)),
        }
    }
}

impl SmtpMailer {
    fn message(&self, letter: &Letter) -> Result<Message, Box<dyn std::error::Error + Send + Sync>> {
        // The address came through a registration form: one that isn't one must not become another header.
        let to: lettre::Address = letter.to.parse()?;
        let subject: String = letter.subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            // The same when it is sent again.
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.email.domain())))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.expose_secret().to_owned())?;
        Ok(message)
    }
}

/// `Auto-Submitted: auto-generated` (RFC 3834 §5): nobody's absence notice answers it.
#[derive(Clone, Copy)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(smtp: &str, from: &str) -> MailConfig {
        MailConfig { smtp: smtp.into(), from: from.into(), username: None, password: None }
    }

    #[test]
    fn a_mistake_names_its_key() {
        let good = "Portico <portico@example.org>";
        for smtp in ["", "mail.example.org", "http://x", "smtp://", "smtp://x:y", "smtp://user@x"] {
            let error = SmtpMailer::new(&config(smtp, good)).unwrap_err();
            assert!(error.starts_with("mail.smtp"), "{smtp}: {error}");
        }
        let error = SmtpMailer::new(&config("smtp+plain://mail.example.org", good)).unwrap_err();
        assert!(error.contains("this machine alone"), "{error}");
        let error = SmtpMailer::new(&config("smtp+plain://127.0.0.1", "nobody")).unwrap_err();
        assert!(error.starts_with("mail.from"), "{error}");
        assert!(SmtpMailer::new(&config("smtp+plain://127.0.0.1:2525", good)).is_ok());
    }

    fn written(to: &str, subject: &str) -> Result<String, String> {
        let mailer =
            SmtpMailer::new(&config("smtp+plain://127.0.0.1", "Der Plausch – Zürich <chat@example.org>"))
                .unwrap();
        let letter = Letter::new(to.into(), subject.into(), "Grüße\n".into());
        let message = mailer.message(&letter).map_err(|error| error.to_string())?;
        let text = String::from_utf8(message.formatted()).unwrap();
        assert!(text.contains(&format!("Message-ID: <{}@example.org>\r\n", letter.id)), "{text}");
        Ok(text)
    }

    #[test]
    fn a_letter_carries_what_mail_servers_want() {
        let text = written("ann@example.org", "Plausch: a new password").unwrap();
        for line in [
            "To: ann@example.org",
            "Subject: Plausch: a new password",
            "Auto-Submitted: auto-generated",
            "Content-Type: text/plain; charset=utf-8",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
        assert!(text.lines().any(|line| line.starts_with("Date: ")), "{text}");
        assert!(text.lines().any(|line| line.starts_with("From: =?utf-8?b?")), "{text}");
    }

    #[test]
    fn nothing_that_people_choose_becomes_a_header_or_another_address() {
        for to in [
            "ann@example.org\r\nBcc: eve@example.org",
            "ann@example.org\nBcc: eve@example.org",
            "ann@example.org, eve@example.org",
            "ann@example.org> RCPT TO:<eve@example.org",
            "Ann <ann@example.org>",
            "ann@example.org\0",
            "",
        ] {
            assert!(written(to, "x").is_err(), "{to:?}");
        }
        for subject in ["x\r\nBcc: eve@example.org", "x\n\ntext", "Zürich\r\nBcc: eve@example.org"] {
            let text = written("ann@example.org", subject).unwrap();
            assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
            assert!(text.lines().take_while(|line| !line.is_empty()).count() >= 8, "{text}");
        }
    }
}
