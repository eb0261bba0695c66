use portico_core::auth::BoxError;
use serde::Deserialize;

/// `[authenticator.NAME.negotiate]`: sign-on without typing.
///
/// The keytab is the process's, not the authenticator's: `[server.kerberos] keytab`, or `KRB5_KTNAME`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NegotiateConfig {
    /// The service that tickets must be for: `HTTP/chat.example.org`. Default: every `HTTP/…` that the keytab has a key
    /// for.
    pub service: Option<String>,
    /// The realms whose people may enter. Default: the realm of the keytab, if it has keys of one alone.
    pub realms: Vec<String>,
}

impl NegotiateConfig {
    /// # Errors
    /// A value that can't work, with its key.
    pub(super) fn validate(&self) -> Result<(), BoxError> {
        if let Some(service) = &self.service {
            let parts = service.split_once('/');
            let fits = parts.is_some_and(|(kind, host)| {
                kind == "HTTP" && !host.is_empty() && !host.contains(['/', '@', ' ', ':'])
            });
            if !fits {
                return Err(format!(
                    "negotiate.service: \"{service}\" is not a web server's principal; expected \"HTTP/host.name\" \
                     without scheme, port and realm, for example \"HTTP/chat.example.org\""
                )
                .into());
            }
        }
        for realm in &self.realms {
            if realm.is_empty() || realm.contains(['@', '/', ' ']) {
                return Err(format!(
                    "negotiate.realms: \"{realm}\" is not a realm; expected \"EXAMPLE.ORG\""
                )
                .into());
            }
            if realm.chars().any(char::is_lowercase) {
                return Err(format!(
                    "negotiate.realms: \"{realm}\": realms tell capitals from small letters, and those of Windows \
                     domains are written in capitals"
                )
                .into());
            }
        }
        Ok(())
    }

    /// Whether a ticket for the principal `target` (with or without realm) is one for us.
    #[cfg(any(feature = "negotiate", test))]
    pub(super) fn is_for_us(&self, target: &str) -> bool {
        let target = target.rsplit_once('@').map_or(target, |(name, _)| name);
        match &self.service {
            Some(service) => target.eq_ignore_ascii_case(service),
            None => target.split_once('/').is_some_and(|(kind, _)| kind == "HTTP"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str) -> NegotiateConfig {
        NegotiateConfig { service: Some(name.to_owned()), ..NegotiateConfig::default() }
    }

    #[test]
    fn a_service_is_a_web_server_without_scheme_port_and_realm() {
        assert!(service("HTTP/chat.example.org").validate().is_ok());
        for bad in ["chat.example.org", "https://chat", "HTTP/a:80", "HTTP/a@B", "http/a", "HTTP/", "host/a"]
        {
            let error = service(bad).validate().unwrap_err().to_string();
            assert!(error.contains(bad) && error.contains("HTTP/chat.example.org"), "{error}");
        }
    }

    #[test]
    fn a_realm_in_small_letters_is_told_before_anybody_wonders() {
        let config = NegotiateConfig { realms: vec!["example.org".into()], ..NegotiateConfig::default() };
        assert!(config.validate().unwrap_err().to_string().contains("capitals"));
    }

    #[test]
    fn tickets_for_other_services_of_the_machine_are_not_for_us() {
        let any = NegotiateConfig::default();
        assert!(any.is_for_us("HTTP/chat.example.org@EXAMPLE.ORG"));
        assert!(!any.is_for_us("host/chat.example.org@EXAMPLE.ORG") && !any.is_for_us("alice@EXAMPLE.ORG"));
        let one = service("HTTP/chat.example.org");
        assert!(one.is_for_us("HTTP/CHAT.example.org@EXAMPLE.ORG"));
        assert!(!one.is_for_us("HTTP/wiki.example.org@EXAMPLE.ORG"));
    }
}
