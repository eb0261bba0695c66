//! What people type as their name, and which entry they mean.

use portico_core::auth::MAX_LOGIN_BYTES;

use crate::domain::Domain;
use crate::entry::Entry;
use crate::filter::{Attribute, Filter, FilterValue};
use crate::schema::Schema;

/// A name that may be looked for: not blank, not overlong, without control characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LoginName<'a>(&'a str);

/// Who says that this is the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The person, who has to prove it: any spelling, e-mail addresses too.
    Typed,
    /// A proxy or the operating system, as proven: Windows' own spellings only, since e-mail addresses can be chosen.
    Trusted,
    /// A Kerberos ticket: `name@REALM`, the realm's own spelling only.
    Principal,
}

/// The ways in which an entry can be meant, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// `(attribute, value)`: the first that an entry has decides how well it fits.
    ways: Vec<(Attribute, String)>,
    /// Nobody is meant whose spelling differs by more than case. A server compares more generously (Active Directory takes
    /// `alicé` for `alice`): whoever shows a password may profit from that, a proven name must not.
    exact: bool,
}

impl<'a> LoginName<'a> {
    pub(crate) fn new(text: &'a str) -> Option<Self> {
        let fits =
            !text.trim().is_empty() && text.len() <= MAX_LOGIN_BYTES && !text.chars().any(char::is_control);
        fits.then_some(Self(text))
    }

    /// What to look for; `None` when the name belongs to another domain.
    pub(crate) fn wanted(self, schema: &Schema, domain: &Domain, source: Source) -> Option<Wanted> {
        let text = self.0;
        let exact = source != Source::Typed;
        let local = |name: &str| (schema.login.clone(), name.to_owned());
        let same = |known: &Option<String>, named: &str| {
            known.as_deref().is_some_and(|known| known.to_lowercase() == named.to_lowercase())
        };
        if source == Source::Principal {
            let (name, realm) = text.rsplit_once('@')?;
            let plain = !name.is_empty() && !name.contains(['\\', '/', '@']);
            // Realms are compared as Windows does: without regard to case.
            return (plain && same(&domain.realm, realm)).then(|| Wanted { ways: vec![local(name)], exact });
        }
        if let Some((named, name)) = text.split_once('\\') {
            let plain = !name.trim().is_empty() && !name.contains('\\');
            let ours = same(&domain.netbios, named) || same(&domain.dns, named);
            return (plain && ours).then(|| Wanted { ways: vec![local(name)], exact });
        }
        let implied = text.rsplit_once('@').filter(|(name, suffix)| {
            !name.is_empty()
                && (same(&domain.dns, suffix) || same(&domain.realm, suffix) && source == Source::Trusted)
        });
        let mut ways = Vec::new();
        for attribute in &schema.login_by {
            if source == Source::Trusted && (attribute == &schema.mail || *attribute == schema.display_name) {
                continue;
            }
            // An e-mail address or UPN has an `@`, a Windows name never.
            let is_address = attribute == &schema.mail || attribute.is("userPrincipalName");
            if is_address && attribute == &schema.mail {
                // A domain's implied names come before addresses, which are given more freely.
                ways.extend(implied.map(|(name, _)| local(name)));
            }
            ways.push((attribute.clone(), text.to_owned()));
        }
        if let Some((name, _)) = implied {
            ways.push(local(name));
        }
        ways.dedup();
        Some(Wanted { ways, exact })
    }
}

impl Wanted {
    /// Entries that could be meant.
    pub(crate) fn filter(&self) -> Filter {
        let mut ways: Vec<Filter> = Vec::with_capacity(self.ways.len());
        for (attribute, value) in &self.ways {
            let way = Filter::Equal(attribute.clone(), FilterValue::text(value));
            if !ways.contains(&way) {
                ways.push(way);
            }
        }
        Filter::Any(ways)
    }

    /// The one who is meant: whoever fits best. `Err` with those who fit equally well.
    pub(crate) fn choose(&self, mut found: Vec<Entry>) -> Result<Option<Entry>, Vec<Entry>> {
        if self.exact {
            found.retain(|entry| self.rank(entry) < self.ways.len());
        }
        if found.len() <= 1 {
            return Ok(found.pop());
        }
        let best = found.iter().map(|entry| self.rank(entry)).min().unwrap_or_default();
        let (mut fitting, _): (Vec<Entry>, Vec<Entry>) =
            found.into_iter().partition(|entry| self.rank(entry) == best);
        if fitting.len() == 1 { Ok(fitting.pop()) } else { Err(fitting) }
    }

