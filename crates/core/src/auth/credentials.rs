use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use secrecy::{SecretBox, SecretString};

/// What a person shows to get in. `Debug` never shows a secret, and nothing here can be serialised.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Credentials {
    /// A typed name and password, byte for byte as typed.
    Password {
        /// The name as typed; adapters normalise it as their application does.
        login: String,
        /// The password as typed.
        password: SecretString,
    },
    /// The other application's own session cookies; only names the authenticator asked for. Where they prove nobody
    /// (a guest, an ended or forged session, another board's cookies), the answer is
    /// [`Refusal::UnknownSubject`](crate::auth::Refusal::UnknownSubject): the next member of a chain is asked.
    ExternalSession {
        /// Cookie values by name.
        cookies: SecretCookies,
    },
    /// One leg of SPNEGO (RFC 4559).
    Negotiate {
        /// The token, decoded from base64.
        token: NegotiateToken,
        /// Ties the legs of one exchange together.
        exchange: ExchangeId,
    },
    /// A name asserted by a configured proxy or by the operating system.
    TrustedName {
        /// The asserted name.
        name: String,
        /// Who asserted it.
        asserted_by: TrustSource,
    },
    /// A name that nobody vouches for: what a program said that its user is called, on an isolated network. It proves
    /// nothing, and is a kind of its own so that nothing takes it for a [`TrustedName`](Self::TrustedName).
    ClaimedName {
        /// The claimed name.
        name: String,
    },
    /// A token of another system.
    Bearer {
        /// The token.
        token: SecretString,
    },
}

impl Credentials {
    /// A name and password.
    pub fn password(login: impl Into<String>, password: impl Into<String>) -> Self {
        Self::Password { login: login.into(), password: SecretString::from(password.into()) }
    }

    /// Which kind this is.
    pub fn kind(&self) -> CredentialKind {
        match self {
            Self::Password { .. } => CredentialKind::Password,
            Self::ExternalSession { .. } => CredentialKind::ExternalSession,
            Self::Negotiate { .. } => CredentialKind::Negotiate,
            Self::TrustedName { .. } => CredentialKind::TrustedName,
            Self::ClaimedName { .. } => CredentialKind::ClaimedName,
            Self::Bearer { .. } => CredentialKind::Bearer,
        }
    }

    /// The name that failed attempts are counted against, if these credentials carry one.
    pub fn claimed_login(&self) -> Option<&str> {
        match self {
            Self::Password { login, .. } => Some(login),
            Self::TrustedName { name, .. } | Self::ClaimedName { name } => Some(name),
            Self::ExternalSession { .. } | Self::Negotiate { .. } | Self::Bearer { .. } => None,
        }
    }
}

/// The kinds of [`Credentials`]; the login page is built from those that a front's authenticators declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CredentialKind {
    /// [`Credentials::Password`]
    Password,
    /// [`Credentials::ExternalSession`]
    ExternalSession,
    /// [`Credentials::Negotiate`]
    Negotiate,
    /// [`Credentials::TrustedName`]
    TrustedName,
    /// [`Credentials::ClaimedName`]
    ClaimedName,
    /// [`Credentials::Bearer`]
    Bearer,
}

impl CredentialKind {
    /// Every kind, in order.
    pub const ALL: [Self; 6] = [
        Self::Password,
        Self::ExternalSession,
        Self::Negotiate,
        Self::TrustedName,
        Self::ClaimedName,
        Self::Bearer,
    ];

    /// Whether such credentials prove who somebody is. Only a claimed name doesn't.
    pub fn proves(self) -> bool {
        self != Self::ClaimedName
    }

    /// The name used in `login_methods` of `GET front`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::ExternalSession => "external-session",
            Self::Negotiate => "negotiate",
            Self::TrustedName => "trusted-name",
            Self::ClaimedName => "claimed-name",
            Self::Bearer => "bearer",
        }
    }
}

type NegotiateToken = SecretBox<[u8]>;

/// Identifies the legs of one SPNEGO exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExchangeId(pub u64);

/// Who vouched for a [`Credentials::TrustedName`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustSource {
    /// A configured reverse proxy, by its address, that also knew the shared secret.
    Proxy {
        /// The peer address of the connection.
        peer: IpAddr,
    },
    /// Whoever may open the server's own socket file.
    UnixSocket,
}

/// Cookies of another application. `Debug` shows names only.
#[derive(Clone, Default)]
pub struct SecretCookies(BTreeMap<String, SecretString>);

impl SecretCookies {
    /// The value of the cookie `name`.
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl FromIterator<(String, String)> for SecretCookies {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(cookies: I) -> Self {
        Self(cookies.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect())
    }
}

impl fmt::Debug for SecretCookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let cookies = [("phpbb3_sid".to_owned(), "s3cret".to_owned())].into_iter().collect();
        for credentials in [
            Credentials::password("alice", "s3cret"),
            Credentials::ExternalSession { cookies },
            Credentials::Negotiate {
                token: Box::<[u8]>::from(&b"s3cret"[..]).into(),
                exchange: ExchangeId(1),
            },
            Credentials::Bearer { token: "s3cret".to_owned().into() },
        ] {
            let shown = format!("{credentials:?}");
            assert!(!shown.contains("s3cret") && !shown.contains("115, 51"), "{shown}");
        }
    }
}
