//! Portico's own password hashes: argon2id in PHC string form (RFC 9106), salted by the operating system.

use argon2::{Algorithm, Argon2, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::{HashError, limits};

/// Bytes of salt (RFC 9106, section 3.1, recommends 16).
const SALT_BYTES: usize = 16;
/// Bytes of digest.
const DIGEST_BYTES: usize = 32;

/// Cost parameters of argon2id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Memory in KiB: at least 8 per lane, at most [`limits::ARGON2_MEMORY_KIB`].
    pub memory_kib: u32,
    /// Passes over the memory: 1 to [`limits::ARGON2_TIME`].
    pub time: u32,
    /// Lanes: 1 to [`limits::ARGON2_LANES`]. They are computed one after the other.
    pub lanes: u32,
}

impl Default for Params {
    /// 19 MiB, two passes, one lane: the first choice of OWASP's password storage recommendations.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, time: 2, lanes: 1 }
    }
}

/// Hashes a password with argon2id and a fresh random salt; the result is a PHC string
/// (`$argon2id$v=19$m=…,t=…,p=…$salt$digest`) that [`parse`](crate::parse) reads with
/// [`Scheme::Argon2id`](crate::Scheme::Argon2id).
///
/// Takes tens of milliseconds and `params.memory_kib` of memory: never call it on a reactor thread.
///
/// # Errors
/// A password over [`limits::PASSWORD_BYTES`], parameters out of range, no randomness, no memory.
pub fn hash(password: &[u8], params: &Params) -> Result<String, HashError> {
    if password.len() > limits::PASSWORD_BYTES {
        return Err(HashError::PasswordTooLong);
    }
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt).map_err(|_| HashError::Randomness)?;
    let mut digest = [0; DIGEST_BYTES];
    params.argon2()?.hash_password_into(password, &salt, &mut digest).map_err(|_| HashError::Memory)?;
    let Params { memory_kib, time, lanes } = params;
    Ok(format!(
        "$argon2id$v=19$m={memory_kib},t={time},p={lanes}${}${}",
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(digest)
    ))
}

impl Params {
    /// Checks the parameters and makes the hasher.
    fn argon2(&self) -> Result<Argon2<'static>, HashError> {
        let checks = [
            ("lanes", self.lanes, 1, limits::ARGON2_LANES),
            ("time", self.time, 1, limits::ARGON2_TIME),
            (
                "memory_kib",
                self.memory_kib,
                8 * self.lanes.min(limits::ARGON2_LANES),
                limits::ARGON2_MEMORY_KIB,
            ),
        ];
        for (name, value, low, high) in checks {
            if !(low..=high).contains(&value) {
                return Err(HashError::Parameters {
                    what: format!("{name} is {value}, must be {low} to {high}"),
                });
            }
        }
        argon2::Params::new(self.memory_kib, self.time, self.lanes, Some(DIGEST_BYTES))
            .map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
            .map_err(|error| HashError::Parameters { what: error.to_string() })
    }
}