    fn rank(&self, entry: &Entry) -> usize {
        let has = |(attribute, value): &(Attribute, String)| {
            let value = value.trim().to_lowercase();
            entry.texts(attribute).any(|text| text.trim().to_lowercase() == value)
        };
        // The server may compare more generously than this (accents, inner blanks): those come last.
        self.ways.iter().position(has).unwrap_or(self.ways.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{AttributeConfig, Preset};

    fn schema(preset: Preset) -> Schema {
        Schema::new(preset, None, None, None, AttributeConfig::default())
    }

    fn domain() -> Domain {
        Domain {
            base_dn: "DC=example,DC=test".into(),
            group_base_dn: "DC=example,DC=test".into(),
            netbios: Some("EXAMPLE".into()),
            dns: Some("example.test".into()),
            realm: Some("EXAMPLE.TEST".into()),
        }
    }

    fn ways(text: &str, source: Source) -> Option<Vec<String>> {
        let wanted =
            LoginName::new(text).unwrap().wanted(&schema(Preset::ActiveDirectory), &domain(), source)?;
        Some(wanted.ways.iter().map(|(attribute, value)| format!("{attribute}={value}")).collect())
    }

    #[test]
    fn a_typed_name_may_be_a_windows_name_a_upn_or_an_address() {
        let all = |text: &str| {
            vec![
                format!("sAMAccountName={text}"),
                format!("userPrincipalName={text}"),
                format!("mail={text}"),
            ]
        };
        assert_eq!(ways("alice", Source::Typed).unwrap(), all("alice"));
        assert_eq!(ways("a@other.test", Source::Typed).unwrap(), all("a@other.test"));
        let implied = ways("alice@EXAMPLE.test", Source::Typed).unwrap();
        let place = |way: &str| implied.iter().position(|each| each == way);
        assert!(place("userPrincipalName=alice@EXAMPLE.test") < place("sAMAccountName=alice"));
        assert!(place("sAMAccountName=alice") < place("mail=alice@EXAMPLE.test"));
    }

    #[test]
    fn a_name_of_another_domain_is_nobody() {
        assert_eq!(ways("example\\alice", Source::Typed).unwrap(), ["sAMAccountName=alice"]);
        assert_eq!(ways("example.test\\alice", Source::Typed).unwrap(), ["sAMAccountName=alice"]);
        for text in ["OTHER\\alice", "\\alice", "EXAMPLE\\", "EXAMPLE\\EXAMPLE\\alice"] {
            assert_eq!(ways(text, Source::Typed), None, "{text}");
            assert_eq!(ways(text, Source::Trusted), None, "{text}");
        }
    }

    #[test]
    fn a_ticket_names_a_person_of_its_realm_and_nothing_else() {
        assert_eq!(ways("alice@EXAMPLE.TEST", Source::Principal).unwrap(), ["sAMAccountName=alice"]);
        for text in [
            "alice",
            "alice@OTHER.TEST",
            "HTTP/chat@EXAMPLE.TEST",
            "a@b@EXAMPLE.TEST",
            "EXAMPLE\\alice@EXAMPLE.TEST",
            "@EXAMPLE.TEST",
        ] {
            assert_eq!(ways(text, Source::Principal), None, "{text}");
        }
    }

    #[test]
    fn a_trusted_name_is_never_an_email_address() {
        let trusted = ways("alice@other.test", Source::Trusted).unwrap();
        assert!(trusted.iter().all(|way| !way.starts_with("mail=")), "{trusted:?}");
    }

    #[test]
    fn a_proven_name_is_nobody_elses_whatever_the_server_takes_for_the_same() {
        let found = || vec![Entry::of("CN=alice", &[("sAMAccountName", "Alice")])];
        let choose = |typed: &str, source| {
            let schema = schema(Preset::ActiveDirectory);
            LoginName::new(typed)
                .unwrap()
                .wanted(&schema, &domain(), source)
                .unwrap()
                .choose(found())
                .unwrap()
        };
        assert!(choose("alicé", Source::Typed).is_some(), "their password decides");
        assert!(choose("alicé", Source::Trusted).is_none());
        assert!(choose("EXAMPLE\\alicé", Source::Trusted).is_none());
        assert!(choose("alicé@EXAMPLE.TEST", Source::Principal).is_none());
        assert!(choose("ALICE", Source::Trusted).is_some());
    }

    #[test]
    fn blank_overlong_and_control_characters_are_no_names() {
        for text in ["", "  ", "a\0", "a\nb", &"x".repeat(MAX_LOGIN_BYTES + 1), &"x".repeat(10_000)] {
            assert_eq!(LoginName::new(text), None);
        }
    }
}
