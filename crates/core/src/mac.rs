use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// HMAC-SHA-256 (RFC 2104) under the server's key, for one purpose: `label` keeps purposes apart.
pub(crate) fn keyed(key: &[u8; 32], label: &[u8]) -> Hmac<Sha256> {
    // RFC 2104 pads short keys with zeros to the hash's block.
    let mut block = [0_u8; 64];
    block[..32].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.update(label);
    mac
}
