//! What is hashed, and what a new password must be.

use portico_core::account::fold_login;
use portico_core::auth::{MAX_PASSWORD_BYTES, PasswordRules};
use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::guessable::Blocklist;

/// The password as it is hashed: RFC 8265 (OpaqueString) §4.2.2: every other space is U+0020, then NFC. The same
/// letters typed on two keyboards are the same password.
pub(crate) fn prepared(password: &SecretString) -> Zeroizing<String> {
    let password = password.expose_secret();
    // NFC makes a text at most three times longer: no growth, which would leave copies behind.
    let mut prepared = Zeroizing::new(String::with_capacity(3 * password.len()));
    prepared.extend(password.chars().map(|c| if is_space(c) { ' ' } else { c }).nfc());
    prepared
}

/// Whether this may become the password of somebody with these names. The message is a sentence for the person.
pub(crate) fn acceptable(
    password: &SecretString,
    names: &[&str],
    rules: PasswordRules,
    blocked: &Blocklist,
) -> Result<(), String> {
    let least_chars = rules.min_length;
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
    if let Some(missing) = missing(&prepared, rules) {
        return Err(format!("The password needs {missing}."));
    }
    let folded = Zeroizing::new(fold_login(&prepared));
    for name in names.iter().map(|name| fold_login(name)).filter(|name| !name.is_empty()) {
        let rest = Zeroizing::new(folded.replace(&name, ""));
        let little = rest.chars().filter(|c| !c.is_whitespace()).count() < LEAST_BESIDE_NAME;
        if rest.len() < folded.len() && little {
            return Err("The password must not be the login name, or little more.".to_owned());
        }
    }
    if blocked.is_guessable(&prepared) {
        return Err("This password is one of those that are guessed first.".to_owned());
    }
    Ok(())
}

/// Characters that a password has besides the name in it.
const LEAST_BESIDE_NAME: usize = 8;

/// Whether a rule is on, what it asks for, and its name.
type Rule = (bool, fn(char) -> bool, &'static str);

fn missing(prepared: &str, rules: PasswordRules) -> Option<&'static str> {
    let has = |wanted: fn(char) -> bool| prepared.chars().any(wanted);
    let special = |c: char| !c.is_alphanumeric() && !c.is_whitespace();
    let table: [Rule; 5] = [
        (rules.digit, char::is_numeric, "a digit"),
        (rules.letter, char::is_alphabetic, "a letter"),
        (rules.upper, char::is_uppercase, "a capital letter"),
        (rules.lower, char::is_lowercase, "a small letter"),
        (rules.special, special, "a character that is neither letter nor digit"),
    ];
    table.into_iter().find(|(wanted, is, _)| *wanted && !has(*is)).map(|(_, _, what)| what)
}

/// Unicode's space separators (Zs).
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: PasswordRules = PasswordRules {
        min_length: 10,
        digit: false,
        letter: false,
        upper: false,
        lower: false,
        special: false,
    };

    fn checked(password: &str, names: &[&str], rules: PasswordRules) -> Result<(), String> {
        acceptable(&secret(password), names, rules, &Blocklist::default())
    }

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
            ("alice lengthy 1234", "must not be the login"),
            ("wonderland77", "must not be the login"),
            ("password123", "guessed first"),
            ("with\u{0}control-characters", "can't be typed"),
        ];
        for (password, why) in cases {
            let error = checked(password, &["Alice Lengthy", "Wonderland"], TEN).unwrap_err();
            assert!(error.contains(why), "{password:?}: {error}");
        }
        let long = "four".repeat(1024);
        assert!(checked(&format!("{long}x"), &["alice"], TEN).unwrap_err().contains("4096 bytes"));
        assert!(checked(&long, &["alice"], TEN).is_ok());
        assert!(checked("pässwörter", &["alice"], TEN).is_ok(), "characters count, not bytes");
        assert!(checked("the secret of alice!", &["alice"], TEN).is_ok(), "a name in much else is no harm");
    }

    #[test]
    fn what_must_be_in_a_password_is_asked_for_one_by_one() {
        let all = PasswordRules {
            min_length: 8,
            digit: true,
            letter: true,
            upper: true,
            lower: true,
            special: true,
        };
        let table = [
            ("harbour view", "a digit"),
            ("48151623426", "a letter"),
            ("harbour view 7", "a capital letter"),
            ("HARBOUR VIEW 7", "a small letter"),
            ("Harbour View 7", "neither letter nor digit"),
        ];
        for (password, wanted) in table {
            let error = checked(password, &["alice"], all).unwrap_err();
            assert!(error.contains(wanted), "{password:?}: {error}");
        }
        assert!(checked("Harbour View 7!", &["alice"], all).is_ok());
        assert!(checked("Übergröße 7!", &["alice"], all).is_ok(), "letters of every script");
    }
}
