//! One server's address, and how it is spoken to.

use std::fmt;

use crate::config::LdapWindowsConfig;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// TLS from the first byte: `ldaps://`.
    Tls,
    /// TLS after a request for it: `ldap://` with `starttls`.
    StartTls,
    /// None: `ldap://` with `allow_plain`.
    Plain,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) protection: Protection,
}

/// An address that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not `ldaps://HOST[:PORT]` or `ldap://HOST[:PORT]`.
    #[error("url: `{0}` is not an address such as `ldaps://dc1.example.org` or `ldap://dc1.example.org:389`")]
    Malformed(String),
    /// Plain text without permission.
    #[error(
        "url: passwords would travel readable to `{0}`; write `ldaps://…`, or set `starttls = true`; \
         `allow_plain = true` allows it nevertheless"
    )]
    Plain(String),
    /// StartTLS inside TLS.
    #[error("starttls: `{0}` has TLS from the first byte; remove `starttls`, or write `ldap://…`")]
    Both(String),
    /// No address.
    #[error("url: at least one address is needed")]
    Missing,
}

impl Server {
    /// The configured servers, in order.
    pub(crate) fn all(config: &LdapWindowsConfig) -> Result<Vec<Self>, AddressError> {
        if config.url.is_empty() {
            return Err(AddressError::Missing);
        }
        config.url.iter().map(|url| Self::new(url, config.starttls, config.allow_plain)).collect()
    }

    pub(crate) fn new(url: &str, starttls: bool, allow_plain: bool) -> Result<Self, AddressError> {
        let malformed = || AddressError::Malformed(url.to_owned());
        let (scheme, rest) = url.trim().split_once("://").ok_or_else(malformed)?;
        let protection = match scheme.to_ascii_lowercase().as_str() {
            "ldaps" if starttls => return Err(AddressError::Both(url.to_owned())),
            "ldaps" => Protection::Tls,
            "ldap" if starttls => Protection::StartTls,
            "ldap" if allow_plain => Protection::Plain,
            "ldap" => return Err(AddressError::Plain(url.to_owned())),
            _ => return Err(malformed()),
        };
        let address = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match address.strip_prefix('[') {
            Some(v6) => {
                let (host, port) = v6.split_once(']').ok_or_else(malformed)?;
                (host, port.strip_prefix(':'))
            }
            None => match address.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (address, None),
            },
        };
        let port = match port {
            Some(port) => port.parse().map_err(|_| malformed())?,
            None if protection == Protection::Tls => 636,
            None => 389,
        };
        let is_name = host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:".contains(&b));
        if host.is_empty() || !is_name || port == 0 {
            return Err(malformed());
        }
        Ok(Self { host: host.to_owned(), port, protection })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.protection == Protection::Tls { "ldaps" } else { "ldap" };
        if self.host.contains(':') {
            write!(f, "{scheme}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{scheme}://{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_get_their_usual_ports() {
        for (url, starttls, shown) in [
            ("ldaps://dc1.example.org", false, "ldaps://dc1.example.org:636"),
            ("ldap://dc1.example.org/", true, "ldap://dc1.example.org:389"),
            ("LDAPS://[::1]:3269", false, "ldaps://[::1]:3269"),
        ] {
            assert_eq!(Server::new(url, starttls, false).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn plain_text_needs_permission_and_nonsense_is_refused() {
        assert!(matches!(Server::new("ldap://dc1", false, false), Err(AddressError::Plain(_))));
        assert!(Server::new("ldap://dc1", false, true).is_ok());
        assert!(matches!(Server::new("ldaps://dc1", true, false), Err(AddressError::Both(_))));
        for url in ["dc1", "http://dc1", "ldaps://", "ldaps://a b", "ldaps://a:x", "ldaps://u@a/dc=x"] {
            assert!(matches!(Server::new(url, false, true), Err(AddressError::Malformed(_))), "{url}");
        }
    }
}
