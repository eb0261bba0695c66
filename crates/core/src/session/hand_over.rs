//! Hand-over tickets: how another application says who stands at its page, where its cookies can't be seen here.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::Timestamp;
use crate::auth::{Realm, SubjectId};
use crate::front::FrontId;
use crate::mac::verify_hmac_sha256;

/// How long a ticket may be good for.
pub const MAX_TICKET_AGE: Duration = Duration::from_secs(60);
/// The least length of the shared secret, in bytes.
pub const MIN_SECRET_BYTES: usize = 32;
/// Longest ticket that is looked at, in bytes.
const MAX_TICKET_BYTES: usize = 4096;

/// What a ticket says. As JSON with exactly these fields, base64url without padding, a dot, and the base64url of the
/// HMAC-SHA-256 (RFC 2104) over the part before the dot:
///
/// `{"realm":"forum","subject":"42","front":"im","nonce":"9f…","expires":1767225600}`
///
/// `expires` is in seconds since 1970, at most 60 ahead; `nonce` 16 to 128 bytes, never used before.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ticket {
    /// Where the person comes from.
    pub realm: Realm,
    /// The person's key there.
    pub subject: SubjectId,
    /// The front that it is for.
    pub front: FrontId,
    /// What makes it good for one use.
    pub nonce: String,
    /// When it ends, in seconds since 1970.
    pub expires: i64,
}

/// Why a ticket is no good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TicketRefusal {
    /// It has another form, or was not signed with this secret.
    #[error("the ticket was not signed with this front's secret")]
    Forged,
    /// It is for another front or realm.
    #[error("the ticket is for another front or realm")]
    Elsewhere,
    /// It is too old, or good for longer than a minute: the clocks may differ.
    #[error("the ticket has expired, or is good for longer than 60 s: do the clocks agree?")]
    Expired,
    /// It was used before.
    #[error("the ticket was used before")]
    Used,
}

impl Ticket {
    /// Reads a ticket that was signed with `secret`.
    ///
    /// # Errors
    /// [`TicketRefusal`]; whether it was used before is not tested here.
    pub fn open(
        text: &str,
        secret: &SecretString,
        front: &FrontId,
        now: Timestamp,
    ) -> Result<Self, TicketRefusal> {
        if text.len() > MAX_TICKET_BYTES {
            return Err(TicketRefusal::Forged);
        }
        let (payload, signature) = text.split_once('.').ok_or(TicketRefusal::Forged)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TicketRefusal::Forged)?;
        if !verify_hmac_sha256(secret.expose_secret().as_bytes(), payload.as_bytes(), &signature) {
            return Err(TicketRefusal::Forged);
        }
        let json = URL_SAFE_NO_PAD.decode(payload).map_err(|_| TicketRefusal::Forged)?;
        let ticket: Self = serde_json::from_slice(&json).map_err(|_| TicketRefusal::Forged)?;
        if !(16..=128).contains(&ticket.nonce.len()) {
            return Err(TicketRefusal::Forged);
        }
        if ticket.front != *front {
            return Err(TicketRefusal::Elsewhere);
        }
        let end = Timestamp::from_secs(ticket.expires);
        if end <= now || end > now.plus(MAX_TICKET_AGE) {
            return Err(TicketRefusal::Expired);
        }
        Ok(ticket)
    }

    /// What is remembered of the ticket, so that it is good for one use.
    pub fn burnt(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [self.realm.as_str(), &self.nonce] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use hmac::Mac;

    use super::*;

    const NOW: i64 = 1_767_225_600;

    fn secret() -> SecretString {
        "an example secret of thirty-two+ bytes".to_owned().into()
    }

    fn front() -> FrontId {
        FrontId::new("im").unwrap()
    }

    fn json(change: impl Fn(&mut serde_json::Value)) -> Vec<u8> {
        let mut ticket = serde_json::json!({
            "realm": "forum", "subject": "42", "front": "im", "nonce": "0123456789abcdef", "expires": NOW + 60
        });
        change(&mut ticket);
        ticket.to_string().into_bytes()
    }

    fn sign(json: &[u8], secret: &SecretString) -> String {
        let payload = URL_SAFE_NO_PAD.encode(json);
        let mut mac =
            <hmac::Hmac<Sha256> as hmac::KeyInit>::new_from_slice(secret.expose_secret().as_bytes()).unwrap();
        mac.update(payload.as_bytes());
        format!("{payload}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    fn open(text: &str) -> Result<Ticket, TicketRefusal> {
        Ticket::open(text, &secret(), &front(), Timestamp::from_secs(NOW))
    }

    #[test]
    fn a_ticket_that_was_signed_with_the_secret_is_read() {
        let ticket = open(&sign(&json(|_| ()), &secret())).unwrap();
        assert_eq!((ticket.realm.as_str(), ticket.subject.as_str()), ("forum", "42"));
    }

    /// Made with PHP 8.2: hash_hmac('sha256', …, $secret, true) and strtr(base64_encode(…), '+/', '-_') without `=`.
    #[test]
    fn a_ticket_made_by_php_is_read() {
        let text = concat!(
            "eyJyZWFsbSI6ImZvcnVtIiwic3ViamVjdCI6IjQyIiwiZnJvbnQiOiJpbSIsIm5vbmNlIjoiMDEyMzQ1Njc4OWFiY2RlZiIs",
            "ImV4cGlyZXMiOjE3NjcyMjU2NjB9",
            ".ZTarP3uU753TUunzEtcOOVsvpZQ9f0CrW7j2RO-cJ3k"
        );
        assert_eq!(open(text).map(|ticket| ticket.expires), Ok(NOW + 60));
    }

    #[test]
    fn what_is_wrong_with_a_ticket_is_told_row_by_row() {
        use TicketRefusal::{Elsewhere, Expired, Forged};
        let other: SecretString = "another secret that is long enough too".to_owned().into();
        let good = sign(&json(|_| ()), &secret());
        let signed = |change: fn(&mut serde_json::Value)| sign(&json(change), &secret());
        let table = [
            ("another secret", sign(&json(|_| ()), &other), Forged),
            ("no signature", good.split('.').next().unwrap().to_owned(), Forged),
            ("cut", good[..good.len() - 1].to_owned(), Forged),
            ("empty", String::new(), Forged),
            ("huge", "x".repeat(1 << 20), Forged),
            ("no JSON", sign(b"subject=42", &secret()), Forged),
            ("another front", signed(|ticket| ticket["front"] = "im2".into()), Elsewhere),
            ("expired", signed(|ticket| ticket["expires"] = NOW.into()), Expired),
            ("good for too long", signed(|ticket| ticket["expires"] = (NOW + 61).into()), Expired),
            ("good for ever", signed(|ticket| ticket["expires"] = i64::MAX.into()), Expired),
            ("a short nonce", signed(|ticket| ticket["nonce"] = "1".into()), Forged),
            ("an unknown field", signed(|ticket| ticket["admin"] = true.into()), Forged),
        ];
        for (what, text, wanted) in table {
            assert_eq!(open(&text), Err(wanted), "{what}");
        }
    }
}
