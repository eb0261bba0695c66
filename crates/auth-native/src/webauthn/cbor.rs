//! As much of CBOR (RFC 8949) as authenticators write: CTAP2's canonical form, in which every length is said beforehand.

/// Lists and maps in one another; CTAP2 §8 allows four.
const MAX_DEPTH: usize = 4;

/// A value. Texts and bytes are parts of the message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Integer(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Value<'a>>),
    Map(Vec<(Value<'a>, Value<'a>)>),
    Flag(bool),
    Null,
}

impl<'a> Value<'a> {
    pub(crate) fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// A member of a map.
    pub(crate) fn get(&self, key: &Self) -> Option<&Self> {
        let Self::Map(members) = self else { return None };
        members.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

/// The first value of `message`, and what stands behind it.
pub(crate) fn read(message: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let mut reader = Reader { rest: message };
    let value = reader.value(0)?;
    Some((value, reader.rest))
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// The argument of an item: in five bits of its head, or in the bytes that follow.
    fn argument(&mut self, low: u8) -> Option<u64> {
        let following = match low {
            0..=23 => return Some(low.into()),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            // 31 is an open end, which the canonical form has not.
            _ => return None,
        };
        let bytes = self.take(following)?;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        let head = *self.take(1)?.first()?;
        let (major, low) = (head >> 5, head & 31);
        if major == 7 {
            return match low {
                20 => Some(Value::Flag(false)),
                21 => Some(Value::Flag(true)),
                22 => Some(Value::Null),
                _ => None,
            };
        }
        let argument = self.argument(low)?;
        match major {
            0 => Some(Value::Integer(i64::try_from(argument).ok()?)),
            1 => Some(Value::Integer(-1 - i64::try_from(argument).ok()?)),
            2 => Some(Value::Bytes(self.take(usize::try_from(argument).ok()?)?)),
            3 => Some(Value::Text(std::str::from_utf8(self.take(usize::try_from(argument).ok()?)?).ok()?)),
            4 | 5 if depth == MAX_DEPTH => None,
            4 => {
                let mut list = Vec::new();
                for _ in 0..argument {
                    list.push(self.value(depth + 1)?);
                }
                Some(Value::List(list))
            }
            5 => {
                let mut members: Vec<(Value<'a>, Value<'a>)> = Vec::new();
                for _ in 0..argument {
                    let key = self.value(depth + 1)?;
                    if members.iter().any(|(known, _)| *known == key) {
                        return None;
                    }
                    members.push((key, self.value(depth + 1)?));
                }
                Some(Value::Map(members))
            }
            // Tags are not in use here.
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8949, appendix A.
    #[test]
    fn the_examples_of_rfc_8949_are_read() {
        let table: [(&[u8], Value<'_>); 12] = [
            (&[0x00], Value::Integer(0)),
            (&[0x17], Value::Integer(23)),
            (&[0x18, 0x64], Value::Integer(100)),
            (&[0x19, 0x03, 0xE8], Value::Integer(1000)),
            (&[0x1A, 0x00, 0x0F, 0x42, 0x40], Value::Integer(1_000_000)),
            (&[0x20], Value::Integer(-1)),
            (&[0x39, 0x03, 0xE7], Value::Integer(-1000)),
            (&[0x44, 1, 2, 3, 4], Value::Bytes(&[1, 2, 3, 4])),
            (&[0x64, 0x49, 0x45, 0x54, 0x46], Value::Text("IETF")),
            (&[0x82, 0x01, 0x20], Value::List(vec![Value::Integer(1), Value::Integer(-1)])),
            (&[0xA1, 0x61, 0x61, 0x01], Value::Map(vec![(Value::Text("a"), Value::Integer(1))])),
            (&[0xF5], Value::Flag(true)),
        ];
        for (message, value) in table {
            assert_eq!(read(message), Some((value, &[][..])), "{message:02x?}");
        }
        assert_eq!(read(&[0x01, 0xFF]).map(|(_, rest)| rest.len()), Some(1));
    }

    #[test]
    fn what_is_cut_off_endless_deep_or_twice_there_is_refused() {
        let hostile: [&[u8]; 10] = [
            &[],
            &[0x18],
            &[0x44, 1, 2],
            &[0x9F, 0x01, 0xFF],
            &[0x81, 0x81, 0x81, 0x81, 0x81, 0x01],
            &[0xA2, 0x01, 0x01, 0x01, 0x02],
            &[0x9B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            &[0x5B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            &[0x1B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            &[0x62, 0xC3, 0x28],
        ];
        for message in hostile {
            assert_eq!(read(message), None, "{message:02x?}");
        }
    }
}
