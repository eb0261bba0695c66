//! What people have beside their password: a program that shows codes.

use portico_core::ports::{Clock, SystemClock};
use ring::hmac;
use serde_json::json;

use super::client::text;
use super::{Person, TestServer};

/// Seconds of one step (RFC 6238).
const STEP: u64 = 30;

/// A program that shows codes, and the recovery codes on paper.
pub(crate) struct CodeProgram {
    key: Vec<u8>,
    last: u64,
    /// In base32, as the person could type it.
    pub(crate) secret: String,
    /// Not used yet.
    pub(crate) recovery: Vec<String>,
}

impl CodeProgram {
    /// Somebody begins to get themselves a second factor.
    pub(crate) async fn begun(server: &TestServer, person: &Person, password: &str) -> Self {
        let begun = person.post("account/totp", &json!({ "password": password })).await.expect(201);
        let secret = text(&begun["secret"]);
        server.keep_secret(&secret);
        Self { key: base32(&secret), last: 0, secret, recovery: Vec::new() }
    }

    /// Somebody gets themselves a second factor.
    pub(crate) async fn enrolled(server: &TestServer, person: &Person, password: &str) -> Self {
        let mut program = Self::begun(server, person, password).await;
        let code = program.show().await;
        let confirmed = person.put("account/totp", &json!({ "code": code })).await.expect(200);
        let codes = confirmed["recovery_codes"].as_array().expect("recovery codes");
        program.recovery = codes.iter().map(text).collect();
        assert_eq!(program.recovery.len(), 10);
        for code in &program.recovery {
            server.keep_secret(code);
        }
        program
    }

    /// A code that was not shown before. The next one is good a step early; the one after it has to be waited for.
    pub(crate) async fn show(&mut self) -> String {
        let step = loop {
            let now = u64::try_from(SystemClock.now().as_millis() / 1000).expect("after 1970") / STEP;
            let next = now.max(self.last + 1);
            if next <= now + 1 {
                break next;
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        };
        self.last = step;
        code_at(&self.key, step)
    }
}

/// HOTP (RFC 4226 §5.3), six digits.
fn code_at(key: &[u8], step: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let digest = hmac::sign(&key, &step.to_be_bytes());
    let digest = digest.as_ref();
    let at = usize::from(digest[19] & 15);
    let number = u32::from_be_bytes(digest[at..at + 4].try_into().expect("four bytes")) & 0x7FFF_FFFF;
    format!("{:06}", number % 1_000_000)
}

/// RFC 4648 §6.
fn base32(text: &str) -> Vec<u8> {
    let (mut buffer, mut bits, mut bytes) = (0_u32, 0, Vec::new());
    for letter in text.bytes() {
        let value = if letter >= b'A' { letter - b'A' } else { letter - b'2' + 26 };
        buffer = buffer << 5 | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits & 0xFF) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    bytes
}
