//! Ids that a directory gives: GUIDs and SIDs in their binary forms.

use uuid::Uuid;

use crate::filter::{Attribute, FilterValue};

/// An id as text, from the value of `attribute`: 16 bytes of `objectGUID` (MS-DTYP 2.3.4: the first three fields little-endian)
/// become `6f9619ff-8b86-d011-b42d-00c04fc964ff`, any other id is text already.
pub(crate) fn id_text(attribute: &Attribute, value: &[u8]) -> Option<String> {
    if attribute.is("objectGUID") {
        let bytes: [u8; 16] = value.try_into().ok()?;
        return Some(Uuid::from_bytes_le(bytes).hyphenated().to_string());
    }
    let text = std::str::from_utf8(value).ok()?.trim();
    let fits = (1..=255).contains(&text.len()) && !text.chars().any(char::is_control);
    fits.then(|| if is_uuid_like(attribute) { text.to_lowercase() } else { text.to_owned() })
}

/// The value that finds the entry with this id; `None` when no entry can have it.
pub(crate) fn id_value(attribute: &Attribute, id: &str) -> Option<FilterValue> {
    if attribute.is("objectGUID") {
        let guid = Uuid::parse_str(id).ok()?;
        return (guid.hyphenated().to_string() == id).then(|| FilterValue::bytes(&guid.to_bytes_le()));
    }
    // A server may call a value that is no UUID an error, and takes capitals for small letters.
    let canonical = |uuid: Uuid| uuid.hyphenated().to_string() == id;
    if attribute.is("entryUUID") && !Uuid::parse_str(id).is_ok_and(canonical) {
        return None;
    }
    Some(FilterValue::text(id))
}

fn is_uuid_like(attribute: &Attribute) -> bool {
    attribute.is("entryUUID") || attribute.is("nsUniqueId")
}

/// A security identifier (MS-DTYP 2.4.2.2), kept in its binary form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Sid(Vec<u8>);

impl Sid {
    pub(crate) fn new(bytes: &[u8]) -> Option<Self> {
        let count = usize::from(*bytes.get(1)?);
        (bytes.first() == Some(&1) && (1..=15).contains(&count) && bytes.len() == 8 + 4 * count)
            .then(|| Self(bytes.to_vec()))
    }

    /// The SID of a neighbour in the same domain: the primary group of a person.
    pub(crate) fn sibling(&self, relative_id: u32) -> Self {
        let mut bytes = self.0.clone();
        let end = bytes.len() - 4;
        bytes.truncate(end);
        bytes.extend(relative_id.to_le_bytes());
        Self(bytes)
    }

    pub(crate) fn value(&self) -> FilterValue {
        FilterValue::bytes(&self.0)
    }
}

impl std::fmt::Display for Sid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (head, parts) = self.0.split_at(8);
        let authority = head.iter().skip(2).fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
        write!(f, "S-1-{authority}")?;
        for part in parts.chunks_exact(4) {
            let number = part.iter().rev().fold(0_u32, |sum, &byte| sum << 8 | u32::from(byte));
            write!(f, "-{number}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: [u8; 16] =
        [0xff, 0x19, 0x96, 0x6f, 0x86, 0x8b, 0x11, 0xd0, 0xb4, 0x2d, 0x00, 0xc0, 0x4f, 0xc9, 0x64, 0xff];

    #[test]
    fn an_object_guid_is_written_as_windows_writes_it_and_found_again() {
        let attribute = Attribute::preset("objectGUID");
        let text = id_text(&attribute, &GUID).unwrap();
        assert_eq!(text, "6f9619ff-8b86-d011-b42d-00c04fc964ff");
        assert_eq!(id_value(&attribute, &text), Some(FilterValue::bytes(&GUID)));
        for other in ["6F9619FF-8B86-D011-B42D-00C04FC964FF", "6f9619ff8b86d011b42d00c04fc964ff", "1234", ""]
        {
            assert_eq!(id_value(&attribute, other), None, "one person has one spelling: {other}");
        }
        assert_eq!(id_text(&attribute, b"short"), None);
    }

    #[test]
    fn an_entry_uuid_is_lower_case_text() {
        let attribute = Attribute::preset("entryUUID");
        let id = id_text(&attribute, b"6F9619FF-8B86-D011-B42D-00C04FC964FF").unwrap();
        assert_eq!(id, "6f9619ff-8b86-d011-b42d-00c04fc964ff");
        assert!(id_value(&attribute, &id).is_some());
        for other in ["987654321", &id.to_uppercase(), &id.replace('-', "")] {
            assert_eq!(id_value(&attribute, other), None, "{other}");
        }
        assert_eq!(id_text(&Attribute::preset("uidNumber"), b"1000").as_deref(), Some("1000"));
    }

    #[test]
    fn a_primary_group_has_the_sid_of_its_member_with_another_end() {
        let mut bytes = vec![1, 5, 0, 0, 0, 0, 0, 5];
        for part in [21_u32, 1, 2, 3, 1104] {
            bytes.extend(part.to_le_bytes());
        }
        let sid = Sid::new(&bytes).unwrap();
        assert_eq!(sid.to_string(), "S-1-5-21-1-2-3-1104");
        assert_eq!(sid.sibling(513).to_string(), "S-1-5-21-1-2-3-513");
        assert_eq!(Sid::new(&bytes[..20]), None);
    }
}
