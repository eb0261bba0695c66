//! Letters: handed to the mail server that the configuration names.

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, SUBMISSION_PORT, SUBMISSIONS_PORT};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use portico_core::ports::{Letter, MailError, Mailer};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// How long the mail server may take for each answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a certificate in a PEM file begins with (RFC 7468 §5).
const PEM_CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";
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
    /// A PEM file with the authorities that the mail server's certificate may come from, in the place of the system's.
    pub ca_file: Option<PathBuf>,
}

/// Sends letters by SMTP.
#[derive(Debug)]
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// A mailer as configured; a relative path starts at `base_dir`. Nothing is sent yet.
    ///
    /// # Errors
    /// Which key is wrong, and what is expected.
    pub fn new(config: &MailConfig, base_dir: &Path) -> Result<Self, String> {
        let from = config.from.parse::<Mailbox>().map_err(|error| {
            format!("mail.from: `{}` is no address ({error}); write \"Name <name@example.org>\"", config.from)
        })?;
        let ca_file = config.ca_file.as_ref().map(|file| base_dir.join(file));
        let mut builder = transport(&config.smtp, ca_file.as_deref())?.timeout(Some(PATIENCE));
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

fn transport(url: &str, ca_file: Option<&Path>) -> Result<AsyncSmtpTransportBuilder, String> {
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
    let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host);
    let builder = match scheme {
        "smtps" => builder.port(SUBMISSIONS_PORT).tls(Tls::Wrapper(trust(host, ca_file)?)),
        "smtp" => builder.port(SUBMISSION_PORT).tls(Tls::Required(trust(host, ca_file)?)),
        "smtp+plain" if ca_file.is_some() => {
            return Err(format!(
                "mail.ca_file: `{url}` has no certificate that could be verified; leave it out"
            ));
        }
        "smtp+plain" => {
            let here = host == "localhost"
                || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
            if !here {
                return Err(format!(
                    "mail.smtp: `{url}`: letters hold links that open accounts; without encryption they may go to this \
                     machine alone"
                ));
            }
            builder
        }
        _ => return Err(wrong()),
    };
    Ok(match port {
        Some(port) => builder.port(port),
        None => builder,
    })
}

/// Whose certificates are believed: those of the file's authorities alone, or of the system's.
fn trust(host: &str, ca_file: Option<&Path>) -> Result<TlsParameters, String> {
    let mut tls = TlsParameters::builder(host.to_owned());
    let Some(file) = ca_file else {
        return tls.build().map_err(|error| format!("mail.smtp: TLS can't be used: {error}"));
    };
    let wrong = |what: String| format!("mail.ca_file: {}: {what}", file.display());
    let pem = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    if !pem.windows(PEM_CERTIFICATE.len()).any(|part| part == PEM_CERTIFICATE) {
        return Err(wrong(
            "no certificate is in it; expected PEM, with `-----BEGIN CERTIFICATE-----`".into(),
        ));
    }
    let authorities = Certificate::from_pem(&pem).map_err(|error| wrong(error.to_string()))?;
    tls = tls.certificate_store(CertificateStore::None).add_root_certificate(authorities);
    tls.build().map_err(|error| wrong(error.to_string()))
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
        MailConfig { smtp: smtp.into(), from: from.into(), username: None, password: None, ca_file: None }
    }

    #[test]
    fn a_mistake_names_its_key() {
        let good = "Portico <portico@example.org>";
        for smtp in ["", "mail.example.org", "http://x", "smtp://", "smtp://x:y", "smtp://user@x"] {
            let error = SmtpMailer::new(&config(smtp, good), Path::new("")).unwrap_err();
            assert!(error.starts_with("mail.smtp"), "{smtp}: {error}");
        }
        let error =
            SmtpMailer::new(&config("smtp+plain://mail.example.org", good), Path::new("")).unwrap_err();
        assert!(error.contains("this machine alone"), "{error}");
        let error = SmtpMailer::new(&config("smtp+plain://127.0.0.1", "nobody"), Path::new("")).unwrap_err();
        assert!(error.starts_with("mail.from"), "{error}");
        assert!(SmtpMailer::new(&config("smtp+plain://127.0.0.1:2525", good), Path::new("")).is_ok());
    }

    #[test]
    fn a_file_of_authorities_has_certificates_and_a_use() {
        let folder = tempfile::tempdir().unwrap();
        let with = |smtp: &str, file: &str| {
            let config = MailConfig { ca_file: Some(file.into()), ..config(smtp, "chat@example.org") };
            SmtpMailer::new(&config, folder.path()).map(drop)
        };
        let begin = "-----BEGIN CERTIFICATE-----\n";
        let broken = format!("{begin}AAAA\n-----END CERTIFICATE-----\n");
        for (file, text) in
            [("empty", ""), ("key", "-----BEGIN PRIVATE KEY-----"), ("cut", begin), ("broken", &broken)]
        {
            std::fs::write(folder.path().join(file), text).unwrap();
        }
        for file in ["missing", "empty", "key", "cut", "broken"] {
            for smtp in ["smtp://mail.example.org", "smtps://mail.example.org"] {
                let error = with(smtp, file).unwrap_err();
                assert!(error.starts_with("mail.ca_file") && error.contains(file), "{error}");
            }
        }
        let error = with("smtp+plain://127.0.0.1", "empty").unwrap_err();
        assert!(error.contains("leave it out"), "{error}");
    }

    fn written(to: &str, subject: &str) -> Result<String, String> {
        let mailer = SmtpMailer::new(
            &config("smtp+plain://127.0.0.1", "Der Plausch – Zürich <chat@example.org>"),
            Path::new(""),
        )
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
