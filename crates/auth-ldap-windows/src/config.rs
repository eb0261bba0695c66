//! `[authenticator.NAME]` with `kind = "ldap-windows"`.

use std::path::PathBuf;
use std::time::Duration;

use portico_core::auth::{Adapter, BoxError, BuildContext};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use crate::LdapWindows;
use crate::filter::ConfiguredFilter;
use crate::schema::{AttributeConfig, Detail, GroupMembership, Preset};

/// The keys of an authenticator of kind `ldap-windows`.
///
/// `url`, and one of `bind_dn` (with `bind_password`), `anonymous_search` or `direct_bind` must be there; everything else
/// has a default.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LdapWindowsConfig {
    /// The servers, in order: `ldaps://dc1.example.org` or a list of such addresses. The next is asked while one is out.
    #[serde(deserialize_with = "one_or_many")]
    pub url: Vec<String>,
    /// With `ldap://`: TLS begins inside the connection (StartTLS).
    #[serde(default)]
    pub starttls: bool,
    /// With `ldap://` and no StartTLS: passwords travel readable. Off.
    #[serde(default)]
    pub allow_plain: bool,
    /// Certificates (PEM) of the authorities that the servers' certificates must come from, in place of the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The service account that looks people up: its name, or in Active Directory `DOMAIN\name` or `name@domain`.
    #[serde(default)]
    pub bind_dn: Option<String>,
    /// The service account's password.
    #[serde(default)]
    pub bind_password: Option<SecretString>,
    /// People are looked up without an account, where the directory allows that. Off.
    #[serde(default)]
    pub anonymous_search: bool,
    /// Without a service account people bind themselves, under this name: `{login}@example.org`, `EXAMPLE\{login}` or
    /// `uid={login},ou=people,dc=example,dc=org`. Nobody can be looked up without their password then.
    #[serde(default)]
    pub direct_bind: Option<String>,
    /// The entry below which people are. Default: what the server names as its (only) tree.
    #[serde(default)]
    pub base_dn: Option<String>,
    /// The kind of directory. Default: `active-directory`.
    #[serde(default)]
    pub schema: Preset,
    /// Who is a person, as a filter; nobody else exists for Portico. Default: the preset's.
    #[serde(default)]
    pub user_filter: Option<ConfiguredFilter>,
    /// The entry below which groups are. Default: `base_dn`.
    #[serde(default)]
    pub group_base_dn: Option<String>,
    /// Which groups count. Default: the preset's.
    #[serde(default)]
    pub group_filter: Option<ConfiguredFilter>,
    /// Where memberships are written. Default: the preset's.
    #[serde(default)]
    pub group_membership: Option<GroupMembership>,
    /// Names of attributes that differ from the preset's.
    #[serde(default)]
    pub attributes: AttributeConfig,
    /// The domain's NetBIOS name, the `EXAMPLE` of `EXAMPLE\alice`. Default: asked of Active Directory.
    #[serde(default)]
    pub domain: Option<String>,
    /// The Kerberos realm. Default: the domain's DNS name, or the `dc=` parts of `base_dn`, in upper case.
    #[serde(default)]
    pub kerberos_realm: Option<String>,
    /// Names that a proxy or the operating system has proven are looked up and let in without a password. Off.
    #[serde(default)]
    pub trusted_names: bool,
    /// Names that nobody has proven are looked up and let in without a password, where a front believes them
    /// (`[front.claimed_name]`). Off.
    #[serde(default)]
    pub claimed_names: bool,
    /// Whether the directory's e-mail addresses count as proven. On: its administrators give them out. Turn it off where
    /// people write their own.
    #[serde(default = "yes")]
    pub mail_is_verified: bool,
    /// Which facts about people their colleagues may see: `department`, `title`, `phone`, `mail`, `manager`. Default: all
    /// but the last.
    #[serde(default = "usual_details")]
    pub details: Vec<Detail>,
    /// Whether people's pictures are shown. On.
    #[serde(default = "yes")]
    pub photos: bool,
    /// Most connections for look-ups, and as many again for logins. Default 8.
    #[serde(default = "eight")]
    pub connections: usize,
    /// How long one server may take to be connected, TLS included. Default: two fifths of `timeout`.
    #[serde(default, deserialize_with = "duration")]
    pub connect_timeout: Option<Duration>,
    /// How long one answer may take. Default: two fifths of `timeout`.
    #[serde(default, deserialize_with = "duration")]
    pub operation_timeout: Option<Duration>,
    /// Entries a page of a long search. Default 500; Active Directory gives at most 1000.
    #[serde(default = "five_hundred")]
    pub page_size: u16,
    /// Sign-on without typing (SPNEGO, Kerberos).
    #[serde(default)]
    pub negotiate: Option<crate::negotiate::NegotiateConfig>,
}

