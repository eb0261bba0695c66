//! An entry as a server sent it, taken apart without trusting its form.

use std::collections::BTreeMap;

use ldap3::ResultEntry;
use ldap3::asn1::{PL, StructureTag};
use portico_core::Timestamp;

use crate::filter::Attribute;
use crate::generalized_time;

/// An entry: its name, and the values of its attributes by name in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) dn: String,
    attributes: BTreeMap<String, Vec<Vec<u8>>>,
}

impl Entry {
    /// The entry in a search result; `None` when the result has not the form of RFC 4511 §4.5.2.
    pub(crate) fn new(result: ResultEntry) -> Option<Self> {
        if result.0.id != 4 {
            return None;
        }
        let mut parts = constructed(result.0)?.into_iter();
        let dn = String::from_utf8(primitive(parts.next()?)?).ok()?;
        let mut attributes: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        for attribute in constructed(parts.next()?)? {
            let mut parts = constructed(attribute)?.into_iter();
            let name = String::from_utf8(primitive(parts.next()?)?).ok()?;
            let values: Option<Vec<_>> = constructed(parts.next()?)?.into_iter().map(primitive).collect();
            attributes.entry(base_name(&name)).or_default().extend(values?);
        }
        Some(Self { dn, attributes })
    }

    /// All values.
    pub(crate) fn values(&self, attribute: &Attribute) -> &[Vec<u8>] {
        self.attributes.get(&attribute.as_str().to_ascii_lowercase()).map(Vec::as_slice).unwrap_or_default()
    }

    /// The first value.
    pub(crate) fn bytes(&self, attribute: &Attribute) -> Option<&[u8]> {
        self.values(attribute).first().map(Vec::as_slice)
    }

    /// All values that are text.
    pub(crate) fn texts(&self, attribute: &Attribute) -> impl Iterator<Item = &str> {
        self.values(attribute).iter().filter_map(|value| std::str::from_utf8(value).ok())
    }

    /// The first value that is text with a visible character, without control characters.
    pub(crate) fn text(&self, attribute: &Attribute) -> Option<String> {
        self.texts(attribute)
            .map(|text| text.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned())
            .find(|text| !text.is_empty())
    }

    /// The first value as a number.
    pub(crate) fn number(&self, attribute: &Attribute) -> Option<i64> {
        self.texts(attribute).next()?.trim().parse().ok()
    }

    /// The first value as a moment.
    pub(crate) fn time(&self, attribute: &Attribute) -> Option<Timestamp> {
        generalized_time::parse(self.texts(attribute).next()?)
    }
}

/// `memberOf;range=0-1499` is a part of `memberOf`.
fn base_name(name: &str) -> String {
    name.split(';').next().unwrap_or(name).to_ascii_lowercase()
}

fn constructed(tag: StructureTag) -> Option<Vec<StructureTag>> {
    match tag.payload {
        PL::C(parts) => Some(parts),
        PL::P(_) => None,
    }
}

fn primitive(tag: StructureTag) -> Option<Vec<u8>> {
    match tag.payload {
        PL::P(bytes) => Some(bytes),
        PL::C(_) => None,
    }
}

#[cfg(test)]
impl Entry {
    /// An entry with these texts.
    pub(crate) fn of(dn: &str, texts: &[(&str, &str)]) -> Self {
        let mut entry = Self { dn: dn.to_owned(), ..Self::default() };
        for (name, text) in texts {
            entry.attributes.entry(base_name(name)).or_default().push(text.as_bytes().to_vec());
        }
        entry
    }
}

#[cfg(test)]
mod tests {
    use ldap3::asn1::TagClass;
    use proptest::prelude::*;

    use super::*;

    fn tag(id: u64, payload: PL) -> StructureTag {
        StructureTag { class: TagClass::Universal, id, payload }
    }

    fn octets(bytes: &[u8]) -> StructureTag {
        tag(4, PL::P(bytes.to_vec()))
    }

    fn attribute(name: &str, values: &[&[u8]]) -> StructureTag {
        let set = tag(17, PL::C(values.iter().map(|value| octets(value)).collect()));
        tag(16, PL::C(vec![octets(name.as_bytes()), set]))
    }

    #[test]
    fn a_part_of_a_long_attribute_belongs_to_it_and_binary_stays_binary() {
        let attributes = vec![
            attribute("memberOf;range=0-1", &[b"cn=a", b"cn=b"]),
            attribute("objectGUID", &[&[0xff, 0, 1]]),
            attribute("displayName", &[b" \x07 ", b"  Alice\0 "]),
        ];
        let entry = tag(4, PL::C(vec![octets(b"cn=x"), tag(16, PL::C(attributes))]));
        let entry = Entry::new(ResultEntry::new(entry)).unwrap();
        assert_eq!(entry.values(&Attribute::preset("MemberOf")).len(), 2);
        assert_eq!(entry.bytes(&Attribute::preset("objectguid")), Some(&[0xff, 0, 1][..]));
        assert_eq!(entry.text(&Attribute::preset("objectGUID")), None);
        assert_eq!(entry.text(&Attribute::preset("displayName")).as_deref(), Some("Alice"));
    }

    fn any_tag() -> impl Strategy<Value = StructureTag> {
        let leaf = (0_u64..31, prop::collection::vec(any::<u8>(), 0..8))
            .prop_map(|(id, bytes)| tag(id, PL::P(bytes)));
        leaf.prop_recursive(4, 40, 5, |inner| {
            (prop_oneof![Just(4_u64), 0_u64..31], prop::collection::vec(inner, 0..5))
                .prop_map(|(id, parts)| tag(id, PL::C(parts)))
        })
    }

    proptest! {
        #[test]
        fn nothing_that_a_server_sends_is_a_panic(sent in any_tag()) {
            let _ = Entry::new(ResultEntry::new(sent));
        }
    }
}
