//! The portable hash of Solar Designer's phpass: `$P$` (WordPress, Drupal 6, bbPress and many more) or `$H$`
//! (phpBB 3.0), one character for log2 of the rounds, 8 of salt, 22 of digest; 34 in all.
//!
//! x = md5(salt.p), then 2^n times x = md5(x.p); x is raw. The base 64 is its own: alphabet `./0-9A-Za-z`, least
//! significant bits first. Drupal 7's `$S$` is the same with SHA-512, cut to 55 characters.

use md5::{Digest, Md5};
use sha2::Sha512;
use zeroize::Zeroizing;

use crate::error::Reject;
use crate::{compare, limits};

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Length of prefix, cost and salt.
pub(crate) const SETTING_CHARS: usize = 12;
const MD5_CHARS: usize = 34;
const DRUPAL_CHARS: usize = 55;

/// Which hash the rounds use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// `$P$` and `$H$`.
    Md5,
    /// `$S$`.
    Sha512,
}

/// Everything of a value but its digest.
#[derive(Clone)]
pub(crate) struct Setting {
    flavour: Flavour,
    log2: u32,
    salt: [u8; 8],
}

/// A parsed value with its rounds inside the limit.
#[derive(Clone)]
pub(crate) struct PhpassHash {
    setting: Setting,
    digest: String,
}

impl Setting {
    /// Reads the character of the rounds and the 8 of salt, which may be any bytes.
    pub(crate) fn parse(flavour: Flavour, text: &[u8]) -> Result<Self, Reject> {
        let [cost, salt @ ..] = text else {
            return Err(Reject::malformed("it ends before the rounds"));
        };
        let log2 = ALPHABET.iter().position(|c| c == cost).map_or(u32::MAX, |at| at as u32);
        if !(7..=30).contains(&log2) {
            return Err(Reject::malformed("the rounds are not 2^7 to 2^30"));
        }
        let limit = match flavour {
            Flavour::Md5 => limits::PHPASS_LOG2,
            Flavour::Sha512 => limits::DRUPAL_LOG2,
        };
        if log2 > limit {
            return Err(Reject::over("log2 of the rounds", log2, limit));
        }
        let salt = salt.try_into().map_err(|_| Reject::malformed("the salt is not 8 characters"))?;
        Ok(Self { flavour, log2, salt })
    }

    /// Whether the rounds over a password of this length stay within the limits.
    pub(crate) fn affordable(&self, password: &[u8]) -> bool {
        limits::affordable(1 << self.log2, password.len())
    }

    /// The digest text that a password gives: 22 characters of MD5, 43 of SHA-512.
    pub(crate) fn digest(&self, password: &[u8]) -> Zeroizing<String> {
        match self.flavour {
            Flavour::Md5 => Zeroizing::new(encode(&self.stretch::<Md5>(password))),
            Flavour::Sha512 => {
                let mut text = encode(&self.stretch::<Sha512>(password));
                text.truncate(DRUPAL_CHARS - SETTING_CHARS);
                Zeroizing::new(text)
            }
        }
    }

    fn stretch<D: Digest>(&self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut state = Zeroizing::new(D::digest([&self.salt, password].concat()).to_vec());
        for _ in 0..1u32 << self.log2 {
            let mut hasher = D::new();
            hasher.update(&*state);
            hasher.update(password);
            state.copy_from_slice(&hasher.finalize());
        }
        state
    }
}

impl PhpassHash {
    /// Parses a value that begins with `prefix`.
    pub(crate) fn parse(prefix: &str, flavour: Flavour, stored: &str) -> Result<Self, Reject> {
        if !stored.starts_with(prefix) {
            return Err(Reject::Other);
        }
        let length = match flavour {
            Flavour::Md5 => MD5_CHARS,
            Flavour::Sha512 => DRUPAL_CHARS,
        };
        if stored.len() != length || !stored.is_ascii() {
            return Err(Reject::malformed(format!("it is not {length} ASCII characters long")));
        }
        let (setting, digest) = stored.split_at(SETTING_CHARS);
        let setting = Setting::parse(flavour, &setting.as_bytes()[prefix.len()..])?;
        if !digest.bytes().all(|byte| ALPHABET.contains(&byte)) {
            return Err(Reject::malformed("the digest has characters outside the alphabet"));
        }
        Ok(Self { setting, digest: digest.to_owned() })
    }

    /// Whether the password gives this digest.
    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        self.setting.affordable(password)
            && compare::equal(self.setting.digest(password).as_bytes(), self.digest.as_bytes())
    }
}

/// phpass's base 64: groups of three bytes, little-endian, lowest six bits first.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut word = group.iter().rev().fold(0u32, |word, &byte| word << 8 | u32::from(byte));
        for _ in 0..=group.len() {
            text.push(char::from(ALPHABET[(word & 63) as usize]));
            word >>= 6;
        }
    }
    text
}

/// A value of random salt and digest, for decoys. `head` is the prefix and the character of the rounds.
pub(crate) fn decoy(head: &str, digest_bytes: usize) -> String {
    let salt = encode(&crate::decoy::random::<6>());
    let mut digest = encode(&crate::decoy::random::<64>()[..digest_bytes]);
    digest.truncate(DRUPAL_CHARS - SETTING_CHARS);
    format!("{head}{salt}{digest}")
}
