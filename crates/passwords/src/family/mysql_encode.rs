//! MySQL's ENCODE(password, key), as hexadecimal digits: a keyed substitution that anybody with the key can undo. phpBMS;
//! removed in MySQL 8.0, still in MariaDB.
//!
//! The two words of OLD_PASSWORD(key) seed a generator (modulo 2^30 - 1); 256 steps of it shuffle the bytes; each byte
//! is then replaced and mixed with the generator and the bytes before it.

use zeroize::Zeroizing;

use crate::compare;
use crate::error::Reject;
use crate::family::{hexdigest, mysql};

/// A parsed value.
#[derive(Clone)]
pub(crate) struct EncodedText(String);

/// The longest password column.
const BYTES: usize = 255;

const MODULUS: u64 = 0x3FFF_FFFF;

struct Generator(u64, u64);

impl Generator {
    fn new(key: &[u8]) -> Self {
        let (first, second) = mysql::old_password_words(key);
        Self(u64::from(first) % MODULUS, u64::from(second) % MODULUS)
    }

    /// A number from 0 to 254.
    fn next(&mut self) -> u8 {
        self.0 = (self.0 * 3 + self.1) % MODULUS;
        self.1 = (self.0 + self.1 + 33) % MODULUS;
        // floor(first / modulus * 255), in doubles as the server computes it.
        #[expect(clippy::cast_precision_loss, reason = "both are below 2^30")]
        let share = self.0 as f64 / MODULUS as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 254")]
        let number = (share * 255.0) as u8;
        number
    }
}

impl EncodedText {
    /// Parses hexadecimal digits.
    pub(crate) fn parse(stored: &str) -> Result<Self, Reject> {
        let digits = stored.len().is_multiple_of(2) && stored.len() <= 2 * BYTES;
        if !digits || !stored.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Reject::Other);
        }
        Ok(Self(stored.to_ascii_lowercase()))
    }

    /// Whether the password gives this value under the site's key.
    pub(crate) fn verify(&self, password: &[u8], key: &[u8]) -> bool {
        let computed = Zeroizing::new(hexdigest::encode(&encode(password, key)));
        !password.is_empty() && compare::equal(computed.as_bytes(), self.0.as_bytes())
    }
}

/// ENCODE(text, key).
pub(crate) fn encode(text: &[u8], key: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut generator = Generator::new(key);
    let mut decoded: [u8; 256] = std::array::from_fn(|at| u8::try_from(at).unwrap_or_default());
    for at in 0..decoded.len() {
        decoded.swap(at, usize::from(generator.next()));
    }
    let mut encoded = [0; 256];
    for (at, &byte) in (0..=u8::MAX).zip(&decoded) {
        encoded[usize::from(byte)] = at;
    }
    let mut shift = 0;
    let mut result = Zeroizing::new(Vec::with_capacity(text.len()));
    for &byte in text {
        shift ^= generator.next();
        result.push(encoded[usize::from(byte)] ^ shift);
        shift ^= byte;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_mariadb_are_read() {
        // SELECT HEX(ENCODE(…, …)) on MariaDB 10.11.
        for (password, key, stored) in [
            ("correct horse 1", "phpbms-seed", "7CD0791AD7CC38D042FFA827436ADF"),
            ("a", "k", "ED"),
            (
                "Grüße, long password 0123456789",
                "another key",
                "6ACA0427D1DD9DF0E72215C56EB422C8FE66ABD6ACB118D85D4EE107AA220729E9",
            ),
        ] {
            let hash = EncodedText::parse(stored).unwrap();
            assert!(hash.verify(password.as_bytes(), key.as_bytes()), "{password}");
            assert!(!hash.verify(password.as_bytes(), b"wrong key"));
            assert!(!hash.verify(b"wrong", key.as_bytes()));
        }
    }
}
