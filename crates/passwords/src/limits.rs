//! What a stored value may cost.
//!
//! A database that was taken over must not be able to burn a core for a minute or to allocate gigabytes through one
//! login. Everything above these bounds is [`ParseError::TooCostly`](crate::ParseError::TooCostly). Each bound is
//! several times what any known application writes.

/// The longest password that is looked at, in bytes; a longer one never matches (phpBB and WordPress have the same
/// limit). It also bounds the work of schemes that read the password once per round.
pub const PASSWORD_BYTES: usize = 4096;

/// The longest stored value that is parsed, in bytes.
pub const STORED_BYTES: usize = 1024;

/// Argon2: memory in KiB (256 MiB; PHP's default is 64 MiB).
pub const ARGON2_MEMORY_KIB: u32 = 256 * 1024;

/// Argon2: passes over the memory (PHP's default is 4).
pub const ARGON2_TIME: u32 = 20;

/// Argon2: lanes (PHP's default is 1). Lanes are computed one after the other here and cost no extra work.
pub const ARGON2_LANES: u32 = 64;

/// bcrypt: log2 of the rounds (PHP's default is 10, since 8.4 it is 12).
pub const BCRYPT_COST: u32 = 15;

/// phpass (`$P$`, `$H$`): log2 of the rounds. The format goes to 30; applications write 8 to 17.
pub const PHPASS_LOG2: u32 = 21;

/// Drupal 7's phpass on SHA-512 (`$S$`): log2 of the rounds. Drupal writes 15 or 16.
pub const DRUPAL_LOG2: u32 = 20;

/// PBKDF2: iterations (Django 5 writes 1 000 000).
pub const PBKDF2_ROUNDS: u32 = 5_000_000;

/// PBKDF2: bytes of the derived key; every further block of the hash costs all iterations again.
pub const PBKDF2_BYTES: usize = 128;

/// crypt(3) `$5$`, `$6$` and `$sha1$`: rounds (the format goes to 999 999 999; the default is 5000).
pub const CRYPT_ROUNDS: u32 = 5_000_000;

/// crypt(3) of BSDi, `_`: rounds (the format goes to 16 777 215; passlib writes 5001).
pub const BSDI_ROUNDS: u32 = 1_000_000;

/// yescrypt: memory in KiB (libxcrypt's default is 16 MiB).
pub const YESCRYPT_MEMORY_KIB: u64 = 256 * 1024;

/// Schemes that read the password or salt once per round: bytes that go through the hash in all. A password that
/// would make it more does not match.
pub const HASHED_BYTES: u64 = 4 << 30;

/// Whether so many rounds over so many bytes stay under [`HASHED_BYTES`].
pub(crate) fn affordable(rounds: u32, bytes: usize) -> bool {
    // Hashes work on blocks of 64 bytes and more.
    u64::from(rounds) * (bytes as u64 + 64) <= HASHED_BYTES
}
