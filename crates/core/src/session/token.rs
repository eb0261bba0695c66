use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

const SECRET: usize = 32;
const TAG: usize = 16;

/// A session's token: 32 random bytes and a MAC, as 64 characters of base64url. Only its SHA-256 is ever stored.
///
/// The MAC lets a bogus token be refused without a look into the database.
pub struct Token(SecretString);

/// A text that was never given out as a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a session token")]
pub struct InvalidToken;

impl Token {
    /// The text for the client.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is stored of it.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.expose().as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Makes and checks tokens.
#[derive(Clone)]
pub struct TokenKey(Hmac<Sha256>);

impl TokenKey {
    /// From the server's key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(crate::mac::keyed(key, b"portico session token 1\0"))
    }

    /// The same for sessions of the administration: neither kind of token is good for the other's sessions.
    pub fn of_the_administration(key: &[u8; 32]) -> Self {
        Self(crate::mac::keyed(key, b"portico administration token 1\0"))
    }

    /// A new token.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn issue(&self) -> Result<Token, getrandom::Error> {
        let mut bytes = [0_u8; SECRET + TAG];
        let (secret, tag) = bytes.split_at_mut(SECRET);
        getrandom::fill(secret)?;
        let mut mac = self.0.clone();
        mac.update(secret);
        tag.copy_from_slice(&mac.finalize().into_bytes()[..TAG]);
        Ok(Token(SecretString::from(URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// The token in a text from a client.
    ///
    /// # Errors
    /// [`InvalidToken`] when it was not made with this key.
    pub fn recognise(&self, text: &str) -> Result<Token, InvalidToken> {
        if text.len() != 64 {
            return Err(InvalidToken);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidToken)?;
        let (secret, tag) = bytes.split_at_checked(SECRET).ok_or(InvalidToken)?;
        let mut mac = self.0.clone();
        mac.update(secret);
        if tag.len() != TAG || mac.verify_truncated_left(tag).is_err() {
            return Err(InvalidToken);
        }
        Ok(Token(SecretString::from(text.to_owned())))
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tokens_made_with_the_key_are_recognised() {
        let key = TokenKey::new(&[1; 32]);
        let token = key.issue().unwrap();
        assert_eq!(key.recognise(token.expose()).unwrap().hash(), token.hash());
        assert!(TokenKey::new(&[2; 32]).recognise(token.expose()).is_err());
        let mut forged = token.expose().to_owned();
        let last = if forged.ends_with('A') { "B" } else { "A" };
        forged.replace_range(..1, last);
        assert!(key.recognise(&forged).is_err() || forged == token.expose());
        for bad in ["", "x", &"A".repeat(64), &"é".repeat(32)] {
            assert!(key.recognise(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_token_is_not_shown_by_debug() {
        let token = TokenKey::new(&[1; 32]).issue().unwrap();
        assert_eq!(format!("{token:?}"), "Token");
    }
}
