//! ImpressCMS 1.3 to 2.0: `$type$rounds$salt-digest`. With S(x) = sha256(x.x), digest = H(y.y) and
//! y = S(salt).S(p).S(K), all in hexadecimal; H by type. The rounds it announces have no effect there.

use zeroize::Zeroizing;

use crate::digest::HashFn;
use crate::error::Reject;
use crate::family::hexdigest;
use crate::{Subject, compare};

/// A parsed value.
#[derive(Clone)]
pub(crate) struct ImpresscmsHash {
    hash: HashFn,
    salt: String,
    digest: Vec<u8>,
}

impl ImpresscmsHash {
    /// Parses a value.
    pub(crate) fn parse(stored: &str) -> Result<Self, Reject> {
        let fields: Vec<&str> = stored.splitn(4, '$').collect();
        let ["", kind, rounds, value] = fields[..] else {
            return Err(Reject::Other);
        };
        let kind: u32 = kind.parse().map_err(|_| Reject::Other)?;
        let hash = match kind {
            21 => HashFn::Sha256,
            22 => HashFn::Sha384,
            23 => HashFn::Sha512,
            24 => HashFn::Ripemd128,
            25 => HashFn::Ripemd160,
            26 => HashFn::Whirlpool,
            27..=36 => return Err(Reject::malformed("it is made with HAVAL, which is not supported")),
            _ => return Err(Reject::Other),
        };
        if !rounds.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Reject::malformed("the rounds are not a number"));
        }
        let (salt, digest) =
            value.rsplit_once('-').ok_or_else(|| Reject::malformed("the salt is missing"))?;
        let digest = hexdigest::decode(digest).filter(|digest| digest.len() == hash.bytes());
        let digest = digest.ok_or_else(|| Reject::malformed("the digest is not that of its type"))?;
        Ok(Self { hash, salt: salt.to_owned(), digest })
    }

    /// Whether the password gives this digest; needs the site's secret.
    pub(crate) fn verify(&self, password: &[u8], subject: &Subject<'_>) -> bool {
        let Some(key) = subject.site_key else { return false };
        let mut text = Zeroizing::new(Vec::new());
        for part in [self.salt.as_bytes(), password, key.as_bytes()] {
            text.extend_from_slice(hexdigest::encode(&HashFn::Sha256.digest(&[part, part])).as_bytes());
        }
        compare::equal(&self.hash.digest(&[&text, &text]), &self.digest)
    }
}
