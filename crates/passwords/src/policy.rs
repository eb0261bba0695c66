//! How Portico stores its own passwords today, and so which stored values are out of date.

use crate::{Scheme, native};

/// What a stored value of Portico's own accounts should look like. Foreign values are never rewritten, whatever the
/// policy says: other applications' tables are read only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// The parameters of argon2id that new values get.
    pub params: native::Params,
}

impl Policy {
    /// The scheme that new values get: always argon2id.
    pub fn scheme(&self) -> Scheme {
        Scheme::Argon2id
    }
}
