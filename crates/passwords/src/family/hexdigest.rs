//! Bare digests in hexadecimal, without any salt: md5(p) and its successors.

use crate::compare;
use crate::digest::HashFn;
use crate::error::Reject;

/// A digest as bytes. The letters of the stored text may be of either case: the databases that compare such columns
/// themselves ignore it.
#[derive(Clone)]
pub(crate) struct HexDigest {
    hash: HashFn,
    digest: Vec<u8>,
}

impl HexDigest {
    /// Parses exactly as many hexadecimal digits as the hash has.
    pub(crate) fn parse(hash: HashFn, stored: &str) -> Result<Self, Reject> {
        if stored.len() != 2 * hash.bytes() {
            return Err(Reject::Other);
        }
        let digest = decode(stored).ok_or(Reject::Other)?;
        Ok(Self { hash, digest })
    }

    /// Whether the password gives this digest.
    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        compare::equal(&self.hash.digest(&[password]), &self.digest)
    }
}

/// Bytes of hexadecimal text of either case.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16);
    digits.chunks(2).map(|pair| Some((value(pair[0])? << 4 | value(pair[1])?) as u8)).collect()
}

/// Lower-case hexadecimal text.
pub(crate) fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}
