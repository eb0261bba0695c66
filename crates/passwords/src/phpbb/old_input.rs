//! md5 of a password in the forms that old PHP set-ups made of it.

use md5::{Digest, Md5};
use zeroize::Zeroizing;

use super::lower_hex;
use crate::compare;
use crate::error::Reject;
use crate::family::hexdigest::encode;
use crate::formula::slashed;

/// A bare md5 digest.
#[derive(Clone)]
pub(crate) struct PhpbbMd5 {
    digits: String,
    /// Try the posted forms of phpBB 2 too.
    posted: bool,
}

impl PhpbbMd5 {
    /// md5(p) only, as phpBB 3 reads a value without a prefix.
    pub(crate) fn new(stored: &str) -> Result<Self, Reject> {
        Ok(Self { digits: lower_hex(stored, 32)?, posted: false })
    }

    /// md5 of any form in which phpBB 2 can have seen the password.
    pub(crate) fn posted(stored: &str) -> Result<Self, Reject> {
        Ok(Self { posted: true, ..Self::new(stored)? })
    }

    /// Whether the password, in one of its forms, gives this digest.
    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        let fits = |form: &[u8]| compare::equal(md5_hex(form).as_bytes(), self.digits.as_bytes());
        if !self.posted {
            return fits(password);
        }
        posted_forms(password).iter().fold(false, |found, form| found | fits(form))
    }
}

/// md5 as 32 lower-case digits.
pub(super) fn md5_hex(text: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(encode(&Md5::digest(text)))
}

/// As typed, with slashes, and both in windows-1252: what phpBB 2 can have hashed.
fn posted_forms(typed: &[u8]) -> [Zeroizing<Vec<u8>>; 4] {
    let [slashed, slashed_1252] = slashed_forms(typed);
    [Zeroizing::new(typed.to_vec()), windows_1252(typed), slashed, slashed_1252]
}

/// With slashes, in UTF-8 and in windows-1252: what phpBB 3 tries for values it took over from phpBB 2.
pub(super) fn slashed_forms(typed: &[u8]) -> [Zeroizing<Vec<u8>>; 2] {
    let slashed = Zeroizing::new(slashed(typed)); // "magic quotes" did that to everything posted
    let converted = windows_1252(&slashed);
    [slashed, converted]
}

/// UTF-8 as windows-1252; characters it does not have stay as they are, and so does text that is not UTF-8.
fn windows_1252(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(text) else {
        return Zeroizing::new(text.to_vec());
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    for character in text.chars() {
        match windows_1252_byte(character) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend(character.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    bytes
}

/// The byte of a character in windows-1252 (the table of the Unicode consortium's CP1252.TXT).
fn windows_1252_byte(character: char) -> Option<u8> {
    /// Bytes 0x80 to 0x9F; a NUL where none is assigned.
    const HIGH: [char; 32] = [
        '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’',
        '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
    ];
    match u32::from(character) {
        code @ (0..=0x7F | 0xA0..=0xFF) => Some(code as u8),
        _ => HIGH.iter().position(|&high| high == character).map(|at| at as u8 + 0x80),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_1252_takes_what_it_has_and_leaves_the_rest() {
        assert_eq!(*windows_1252("aé€ÿ".as_bytes()), b"a\xE9\x80\xFF");
        assert_eq!(*windows_1252("ł".as_bytes()), "ł".as_bytes());
        assert_eq!(*windows_1252(b"\xFFx"), b"\xFFx");
    }
}
