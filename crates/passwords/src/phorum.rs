//! Phorum's rule: 32 hexadecimal digits are md5(p) (5.0 to 6.0); everything else is for PHP's `password_verify` (6.0).

use crate::scheme::PHP;
use crate::{ParseError, Scheme, StoredHash, recognise};

/// Parses a value of the columns `password` or `password_temp`.
///
/// `*NO PASSWORD SET*`, which Phorum stores for accounts that are managed elsewhere, is [`ParseError::Unknown`].
///
/// # Errors
/// As [`recognise`].
pub fn parse(stored: &str) -> Result<StoredHash, ParseError> {
    if let Ok(md5) = crate::parse(Scheme::Md5Hex, stored) {
        return Ok(md5);
    }
    recognise(stored, PHP)
}
