//! What a directory is, found out by asking it: for a configuration that nobody has to write by hand.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use portico_core::auth::AuthError;
use secrecy::SecretString;

use crate::connection::{Patience, Search};
use crate::domain::{ConfiguredDomain, RootEntry, root_entry};
use crate::filter::{ConfiguredFilter, Filter};
use crate::pool::{BoundAs, Pool, Servers};
use crate::schema::Preset;
use crate::server::Server;
use crate::tls;

/// How a directory is asked.
#[derive(Debug, Clone, Default)]
pub struct Approach {
    /// `ldap://` addresses begin TLS inside the connection.
    pub starttls: bool,
    /// `ldap://` addresses are spoken to without TLS.
    pub allow_plain: bool,
    /// The certificates to trust, in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// The service account's name and password. Without it only what everybody may see is found.
    pub account: Option<(String, SecretString)>,
}

/// What a directory is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Discovered {
    /// The entry below which people are.
    pub base_dn: String,
    /// The kind of directory.
    pub schema: Preset,
    /// A filter that finds people, where the preset's finds none.
    pub user_filter: Option<String>,
    /// Whether the filter (or the preset's) was seen to find somebody.
    pub people_found: bool,
    /// The domain's NetBIOS name.
    pub domain: Option<String>,
    /// The Kerberos realm.
    pub kerberos_realm: Option<String>,
}

impl Discovered {
    /// The keys of `[authenticator.NAME]`, as lines of TOML: `url`, what of `approach` it needs (the password as
    /// `bind_password_file`), and what was found.
    pub fn toml(&self, url: &str, approach: &Approach) -> String {
        let mut text = String::from("kind = \"ldap-windows\"\n");
        let mut line = |key: &str, value: &str| {
            let _ = writeln!(text, "{key} = {}", quoted(value));
        };
        line("url", url);
        line("schema", self.schema.as_str());
        line("base_dn", &self.base_dn);
        if let Some(filter) = &self.user_filter {
            line("user_filter", filter);
        }
        if let Some(file) = &approach.ca_file {
            line("ca_file", &file.display().to_string());
        }
        match &approach.account {
            Some((name, _)) => {
                line("bind_dn", name);
                line("bind_password_file", "ldap-password");
            }
            None => text.push_str("anonymous_search = true\n"),
        }
        for (key, on) in [("starttls", approach.starttls), ("allow_plain", approach.allow_plain)] {
            if on {
                let _ = writeln!(text, "{key} = true");
            }
        }
        text
    }
}

/// A basic string of TOML.
fn quoted(value: &str) -> String {
    let mut text = String::from('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => {
                text.push('\\');
                text.push(c);
            }
            c if c.is_control() => {
                let _ = write!(text, "\\u{:04X}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

/// Asks the directory at `url` what it is: the base from its root entry, the kind by what it says of itself, and a filter
/// that finds people. Takes at most about 20 seconds.
///
/// # Errors
/// Which step failed, and what to do: as at the check of an authenticator.
pub async fn discover(url: &str, approach: &Approach) -> Result<Discovered, AuthError> {
    let misconfigured = |error: &dyn std::fmt::Display| AuthError::misconfigured(error.to_string());
    let server =
        Server::new(url, approach.starttls, approach.allow_plain).map_err(|error| misconfigured(&error))?;
    let tls = tls::client_config(approach.ca_file.as_deref()).map_err(|error| misconfigured(&error))?;
    let patience = Patience { connect: Duration::from_secs(5), operation: Duration::from_secs(5) };
    let bound_as = match &approach.account {
        Some((name, password)) => BoundAs::Service { name: name.clone(), password: password.clone() },
        None => BoundAs::Nobody,
    };
    let pool = Pool::new(Arc::new(Servers::new(vec![server], tls, patience)), bound_as, 1);
    let root = root_entry(&pool).await?;
    let kind = kind_of(&root);
    let domain = ConfiguredDomain::default().learn(&pool, kind == Preset::ActiveDirectory).await?;
    let mut found = Discovered {
        base_dn: domain.base_dn.clone(),
        schema: kind,
        user_filter: None,
        people_found: false,
        domain: domain.netbios,
        kerberos_realm: domain.realm,
    };
    let candidates = [
        (kind, None),
        (Preset::Rfc2307, None),
        (kind, Some("(&(objectClass=person)(uid=*))")),
        (kind, Some("(objectClass=person)")),
    ];
    for (schema, filter) in candidates {
        if kind == Preset::ActiveDirectory && schema != kind {
            continue;
        }
        let Some(filter_to_try) = ConfiguredFilter::new(filter.unwrap_or(schema.user_filter())) else {
            continue;
        };
        let search = Search::below(&domain.base_dn, Filter::Configured(filter_to_try), vec!["cn".to_owned()]);
        match pool.search(&search, 1).await {
            Ok(entries) if !entries.is_empty() => {
                found.schema = schema;
                found.user_filter = filter.map(str::to_owned);
                found.people_found = true;
                break;
            }
            // Without an account the search may be refused; the rest is still worth telling.
            Err(AuthError::Misconfigured { .. }) if approach.account.is_none() => break,
            Ok(_) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn kind_of(root: &RootEntry) -> Preset {
    if root.is_active_directory() {
        Preset::ActiveDirectory
    } else if !root.is_openldap && root.vendor.as_deref().is_some_and(|vendor| vendor.contains("389")) {
        Preset::Ds389
    } else {
        Preset::OpenLdap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_written_as_a_configuration() {
        let found = Discovered {
            base_dn: "DC=example,DC=test".into(),
            schema: Preset::ActiveDirectory,
            user_filter: None,
            people_found: true,
            domain: None,
            kerberos_realm: None,
        };
        let approach = Approach {
            account: Some((r"EXAMPLE\portico".into(), SecretString::from("s3cret"))),
            ..Approach::default()
        };
        let text = found.toml("ldaps://dc1.example.test", &approach);
        assert!(text.contains(r#"bind_dn = "EXAMPLE\\portico""#), "{text}");
        assert!(text.contains("base_dn = \"DC=example,DC=test\"") && !text.contains("s3cret"), "{text}");
    }
}
