//! MediaWiki's `:type:parameters` (1.39): `:A:`, `:B:`, `:pbkdf2:`, `:bcrypt:`, `:argon2:`, the two "legacy" layers
//! of PBKDF2 over A and B, and the bare digest of before 1.13, whose salt is the user's number.

use zeroize::Zeroizing;

use crate::digest::HashFn;
use crate::error::Reject;
use crate::family::bcrypt::BcryptHash;
use crate::family::hexdigest;
use crate::family::pbkdf2::Pbkdf2Hash;
use crate::{ParseError, Scheme, StoredHash, Subject, compare};

/// A parsed value.
#[derive(Clone)]
pub(crate) enum MediawikiHash {
    /// md5(p)
    A(Vec<u8>),
    /// md5(salt."-".md5(p)); without a salt of its own, the user's number.
    B {
        salt: Option<String>,
        digest: Vec<u8>,
    },
    Pbkdf2(Pbkdf2Hash),
    /// PBKDF2 over the digits of A, or of B when there is a salt.
    Layered {
        salt: Option<String>,
        outer: Pbkdf2Hash,
    },
    Bcrypt(BcryptHash),
    Argon2(Box<StoredHash>),
}

impl MediawikiHash {
    /// Parses a value of `user.user_password` or `user.user_newpassword`.
    pub(crate) fn parse(stored: &str) -> Result<Self, Reject> {
        let Some((kind, rest)) = stored.strip_prefix(':').and_then(|rest| rest.split_once(':')) else {
            let digest = md5_digits(stored).ok_or(Reject::Other)?;
            return Ok(Self::B { salt: None, digest });
        };
        match kind {
            "A" => match rest.split_once(':') {
                // An old mistake: `:A:salt:digest` is B.
                Some(_) => Self::b(rest),
                None => md5_digits(rest).map(Self::A).ok_or_else(bad_digest),
            },
            "B" => Self::b(rest),
            "pbkdf2" => pbkdf2(rest.split(':')).map(Self::Pbkdf2),
            "pbkdf2-legacyA" | "pbkdf2-legacyB" => {
                let with_salt = kind.ends_with('B');
                // Parameters of the inner and outer layer, then their salts; A has neither.
                let fields: Vec<&str> = rest.split('!').collect();
                let ["", outer, inner_salt, outer_salt, digest] = fields[..] else {
                    return Err(Reject::malformed("the fields of the layers are missing"));
                };
                if inner_salt.is_empty() == with_salt {
                    return Err(Reject::malformed("the salt of the inner layer is missing or too much"));
                }
                let outer = pbkdf2(outer.split(':').chain([outer_salt, digest]))?;
                Ok(Self::Layered { salt: with_salt.then(|| inner_salt.to_owned()), outer })
            }
            "bcrypt" => Self::bcrypt(rest),
            "argon2" => match crate::recognise(rest, &[Scheme::Argon2id, Scheme::Argon2i]) {
                Ok(hash) => Ok(Self::Argon2(Box::new(hash))),
                Err(ParseError::TooCostly { what, .. }) => Err(Reject::TooCostly(what)),
                Err(_) => Err(Reject::malformed("what follows `:argon2:` is no argon2 value")),
            },
            _ => Err(Reject::Other),
        }
    }

    fn b(rest: &str) -> Result<Self, Reject> {
        let (salt, digest) = rest.split_once(':').ok_or_else(|| Reject::malformed("the salt is missing"))?;
        let digest = md5_digits(digest).ok_or_else(bad_digest)?;
        Ok(Self::B { salt: Some(salt.to_owned()), digest })
    }

    /// `cost$salt$digest`: a `$` between salt and digest, unlike crypt.
    fn bcrypt(rest: &str) -> Result<Self, Reject> {
        let fields: Vec<&str> = rest.split('$').collect();
        let [cost, salt, digest] = fields[..] else {
            return Err(Reject::malformed("the fields of bcrypt are missing"));
        };
        let cost = cost.parse::<u8>().map_err(|_| Reject::malformed("the cost is not a number"))?;
        BcryptHash::parse(&format!("$2y${cost:02}${salt}{digest}")).map(Self::Bcrypt)
    }

    /// Whether the password gives this value; the bare digest needs the user's number.
    pub(crate) fn verify(&self, password: &[u8], subject: &Subject<'_>) -> bool {
        match self {
            Self::A(digest) => compare::equal(&HashFn::Md5.digest(&[password]), digest),
            Self::B { salt, digest } => salt
                .as_deref()
                .or(subject.id)
                .is_some_and(|salt| compare::equal(&raw_b(salt, password), digest)),
            Self::Pbkdf2(hash) => hash.verify(password),
            Self::Layered { salt, outer } => {
                let inner = match salt {
                    Some(salt) => raw_b(salt, password),
                    None => HashFn::Md5.digest(&[password]),
                };
                outer.verify(hexdigest::encode(&inner).as_bytes())
            }
            Self::Bcrypt(hash) => hash.verify(password),
            Self::Argon2(hash) => hash.verify(password, subject),
        }
    }
}

fn raw_b(salt: &str, password: &[u8]) -> Zeroizing<Vec<u8>> {
    let inner = Zeroizing::new(hexdigest::encode(&HashFn::Md5.digest(&[password])));
    HashFn::Md5.digest(&[salt.as_bytes(), b"-", inner.as_bytes()])
}

fn pbkdf2<'a>(fields: impl Iterator<Item = &'a str>) -> Result<Pbkdf2Hash, Reject> {
    let fields: Vec<&str> = fields.take(6).collect();
    let fields = fields.try_into().map_err(|_| Reject::malformed("it does not have five fields"))?;
    Pbkdf2Hash::from_mediawiki(fields)
}

fn md5_digits(text: &str) -> Option<Vec<u8>> {
    (text.len() == 32).then(|| hexdigest::decode(text)).flatten()
}

fn bad_digest() -> Reject {
    Reject::malformed("the digest is not 32 hexadecimal digits")
}
