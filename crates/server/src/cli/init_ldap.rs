//! `portico init --ldap`: a configuration for a directory, found out by asking it.

use std::fmt::Write as _;
use std::io::{BufRead, IsTerminal, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use portico_auth_ldap_windows::{Approach, Discovered, discover};
use secrecy::{ExposeSecret, SecretString};

use crate::cli::{EXIT_ERROR, EXIT_OK, answer, complain};

/// The file beside the configuration with the service account's password: as `Discovered::toml` names it.
const PASSWORD_FILE: &str = "ldap-password";

/// `portico init --ldap`
#[derive(Debug, Args)]
pub(super) struct InitLdapArgs {
    /// The directory: ldaps://dc1.example.org, or ldap://… with --starttls.
    #[arg(long, value_name = "URL")]
    pub(super) ldap: Option<String>,
    /// The service account: its DN, or in Active Directory `DOMAIN\name` or `name@domain`. Its password is asked for, or
    /// read from standard input.
    #[arg(long, value_name = "NAME", requires = "ldap")]
    bind_dn: Option<String>,
    /// Certificates (PEM) to trust in place of the system's.
    #[arg(long, value_name = "FILE", requires = "ldap")]
    ca_file: Option<PathBuf>,
    /// TLS begins inside an ldap:// connection.
    #[arg(long, requires = "ldap")]
    starttls: bool,
    /// Speak to an ldap:// address without TLS: passwords travel readable.
    #[arg(long, requires = "ldap")]
    allow_plain: bool,
    /// The keytab of the service, for sign-on without typing.
    #[arg(long, value_name = "FILE", requires = "host")]
    keytab: Option<PathBuf>,
    /// The host name people use for Portico, as in the service principal name: chat.example.org.
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// Where the configuration is written. An existing file is left alone.
    #[arg(long, value_name = "FILE", default_value = "portico.toml")]
    output: PathBuf,
}

/// Asks the directory and writes what it found.
pub(super) async fn run(args: &InitLdapArgs) -> u8 {
    match write_configuration(args).await {
        Ok(()) => EXIT_OK,
        Err(error) => {
            complain(&format!("{error:#}"));
            EXIT_ERROR
        }
    }
}

async fn write_configuration(args: &InitLdapArgs) -> anyhow::Result<()> {
    let url = args.ldap.as_deref().context("--ldap is needed")?;
    let folder = args.output.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let password_file = folder.join(PASSWORD_FILE);
    let taken = |path: &Path| anyhow::anyhow!("{} exists already; nothing was written", path.display());
    anyhow::ensure!(!args.output.exists(), taken(&args.output));
    anyhow::ensure!(args.bind_dn.is_none() || !password_file.exists(), taken(&password_file));
    let approach = approach(args)?;
    let found = discover(url, &approach).await.map_err(|error| anyhow::anyhow!("{}", error.full_text()))?;
    if let Some((_, password)) = &approach.account {
        write_new(&password_file, password.expose_secret(), 0o600)?;
    }
    write_new(&args.output, &configuration(args, url, &approach, &found), 0o640)?;
    tell(args, &found);
    Ok(())
}

fn approach(args: &InitLdapArgs) -> anyhow::Result<Approach> {
    let account = match &args.bind_dn {
        Some(name) => Some((name.clone(), read_password()?)),
        None => None,
    };
    // The configuration may be used from another folder than this.
    let ca_file = args.ca_file.as_deref().map(std::path::absolute).transpose()?;
    Ok(Approach { starttls: args.starttls, allow_plain: args.allow_plain, ca_file, account })
}

fn read_password() -> anyhow::Result<SecretString> {
    let mut line = String::new();
    if std::io::stdin().is_terminal() {
        line = rpassword::prompt_password("Password of the service account: ")?;
    } else {
        std::io::stdin().lock().read_line(&mut line)?;
    }
    let password = line.trim_end_matches(['\r', '\n']);
    anyhow::ensure!(
        !password.is_empty(),
        "the service account's password is needed, one line on standard input"
    );
    Ok(SecretString::from(password.to_owned()))
}

fn configuration(args: &InitLdapArgs, url: &str, approach: &Approach, found: &Discovered) -> String {
    let mut text =
        String::from("# Written by `portico init --ldap`. Every key: docs/configuration.md\n\n[server]\n");
    text.push_str("listen = \"127.0.0.1:8080\"\ndatabase_url = \"sqlite://portico.db\"\n");
    if let Some(host) = &args.host {
        let _ = writeln!(text, "public_url = {}", toml_text(&format!("https://{host}")));
    }
    if let Some(keytab) = &args.keytab {
        let keytab = std::path::absolute(keytab).unwrap_or_else(|_| keytab.clone());
        let _ = writeln!(text, "\n[server.kerberos]\nkeytab = {}", toml_text(&keytab.display().to_string()));
    }
    let _ = write!(text, "\n[authenticator.windows]\n{}", found.toml(url, approach));
    if args.keytab.is_some() {
        text.push_str("\n[authenticator.windows.negotiate]\n");
        if let Some(host) = &args.host {
            let _ = writeln!(text, "service = {}", toml_text(&format!("HTTP/{host}")));
        }
        if let Some(realm) = &found.kerberos_realm {
            let _ = writeln!(text, "realms = [{}]", toml_text(realm));
        }
    }
    text.push_str(
        "\n[[front]]\npath = \"/im/\"\nauthenticators = [\"windows\"]\nmode = \"open-community\"\n",
    );
    text
}

fn toml_text(value: &str) -> String {
    toml::Value::from(value).to_string()
}

/// Makes a file that was not there.
fn write_new(path: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(path).with_context(|| format!("{} can't be written", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("{} can't be written", path.display()))
}

fn tell(args: &InitLdapArgs, found: &Discovered) {
    let mut text = format!("found: {}, people below {}", found.schema.as_str(), found.base_dn);
    if let (Some(domain), Some(realm)) = (&found.domain, &found.kerberos_realm) {
        let _ = write!(text, ", domain {domain}, realm {realm}");
    }
    if !found.people_found {
        text.push_str("\nnobody was found yet: name a service account (--bind-dn), or correct `base_dn` and `user_filter`");
    }
    let output = args.output.display();
    let _ = write!(text, "\nwritten: {output}\nnext: portico check --config {output}");
    answer(&text);
}
