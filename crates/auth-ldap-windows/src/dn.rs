//! Distinguished names (RFC 4514): comparing them, taking them apart, and putting values into them.

use std::fmt::Write as _;

/// A name in one spelling for all its spellings: attribute types and values in lower case, no blanks around separators, every
/// special character as `\xx`, the parts of a multi-valued RDN in order. Two names of one entry, as one server writes
/// them, have the same normal form; what `caseExactMatch` would tell apart is not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NormalDn(String);

impl NormalDn {
    pub(crate) fn of(dn: &str) -> Self {
        let rdns = split(dn).into_iter().map(|rdn| {
            let mut parts: Vec<String> =
                rdn.into_iter().map(|(kind, value)| format!("{kind}={}", escaped(&value))).collect();
            parts.sort();
            parts.join("+")
        });
        Self(rdns.collect::<Vec<_>>().join(","))
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

/// `value` for the place of a value in a name. Everything but ASCII letters, digits, and bytes of other scripts is escaped.
pub(crate) fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        if c.is_ascii() && !c.is_ascii_alphanumeric() {
            let _ = write!(text, "\\{:02x}", u32::from(c));
        } else {
            text.push(c);
        }
    }
    text
}

/// The value of the first RDN as it is read by people: `Müller, Jörg` of `CN=Müller\, Jörg,OU=Staff,…`.
pub(crate) fn first_value(dn: &str) -> Option<String> {
    let mut value = String::new();
    let rest = dn.split_once('=')?.1;
    let mut characters = Unescaping(rest).peekable();
    while let Some((c, escaped)) =
        characters.next_if(|&(c, escaped)| escaped || !matches!(c, ',' | '+' | ';'))
    {
        let _ = escaped;
        value.push(c);
    }
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// `dc=example,dc=test` → `example.test`; `None` without such parts.
pub(crate) fn dns_name(dn: &str) -> Option<String> {
    let labels: Vec<String> =
        split(dn).into_iter().flatten().filter(|(kind, _)| kind == "dc").map(|(_, value)| value).collect();
    (!labels.is_empty()).then(|| labels.join("."))
}

/// The RDNs, each as its parts: type and value in lower case, unescaped.
fn split(dn: &str) -> Vec<Vec<(String, String)>> {
    let mut rdns = vec![Vec::new()];
    let (mut kind, mut text) = (None, String::new());
    let finish = |rdns: &mut Vec<Vec<(String, String)>>, kind: &mut Option<String>, text: &mut String| {
        let value = std::mem::take(text).trim().to_lowercase();
        if let Some(rdn) = rdns.last_mut() {
            rdn.push((kind.take().unwrap_or_default(), value));
        }
    };
    for (c, escaped) in Unescaping(dn) {
        match c {
            '=' if !escaped && kind.is_none() => {
                kind = Some(std::mem::take(&mut text).trim().to_lowercase());
            }
            ',' | ';' if !escaped => {
                finish(&mut rdns, &mut kind, &mut text);
                rdns.push(Vec::new());
            }
            '+' if !escaped => finish(&mut rdns, &mut kind, &mut text),
            _ => text.push(c),
        }
    }
    finish(&mut rdns, &mut kind, &mut text);
    rdns
}

/// The characters with `\,` and `\c3\bc` taken apart, and whether each was escaped.
struct Unescaping<'a>(&'a str);

impl Iterator for Unescaping<'_> {
    type Item = (char, bool);

    fn next(&mut self) -> Option<(char, bool)> {
        let mut characters = self.0.chars();
        let first = characters.next()?;
        if first != '\\' {
            self.0 = characters.as_str();
            return Some((first, false));
        }
        // A character of several bytes is written as several pairs.
        let (mut bytes, mut rest) = (Vec::new(), self.0);
        while let Some(byte) = rest.strip_prefix('\\').and_then(|pair| pair.get(..2)).and_then(hex_byte) {
            bytes.push(byte);
            rest = rest.get(3..).unwrap_or_default();
            if let Ok(text) = std::str::from_utf8(&bytes)
                && let Some(c) = text.chars().next()
            {
                self.0 = rest;
                return Some((c, true));
            }
        }
        let literal = characters.next().unwrap_or('\\');
        self.0 = characters.as_str();
        Some((literal, true))
    }
}

fn hex_byte(pair: &str) -> Option<u8> {
    pair.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u8::from_str_radix(pair, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_equal_and_other_names_are_not() {
        let name = NormalDn::of(r"CN=Müller\, Jörg,OU=Staff,DC=example,DC=test");
        for same in [
            r"cn=müller\2c jörg, ou=staff , dc=EXAMPLE,dc=test",
            r"CN=M\c3\bcller\, J\C3\B6rg,OU=Staff,DC=example,DC=test",
        ] {
            assert_eq!(NormalDn::of(same), name, "{same}");
        }
        assert_ne!(NormalDn::of(r"CN=Müller,CN=Jörg,OU=Staff,DC=example,DC=test"), name);
        assert_eq!(NormalDn::of("cn=a+uid=b,o=x"), NormalDn::of("UID=b + CN=a,o=x"));
        assert_ne!(NormalDn::of(r"cn=a\+uid=b,o=x"), NormalDn::of("cn=a+uid=b,o=x"));
    }

    #[test]
    fn a_value_put_into_a_name_stays_one_value() {
        for value in ["alice", "a,ou=admins", "a+b", " #x ", "\\", "\"<>;=\0", "jörg"] {
            let dn = format!("uid={},ou=people,dc=test", escaped(value));
            assert_eq!(split(&dn).len(), 3, "{dn}");
            assert_eq!(split(&dn)[0], [("uid".to_owned(), value.trim().to_lowercase())], "{dn}");
        }
    }

    #[test]
    fn the_first_value_is_read_as_people_read_it() {
        assert_eq!(first_value(r"CN=Müller\, Jörg,OU=Staff").as_deref(), Some("Müller, Jörg"));
        assert_eq!(first_value("nonsense"), None);
        assert_eq!(dns_name("OU=x,DC=Example,DC=test").as_deref(), Some("example.test"));
        assert_eq!(dns_name("o=club"), None);
    }
}
