//! Secrets that are good once: tokens of links, recovery codes, ids of challenges.

use portico_core::auth::AuthError;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
/// Recovery codes: 16 letters of 5 bits.
const CODE_LETTERS: usize = 16;
/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;

/// 256 random bits in hexadecimal.
pub(crate) fn token() -> Result<SecretString, AuthError> {
    let bytes: [u8; 32] = random()?;
    Ok(SecretString::from(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

/// What is stored of a token or a code: they are random, so a plain digest gives nothing away.
pub(crate) fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// A recovery code, to be written down: `abcd-efgh-jkmn-pqrs`.
pub(crate) fn recovery_code() -> Result<String, AuthError> {
    let bytes: [u8; CODE_LETTERS] = random()?;
    let letters = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)]));
    let mut code = String::with_capacity(CODE_LETTERS + 3);
    for (place, letter) in letters.enumerate() {
        if place > 0 && place % 4 == 0 {
            code.push('-');
        }
        code.push(letter);
    }
    Ok(code)
}

/// New recovery codes, and what is stored of them.
pub(crate) fn recovery_codes() -> Result<(Vec<String>, Vec<[u8; 32]>), AuthError> {
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    let mut hashes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let code = recovery_code()?;
        hashes.extend(recovery_digest(&SecretString::from(code.clone())));
        codes.push(code);
    }
    Ok((codes, hashes))
}

/// What is stored of a recovery code as somebody types it, if it could be one.
pub(crate) fn recovery_digest(typed: &SecretString) -> Option<[u8; 32]> {
    let letters: String = typed
        .expose_secret()
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_lowercase())
        .collect();
    (letters.len() == CODE_LETTERS).then(|| digest(&letters))
}

/// As many random bytes as are asked for.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], AuthError> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| AuthError::inconsistent(format!("the system gives no random bytes: {error}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed() {
        let code = recovery_code().unwrap();
        assert_eq!(code.len(), 19);
        let stored = recovery_digest(&SecretString::from(code.clone())).unwrap();
        let typed = format!(" {} ", code.to_uppercase().replace('-', " "));
        assert_eq!(recovery_digest(&SecretString::from(typed)), Some(stored));
        assert_eq!(recovery_digest(&SecretString::from("123456".to_owned())), None);
    }

    #[test]
    fn tokens_are_long_and_differ() {
        let (one, two) = (token().unwrap(), token().unwrap());
        assert_eq!(one.expose_secret().len(), 64);
        assert_ne!(one.expose_secret(), two.expose_secret());
    }
}
