//! The part of W3C Web Authentication (Level 3, which answers of Level 2 are too) that a server has: options for the
//! browser, and whether what it answers is good.
//!
//! Attestation is not asked for: who made an authenticator changes nothing here, so statements about it are not looked at
//! (§7.1 step 21 with `none`). Keys are public, and all that is verified with them is that the browser's answer is one to
//! this challenge, at this origin, by the authenticator that was there when the passkey was made.

mod authenticator_data;
mod cbor;
mod key;

use std::net::IpAddr;

use ring::digest::{SHA256, digest};
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::base64url;
use authenticator_data::AuthenticatorData;
use key::PublicKey;

/// How long the browser waits for the person, in milliseconds.
const TIMEOUT_MS: u64 = 300_000;
/// Most that is told of the ways to an authenticator.
const MAX_TRANSPORTS: usize = 8;

/// Why a browser's answer is no good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// It isn't of the form that the specification gives it.
    #[error("it is not of the form that is expected")]
    Malformed,
    /// It answers something else: another challenge, or the other one of making and using.
    #[error("it answers another question")]
    Challenge,
    /// It was made at another address.
    #[error("it was made for another address")]
    Origin,
    /// Nobody touched the authenticator.
    #[error("nobody was there")]
    NobodyThere,
    /// The algorithm of the key isn't one of ours.
    #[error("keys of this kind are not taken")]
    Algorithm,
    /// It belongs to somebody else, or to nobody.
    #[error("it is another passkey")]
    Stranger,
    /// The signature isn't the key's.
    #[error("the signature is wrong")]
    Signature,
    /// The counter went back: there may be a copy of the authenticator.
    #[error("its counter went back")]
    Counter,
}

/// Who asks: one of our addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RelyingParty {
    /// The RP ID: a host name (§5.1.3).
    pub(crate) id: String,
    /// The origin of the pages, as browsers write it.
    origin: String,
}

impl RelyingParty {
    /// The one of a page's origin.
    ///
    /// # Errors
    /// Why there are no passkeys there: a sentence for the person.
    pub(crate) fn of(page: Option<&str>) -> Result<Self, String> {
        let page = page.ok_or(
            "passkeys need `server.public_url`, the https address of this server, which is not configured",
        )?;
        let page = page.trim_end_matches('/').to_ascii_lowercase();
        let (scheme, place) = page.split_once("://").ok_or("the server's address is not readable")?;
        let bare = place.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        let (host, port) = bare.map_or((place, None), |(host, port)| (host, Some(port)));
        if !host.is_ascii() {
            // Browsers know hosts by their ASCII form alone, and the RP ID is compared with it.
            return Err(format!(
                "passkeys need the address as browsers write it; write the name {host} as xn--… in `server.public_url`, or \
                 as the host of the front"
            ));
        }
        let is_address = host.starts_with('[') || host.parse::<IpAddr>().is_ok();
        if host.is_empty() || is_address {
            return Err("passkeys need an address with a name; this one is a number".to_owned());
        }
        let secure = scheme == "https" || host == "localhost" || host.ends_with(".localhost");
        if !secure {
            return Err("passkeys need an https address; this one is http".to_owned());
        }
        // Browsers leave the usual port out (RFC 6454 §6.1).
        let usual = matches!((scheme, port), ("https", Some("443")) | ("http", Some("80")));
        let origin = if usual { format!("{scheme}://{host}") } else { format!("{scheme}://{place}") };
        Ok(Self { id: host.to_owned(), origin })
    }

