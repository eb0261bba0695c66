//! Just enough BER (X.690) for a small LDAP server.

use ldap3::asn1::{PL, StructureTag, TagClass, parse_tag};

pub fn primitive(class: TagClass, id: u64, bytes: impl Into<Vec<u8>>) -> StructureTag {
    StructureTag { class, id, payload: PL::P(bytes.into()) }
}

pub fn constructed(class: TagClass, id: u64, parts: Vec<StructureTag>) -> StructureTag {
    StructureTag { class, id, payload: PL::C(parts) }
}

pub fn octets(bytes: impl Into<Vec<u8>>) -> StructureTag {
    primitive(TagClass::Universal, 4, bytes)
}

pub fn integer(number: i64) -> StructureTag {
    primitive(TagClass::Universal, 2, minimal(number))
}

pub fn enumerated(number: i64) -> StructureTag {
    primitive(TagClass::Universal, 10, minimal(number))
}

pub fn sequence(parts: Vec<StructureTag>) -> StructureTag {
    constructed(TagClass::Universal, 16, parts)
}

fn minimal(number: i64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let skip = bytes.windows(2).take_while(|pair| pair[0] == 0 && pair[1] < 128).count();
    bytes[skip..].to_vec()
}

pub fn encode(tag: &StructureTag) -> Vec<u8> {
    let (flag, content) = match &tag.payload {
        PL::P(bytes) => (0, bytes.clone()),
        PL::C(parts) => (0x20, parts.iter().flat_map(encode).collect()),
    };
    assert!(tag.id < 31);
    let mut bytes = vec![(tag.class as u8) << 6 | flag | u8::try_from(tag.id).unwrap()];
    match u8::try_from(content.len()) {
        Ok(short) if short < 128 => bytes.push(short),
        _ => {
            let length = u32::try_from(content.len()).unwrap();
            bytes.push(0x84);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(content);
    bytes
}

/// The first message in `buffer`, and how long it is.
pub fn decode(buffer: &[u8]) -> Option<(StructureTag, usize)> {
    let (rest, tag) = parse_tag(buffer).ok()?;
    Some((tag, buffer.len() - rest.len()))
}

pub fn parts(tag: &StructureTag) -> &[StructureTag] {
    match &tag.payload {
        PL::C(parts) => parts,
        PL::P(_) => &[],
    }
}

pub fn bytes(tag: &StructureTag) -> &[u8] {
    match &tag.payload {
        PL::P(bytes) => bytes,
        PL::C(_) => &[],
    }
}

pub fn text(tag: &StructureTag) -> String {
    String::from_utf8_lossy(bytes(tag)).into_owned()
}

pub fn number(tag: &StructureTag) -> u64 {
    bytes(tag).iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}
