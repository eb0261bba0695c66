//! Mahara 1.5 and later: a crypt value from which the salt has been cut out, `$6$$digest` or `$2a$12$digest`.
//!
//! `$6$`: crypt of sha1(salt.p) with the first 16 digits of md5(K.salt) as salt; `$2a$`: crypt of p with the first 22.

use zeroize::Zeroizing;

use crate::digest::HashFn;
use crate::error::Reject;
use crate::family::bcrypt::{self, DIGEST_CHARS, Variant};
use crate::family::crypt::{ShaKind, ShaSetting, until_nul};
use crate::family::hexdigest;
use crate::{Subject, compare, limits};

/// A parsed value.
#[derive(Clone)]
pub(crate) enum MaharaHash {
    Sha512 { digest: String },
    Bcrypt { cost: u32, digest: String },
}

impl MaharaHash {
    /// Parses a value of `usr.password`.
    pub(crate) fn parse(stored: &str) -> Result<Self, Reject> {
        if let Some(digest) = stored.strip_prefix("$6$$") {
            let digest = Some(digest).filter(|digest| digest.len() == 86 && digest.is_ascii());
            let digest = digest.ok_or_else(|| Reject::malformed("the digest is not 86 characters long"))?;
            return Ok(Self::Sha512 { digest: digest.to_owned() });
        }
        let (cost, digest) =
            stored.strip_prefix("$2a$").and_then(|rest| rest.split_once('$')).ok_or(Reject::Other)?;
        if digest.len() != DIGEST_CHARS || !digest.is_ascii() {
            return Err(Reject::Other);
        }
        let cost = cost.parse().map_err(|_| Reject::malformed("the cost is not a number"))?;
        if cost > limits::BCRYPT_COST {
            return Err(Reject::over("the cost", cost, limits::BCRYPT_COST));
        }
        Ok(Self::Bcrypt { cost, digest: digest.to_owned() })
    }

    /// Whether the password gives this digest; needs the row's salt (`*` means no login) and the site's secret.
    pub(crate) fn verify(&self, password: &[u8], subject: &Subject<'_>) -> bool {
        let Some(salt) = subject.salt.filter(|salt| *salt != "*") else {
            return false;
        };
        let key = subject.site_key.unwrap_or("");
        let mixed = hexdigest::encode(&HashFn::Md5.digest(&[key.as_bytes(), salt.as_bytes()]));
        match self {
            Self::Sha512 { digest } => {
                let inner =
                    Zeroizing::new(hexdigest::encode(&HashFn::Sha1.digest(&[salt.as_bytes(), password])));
                let setting = ShaSetting::new(ShaKind::Sha512, None, &mixed[..16]);
                compare::equal(setting.digest(inner.as_bytes()).as_bytes(), digest.as_bytes())
            }
            Self::Bcrypt { cost, digest } => {
                bcrypt::Setting::new(Variant::A, *cost, &mixed[..bcrypt::SALT_CHARS]).is_ok_and(|setting| {
                    compare::equal(setting.digest(until_nul(password)).as_bytes(), digest.as_bytes())
                })
            }
        }
    }
}
