//! Time-based one-time passwords: RFC 6238 with what every authenticator program takes, SHA-1, six digits, 30 seconds.

use hmac::{Hmac, KeyInit, Mac};
use portico_core::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Seconds of one step.
const STEP: i64 = 30;
/// Bytes of a secret: as many as SHA-1 gives (RFC 4226 §4, R6).
const SECRET_BYTES: usize = 20;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A new secret, in base32 (RFC 4648 §6, without padding).
pub(crate) fn new_secret() -> Result<SecretString, getrandom::Error> {
    let mut bytes = Zeroizing::new([0_u8; SECRET_BYTES]);
    getrandom::fill(bytes.as_mut_slice())?;
    Ok(SecretString::from(base32(bytes.as_slice())))
}

/// The address that authenticator programs read from a QR code.
pub(crate) fn uri(issuer: &str, login: &str, secret: &SecretString) -> SecretString {
    let (issuer, login) = (percent(issuer), percent(login));
    let secret = secret.expose_secret();
    SecretString::from(format!(
        "otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
    ))
}

/// The step in which this code is right: now, the one before or the one after, for clocks that differ. Steps up to
/// `after` were used before.
pub(crate) fn step_of(secret: &SecretString, code: &str, now: Timestamp, after: i64) -> Option<i64> {
    let key = from_base32(secret.expose_secret())?;
    if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let current = now.as_millis().div_euclid(1000 * STEP);
    let right = |step: &i64| {
        u64::try_from(*step)
            .is_ok_and(|step| bool::from(code_at(&key, step).as_bytes().ct_eq(code.as_bytes())))
    };
    (current - 1..=current + 1).filter(|step| *step > after).find(right)
}

/// HOTP (RFC 4226 §5.3) of a step, six digits.
fn code_at(key: &[u8], step: u64) -> String {
    format!("{:06}", hotp(key, step) % 1_000_000)
}

fn hotp(key: &[u8], counter: u64) -> u32 {
    // Keys longer than the block would be hashed first (RFC 2104 §2); ours have 20 bytes.
    let mut block = Zeroizing::new([0_u8; 64]);
    let length = key.len().min(block.len());
    block[..length].copy_from_slice(&key[..length]);
    let mut mac = <Hmac<Sha1> as KeyInit>::new((&*block).into());
    mac.update(&counter.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 0x0F);
    let mut four = [0_u8; 4];
    four.copy_from_slice(&digest[offset..offset + 4]);
    u32::from_be_bytes(four) & 0x7FFF_FFFF
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(buffer >> bits) as usize & 31]));
        }
        buffer &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(buffer << (5 - bits)) as usize & 31]));
    }
    text
}

fn from_base32(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() * 5 / 8));
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for letter in text.bytes() {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        buffer = (buffer << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xFF).ok()?);
        }
        buffer &= (1 << bits) - 1;
    }
    Some(bytes)
}

/// RFC 3986: everything but unreserved characters.
fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: eight digits there, of which ours are the last six.
    #[test]
    fn the_vectors_of_rfc_6238_come_out() {
        let key = b"12345678901234567890";
        let table: [(i64, u32); 6] = [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ];
        for (seconds, wanted) in table {
            let step = u64::try_from(seconds / STEP).unwrap();
            assert_eq!(hotp(key, step) % 100_000_000, wanted, "{seconds}");
            let code = format!("{:06}", wanted % 1_000_000);
            let secret = SecretString::from(base32(key));
            let now = Timestamp::from_secs(seconds);
            assert_eq!(step_of(&secret, &code, now, 0), Some(seconds / STEP));
        }
    }

    /// RFC 4226, appendix D.
    #[test]
    fn the_vectors_of_rfc_4226_come_out() {
        let wanted =
            [755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871, 520_489];
        for (counter, wanted) in wanted.into_iter().enumerate() {
            assert_eq!(hotp(b"12345678901234567890", counter as u64) % 1_000_000, wanted);
        }
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (bytes, text) in
            [("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(bytes.as_bytes()), text);
            assert_eq!(from_base32(text).unwrap().as_slice(), bytes.as_bytes());
        }
        assert!(from_base32("MZXW1").is_none());
    }

    #[test]
    fn a_code_is_good_one_step_around_and_never_twice() {
        let secret = SecretString::from(base32(b"12345678901234567890"));
        let key = from_base32(secret.expose_secret()).unwrap();
        let now = Timestamp::from_secs(1_000_000_020);
        let step = now.as_millis() / 1000 / STEP;
        for (away, good) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let code = code_at(&key, u64::try_from(step + away).unwrap());
            assert_eq!(step_of(&secret, &code, now, 0).is_some(), good, "{away}");
        }
        let code = code_at(&key, u64::try_from(step).unwrap());
        assert_eq!(step_of(&secret, &code, now, step), None, "used before");
        assert_eq!(step_of(&secret, &code, now, step - 1), Some(step));
        for bad in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(step_of(&secret, bad, now, 0), None);
        }
    }

    #[test]
    fn a_secret_has_160_bits_and_its_address_is_escaped() {
        let secret = new_secret().unwrap();
        assert_eq!(secret.expose_secret().len(), 32);
        assert_ne!(secret.expose_secret(), new_secret().unwrap().expose_secret());
        let uri = uri("The Chat", "ann & co", &SecretString::from("ABC".to_owned()));
        assert_eq!(
            uri.expose_secret(),
            "otpauth://totp/The%20Chat:ann%20%26%20co?secret=ABC&issuer=The%20Chat&algorithm=SHA1&digits=6&period=30"
        );
    }
}
