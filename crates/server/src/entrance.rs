//! From the keys of `[[front]]` about names to what a front takes, with all that could make it unsafe told at the start.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::http::header::HeaderName;
use ipnet::IpNet;
use portico_core::auth::{Authenticator, CredentialKind, Guarded};
use portico_core::front::{Entrance, Username};
use secrecy::ExposeSecret;

use crate::config::{Config, FrontConfig, TrustedNameConfig};

/// A shorter secret could be guessed.
const MIN_SECRET_BYTES: usize = 16;

/// What a front takes. `wrong` gets a sentence for each mistake.
pub fn entrance_of(section: &FrontConfig, members: &[Arc<Guarded>], wrong: &mut Vec<String>) -> Entrance {
    let offered: BTreeSet<CredentialKind> =
        members.iter().flat_map(|member| member.capabilities().credentials).collect();
    let usual = Entrance::default().with_username(section.username);
    let mut methods: BTreeSet<CredentialKind> = match &section.login {
        Some(listed) => listed.iter().copied().collect(),
        None => {
            let mut usual: BTreeSet<_> = offered.iter().copied().filter(|kind| usual.takes(*kind)).collect();
            if section.trusted_name.is_none() {
                usual.remove(&CredentialKind::TrustedName);
            }
            if section.claimed_name.is_some() {
                usual.insert(CredentialKind::ClaimedName);
            }
            usual
        }
    };
    if section.trusted_name.is_some() {
        methods.insert(CredentialKind::TrustedName);
    }
    check_methods(section, &methods, &offered, wrong);
    if let Some(trusted) = &section.trusted_name {
        check_trusted(trusted, wrong);
    }
    if let Some(claimed) = &section.claimed_name {
        check_networks("claimed_name.networks", &claimed.networks, wrong);
    }
    Entrance::default().only(methods).with_username(section.username)
}

fn check_methods(
    section: &FrontConfig,
    methods: &BTreeSet<CredentialKind>,
    offered: &BTreeSet<CredentialKind>,
    wrong: &mut Vec<String>,
) {
    for kind in methods.difference(offered) {
        let how = match kind {
            CredentialKind::Negotiate => "; it needs [authenticator.NAME.negotiate]",
            CredentialKind::TrustedName => {
                "; it needs `trusted_names = true` in an authenticator of kind \"ldap-windows\""
            }
            CredentialKind::ClaimedName => {
                "; it needs `claimed_names = true` in an authenticator of kind \"ldap-windows\""
            }
            _ => "",
        };
        wrong.push(format!("login: no authenticator of this front takes `{}`{how}", kind.as_str()));
    }
    let needs = [
        (CredentialKind::TrustedName, section.trusted_name.is_some(), "trusted_name"),
        (CredentialKind::ClaimedName, section.claimed_name.is_some(), "claimed_name"),
    ];
    for (kind, configured, table) in needs {
        if methods.contains(&kind) && !configured {
            wrong.push(format!("login: `{}` needs [front.{table}]", kind.as_str()));
        }
    }
    if section.claimed_name.is_some() && !methods.contains(&CredentialKind::ClaimedName) {
        wrong.push(
            "claimed_name: `login` does not list `claimed-name`, so nobody could use it; remove one".into(),
        );
    }
    let by_session = [CredentialKind::Negotiate, CredentialKind::TrustedName, CredentialKind::ClaimedName];
    if section.username == Username::Forced && !by_session.iter().any(|kind| methods.contains(kind)) {
        wrong.push(
            "username: \"forced\" needs something that says whose Windows session it is: an authenticator with \
             `negotiate`, [front.trusted_name] or [front.claimed_name]"
                .into(),
        );
    }
}

fn check_trusted(trusted: &TrustedNameConfig, wrong: &mut Vec<String>) {
    for (key, name) in [("header", &trusted.header), ("secret_header", &trusted.secret_header)] {
        if HeaderName::try_from(name.as_str()).is_err() {
            wrong.push(format!("trusted_name.{key}: \"{name}\" can't be the name of a header"));
        }
    }
    if bare(&trusted.header) == bare(&trusted.secret_header) {
        wrong.push("trusted_name.secret_header: it must not look like `header`".into());
    }
    if trusted.unix_socket && trusted.from.is_empty() && trusted.secret.expose_secret().is_empty() {
        return;
    }
    if trusted.secret.expose_secret().len() < MIN_SECRET_BYTES {
        wrong.push(format!(
            "trusted_name.secret: expected at least {MIN_SECRET_BYTES} bytes, for example the output of \
             `openssl rand -hex 32`"
        ));
    }
    check_networks("trusted_name.from", &trusted.from, wrong);
}

fn check_networks(key: &str, networks: &[IpNet], wrong: &mut Vec<String>) {
    if networks.is_empty() {
        wrong.push(format!("{key}: expected at least one network, for example \"10.1.0.0/16\""));
    }
    if let Some(network) = networks.iter().find(|network| network.prefix_len() == 0) {
        wrong.push(format!("{key}: \"{network}\" is everybody; name the networks that are meant"));
    }
}

/// What is left of a header's name when everything that some proxy or application treats alike is alike: `X_Remote_User`
/// and `X-Remote-User` are one variable to CGI.
pub fn bare(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// What an administrator should hear at every start.
pub fn warn_about_names(config: &Config) {
    for front in &config.front {
        if let Some(claimed) = &front.claimed_name {
            let networks: Vec<String> = claimed.networks.iter().map(ToString::to_string).collect();
            tracing::warn!(
                front = %front.path, networks = networks.join(", "),
                "this front believes claimed names: anybody in these networks can enter as anybody who has never proved \
                 who they are. Use `negotiate` or [front.trusted_name] wherever possible"
            );
        }
    }
}
