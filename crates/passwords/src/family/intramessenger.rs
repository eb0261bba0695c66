//! IntraMessenger 1 and 2: sha1(pepper.value.suffix) in 40 hexadecimal digits, where the pepper is the installation's and the
//! value is what its client sent for the password. Kept with both, as `$intramessenger$pepper$suffix$digest`, each of them in
//! hexadecimal digits.
//!
//! The closed client may have changed the password before it sent it; then the value fits no password, and a new one has to
//! be set.

use crate::compare;
use crate::digest::HashFn;
use crate::error::Reject;
use crate::family::hexdigest;

/// A parsed value.
#[derive(Clone)]
pub(crate) struct IntramessengerHash {
    pepper: Vec<u8>,
    suffix: Vec<u8>,
    digest: Vec<u8>,
}

impl IntramessengerHash {
    /// Parses a value.
    pub(crate) fn parse(stored: &str) -> Result<Self, Reject> {
        let fields = stored.strip_prefix("$intramessenger$").ok_or(Reject::Other)?;
        let fields: Vec<Option<Vec<u8>>> = fields.split('$').map(hexdigest::decode).collect();
        match <[_; 3]>::try_from(fields) {
            Ok([Some(pepper), Some(suffix), Some(digest)]) if digest.len() == HashFn::Sha1.bytes() => {
                Ok(Self { pepper, suffix, digest })
            }
            _ => Err(Reject::malformed("it needs a pepper, a suffix and a digest in hexadecimal digits")),
        }
    }

    /// Whether the password gives this digest.
    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        let digest = HashFn::Sha1.digest(&[&self.pepper, password, &self.suffix]);
        compare::equal(&digest, &self.digest)
    }
}

/// The value to keep for a row of the old table.
pub fn intramessenger_value(pepper: &[u8], suffix: &[u8], digest: &str) -> String {
    format!("$intramessenger${}${}${digest}", hexdigest::encode(pepper), hexdigest::encode(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scheme, Subject, parse};

    /// sha1("pepper" . "secret" . "suffix"), by coreutils' sha1sum.
    const DIGEST: &str = "cce52b4482c72134781e9857eec59b9973d1cbf2";

    #[test]
    fn a_value_fits_its_password_and_no_other() {
        let stored = intramessenger_value(b"pepper", b"suffix", DIGEST);
        let hash = parse(Scheme::Intramessenger, &stored).unwrap();
        assert!(hash.verify(b"secret", &Subject::default()));
        assert!(!hash.verify(b"Secret", &Subject::default()));
        assert!(!hash.verify(b"", &Subject::default()));
    }

    #[test]
    fn damaged_values_are_told_from_those_of_other_schemes() {
        for other in ["", DIGEST, "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"] {
            assert!(matches!(IntramessengerHash::parse(other), Err(Reject::Other)), "{other}");
        }
        for damaged in [
            "$intramessenger$",
            "$intramessenger$$$",
            "$intramessenger$zz$$00",
            "$intramessenger$00$00$00$00",
        ] {
            assert!(matches!(IntramessengerHash::parse(damaged), Err(Reject::Malformed(_))), "{damaged}");
        }
    }
}
