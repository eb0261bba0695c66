//! bcrypt as PHP's `crypt` and `password_hash` write it: `$2y$10$` + 22 characters of salt + 31 of digest.
//!
//! As in PHP: the password ends at its first NUL byte and at 72 bytes; `$2b$` and `$2y$` are the same computation,
//! `$2a$` too but for a few passwords with bytes above 127, `$2x$` has an old error for such passwords; the check is of the whole text, so a value whose last salt character carries bits that the salt has
//! no room for never matches.

use base64::Engine as _;
use base64::alphabet::BCRYPT;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::bcrypt_key;
use super::crypt::until_nul;
use crate::error::Reject;
use crate::{compare, limits};

/// bcrypt's own base 64. Trailing bits are tolerated when decoding: whoever cares compares texts.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &BCRYPT,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Characters of the salt.
pub(crate) const SALT_CHARS: usize = 22;
/// Characters of the digest.
pub(crate) const DIGEST_CHARS: usize = 31;
/// Bytes of the password that count.
const KEY_BYTES: usize = 72;

/// Minor versions of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    A,
    B,
    X,
    Y,
}

/// Everything of a value but its digest: what crypt calls the setting.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) variant: Variant,
    pub(crate) cost: u32,
    salt: [u8; 16],
    /// Whether the salt text is the one that the salt's bytes are written as.
    canonical: bool,
}

/// A parsed value with its cost inside the limit.
#[derive(Clone)]
pub(crate) struct BcryptHash {
    pub(crate) setting: Setting,
    digest: String,
}

impl Setting {
    /// Parses `$2y$10$` + 22 characters.
    pub(crate) fn parse(text: &str) -> Result<Self, Reject> {
        let (variant, rest) = if let Some(rest) = text.strip_prefix("$2y$") {
            (Variant::Y, rest)
        } else if let Some(rest) = text.strip_prefix("$2b$") {
            (Variant::B, rest)
        } else if let Some(rest) = text.strip_prefix("$2a$") {
            (Variant::A, rest)
        } else if let Some(rest) = text.strip_prefix("$2x$") {
            (Variant::X, rest)
        } else {
            return Err(Reject::Other);
        };
        let (cost, salt) =
            rest.split_once('$').ok_or_else(|| Reject::malformed("there is no `$` after the cost"))?;
        if cost.len() != 2 || !cost.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Reject::malformed("the cost is not two digits"));
        }
        Self::new(variant, cost.parse().unwrap_or(u32::MAX), salt)
    }

    /// Puts a setting together from cost and salt text.
    pub(crate) fn new(variant: Variant, cost: u32, salt: &str) -> Result<Self, Reject> {
        if !(4..=31).contains(&cost) {
            return Err(Reject::malformed("the cost is not 04 to 31"));
        }
        if cost > limits::BCRYPT_COST {
            return Err(Reject::over("the cost", cost, limits::BCRYPT_COST));
        }
        let bytes: Option<[u8; 16]> = BASE64.decode(salt).ok().and_then(|bytes| bytes.try_into().ok());
        let bytes =
            bytes.ok_or_else(|| Reject::malformed("the salt is not 22 characters of bcrypt's base 64"))?;
        Ok(Self { variant, cost, salt: bytes, canonical: BASE64.encode(bytes) == salt })
    }

    /// The 31 characters that a password gives under this setting.
    pub(crate) fn digest(&self, password: &[u8]) -> Zeroizing<String> {
        let mut key = Zeroizing::new(until_nul(password).to_vec());
        key.push(0);
        key.truncate(KEY_BYTES);
        let historical = matches!(self.variant, Variant::A | Variant::X) && !key.is_ascii();
        let raw = Zeroizing::new(match historical {
            true => bcrypt_key::bcrypt(self.variant, self.cost, &self.salt, &key),
            false => bcrypt::bcrypt(self.cost, self.salt, &key),
        });
        Zeroizing::new(BASE64.encode(&raw[..23]))
    }

    /// The whole 60-character text that a password gives under this setting, as crypt returns it.
    pub(crate) fn crypt(&self, password: &[u8]) -> Zeroizing<String> {
        let variant = match self.variant {
            Variant::A => 'a',
            Variant::B => 'b',
            Variant::X => 'x',
            Variant::Y => 'y',
        };
        let salt = BASE64.encode(self.salt);
        let digest = self.digest(password);
        Zeroizing::new(format!("$2{variant}${:02}${salt}{}", self.cost, digest.as_str()))
    }
}

impl BcryptHash {
    /// Parses the 60 characters.
    pub(crate) fn parse(stored: &str) -> Result<Self, Reject> {
        if !["$2a$", "$2b$", "$2x$", "$2y$"].iter().any(|prefix| stored.starts_with(prefix)) {
            return Err(Reject::Other);
        }
        if stored.len() != 60 || !stored.is_ascii() {
            return Err(Reject::malformed("it is not 60 ASCII characters long"));
        }
        let (setting, digest) = stored.split_at(60 - DIGEST_CHARS);
        let setting = Setting::parse(setting)?;
        Self::new(setting, digest)
    }

    /// A value of a setting and the text of a digest.
    pub(crate) fn new(setting: Setting, digest: &str) -> Result<Self, Reject> {
        if digest.len() != DIGEST_CHARS || BASE64.decode(digest).is_err() {
            return Err(Reject::malformed("the digest is not 31 characters of bcrypt's base 64"));
        }
        Ok(Self { setting, digest: digest.to_owned() })
    }

    /// Whether the password gives this digest.
    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        let same = compare::equal(self.setting.digest(password).as_bytes(), self.digest.as_bytes());
        same & self.setting.canonical
    }

    /// bcrypt of bcrypt under the same setting (WoltLab 4.0 to 5.3): the inner text is the whole 60 characters.
    pub(crate) fn verify_doubled(&self, password: &[u8]) -> bool {
        self.verify(self.setting.crypt(password).as_bytes())
    }
}

/// A value of random salt and digest, for decoys.
pub(crate) fn decoy(prefix: &str, cost: u32) -> String {
    let salt = BASE64.encode(crate::decoy::random::<16>());
    let digest = BASE64.encode(crate::decoy::random::<23>());
    format!("{prefix}{cost:02}${salt}{digest}")
}
