use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Whether `tag` is the HMAC-SHA-256 (RFC 2104) of `message` under `key`, of any length; in constant time.
pub(crate) fn verify_hmac_sha256(key: &[u8], message: &[u8], tag: &[u8]) -> bool {
    let mut block = [0_u8; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.update(message);
    mac.verify_slice(tag).is_ok()
}

/// HMAC-SHA-256 (RFC 2104) under the server's key, for one purpose: `label` keeps purposes apart.
pub(crate) fn keyed(key: &[u8; 32], label: &[u8]) -> Hmac<Sha256> {
    // RFC 2104 pads short keys with zeros to the hash's block.
    let mut block = [0_u8; 64];
    block[..32].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.update(label);
    mac
}
