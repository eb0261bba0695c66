use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use portico_core::auth::CredentialKind;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

/// `[front.trusted_name]`: a reverse proxy that has proven who somebody is says so in a header.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedNameConfig {
    /// The header with the name.
    #[serde(default = "name_header")]
    pub header: String,
    /// The header with the secret.
    #[serde(default = "secret_header")]
    pub secret_header: String,
    /// What the proxy must know, at least 16 bytes; or `secret_file`. Not needed over `[server] listen_unix`.
    #[serde(default)]
    pub secret: SecretString,
    /// The addresses or networks that the proxy connects from.
    #[serde(default, deserialize_with = "networks")]
    pub from: Vec<IpNet>,
    /// Domains (`EXAMPLE`) and realms (`EXAMPLE.ORG`) that are taken off a name; a name of any other is refused. Without
    /// this key names go to the authenticator as they come.
    pub strip_domains: Option<Vec<String>>,
    /// Whether whoever comes through `[server] listen_unix` is the proxy, without a secret: the file's rights say who that
    /// can be.
    #[serde(default)]
    pub unix_socket: bool,
}

fn name_header() -> String {
    "X-Remote-User".into()
}

fn secret_header() -> String {
    "X-Portico-Proxy-Secret".into()
}

/// `[front.claimed_name]`: whoever comes from these networks is who they say they are. For isolated networks only.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimedNameConfig {
    /// The networks.
    #[serde(deserialize_with = "networks")]
    pub networks: Vec<IpNet>,
}

/// `[server.kerberos]`: what the Kerberos library is told. It holds for the whole process.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KerberosConfig {
    /// The file with the keys of the service: `KRB5_KTNAME`.
    pub keytab: Option<PathBuf>,
    /// The library's configuration, where it is not `/etc/krb5.conf`: `KRB5_CONFIG`.
    pub config: Option<PathBuf>,
}

/// Networks, and addresses that stand for themselves.
fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let one = |word: &String| {
        let network = word.parse().or_else(|_| word.parse::<IpAddr>().map(IpNet::from));
        network.map_err(|_| {
            serde::de::Error::custom(format!(
                "`{word}` is neither an address nor a network; expected \"10.1.2.3\" or \"10.1.0.0/16\""
            ))
        })
    };
    Vec::<String>::deserialize(deserializer)?.iter().map(one).collect()
}

/// The words of `[[front]] login`.
pub(super) fn methods<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<CredentialKind>>, D::Error> {
    let Some(words) = Option::<Vec<String>>::deserialize(deserializer)? else { return Ok(None) };
    let known = || CredentialKind::ALL.map(CredentialKind::as_str).join("`, `");
    let kind = |word: &String| {
        let found = CredentialKind::ALL.into_iter().find(|kind| kind.as_str() == word);
        found.ok_or_else(|| {
            serde::de::Error::custom(format!("unknown way in `{word}`, expected `{}`", known()))
        })
    };
    words.iter().map(kind).collect::<Result<_, _>>().map(Some)
}
