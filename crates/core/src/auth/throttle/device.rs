use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::fold;

const ID: usize = 16;
const TAG: usize = 16;

/// A device that has logged in as a name before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeviceId([u8; ID]);

/// Makes and recognises what a device is known by: a random id and a MAC over it, the name space and the name. It proves
/// nothing but that the right secret was given there once, and gives nothing but a count of its own to the throttle.
#[derive(Clone)]
pub struct DeviceKey(Hmac<Sha256>);

impl DeviceKey {
    /// From the server's key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(crate::mac::keyed(key, b"portico known device 1\0"))
    }

    /// What a device is given that has just logged in as `login`.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn issue(&self, scope: &str, login: &str) -> Result<String, getrandom::Error> {
        let mut bytes = [0_u8; ID + TAG];
        let (id, tag) = bytes.split_at_mut(ID);
        getrandom::fill(id)?;
        tag.copy_from_slice(&self.mac(id, scope, login).finalize().into_bytes()[..TAG]);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The device, if it has logged in as `login` in one of the name spaces before.
    pub fn recognise(&self, text: &str, scopes: &[&str], login: &str) -> Option<DeviceId> {
        if text.len() > 64 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (id, tag) = bytes.split_at_checked(ID)?;
        let id: [u8; ID] = id.try_into().ok()?;
        let is_of =
            |scope: &&str| tag.len() == TAG && self.mac(&id, scope, login).verify_truncated_left(tag).is_ok();
        scopes.iter().any(is_of).then_some(DeviceId(id))
    }

    fn mac(&self, id: &[u8], scope: &str, login: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(id);
        mac.update(scope.as_bytes());
        mac.update(b"\0");
        mac.update(fold(login).as_bytes());
        mac
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKey")
    }
}