fn yes() -> bool {
    true
}

fn usual_details() -> Vec<Detail> {
    Detail::USUAL.to_vec()
}

fn eight() -> usize {
    8
}

fn five_hundred() -> u16 {
    500
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "an address such as \"ldaps://dc1.example.org\", or a list of addresses")]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(url) => vec![url],
        OneOrMany::Many(urls) => urls,
    })
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a duration such as \"500ms\" or \"2s\", or a number of seconds")]
    enum Written {
        Seconds(u64),
        Text(String),
    }
    let parsed = match Written::deserialize(deserializer)? {
        Written::Seconds(seconds) => Some(Duration::from_secs(seconds)),
        Written::Text(text) => {
            let text = text.trim();
            if let Some(number) = text.strip_suffix("ms") {
                number.trim().parse().ok().map(Duration::from_millis)
            } else {
                text.strip_suffix('s').unwrap_or(text).trim().parse().ok().map(Duration::from_secs)
            }
        }
    };
    match parsed {
        Some(duration) if !duration.is_zero() => Ok(Some(duration)),
        _ => Err(serde::de::Error::custom("expected a duration above zero such as \"500ms\" or \"2s\"")),
    }
}

impl Adapter for LdapWindowsConfig {
    const KIND: &'static str = "ldap-windows";
    type Authenticator = LdapWindows;

    async fn build(self, cx: &BuildContext) -> Result<LdapWindows, BoxError> {
        LdapWindows::new(self, cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: serde_json::Value) -> Result<LdapWindowsConfig, String> {
        serde_json::from_value(json).map_err(|error| error.to_string())
    }

    #[test]
    fn one_address_or_several_may_be_named() {
        let one = parse(serde_json::json!({"url": "ldaps://a"})).unwrap();
        let two = parse(serde_json::json!({"url": ["ldaps://a", "ldaps://b"]})).unwrap();
        assert_eq!((one.url.len(), two.url.len()), (1, 2));
        assert_eq!(one.schema, Preset::ActiveDirectory);
    }

    #[test]
    fn bad_values_are_refused_with_an_example() {
        for (key, value, says) in [
            ("user_filter", serde_json::json!("(a=b"), "RFC 4515"),
            ("connect_timeout", serde_json::json!("soon"), "500ms"),
            ("schema", serde_json::json!("novell"), "active-directory"),
            ("attributes", serde_json::json!({"mail": "a)(b"}), "name of an attribute"),
            ("attributes", serde_json::json!({"maill": "x"}), "maill"),
        ] {
            let mut config = serde_json::json!({"url": "ldaps://a"});
            config[key] = value;
            let error = parse(config).unwrap_err();
            assert!(error.contains(says), "{key}: {error}");
        }
    }

    #[test]
    fn the_password_of_the_service_account_is_not_shown() {
        let config = parse(serde_json::json!({"url": "ldaps://a", "bind_password": "s3cret"})).unwrap();
        assert!(!format!("{config:?}").contains("s3cret"));
    }
}
