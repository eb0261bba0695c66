//! Magento 2: `digest:salt:versions`. The versions (joined by `:`) are applied one after the other, each to the hexadecimal
//! digest of the one before: 0 md5(salt.x), 1 sha256(salt.x), 2 argon2id of libsodium with its interactive limits,
//! `3_length_ops_bytes` argon2id with explicit ones. The salt of argon2id is the salt's first 16 bytes, repeated
//! where it is shorter.

use argon2::{Algorithm, Version};
use zeroize::Zeroizing;

use crate::compare;
use crate::digest::HashFn;
use crate::error::Reject;
use crate::family::argon2::Argon2Hash;
use crate::family::hexdigest;

/// The interactive limits of libsodium: bytes of memory and passes.
const INTERACTIVE: [u64; 2] = [64 << 20, 2];

/// One layer of hashing.
#[derive(Clone)]
enum Layer {
    Salted(HashFn),
    Argon2id { costs: [u32; 3], bytes: usize },
}

/// A parsed value within the limits.
#[derive(Clone)]
pub(crate) struct MagentoHash {
    layers: Vec<Layer>,
    salt: String,
    digest: Vec<u8>,
}

impl MagentoHash {
    /// Parses a value of `password_hash` or `password`.
    pub(crate) fn parse(stored: &str) -> Result<Self, Reject> {
        let mut fields = stored.split(':');
        let digest = fields.next().and_then(hexdigest::decode).filter(|digest| digest.len() >= 16);
        let (Some(digest), Some(salt)) = (digest, fields.next()) else {
            return Err(Reject::Other);
        };
        let mut layers = fields.map(Layer::parse).collect::<Result<Vec<_>, _>>()?;
        if layers.is_empty() {
            // Magento 1 has no version: md5 or sha256 by length.
            layers.push(Layer::Salted(if digest.len() == 16 { HashFn::Md5 } else { HashFn::Sha256 }));
        }
        if layers.len() > 4 {
            return Err(Reject::malformed("it has more than four versions"));
        }
        if salt.is_empty() {
            return Err(Reject::malformed("the salt is empty"));
        }
        Ok(Self { layers, salt: salt.to_owned(), digest })
    }

    /// Whether the password gives this digest.
    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        let mut text = Zeroizing::new(password.to_vec());
        for layer in &self.layers {
            let Some(digest) = layer.digest(&text, self.salt.as_bytes()) else {
                return false;
            };
            text = Zeroizing::new(hexdigest::encode(&digest).into_bytes());
        }
        compare::equal(&text, hexdigest::encode(&self.digest).as_bytes())
    }
}

impl Layer {
    fn parse(version: &str) -> Result<Self, Reject> {
        match version {
            "0" => return Ok(Self::Salted(HashFn::Md5)),
            "1" => return Ok(Self::Salted(HashFn::Sha256)),
            "2" => return Self::argon2id(32, INTERACTIVE),
            _ => {}
        }
        let numbers: Option<Vec<u64>> = version.split('_').map(|number| number.parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[3, length, ops, memory]) => Self::argon2id(length, [memory, ops]),
            _ => Err(Reject::malformed("it has a version that is not known here")),
        }
    }

    fn argon2id(length: u64, [memory, ops]: [u64; 2]) -> Result<Self, Reject> {
        let fits = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let costs = [fits(memory / 1024), fits(ops), 1];
        let bytes = usize::try_from(length).unwrap_or(usize::MAX).min(513);
        // Only for its checks of the parameters.
        Argon2Hash::new(Algorithm::Argon2id, Version::V0x13, costs, vec![0; 16], vec![0; bytes])?;
        Ok(Self::Argon2id { costs, bytes })
    }

    fn digest(&self, text: &[u8], salt: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Salted(hash) => Some(hash.digest(&[salt, text])),
            Self::Argon2id { costs: [memory, time, lanes], bytes } => {
                let params = argon2::Params::new(*memory, *time, *lanes, Some(*bytes)).ok()?;
                let salt: Vec<u8> = salt.iter().copied().cycle().take(16).collect();
                let mut digest = Zeroizing::new(vec![0; *bytes]);
                let hasher = argon2::Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
                hasher.hash_password_into(text, &salt, &mut digest).ok()?;
                Some(digest)
            }
        }
    }
}
