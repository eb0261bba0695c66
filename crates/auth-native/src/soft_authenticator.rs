//! An authenticator made of software, and the browser around it: for tests of whoever verifies what they answer.

use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use crate::base64url;

/// An authenticator with one passkey, and a browser that does as it is told, also wrong things.
///
/// Built by the W3C specification: client data §5.8.1, authenticator data §6.1, attestation object §6.5.4, assertion
/// §6.3.3.
pub struct SoftAuthenticator {
    key: EcdsaKeyPair,
    /// The id of its passkey.
    pub credential: Vec<u8>,
    /// The origin that the browser writes into client data.
    pub origin: String,
    /// The RP ID that the authenticator signs for.
    pub rp_id: String,
    /// The counter that it signs next; 0 stays 0.
    pub counter: u32,
    /// Bit 0: the person is there; bit 2: they have shown who they are.
    pub flags: u8,
}

impl std::fmt::Debug for SoftAuthenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SoftAuthenticator").field("rp_id", &self.rp_id).finish_non_exhaustive()
    }
}

impl SoftAuthenticator {
    /// A new one with a new key, for pages of `origin`.
    ///
    /// # Panics
    /// When the system gives no random bytes.
    #[must_use]
    pub fn new(origin: &str) -> Self {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).and_then(|der| {
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der.as_ref(), &random)
                .map_err(|_| ring::error::Unspecified)
        });
        let Ok(key) = pair else { panic!("no key could be made") };
        let credential = digest(&SHA256, key.public_key().as_ref()).as_ref()[..16].to_vec();
        let host = origin.split_once("://").map_or(origin, |(_, place)| place);
        let rp_id = host.split_once(':').map_or(host, |(name, _)| name).to_owned();
        Self { key, credential, origin: origin.to_owned(), rp_id, counter: 1, flags: 0x05 }
    }

    /// What the browser answers to creation options: `RegistrationResponseJSON`.
    #[must_use]
    pub fn register(&mut self, options: &Value) -> Value {
        let client = self.client_data("webauthn.create", options);
        let point = self.key.public_key().as_ref();
        let cose = [
            &[0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20],
            &point[1..33],
            &[0x22, 0x58, 0x20],
            &point[33..65],
        ]
        .concat();
        let length = u16::try_from(self.credential.len()).unwrap_or(u16::MAX).to_be_bytes();
        let data = [&self.header(0x40), [0_u8; 16].as_slice(), &length, &self.credential, &cose].concat();
        // {"fmt": "none", "attStmt": {}, "authData": bytes}
        let mut object = vec![0xA3, 0x63];
        object.extend(b"fmt");
        object.push(0x64);
        object.extend(b"none");
        object.push(0x67);
        object.extend(b"attStmt");
        object.extend([0xA0, 0x68]);
        object.extend(b"authData");
        object.push(0x59);
        object.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes());
        object.extend(data);
        let id = base64url::encode(&self.credential);
        json!({
            "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url::encode(&client),
                "attestationObject": base64url::encode(&object),
                "transports": ["internal"],
            },
        })
    }

    /// What the browser answers to request options: `AuthenticationResponseJSON`.
    ///
    /// # Panics
    /// When the system gives no random bytes.
    #[must_use]
    pub fn assert(&mut self, options: &Value) -> Value {
        let client = self.client_data("webauthn.get", options);
        let data = self.header(0);
        let message = [data.as_slice(), digest(&SHA256, &client).as_ref()].concat();
        let Ok(signature) = self.key.sign(&SystemRandom::new(), &message) else {
            panic!("nothing was signed")
        };
        let id = base64url::encode(&self.credential);
        json!({
            "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url::encode(&client),
                "authenticatorData": base64url::encode(&data),
                "signature": base64url::encode(signature.as_ref()),
            },
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let client = json!({
            "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false,
        });
        client.to_string().into_bytes()
    }

    fn header(&mut self, more: u8) -> Vec<u8> {
        let hash = digest(&SHA256, self.rp_id.as_bytes());
        let data = [hash.as_ref(), &[self.flags | more], &self.counter.to_be_bytes()].concat();
        self.counter += u32::from(self.counter > 0);
        data
    }
}
