//! Stored passwords as phpBB's versions make them.

use md5::{Digest, Md5};
use portico_passwords::native;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{DemoError, HashFamily};
use crate::input::filter;
use crate::version::Version;

/// The cost of bcrypt in phpBB.
const BCRYPT_COST: u32 = 10;
/// phpass: log2 of the rounds is 11, the character at that place of its alphabet is `9`.
const PHPASS_ROUNDS: u32 = 1 << 11;
const PHPASS_ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The value that the board stores for a typed password: the hash is of the filtered text.
pub(super) fn stored(password: &SecretString, family: HashFamily) -> Result<Zeroizing<String>, DemoError> {
    let text = filter(password.expose_secret(), Version::V33, true);
    let text = text.as_bytes();
    Ok(Zeroizing::new(match family {
        HashFamily::Argon2id => native::hash(text, &native::Params::default())?,
        HashFamily::Bcrypt => {
            bcrypt::hash_with_result(text, BCRYPT_COST)?.format_for_version(bcrypt::Version::TwoY)
        }
        HashFamily::Phpass => phpass(text)?,
        HashFamily::Md5 => Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect(),
    }))
}

/// The portable hash: md5 of salt and password, then of the digest and the password again and again.
fn phpass(password: &[u8]) -> Result<String, DemoError> {
    let mut random = [0; 8];
    getrandom::fill(&mut random)?;
    let salt = random.map(|byte| PHPASS_ALPHABET[usize::from(byte & 63)]);
    let mut digest = Md5::new().chain_update(salt).chain_update(password).finalize();
    for _ in 0..PHPASS_ROUNDS {
        digest = Md5::new().chain_update(digest).chain_update(password).finalize();
    }
    Ok(format!("$H$9{}{}", salt.map(char::from).iter().collect::<String>(), encode(&digest)))
}

/// phpass's base 64: groups of three bytes, the lowest six bits first.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let word = group.iter().rev().fold(0_usize, |word, &byte| word << 8 | usize::from(byte));
        text.extend((0..=group.len()).map(|at| char::from(PHPASS_ALPHABET[word >> (6 * at) & 63])));
    }
    text
}
