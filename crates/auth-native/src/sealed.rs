//! Secrets of second factors as they are kept: encrypted, and bound to their person.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, KeyInit, Mac};
use portico_core::auth::AuthError;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::base64url;

/// Stands before what is encrypted. What a version before this one wrote in clear is base32 and has no point in it.
const PREFIX: &str = "v1.";
const NONCE_BYTES: usize = 24;
/// What the key is derived for, so that it is good for nothing else.
const LABEL: &[u8] = b"portico second factors v1";

/// The key that second factors are encrypted with: derived from the installation's key by HMAC-SHA-256.
pub(crate) struct FactorKey(Zeroizing<[u8; 32]>);

/// A secret as it was read.
#[derive(Debug)]
pub(crate) struct Opened {
    /// In clear.
    pub(crate) secret: SecretString,
    /// Whether it was kept in clear.
    pub(crate) was_clear: bool,
}

impl FactorKey {
    pub(crate) fn of(installation_key: &[u8; 32]) -> Self {
        // HMAC takes a key as long as its block (RFC 2104 §2).
        let mut block = Zeroizing::new([0_u8; 64]);
        block[..32].copy_from_slice(installation_key);
        let mut mac = <Hmac<Sha256> as KeyInit>::new((&*block).into());
        mac.update(LABEL);
        Self(Zeroizing::new(mac.finalize().into_bytes().into()))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }

    /// The secret of `user`, encrypted. A new nonce each time.
    pub(crate) fn seal(&self, user: Uuid, secret: &SecretString) -> Result<SecretString, AuthError> {
        let mut kept = vec![0_u8; NONCE_BYTES];
        getrandom::fill(&mut kept)
            .map_err(|error| AuthError::inconsistent(format!("the system gives no random bytes: {error}")))?;
        let nonce = nonce_of(&kept).ok_or_else(|| AuthError::inconsistent("a nonce of another length"))?;
        let bound = bound_to(user);
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: &bound };
        let sealed = self.cipher().encrypt(&nonce, payload);
        kept.extend(sealed.map_err(|_| AuthError::inconsistent("a second factor could not be encrypted"))?);
        Ok(SecretString::from(format!("{PREFIX}{}", base64url::encode(&kept))))
    }

    /// The secret of `user` as it is kept.
    ///
    /// # Errors
    /// When it was encrypted with another key, for somebody else, or was changed: never read as a wrong code.
    pub(crate) fn open(&self, user: Uuid, kept: &SecretString) -> Result<Opened, AuthError> {
        let Some(sealed) = kept.expose_secret().strip_prefix(PREFIX) else {
            return Ok(Opened { secret: kept.clone(), was_clear: true });
        };
        let clear = base64url::decode(sealed).and_then(|sealed| {
            let nonce = nonce_of(&sealed)?;
            let bound = bound_to(user);
            let payload = Payload { msg: sealed.get(NONCE_BYTES..)?, aad: &bound };
            let clear = Zeroizing::new(self.cipher().decrypt(&nonce, payload).ok()?);
            std::str::from_utf8(&clear).ok().map(str::to_owned)
        });
        let secret = clear.map(SecretString::from).ok_or_else(|| unreadable(user))?;
        Ok(Opened { secret, was_clear: false })
    }
}

fn nonce_of(kept: &[u8]) -> Option<XNonce> {
    let bytes: [u8; NONCE_BYTES] = kept.get(..NONCE_BYTES)?.try_into().ok()?;
    Some(bytes.into())
}

/// A row that is moved to somebody else's account opens no more.
fn bound_to(user: Uuid) -> Vec<u8> {
    [b"native account ".as_slice(), user.as_bytes()].concat()
}

fn unreadable(user: Uuid) -> AuthError {
    AuthError::inconsistent(format!(
        "the second factor of the native account {user} can't be decrypted: the row `server_key` of the table `meta` is not \
         the one it was written with, or the row was changed; restore both from one backup, or take the account's second \
         factors away in the administration"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    #[test]
    fn what_is_sealed_opens_for_its_person_under_its_key_alone() {
        let key = FactorKey::of(&[7; 32]);
        let (ann, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let kept = key.seal(ann, &secret("JBSWY3DPEHPK3PXP")).unwrap();
        assert!(kept.expose_secret().starts_with("v1.") && !kept.expose_secret().contains("JBSWY"));
        let opened = key.open(ann, &kept).unwrap();
        assert_eq!((opened.secret.expose_secret(), opened.was_clear), ("JBSWY3DPEHPK3PXP", false));
        assert!(key.open(bob, &kept).is_err(), "somebody else's row");
        let error = FactorKey::of(&[8; 32]).open(ann, &kept).unwrap_err().full_text();
        assert!(error.contains("server_key") && !error.contains("JBSWY"), "{error}");
        assert_ne!(
            key.seal(ann, &secret("A")).unwrap().expose_secret(),
            key.seal(ann, &secret("A")).unwrap().expose_secret()
        );
    }

    #[test]
    fn a_changed_row_is_an_error() {
        let key = FactorKey::of(&[7; 32]);
        let ann = Uuid::from_u128(1);
        let kept = key.seal(ann, &secret("JBSWY3DPEHPK3PXP")).unwrap();
        let text = kept.expose_secret();
        for place in [3, 20, text.len() - 2] {
            let mut bytes = text.as_bytes().to_vec();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            assert!(key.open(ann, &secret(std::str::from_utf8(&bytes).unwrap())).is_err(), "{place}");
        }
        for bad in ["v1.", "v1.AAAA", "v1.not base64!"] {
            assert!(key.open(ann, &secret(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_was_kept_in_clear_is_read_as_it_is() {
        let opened = FactorKey::of(&[7; 32]).open(Uuid::from_u128(1), &secret("JBSWY3DPEHPK3PXP")).unwrap();
        assert_eq!((opened.secret.expose_secret(), opened.was_clear), ("JBSWY3DPEHPK3PXP", true));
    }
}
