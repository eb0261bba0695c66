//! The hash functions of formulas, chosen at run time.

use hmac::{KeyInit as _, Mac as _, SimpleHmac};
use md5::{Digest, Md5};
use ripemd::{Ripemd128, Ripemd160};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use whirlpool::Whirlpool;
use zeroize::Zeroizing;

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum HashFn {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Ripemd128,
    Ripemd160,
    Whirlpool,
}

/// Evaluates `$body` with `$D` standing for the type of the hash.
macro_rules! with_digest {
    ($hash:expr, $D:ident => $body:expr) => {{
        macro_rules! run {
            ($type:ty) => {{
                type $D = $type;
                $body
            }};
        }
        match $hash {
            HashFn::Md5 => run!(Md5),
            HashFn::Sha1 => run!(Sha1),
            HashFn::Sha224 => run!(Sha224),
            HashFn::Sha256 => run!(Sha256),
            HashFn::Sha384 => run!(Sha384),
            HashFn::Sha512 => run!(Sha512),
            HashFn::Ripemd128 => run!(Ripemd128),
            HashFn::Ripemd160 => run!(Ripemd160),
            HashFn::Whirlpool => run!(Whirlpool),
        }
    }};
}

impl HashFn {
    /// Every function with its name in formulas.
    pub(crate) const NAMES: [(&'static str, Self); 9] = [
        ("md5", Self::Md5),
        ("sha1", Self::Sha1),
        ("sha224", Self::Sha224),
        ("sha256", Self::Sha256),
        ("sha384", Self::Sha384),
        ("sha512", Self::Sha512),
        ("ripemd128", Self::Ripemd128),
        ("ripemd160", Self::Ripemd160),
        ("whirlpool", Self::Whirlpool),
    ];

    /// The function of a name, as in formulas.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|&(_, hash)| hash)
    }

    /// Bytes of the digest.
    pub(crate) fn bytes(self) -> usize {
        with_digest!(self, D => <D as Digest>::output_size())
    }

    /// The digest of the parts, one after the other.
    pub(crate) fn digest(self, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        with_digest!(self, D => {
            let mut hasher = D::new();
            for part in parts {
                hasher.update(part);
            }
            Zeroizing::new(hasher.finalize().to_vec())
        })
    }

    /// HMAC (RFC 2104); keys longer than a block are hashed first.
    pub(crate) fn hmac(self, key: &[u8], message: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        with_digest!(self, D => {
            let mut mac = SimpleHmac::<D>::new_from_slice(key).ok()?;
            mac.update(message);
            Some(Zeroizing::new(mac.finalize().into_bytes().to_vec()))
        })
    }

    /// PBKDF2 with HMAC of this hash (RFC 8018, section 5.2). The caller has checked rounds and length.
    pub(crate) fn pbkdf2(
        self,
        password: &[u8],
        salt: &[u8],
        rounds: u32,
        bytes: usize,
    ) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(vec![0; bytes]);
        with_digest!(self, D => {
            // The only error is a key that HMAC can't take, and HMAC takes every key.
            let _ = pbkdf2::pbkdf2::<SimpleHmac<D>>(password, salt, rounds, &mut key);
        });
        key
    }
}
