//! PBKDF2 in the layouts of passlib (Odoo, ERPNext, TYPO3), Mattermost, Django and MediaWiki.

use base64::Engine as _;
use base64::alphabet::Alphabet;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};

use crate::digest::HashFn;
use crate::error::Reject;
use crate::{compare, limits};

/// passlib's base 64: `.` for `+`, no padding.
const ADAPTED: GeneralPurpose = GeneralPurpose::new(&ADAPTED_ALPHABET, NO_PAD);
const ADAPTED_ALPHABET: Alphabet =
    match Alphabet::new("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./") {
        Ok(alphabet) => alphabet,
        Err(_) => base64::alphabet::STANDARD,
    };

/// A parsed value within the limits.
#[derive(Clone)]
pub(crate) struct Pbkdf2Hash {
    hash: HashFn,
    rounds: u32,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

impl Pbkdf2Hash {
    fn new(hash: HashFn, rounds: &str, salt: Vec<u8>, digest: Vec<u8>) -> Result<Self, Reject> {
        let number = !rounds.is_empty() && rounds.bytes().all(|byte| byte.is_ascii_digit());
        let rounds = if number { rounds.parse().unwrap_or(u32::MAX) } else { 0 };
        if rounds == 0 {
            return Err(Reject::malformed("the number of iterations is missing"));
        }
        if rounds > limits::PBKDF2_ROUNDS {
            return Err(Reject::over("the number of iterations", rounds, limits::PBKDF2_ROUNDS));
        }
        // Each block of the hash costs all iterations.
        if digest.len() > limits::PBKDF2_BYTES {
            return Err(Reject::over(
                "the length of the key",
                digest.len() as u64,
                limits::PBKDF2_BYTES as u64,
            ));
        }
        if digest.len() < 8 {
            return Err(Reject::malformed("the digest is too short"));
        }
        Ok(Self { hash, rounds, salt, digest })
    }

    /// `$pbkdf2-sha256$29000$salt$digest`; `$pbkdf2$` is SHA-1. `names` are the accepted first fields.
    pub(crate) fn parse_passlib(names: &[(&str, HashFn)], stored: &str) -> Result<Self, Reject> {
        let ["", name, rounds, salt, digest] = split(stored, '$')[..] else {
            return Err(Reject::Other);
        };
        let (_, hash) = names.iter().find(|(known, _)| *known == name).ok_or(Reject::Other)?;
        let decode = |text| ADAPTED.decode(text).map_err(|_| not_base64());
        Self::new(*hash, rounds, decode(salt)?, decode(digest)?)
    }

    /// `$pbkdf2$f=SHA256,w=600000,l=32$salt$digest`, standard base 64 without padding (Mattermost 11).
    pub(crate) fn parse_phc(stored: &str) -> Result<Self, Reject> {
        let ["", "pbkdf2", params, salt, digest] = split(stored, '$')[..] else {
            return Err(Reject::Other);
        };
        let mut params = params.split(',');
        let mut param =
            |name: &str| params.next().and_then(|field| field.strip_prefix(name)?.strip_prefix('='));
        let (Some(hash), Some(rounds), Some(length)) = (param("f"), param("w"), param("l")) else {
            return Err(Reject::Other);
        };
        let hash = HashFn::named(&hash.to_ascii_lowercase()).ok_or_else(unknown_hash)?;
        let decode = |text| STANDARD_NO_PAD.decode(text).map_err(|_| not_base64());
        let digest = decode(digest)?;
        if length != digest.len().to_string() {
            return Err(Reject::malformed("the digest does not have the length it announces"));
        }
        Self::new(hash, rounds, decode(salt)?, digest)
    }

    /// `pbkdf2_sha256$1000000$salt text$digest`, standard base 64 (Django).
    pub(crate) fn parse_django(stored: &str) -> Result<Self, Reject> {
        let [name, rounds, salt, digest] = split(stored, '$')[..] else {
            return Err(Reject::Other);
        };
        let hash = name.strip_prefix("pbkdf2_").ok_or(Reject::Other)?;
        let hash = HashFn::named(hash).ok_or_else(unknown_hash)?;
        let digest = STANDARD.decode(digest).map_err(|_| not_base64())?;
        Self::new(hash, rounds, salt.as_bytes().to_vec(), digest)
    }

    /// The fields of MediaWiki: algorithm, iterations, length, salt, digest.
    pub(crate) fn from_mediawiki(fields: [&str; 5]) -> Result<Self, Reject> {
        let [hash, rounds, length, salt, digest] = fields;
        let hash = HashFn::named(hash).ok_or_else(unknown_hash)?;
        let decode = |text| STANDARD.decode(text).map_err(|_| not_base64());
        let digest = decode(digest)?;
        if length != digest.len().to_string() {
            return Err(Reject::malformed("the digest does not have the length it announces"));
        }
        Self::new(hash, rounds, decode(salt)?, digest)
    }

    /// ASP.NET Identity: base 64 of a format byte and its fields. 0: salt (16 bytes) and PBKDF2-SHA-1 of 1000 rounds (32
    /// bytes), ASP.NET Identity 2; 1: hash function, rounds and length of the salt, big-endian (ASP.NET Core's
    /// `PasswordHasher`).
    pub(crate) fn parse_aspnet(stored: &str) -> Result<Self, Reject> {
        let bytes = STANDARD.decode(stored).map_err(|_| Reject::Other)?;
        let (salt, digest, hash, rounds) = match bytes.split_first() {
            Some((0, rest)) if rest.len() == 48 => {
                let (salt, digest) = rest.split_at(16);
                (salt, digest, HashFn::Sha1, 1000)
            }
            Some((1, rest)) => {
                let number = |at: usize| {
                    let bytes = rest.get(at * 4..at * 4 + 4)?.try_into().ok()?;
                    Some(u32::from_be_bytes(bytes))
                };
                let (Some(prf), Some(rounds), Some(length)) = (number(0), number(1), number(2)) else {
                    return Err(Reject::Other);
                };
                let hash = match prf {
                    0 => HashFn::Sha1,
                    1 => HashFn::Sha256,
                    2 => HashFn::Sha512,
                    _ => return Err(Reject::Other),
                };
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                let split = rest.get(12..).and_then(|rest| rest.split_at_checked(length));
                let (salt, digest) = split.ok_or(Reject::Other)?;
                (salt, digest, hash, rounds)
            }
            _ => return Err(Reject::Other),
        };
        // The framework itself refuses less than 128 bits of either.
        if salt.len() < 16 || digest.len() < 16 {
            return Err(Reject::malformed("the salt or the digest is shorter than 16 bytes"));
        }
        Self::new(hash, &rounds.to_string(), salt.to_vec(), digest.to_vec())
    }

    /// The salt, decoded.
    pub(crate) fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// Whether the password gives this digest.
    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        let computed = self.hash.pbkdf2(password, &self.salt, self.rounds, self.digest.len());
        compare::equal(&computed, &self.digest)
    }
}

fn split(stored: &str, separator: char) -> Vec<&str> {
    stored.splitn(8, separator).collect()
}

fn not_base64() -> Reject {
    Reject::malformed("the salt or the digest is not base 64")
}

fn unknown_hash() -> Reject {
    Reject::malformed("it names a hash function that is not known here")
}
