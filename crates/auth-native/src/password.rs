//! What is hashed, and what a new password must be.

use portico_core::account::fold_login;
use portico_core::auth::MAX_PASSWORD_BYTES;
use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The password as it is hashed: RFC 8265 (OpaqueString) §4.2.2: every other space is U+0020, then NFC. The same
/// letters typed on two keyboards are the same password.
pub(crate) fn prepared(password: &SecretString) -> Zeroizing<String> {
    let password = password.expose_secret();
    // NFC makes a text at most three times longer: no growth, which would leave copies behind.
    let mut prepared = Zeroizing::new(String::with_capacity(3 * password.len()));
    prepared.extend(password.chars().map(|c| if is_space(c) { ' ' } else { c }).nfc());
    prepared
}

/// Whether this may become somebody's password. The message is a sentence for the person.
pub(crate) fn acceptable(password: &SecretString, login: &str, least_chars: usize) -> Result<(), String> {
    let text = password.expose_secret();
    if text.len() > MAX_PASSWORD_BYTES {
        return Err(format!("The password is longer than {MAX_PASSWORD_BYTES} bytes."));
    }
    if text.chars().any(char::is_control) {
        return Err("The password has a character that can't be typed everywhere.".to_owned());
    }
    let prepared = prepared(password);
    if prepared.len() > MAX_PASSWORD_BYTES {
        return Err(format!("The password is longer than {MAX_PASSWORD_BYTES} bytes."));
    }
    if prepared.chars().count() < least_chars || prepared.trim().is_empty() {
        return Err(format!("The password has fewer than {least_chars} characters."));
    }
    let folded = Zeroizing::new(fold_login(&prepared));
    if *folded == fold_login(login) {
        return Err("The password must not be the login name.".to_owned());
    }
    Ok(())
}

/// Unicode's space separators (Zs).
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    #[test]
    fn one_password_typed_on_two_keyboards_is_one_password() {
        assert_eq!(*prepared(&secret("caf\u{E9}\u{A0}au lait")), "café au lait");
        assert_eq!(*prepared(&secret("cafe\u{301} au\u{3000}lait")), "café au lait");
        assert_ne!(*prepared(&secret("CAFÉ au lait")), "café au lait", "case counts");
        assert_ne!(*prepared(&secret("\u{FF41}bc")), "abc", "only NFC: width counts");
        assert_eq!(*prepared(&secret(" x ")), " x ", "outer spaces count");
    }

    #[test]
    fn preparing_never_outgrows_its_room() {
        // The worst case of NFC (Unicode FAQ): one character of two bytes becomes three of two bytes.
        let worst = "\u{390}\u{1D160}\u{FB2C}\u{1F82}".repeat(100);
        assert!(prepared(&secret(&worst)).len() <= 3 * worst.len());
    }

    #[test]
    fn weak_passwords_are_told_why() {
        let cases = [
            ("short", "fewer than 10"),
            ("          ", "fewer than 10"),
            ("alice lengthy", "must not be the login"),
            ("ALICE Lengthy", "must not be the login"),
            ("with\u{0}control-characters", "can't be typed"),
        ];
        for (password, why) in cases {
            let error = acceptable(&secret(password), "Alice Lengthy", 10).unwrap_err();
            assert!(error.contains(why), "{password:?}: {error}");
        }
        assert!(acceptable(&secret(&"x".repeat(4097)), "alice", 10).unwrap_err().contains("4096 bytes"));
        assert!(acceptable(&secret(&"x".repeat(4096)), "alice", 10).is_ok());
        assert!(acceptable(&secret("pässwörter"), "alice", 10).is_ok(), "characters count, not bytes");
    }
}
