//! The names of the board's cookies, and what stands in them.

use std::sync::{PoisonError, RwLock};

use portico_core::auth::SecretCookies;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::board::Board;
use crate::settings::ConfigError;
use crate::version::Version;

/// What the names of the board's cookies begin with.
#[derive(Debug)]
pub(crate) struct CookieName {
    /// From Portico's configuration.
    configured: Option<String>,
    /// From the board's settings, as they were read last.
    read: RwLock<Option<String>>,
}

impl CookieName {
    pub(crate) fn new(configured: Option<&str>) -> Result<Self, ConfigError> {
        if configured.is_some_and(|name| !is_name(name)) {
            return Err(ConfigError::CookieName);
        }
        Ok(Self { configured: configured.map(str::to_owned), read: RwLock::default() })
    }

    /// Remembers what the board's settings say.
    pub(crate) fn learn(&self, board: &Board) {
        let now = Some(board.text("cookie_name")).filter(|name| is_name(name));
        if self.read.read().unwrap_or_else(PoisonError::into_inner).as_deref() != now {
            *self.read.write().unwrap_or_else(PoisonError::into_inner) = now.map(str::to_owned);
        }
    }

    /// The beginning, if it is known yet.
    fn get(&self) -> Option<String> {
        let read = || self.read.read().unwrap_or_else(PoisonError::into_inner).clone();
        self.configured.clone().or_else(read)
    }

    /// The names of the cookies; none while the beginning isn't known.
    pub(crate) fn all(&self, version: Option<Version>) -> Vec<String> {
        let ends: &[&str] = match version {
            Some(Version::V20) => &["_sid", "_data"],
            Some(_) => &["_sid", "_u", "_k"],
            None => &["_sid", "_u", "_k", "_data"],
        };
        let Some(name) = self.get() else { return Vec::new() };
        ends.iter().map(|end| format!("{name}{end}")).collect()
    }

    /// The value of the cookie whose name ends like this, as PHP hands it to the board. `None` = not sent, or no text.
    pub(crate) fn value(&self, cookies: &SecretCookies, end: &str) -> Option<Zeroizing<String>> {
        let value = cookies.get(&format!("{}{end}", self.get()?))?;
        percent_decode(value.expose_secret())
    }
}

/// The characters that PHP neither encodes in a cookie's name nor reads as others.
fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=100).contains(&name.len()) && name.bytes().all(fits)
}

/// Undoes PHP's encoding of a cookie's value. `None` = bytes that are no UTF-8.
fn percent_decode(value: &str) -> Option<Zeroizing<String>> {
    let bytes = value.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digit = |offset| bytes.get(at + offset).and_then(|&digit| char::from(digit).to_digit(16));
        match (byte, digit(1), digit(2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or_default());
                at += 3;
            }
            _ => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_php_would_read_as_another_is_refused() {
        for name in ["", "my forum", "a=b", "a;b", "é", &"x".repeat(101)] {
            assert!(CookieName::new(Some(name)).is_err(), "{name}");
        }
        let name = CookieName::new(Some("phpbb3_x7k2q")).unwrap();
        assert_eq!(name.all(Some(Version::V33)), ["phpbb3_x7k2q_sid", "phpbb3_x7k2q_u", "phpbb3_x7k2q_k"]);
        assert_eq!(CookieName::new(None).unwrap().all(None), Vec::<String>::new());
    }

    #[test]
    fn values_are_decoded_as_php_does() {
        for (sent, read) in [
            ("abc", Some("abc")),
            ("a%3A%22b%22", Some("a:\"b\"")),
            ("%", Some("%")),
            ("%4", Some("%4")),
            ("%zz%41", Some("%zzA")),
            ("%FF", None),
        ] {
            assert_eq!(percent_decode(sent).as_ref().map(|text| text.as_str()), read, "{sent}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_value_is_decoded_without_a_panic(value in "\\PC{0,40}") {
            let _ = percent_decode(&value);
        }
    }
}
