//! phpBB's password manager: which driver reads a value of `users.user_password`.
//!
//! The rules are those of phpBB 3.1 to 3.3 and 4.0 ([`parse`]), of 3.0 ([`parse_v30`]) and of 2.0 ([`parse_v2`]).
//! The password given to `verify` is the text phpBB hashes: trimmed and HTML-escaped by the adapter. Values from
//! phpBB 2 are older than that filter: they are checked against [`Subject::typed`](crate::Subject::typed).

mod combined;
mod converted;
mod old_input;

pub(crate) use combined::Combined;
pub(crate) use converted::Converted;
pub(crate) use old_input::PhpbbMd5;

use crate::error::{Reject, family};
use crate::family::bcrypt::BcryptHash;
use crate::stored::{Value, finish};
use crate::{ParseError, Scheme, StoredHash, limits};

/// Parses a value as phpBB 3.1 and later do.
///
/// The prefix (what stands between the first two `$`) names the driver: `$argon2id$`, `$argon2i$`, `$2y$`, `$2a$`,
/// `$H$`, `$P$`, `$CP$`, or several joined by backslashes. Without a known prefix the `$H$` driver is asked, which
/// takes a bare md5(p). `$2b$` has no driver there, so phpBB accepts nobody with it, and neither does this.
///
/// # Errors
/// [`ParseError`]; in every case phpBB lets nobody in with such a value.
pub fn parse(stored: &str) -> Result<StoredHash, ParseError> {
    let prefix = prefix(stored);
    if prefix.is_some_and(|inner| inner.contains('\\')) {
        return crate::parse(Scheme::PhpbbCombined, stored);
    }
    match prefix {
        Some("argon2id") => crate::parse(Scheme::Argon2id, stored),
        Some("argon2i") => crate::parse(Scheme::Argon2i, stored),
        Some("2y") => crate::parse(Scheme::Bcrypt, stored),
        Some("2a") => guarded(stored, || {
            let hash = BcryptHash::parse(stored).map(Value::PhpbbBcrypt2a);
            finish(Scheme::Bcrypt, stored, hash)
        }),
        Some("H") => crate::parse(Scheme::PhpassH, stored),
        Some("P") => crate::parse(Scheme::PhpassP, stored),
        Some("CP") => crate::parse(Scheme::PhpbbConverted, stored),
        _ => bare_md5(stored),
    }
}

/// Parses a value as phpBB 3.0 does: with `pass_convert` (column `user_pass_convert` = 1) only the forms of phpBB 2;
/// else 34 characters are the portable hash and everything else is md5(p).
///
/// # Errors
/// [`ParseError`]; in every case phpBB lets nobody in with such a value.
pub fn parse_v30(stored: &str, pass_convert: bool) -> Result<StoredHash, ParseError> {
    if pass_convert {
        return guarded(stored, || {
            finish(Scheme::PhpbbConverted, stored, Converted::phpbb2(stored).map(Value::PhpbbConverted))
        });
    }
    if stored.len() == 34 { crate::parse(Scheme::PhpassH, stored) } else { bare_md5(stored) }
}

/// Parses a value of phpBB 2.0: md5 of the password as posted.
///
/// Old boards differ in what PHP and the browser made of the posted bytes, so the password is checked as typed, with
/// slashes added before quotes and backslashes, and both of these in windows-1252.
///
/// # Errors
/// [`ParseError`]; in every case phpBB lets nobody in with such a value.
pub fn parse_v2(stored: &str) -> Result<StoredHash, ParseError> {
    guarded(stored, || {
        let lower = stored.to_ascii_lowercase(); // compared inside MySQL there, which ignores case
        finish(Scheme::Md5Hex, stored, PhpbbMd5::posted(&lower).map(Value::PhpbbMd5))
    })
}

/// The text between a `$` at the start and the next one, when it can be a driver's name.
fn prefix(stored: &str) -> Option<&str> {
    let (inner, _) = stored.strip_prefix('$')?.split_once('$')?;
    let named = !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'\\');
    named.then_some(inner)
}

/// md5(p), in the lower-case digits that PHP's md5 gives.
fn bare_md5(stored: &str) -> Result<StoredHash, ParseError> {
    guarded(stored, || finish(Scheme::Md5Hex, stored, PhpbbMd5::new(stored).map(Value::PhpbbMd5)))
}

/// The checks that come before every scheme.
fn guarded(
    stored: &str,
    parse: impl FnOnce() -> Result<StoredHash, ParseError>,
) -> Result<StoredHash, ParseError> {
    if stored.is_empty() {
        return Err(ParseError::Empty);
    }
    if stored.len() > limits::STORED_BYTES {
        return Err(ParseError::Unknown { family: family(stored) });
    }
    parse()
}

/// Refuses text that is not lower-case hexadecimal of the given length.
fn lower_hex(stored: &str, digits: usize) -> Result<String, Reject> {
    let lower = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if stored.len() == digits && stored.bytes().all(lower) {
        Ok(stored.to_owned())
    } else {
        Err(Reject::Other)
    }
}
