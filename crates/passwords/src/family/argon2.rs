//! Argon2 in PHC string form, as PHP's `password_hash`, passlib and libsodium write it:
//! `$argon2id$v=19$m=65536,t=4,p=1$salt$digest` (base 64 without padding). A value without `v=` is of version 0x10.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use crate::error::Reject;
use crate::{compare, limits};

/// A parsed value with its parameters inside the limits.
#[derive(Clone)]
pub(crate) struct Argon2Hash {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

impl Argon2Hash {
    /// Parses a PHC string of the given algorithm.
    pub(crate) fn parse(algorithm: Algorithm, stored: &str) -> Result<Self, Reject> {
        let mut fields = stored.split('$');
        if fields.next() != Some("") || fields.next() != Some(algorithm.as_str()) {
            return Err(Reject::Other);
        }
        let mut field = || fields.next().ok_or_else(|| Reject::malformed("a `$` field is missing"));
        let mut costs = field()?;
        let version = match costs.strip_prefix("v=") {
            None | Some("16") => Version::V0x10,
            Some("19") => Version::V0x13,
            Some(_) => return Err(Reject::malformed("the version is neither 16 nor 19")),
        };
        if costs.starts_with("v=") {
            costs = field()?;
        }
        let (memory, time, lanes) = read_costs(costs)?;
        let salt = decode("salt", field()?)?;
        let digest = decode("digest", field()?)?;
        if fields.next().is_some() {
            return Err(Reject::malformed("there is text after the digest"));
        }
        Self::new(algorithm, version, [memory, time, lanes], salt, digest)
    }

    /// Puts a value together from its parts; `costs` are memory in KiB, passes, lanes.
    pub(crate) fn new(
        algorithm: Algorithm,
        version: Version,
        costs: [u32; 3],
        salt: Vec<u8>,
        digest: Vec<u8>,
    ) -> Result<Self, Reject> {
        let [memory, time, lanes] = costs;
        let caps = [
            ("memory in KiB", memory, limits::ARGON2_MEMORY_KIB),
            ("time", time, limits::ARGON2_TIME),
            ("number of lanes", lanes, limits::ARGON2_LANES),
        ];
        for (name, value, limit) in caps {
            if value > limit {
                return Err(Reject::over(name, value, limit));
            }
        }
        if salt.len() < 8 || !(4..=512).contains(&digest.len()) {
            return Err(Reject::malformed("the salt or the digest has an impossible length"));
        }
        let params = Params::new(memory, time, lanes, Some(digest.len()))
            .map_err(|error| Reject::malformed(format!("the cost parameters are invalid: {error}")))?;
        Ok(Self { algorithm, version, params, salt, digest })
    }

    /// Whether the password gives this digest.
    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        let mut digest = Zeroizing::new(vec![0; self.digest.len()]);
        let hasher = Argon2::new(self.algorithm, self.version, self.params.clone());
        hasher.hash_password_into(password, &self.salt, &mut digest).is_ok()
            && compare::equal(&digest, &self.digest)
    }

    /// Memory in KiB, passes, lanes.
    pub(crate) fn costs(&self) -> [u32; 3] {
        [self.params.m_cost(), self.params.t_cost(), self.params.p_cost()]
    }
}

/// Reads `m=…,t=…,p=…` in this order, without leading zeros, as the reference implementation does.
fn read_costs(text: &str) -> Result<(u32, u32, u32), Reject> {
    let mut parts = text.split(',');
    let mut number = |name: &str| {
        let digits = parts.next().and_then(|part| part.strip_prefix(name)?.strip_prefix('='));
        let digits = digits.ok_or_else(|| Reject::malformed(format!("the parameter `{name}` is missing")))?;
        let canonical = !digits.is_empty()
            && digits.bytes().all(|b| b.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'));
        if !canonical {
            return Err(Reject::malformed(format!("the parameter `{name}` is not a number")));
        }
        // More digits than u32 holds is a cost over every limit.
        Ok(digits.parse().unwrap_or(u32::MAX))
    };
    let costs = (number("m")?, number("t")?, number("p")?);
    if parts.next().is_some() {
        return Err(Reject::malformed("there are more parameters than m, t and p"));
    }
    Ok(costs)
}

fn decode(name: &str, text: &str) -> Result<Vec<u8>, Reject> {
    STANDARD_NO_PAD.decode(text).map_err(|_| Reject::malformed(format!("the {name} is not base 64")))
}
