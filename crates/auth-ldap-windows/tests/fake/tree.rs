//! The entries of the fake directory, and what a filter finds among them.

use ldap3::asn1::StructureTag;

use super::ber::{bytes, parts, text};

/// How an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Account {
    #[default]
    Usable,
    Disabled,
    Locked,
    PasswordExpired,
    MustChange,
    Expired,
    NotAtThisHour,
}

/// An entry.
#[derive(Debug, Clone, Default)]
pub struct FakeEntry {
    pub dn: String,
    pub attributes: Vec<(String, Vec<u8>)>,
    pub password: Option<String>,
    pub account: Account,
}

impl FakeEntry {
    pub fn new(dn: impl Into<String>) -> Self {
        Self { dn: dn.into(), ..Self::default() }
    }

    pub fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.attributes.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub fn password(mut self, password: &str, account: Account) -> Self {
        self.password = Some(password.to_owned());
        self.account = account;
        self
    }

    pub fn set(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.attributes.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.attributes.push((name.to_owned(), value.as_ref().to_vec()));
    }

    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.attributes
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    }

    pub fn has(&self, name: &str, wanted: &[u8]) -> bool {
        let binary = ["objectGUID", "objectSid"].iter().any(|known| known.eq_ignore_ascii_case(name));
        self.values(name).any(|value| if binary { value == wanted } else { same(value, wanted) })
    }
}

fn same(a: &[u8], b: &[u8]) -> bool {
    match (std::str::from_utf8(a), std::str::from_utf8(b)) {
        (Ok(a), Ok(b)) => a.to_lowercase() == b.to_lowercase(),
        _ => a == b,
    }
}

/// Whether `filter` (RFC 4511 §4.5.1) finds `entry`.
pub fn fits(filter: &StructureTag, entry: &FakeEntry, all: &[FakeEntry]) -> bool {
    let inside = parts(filter);
    match filter.id {
        0 => inside.iter().all(|part| fits(part, entry, all)),
        1 => inside.iter().any(|part| fits(part, entry, all)),
        2 => inside.iter().all(|part| !fits(part, entry, all)),
        3 => entry.has(&text(&inside[0]), bytes(&inside[1])),
        5 => entry.values(&text(&inside[0])).any(|value| {
            let (value, wanted) = (String::from_utf8_lossy(value), text(&inside[1]));
            (value.len(), value.as_ref()) >= (wanted.len(), wanted.as_str())
        }),
        7 => {
            let name = String::from_utf8_lossy(bytes(filter)).into_owned();
            name.eq_ignore_ascii_case("objectClass") || entry.values(&name).next().is_some()
        }
        9 => {
            let part = |id| inside.iter().find(|part| part.id == id);
            assert_eq!(text(part(1).unwrap()), "1.2.840.113556.1.4.1941");
            let (name, wanted) = (text(part(2).unwrap()), bytes(part(3).unwrap()));
            in_chain(entry, &name, wanted, all, 0)
        }
        other => panic!("the fake directory knows no filter of kind {other}"),
    }
}

fn in_chain(entry: &FakeEntry, name: &str, wanted: &[u8], all: &[FakeEntry], depth: usize) -> bool {
    depth < 20
        && entry.values(name).any(|value| {
            same(value, wanted)
                || all
                    .iter()
                    .filter(|other| same(other.dn.as_bytes(), value))
                    .any(|other| in_chain(other, name, wanted, all, depth + 1))
        })
}
