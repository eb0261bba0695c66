//! Public keys of authenticators: COSE_Key (RFC 9052 §7, RFC 9053 §7, RFC 8230 §4).

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};

use super::cbor::{self, Value};

/// The algorithms that are taken, the best first: ES256, EdDSA (Ed25519), RS256, by their numbers in COSE's registry. The
/// last one is what Windows Hello on older computers has.
pub(crate) const ALGORITHMS: [i64; 3] = [ES256, EDDSA, RS256];

const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;

/// A public key that a signature can be verified with.
#[derive(Debug, PartialEq)]
pub(crate) enum PublicKey<'a> {
    /// ECDSA over P-256 with SHA-256: the point, uncompressed (SEC 1 §2.3.3).
    Es256(Vec<u8>),
    /// Ed25519.
    EdDsa(&'a [u8]),
    /// RSASSA-PKCS1-v1_5 with SHA-256: modulus and exponent.
    Rs256(&'a [u8], &'a [u8]),
}

impl<'a> PublicKey<'a> {
    /// The key of a COSE_Key that is all of `message`.
    pub(crate) fn of(message: &'a [u8]) -> Option<Self> {
        let (map, rest) = cbor::read(message)?;
        if !rest.is_empty() {
            return None;
        }
        let number = |label: i64| map.get(&Value::Integer(label))?.integer();
        let bytes = |label: i64| map.get(&Value::Integer(label))?.bytes();
        match (number(1)?, number(3)?) {
            (2, ES256) if number(-1)? == 1 => {
                let (x, y) = (bytes(-2)?, bytes(-3)?);
                let point = [&[4], x, y].concat();
                (x.len() == 32 && y.len() == 32).then_some(Self::Es256(point))
            }
            (1, EDDSA) if number(-1)? == 6 => bytes(-2).filter(|x| x.len() == 32).map(Self::EdDsa),
            (3, RS256) => {
                let (modulus, exponent) = (bytes(-1)?, bytes(-2)?);
                // 2048 to 8192 bits; without zeros in front, as ring wants them.
                let fits = (256..=1024).contains(&modulus.len()) && modulus.first() != Some(&0);
                (fits && !exponent.is_empty()).then_some(Self::Rs256(modulus, exponent))
            }
            _ => None,
        }
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            Self::Es256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Self::EdDsa(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            Self::Rs256(n, e) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
        };
        verified.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032 §7.1, test 2.
    #[test]
    fn a_vector_of_rfc_8032_verifies() {
        let hex = |text: &str| -> Vec<u8> {
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
        };
        let key = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        let signature = hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
        // {1: 1, 3: -8, -1: 6, -2: key}
        let message =
            [&[0xA4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20], key.as_slice()].concat();
        let parsed = PublicKey::of(&message).unwrap();
        assert!(parsed.verifies(&[0x72], &signature));
        assert!(!parsed.verifies(&[0x73], &signature));
    }

    #[test]
    fn keys_of_another_kind_curve_or_length_are_refused() {
        let (x, y) = ([1_u8; 32], [2_u8; 32]);
        let good = |kind: u8, algorithm: u8, curve: u8| {
            let head = [0xA5, 0x01, kind, 0x03, algorithm, 0x20, curve, 0x21, 0x58, 0x20];
            [&head, x.as_slice(), &[0x22, 0x58, 0x20], y.as_slice()].concat()
        };
        assert!(PublicKey::of(&good(2, 0x26, 1)).is_some());
        for (kind, algorithm, curve) in [(1, 0x26, 1), (2, 0x27, 1), (2, 0x26, 2), (2, 0x38, 1)] {
            assert_eq!(PublicKey::of(&good(kind, algorithm, curve)), None);
        }
        assert_eq!(PublicKey::of(&[good(2, 0x26, 1).as_slice(), &[0]].concat()), None, "more behind it");
        assert_eq!(PublicKey::of(&[0xA0]), None);
    }
}
