//! Values with a scheme in braces, as directories keep them in `userPassword` (RFC 2307 and OpenLDAP): `{SSHA}` +
//! base 64 of digest and salt, `{CRYPT}` + a crypt value, `{CLEARTEXT}` + the password.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use crate::digest::HashFn;
use crate::error::Reject;
use crate::family::hexdigest;
use crate::scheme::CRYPT;
use crate::{ParseError, StoredHash, Subject, compare};

/// A parsed value.
#[derive(Clone)]
pub(crate) enum LdapHash {
    Digest { hash: HashFn, digest: Vec<u8>, salt: Vec<u8> },
    Crypt(Box<StoredHash>),
    Clear(Vec<u8>),
}

/// Scheme names, in lower case; whether there is a salt after the digest.
const DIGESTS: [(&str, HashFn, bool); 10] = [
    ("md5", HashFn::Md5, false),
    ("smd5", HashFn::Md5, true),
    ("sha", HashFn::Sha1, false),
    ("ssha", HashFn::Sha1, true),
    ("sha256", HashFn::Sha256, false),
    ("ssha256", HashFn::Sha256, true),
    ("sha384", HashFn::Sha384, false),
    ("ssha384", HashFn::Sha384, true),
    ("sha512", HashFn::Sha512, false),
    ("ssha512", HashFn::Sha512, true),
];

impl LdapHash {
    /// Parses a value; the name in braces may be in either case.
    pub(crate) fn parse(stored: &str) -> Result<Self, Reject> {
        let (name, value) =
            stored.strip_prefix('{').and_then(|rest| rest.split_once('}')).ok_or(Reject::Other)?;
        let name = name.to_ascii_lowercase();
        if let Some((_, hash, salted)) = DIGESTS.iter().find(|(known, ..)| *known == name) {
            return Self::digest(*hash, *salted, value);
        }
        match name.as_str() {
            "crypt" | "argon2" => crate::recognise(value, CRYPT)
                .map(|hash| Self::Crypt(Box::new(hash)))
                .map_err(|error| match error {
                    ParseError::TooCostly { what, .. } => Reject::TooCostly(what),
                    ParseError::Malformed { what, .. } => Reject::Malformed(what),
                    _ => Reject::malformed("what follows the braces is no crypt value"),
                }),
            "plain" | "cleartext" if !value.is_empty() => Ok(Self::Clear(value.as_bytes().to_vec())),
            _ => Err(Reject::Other),
        }
    }

    fn digest(hash: HashFn, salted: bool, value: &str) -> Result<Self, Reject> {
        let decoded = STANDARD.decode(value).or_else(|_| STANDARD_NO_PAD.decode(value)).ok();
        let hexadecimal = (value.len() == 2 * hash.bytes()).then(|| hexdigest::decode(value)).flatten();
        // Some applications write `{MD5}` and `{SHA}` with hexadecimal digits.
        let mut digest = hexadecimal
            .filter(|_| !salted)
            .or(decoded)
            .ok_or_else(|| Reject::malformed("what follows the braces is not base 64"))?;
        let salt = match digest.len().checked_sub(hash.bytes()) {
            Some(0) => Vec::new(),
            Some(_) if salted => digest.split_off(hash.bytes()),
            _ => return Err(Reject::malformed("the digest has a wrong length")),
        };
        Ok(Self::Digest { hash, digest, salt })
    }

    /// Whether the password gives this value.
    pub(crate) fn verify(&self, password: &[u8], subject: &Subject<'_>) -> bool {
        match self {
            Self::Digest { hash, digest, salt } => compare::equal(&hash.digest(&[password, salt]), digest),
            Self::Crypt(hash) => hash.verify(password, subject),
            Self::Clear(stored) => compare::equal(password, stored),
        }
    }
}