    /// `PublicKeyCredentialCreationOptionsJSON` (§5.1.8). `user` is no more than an id, a login and a name.
    pub(crate) fn creation_options(
        &self,
        rp_name: &str,
        user: (&[u8], &str, &str),
        challenge: &[u8],
        known: &[Descriptor<'_>],
    ) -> Value {
        let (id, login, name) = user;
        json!({
            "rp": { "id": self.id, "name": rp_name },
            "user": { "id": base64url::encode(id), "name": login, "displayName": name },
            "challenge": base64url::encode(challenge),
            "pubKeyCredParams": key::ALGORITHMS.map(|alg| json!({ "type": "public-key", "alg": alg })),
            "timeout": TIMEOUT_MS,
            "excludeCredentials": known.iter().map(Descriptor::json).collect::<Vec<_>>(),
            "authenticatorSelection": {
                "residentKey": "discouraged", "requireResidentKey": false, "userVerification": "preferred",
            },
            "attestation": "none",
        })
    }

    /// `PublicKeyCredentialRequestOptionsJSON` (§5.1.8).
    pub(crate) fn request_options(&self, challenge: &[u8], allowed: &[Descriptor<'_>]) -> Value {
        json!({
            "challenge": base64url::encode(challenge),
            "timeout": TIMEOUT_MS,
            "rpId": self.id,
            "allowCredentials": allowed.iter().map(Descriptor::json).collect::<Vec<_>>(),
            "userVerification": "preferred",
        })
    }

    /// A registration: §7.1, as far as it is about what we ask for.
    ///
    /// # Errors
    /// [`Refused`]
    pub(crate) fn register(&self, answer: &str, challenge: &[u8]) -> Result<NewCredential, Refused> {
        let answer: Answer<Registration> = serde_json::from_str(answer).map_err(|_| Refused::Malformed)?;
        let response = answer.response()?;
        let client = decoded(&response.client_data)?;
        self.client_data(&client, "webauthn.create", challenge)?;
        let object = decoded(&response.attestation_object)?;
        let (object, rest) = cbor::read(&object).ok_or(Refused::Malformed)?;
        let data = object.get(&cbor::Value::Text("authData")).and_then(cbor::Value::bytes);
        let data = data.filter(|_| rest.is_empty()).ok_or(Refused::Malformed)?;
        let data = self.authenticator_data(data)?;
        let attested = data.attested.ok_or(Refused::Malformed)?;
        if decoded(&answer.id)? != attested.credential {
            return Err(Refused::Malformed);
        }
        PublicKey::of(attested.public_key).ok_or(Refused::Algorithm)?;
        let mut transports = response.transports.clone();
        transports.retain(|word| is_word(word));
        transports.truncate(MAX_TRANSPORTS);
        Ok(NewCredential {
            id: attested.credential.to_vec(),
            public_key: attested.public_key.to_vec(),
            counter: data.counter,
            transports,
        })
    }

    /// Which of the person's passkeys an assertion is one of, and its counter: §7.2.
    ///
    /// # Errors
    /// [`Refused`]
    pub(crate) fn assert<'k>(
        &self,
        answer: &str,
        challenge: &[u8],
        known: &'k [portico_core::ports::Passkey],
        user: &[u8],
    ) -> Result<(&'k portico_core::ports::Passkey, u32), Refused> {
        let answer: Answer<Assertion> = serde_json::from_str(answer).map_err(|_| Refused::Malformed)?;
        let response = answer.response()?;
        let id = decoded(&answer.id)?;
        let passkey = known.iter().find(|key| key.credential == id && key.rp_id == self.id);
        let passkey = passkey.ok_or(Refused::Stranger)?;
        if let Some(handle) = response.user_handle.as_deref().filter(|handle| !handle.is_empty())
            && decoded(handle)? != user
        {
            return Err(Refused::Stranger);
        }
        let client = decoded(&response.client_data)?;
        self.client_data(&client, "webauthn.get", challenge)?;
        let signed = decoded(&response.authenticator_data)?;
        let data = self.authenticator_data(&signed)?;
        let key = PublicKey::of(&passkey.public_key).ok_or(Refused::Algorithm)?;
        let message = [signed.as_slice(), digest(&SHA256, &client).as_ref()].concat();
        if !key.verifies(&message, &decoded(&response.signature)?) {
            return Err(Refused::Signature);
        }
        // Authenticators without a counter say 0 each time (§6.1.1).
        if (data.counter, passkey.counter) != (0, 0) && data.counter <= passkey.counter {
            return Err(Refused::Counter);
        }
        Ok((passkey, data.counter))
    }

    fn client_data(&self, json: &[u8], kind: &str, challenge: &[u8]) -> Result<(), Refused> {
        let client: ClientData = serde_json::from_slice(json).map_err(|_| Refused::Malformed)?;
        let same = bool::from(decoded(&client.challenge)?.as_slice().ct_eq(challenge));
        if client.kind != kind || !same {
            return Err(Refused::Challenge);
        }
        // A page in a frame of somebody else's page is not where people log in.
        if client.origin != self.origin || client.cross_origin {
            return Err(Refused::Origin);
        }
        Ok(())
    }

    fn authenticator_data<'a>(&self, data: &'a [u8]) -> Result<AuthenticatorData<'a>, Refused> {
        let data = AuthenticatorData::of(data).ok_or(Refused::Malformed)?;
        if data.rp_id_hash != digest(&SHA256, self.id.as_bytes()).as_ref() {
            return Err(Refused::Origin);
        }
        if data.user_present { Ok(data) } else { Err(Refused::NobodyThere) }
    }
}

/// A passkey as the browser is told of it (§5.8.3).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Descriptor<'a> {
    pub(crate) credential: &'a [u8],
    pub(crate) transports: &'a [String],
}

impl Descriptor<'_> {
    fn json(&self) -> Value {
        let id = base64url::encode(self.credential);
        json!({ "type": "public-key", "id": id, "transports": self.transports })
    }
}

/// What a registration has brought.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NewCredential {
    pub(crate) id: Vec<u8>,
    pub(crate) public_key: Vec<u8>,
    pub(crate) counter: u32,
    pub(crate) transports: Vec<String>,
}

/// `RegistrationResponseJSON`, `AuthenticationResponseJSON` (§5.1). Browsers add members as the specification grows.
#[derive(Deserialize)]
struct Answer<R> {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    response: R,
}

impl<R> Answer<R> {
    fn response(&self) -> Result<&R, Refused> {
        if self.kind == "public-key" { Ok(&self.response) } else { Err(Refused::Malformed) }
    }
}

#[derive(Deserialize)]
struct Registration {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    #[serde(rename = "attestationObject")]
    attestation_object: String,
    #[serde(default)]
    transports: Vec<String>,
}

#[derive(Deserialize)]
struct Assertion {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    #[serde(rename = "authenticatorData")]
    authenticator_data: String,
    signature: String,
    #[serde(rename = "userHandle")]
    user_handle: Option<String>,
}

/// `CollectedClientData` (§5.8.1).
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

fn decoded(text: &str) -> Result<Vec<u8>, Refused> {
    base64url::decode(text).ok_or(Refused::Malformed)
}

/// `internal`, `smart-card`: a word that a browser can tell again.
fn is_word(word: &str) -> bool {
    (1..=32).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

#[cfg(test)]
mod tests;
