//! MySQL's PASSWORD(): `*` + upper-case sha1(raw sha1(p)) since 4.1, and the 16 digits of before (OLD_PASSWORD).

use zeroize::Zeroizing;

use crate::compare;
use crate::digest::HashFn;
use crate::error::Reject;
use crate::family::hexdigest;

/// A parsed value, in lower case: either case is found in databases.
#[derive(Clone)]
pub(crate) enum MysqlHash {
    New(String),
    Old(String),
}

impl MysqlHash {
    /// Parses `*` and 40 hexadecimal digits.
    pub(crate) fn parse_new(stored: &str) -> Result<Self, Reject> {
        let digits = stored.strip_prefix('*').ok_or(Reject::Other)?;
        digits_of(digits, 40).map(|_| Self::New(stored.to_ascii_lowercase()))
    }

    /// Parses 16 hexadecimal digits.
    pub(crate) fn parse_old(stored: &str) -> Result<Self, Reject> {
        digits_of(stored, 16).map(Self::Old)
    }

    /// Whether the password gives this value.
    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        match self {
            Self::New(stored) => {
                let mut computed = self::password(password);
                computed.make_ascii_lowercase();
                compare::equal(computed.as_bytes(), stored.as_bytes())
            }
            Self::Old(stored) => compare::equal(old_password(password).as_bytes(), stored.as_bytes()),
        }
    }
}

fn digits_of(text: &str, length: usize) -> Result<String, Reject> {
    if text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(Reject::Other)
    }
}

/// PASSWORD() of MySQL 4.1 and later.
pub(crate) fn password(password: &[u8]) -> Zeroizing<String> {
    let stage = HashFn::Sha1.digest(&[password]);
    let digits = hexdigest::encode(&HashFn::Sha1.digest(&[&stage]));
    Zeroizing::new(format!("*{}", digits.to_ascii_uppercase()))
}

/// OLD_PASSWORD(): spaces and tabs don't count.
fn old_password(password: &[u8]) -> Zeroizing<String> {
    let (first, second) = old_password_words(password);
    Zeroizing::new(format!("{first:08x}{second:08x}"))
}

/// The two words of OLD_PASSWORD().
pub(crate) fn old_password_words(password: &[u8]) -> (u32, u32) {
    let (mut first, mut second, mut sum) = (1_345_345_333_u32, 0x1234_5671_u32, 7_u32);
    for &byte in password.iter().filter(|byte| !matches!(byte, b' ' | b'\t')) {
        let value = u32::from(byte);
        first ^= (first & 63).wrapping_add(sum).wrapping_mul(value).wrapping_add(first << 8);
        second = second.wrapping_add((second << 8) ^ first);
        sum = sum.wrapping_add(value);
    }
    (first & 0x7FFF_FFFF, second & 0x7FFF_FFFF)
}
