//! Letters: handed to the mail server that the configuration names.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use portico_core::ports::{Letter, MailError, Mailer};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// How long the mail server may take.
const PATIENCE: Duration = Duration::from_secs(30);

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
        // The address came through a registration form: one that isn't one must not become another header.
        let to: lettre::Address = letter.to.parse().map_err(|error| MailError(Box::new(error)))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.clone())
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.expose_secret().to_owned())
            .map_err(|error| MailError(Box::new(error)))?;
        self.transport.send(message).await.map_err(|error| MailError(Box::new(error)))?;
        Ok(())
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
}
