//! Names that come with the request and not from a form: asserted by a reverse proxy, or claimed by a program.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::HttpRequest;
use ipnet::IpNet;
use portico_core::auth::{Credentials, TrustSource};
use portico_core::front::{Front, FrontId};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::config::{Config, TrustedNameConfig};
use crate::entrance::bare;
use crate::http::origin::is_unix;
use crate::http::{Problem, Site};

/// The rules of every front that has some.
#[derive(Debug, Default)]
pub struct NameRules {
    trusted: HashMap<FrontId, TrustedNames>,
    claimed: HashMap<FrontId, Vec<IpNet>>,
}

#[derive(Debug)]
struct TrustedNames {
    header: String,
    secret_header: String,
    secret: SecretString,
    from: Vec<IpNet>,
    unix_socket: bool,
    strip_domains: Option<Vec<String>>,
    /// Whether the log has been told that strangers send the header. Their number is in the metrics.
    told: AtomicBool,
}

impl NameRules {
    /// The rules of the configuration's fronts.
    pub fn of(config: &Config) -> Self {
        let mut rules = Self::default();
        for section in &config.front {
            let Some(id) = section.resolved_id() else { continue };
            if let Some(trusted) = &section.trusted_name {
                rules.trusted.insert(id.clone(), TrustedNames::of(trusted));
            }
            if let Some(claimed) = &section.claimed_name {
                rules.claimed.insert(id, claimed.networks.clone());
            }
        }
        rules
    }

    /// The name that a trusted proxy says this request is from. A stranger's header is as if it were not there.
    ///
    /// # Errors
    /// Two names, or a header that looks like the real one: somebody tries to slip one past a proxy that strips it.
    pub fn trusted(
        &self,
        request: &HttpRequest,
        front: &Front,
        site: &Site,
    ) -> Result<Option<Credentials>, Problem> {
        let Some(rules) = self.trusted.get(&front.id) else { return Ok(None) };
        rules.refuse_look_alikes(request)?;
        let Some(name) = rules.only(request, &rules.header)? else { return Ok(None) };
        // What proxies send for nobody: nginx nothing, Apache's `%{REMOTE_USER}e` this word.
        if name.trim().is_empty() || name == "(null)" {
            return Ok(None);
        }
        if rules.unix_socket && is_unix(request) {
            let name = rules.stripped(&name)?;
            return Ok(Some(Credentials::TrustedName { name, asserted_by: TrustSource::UnixSocket }));
        }
        let peer = request.peer_addr().map(|address| address.ip().to_canonical());
        let from = peer.filter(|peer| rules.from.iter().any(|network| network.contains(peer)));
        let (Some(peer), true) = (from, rules.knows_secret(request)?) else {
            site.metrics.name_ignored(front.id.as_str());
            if !rules.told.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    front.id = %front.id, known_address = from.is_some(),
                    "a request had the header with a trusted name but not both the proxy's address and its secret; such \
                     headers are ignored, and counted in portico_untrusted_names (this is said once)"
                );
            }
            return Ok(None);
        };
        let name = rules.stripped(&name)?;
        Ok(Some(Credentials::TrustedName { name, asserted_by: TrustSource::Proxy { peer } }))
    }

    /// A claimed name as credentials, where the front believes the visitor's network.
    ///
    /// # Errors
    /// The front doesn't.
    pub fn claimed(
        &self,
        name: String,
        request: &HttpRequest,
        front: &Front,
        site: &Site,
    ) -> Result<Credentials, Problem> {
        let networks = self.claimed.get(&front.id).map_or(&[][..], Vec::as_slice);
        let peer = site.trust.peer_of(request).map(|peer| peer.to_canonical());
        if peer.is_some_and(|peer| networks.iter().any(|network| network.contains(&peer))) {
            return Ok(Credentials::ClaimedName { name });
        }
        Err(Problem::new("not-permitted").detail("names are not simply believed here"))
    }

    /// Whether the front has a trusted proxy.
    pub fn has_proxy(&self, front: &Front) -> bool {
        self.trusted.contains_key(&front.id)
    }
}

impl TrustedNames {
    fn of(config: &TrustedNameConfig) -> Self {
        Self {
            header: config.header.to_ascii_lowercase(),
            secret_header: config.secret_header.to_ascii_lowercase(),
            secret: config.secret.clone(),
            from: config.from.clone(),
            unix_socket: config.unix_socket,
            strip_domains: config.strip_domains.clone(),
            told: AtomicBool::new(false),
        }
    }

    fn refuse_look_alikes(&self, request: &HttpRequest) -> Result<(), Problem> {
        for real in [&self.header, &self.secret_header] {
            let like = bare(real);
            if request.headers().keys().any(|name| name.as_str() != real && bare(name.as_str()) == like) {
                return Err(Problem::invalid(format!("a header looks like `{real}` and is not it")));
            }
        }
        Ok(())
    }

    /// The value of a header that may be there once.
    fn only(&self, request: &HttpRequest, header: &str) -> Result<Option<String>, Problem> {
        let mut values = request.headers().get_all(header);
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Problem::invalid(format!("the header `{header}` is there more than once")));
        }
        let text = std::str::from_utf8(value.as_bytes()).ok();
        text.filter(|text| !text.chars().any(char::is_control))
            .map(|text| Some(text.to_owned()))
            .ok_or_else(|| Problem::invalid(format!("the header `{header}` is not readable as UTF-8")))
    }

    fn knows_secret(&self, request: &HttpRequest) -> Result<bool, Problem> {
        let sent = self.only(request, &self.secret_header)?.unwrap_or_default();
        // An empty secret is none, whatever was sent.
        Ok(!sent.is_empty() && bool::from(sent.as_bytes().ct_eq(self.secret.expose_secret().as_bytes())))
    }

    /// The name without its domain, where domains are to be taken off.
    fn stripped(&self, name: &str) -> Result<String, Problem> {
        let name = name.trim();
        let Some(domains) = &self.strip_domains else { return Ok(name.to_owned()) };
        let before = name.split_once('\\').map(|(domain, user)| (user, domain));
        let parts = before.or_else(|| name.rsplit_once('@'));
        match parts {
            None => Ok(name.to_owned()),
            Some((user, domain)) if domains.iter().any(|known| known.eq_ignore_ascii_case(domain)) => {
                Ok(user.to_owned())
            }
            Some(_) => Err(Problem::new("not-permitted").detail("people of this domain may not enter here")),
        }
    }
}
