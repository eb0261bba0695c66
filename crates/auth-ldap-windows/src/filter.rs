//! Search filters (RFC 4515) as values. Text that people typed can only become a [`FilterValue`], which is escaped; there is
//! no way to splice it into a filter.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// Active Directory's rule that follows a chain of memberships: `LDAP_MATCHING_RULE_IN_CHAIN` (MS-ADTS 3.1.1.3.4.4.3).
const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";

/// A filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Filter {
    /// As the administrator wrote it.
    Configured(ConfiguredFilter),
    /// `(attribute=value)`
    Equal(Attribute, FilterValue),
    /// `(attribute>=value)`
    AtLeast(Attribute, FilterValue),
    /// `(attribute=*)`
    Present(Attribute),
    /// The value is reached through any number of memberships (Active Directory only).
    InChain(Attribute, FilterValue),
    /// All of these. Never empty.
    All(Vec<Filter>),
    /// Any of these. Never empty: servers differ in what they make of `(|)`.
    Any(Vec<Filter>),
}

impl Filter {
    /// `(attribute=text)`
    pub(crate) fn text(attribute: &Attribute, text: &str) -> Self {
        Self::Equal(attribute.clone(), FilterValue::text(text))
    }

    /// This and `other`.
    pub(crate) fn and(self, other: Self) -> Self {
        Self::All(vec![self, other])
    }

    /// Matches every entry.
    pub(crate) fn anything() -> Self {
        Self::Present(Attribute("objectClass".to_owned()))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let several = |f: &mut fmt::Formatter<'_>, sign: char, parts: &[Self]| {
            write!(f, "({sign}")?;
            parts.iter().try_for_each(|part| write!(f, "{part}"))?;
            f.write_str(")")
        };
        match self {
            Self::Configured(filter) => f.write_str(&filter.0),
            Self::Equal(attribute, value) => write!(f, "({attribute}={value})"),
            Self::AtLeast(attribute, value) => write!(f, "({attribute}>={value})"),
            Self::Present(attribute) => write!(f, "({attribute}=*)"),
            Self::InChain(attribute, value) => write!(f, "({attribute}:{IN_CHAIN}:={value})"),
            Self::All(parts) => several(f, '&', parts),
            Self::Any(parts) => several(f, '|', parts),
        }
    }
}

/// A value in a filter, escaped. Everything but ASCII letters and digits is written as `\xx`, which RFC 4515 allows for
/// every byte: there is no list of special characters to forget one of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilterValue(String);

impl FilterValue {
    pub(crate) fn text(text: &str) -> Self {
        Self::bytes(text.as_bytes())
    }

    pub(crate) fn bytes(bytes: &[u8]) -> Self {
        use fmt::Write as _;
        let mut escaped = String::with_capacity(bytes.len());
        for &byte in bytes {
            if byte.is_ascii_alphanumeric() {
                escaped.push(char::from(byte));
            } else {
                let _ = write!(escaped, "\\{byte:02x}");
            }
        }
        Self(escaped)
    }
}

impl fmt::Display for FilterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of an attribute, from the configuration or a preset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute(String);

impl Attribute {
    /// A name: letters, digits, `-`, `.` and `;`, beginning with a letter or digit (RFC 4512 §2.5).
    pub(crate) fn new(name: &str) -> Option<Self> {
        let fits = name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.len() <= 128
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.;".contains(&b));
        fits.then(|| Self(name.to_owned()))
    }

    /// A name that stands in this crate.
    pub(crate) fn preset(name: &'static str) -> Self {
        Self(name.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name)
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::new(&name).ok_or_else(|| {
            serde::de::Error::custom(format!("`{name}` is not the name of an attribute (example: `mail`)"))
        })
    }
}

/// A whole filter from the configuration, with correct syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredFilter(String);

impl ConfiguredFilter {
    /// `text` as a filter, if it is one.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (text.starts_with('(') && ldap3::parse_filter(text).is_ok()).then(|| Self(text.to_owned()))
    }

    /// A filter that stands in this crate.
    pub(crate) fn preset(text: &'static str) -> Self {
        Self(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for ConfiguredFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{text}` is not a search filter (RFC 4515; example: `(&(objectClass=person)(o=Club))`)"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_typed_never_becomes_a_part_of_the_filter() {
        let mail = Attribute::preset("mail");
        for typed in ["*)(uid=*", "\\2a", "a)(|(x=*", "\0", "müller", "Doe, Jane"] {
            let text = Filter::text(&mail, typed).to_string();
            let inside = text.strip_prefix("(mail=").and_then(|rest| rest.strip_suffix(')')).unwrap();
            assert!(!inside.contains(['(', ')', '*', '\0']), "{text}");
            assert!(ldap3::parse_filter(&text).is_ok(), "{text}");
        }
        assert_eq!(Filter::text(&mail, "a*").to_string(), r"(mail=a\2a)");
    }

    #[test]
    fn filters_nest() {
        let (uid, member) = (Attribute::preset("uid"), Attribute::preset("member"));
        let filter =
            Filter::Configured(ConfiguredFilter::preset("(objectClass=person)")).and(Filter::Any(vec![
                Filter::text(&uid, "x"),
                Filter::InChain(member, FilterValue::text("cn=a")),
                Filter::Present(uid),
            ]));
        let text = filter.to_string();
        assert_eq!(text, r"(&(objectClass=person)(|(uid=x)(member:1.2.840.113556.1.4.1941:=cn\3da)(uid=*)))");
        assert!(ldap3::parse_filter(&text).is_ok());
    }

    #[test]
    fn a_configured_filter_or_attribute_with_bad_syntax_is_refused() {
        assert!(ConfiguredFilter::new("(objectClass=person").is_none());
        assert!(ConfiguredFilter::new("objectClass=person").is_none());
        assert!(ConfiguredFilter::new(" (&(a=b)(c=*)) ").is_some());
        assert!(Attribute::new("memberOf").is_some());
        assert!(Attribute::new("a=b)(c").is_none());
    }
}
