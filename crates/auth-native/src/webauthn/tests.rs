use portico_core::Timestamp;
use portico_core::ports::Passkey;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::soft_authenticator::SoftAuthenticator;

const ORIGIN: &str = "https://chat.example.org";
const CHALLENGE: [u8; 32] = [9; 32];
const USER: &[u8] = b"the handle of ann";

fn here() -> RelyingParty {
    RelyingParty::of(Some(ORIGIN)).unwrap()
}

fn creation() -> Value {
    here().creation_options("Portico", (USER, "ann", "Ann"), &CHALLENGE, &[])
}

fn request() -> Value {
    here().request_options(&CHALLENGE, &[])
}

/// A passkey and the authenticator that holds it.
fn made() -> (SoftAuthenticator, Passkey) {
    let mut authenticator = SoftAuthenticator::new(ORIGIN);
    let answer = authenticator.register(&creation()).to_string();
    let new = here().register(&answer, &CHALLENGE).unwrap();
    let passkey = Passkey {
        id: Uuid::from_u128(1),
        user: Uuid::from_u128(2),
        name: "key".into(),
        credential: new.id,
        public_key: new.public_key,
        rp_id: here().id,
        transports: new.transports,
        counter: new.counter,
        made_at: Timestamp::from_secs(1),
        used_at: None,
    };
    (authenticator, passkey)
}

fn assert_with(answer: &Value, known: &Passkey) -> Result<u32, Refused> {
    here()
        .assert(&answer.to_string(), &CHALLENGE, std::slice::from_ref(known), USER)
        .map(|(_, counter)| counter)
}

#[test]
fn what_was_registered_can_be_used_and_its_counter_goes_on() {
    let (mut authenticator, mut passkey) = made();
    assert_eq!((passkey.credential.as_slice(), passkey.counter), (authenticator.credential.as_slice(), 1));
    assert_eq!(passkey.transports, ["internal"]);
    for wanted in [2, 3] {
        let answer = authenticator.assert(&request());
        assert_eq!(assert_with(&answer, &passkey), Ok(wanted));
        passkey.counter = wanted;
        assert_eq!(assert_with(&answer, &passkey), Err(Refused::Counter), "shown again");
    }
    authenticator.counter = 2;
    assert_eq!(
        assert_with(&authenticator.assert(&request()), &passkey),
        Err(Refused::Counter),
        "it went back"
    );
    authenticator.counter = 0;
    assert_eq!(assert_with(&authenticator.assert(&request()), &passkey), Err(Refused::Counter));
    passkey.counter = 0;
    assert_eq!(assert_with(&authenticator.assert(&request()), &passkey), Ok(0), "one without a counter");
}

#[test]
fn answers_to_others_and_from_elsewhere_are_refused() {
    let (_, passkey) = made();
    let assertion = |change: fn(&mut SoftAuthenticator), options: &Value| {
        let (mut authenticator, passkey) = made();
        change(&mut authenticator);
        assert_with(&authenticator.assert(options), &passkey)
    };
    let other_challenge = here().request_options(&[8; 32], &[]);
    assert_eq!(assertion(|_| (), &request()), Ok(2));
    assert_eq!(assertion(|_| (), &other_challenge), Err(Refused::Challenge));
    assert_eq!(assertion(|a| a.origin = "https://evil.example.org".into(), &request()), Err(Refused::Origin));
    assert_eq!(assertion(|a| a.origin = "http://chat.example.org".into(), &request()), Err(Refused::Origin));
    assert_eq!(assertion(|a| a.rp_id = "example.org".into(), &request()), Err(Refused::Origin));
    assert_eq!(assertion(|a| a.flags = 0x04, &request()), Err(Refused::NobodyThere));
    assert_eq!(
        assertion(|a| a.flags = 0x01, &request()),
        Ok(2),
        "not verified is good enough for a second factor"
    );
    // Somebody else's authenticator, also when it says that it is this one.
    let mut stranger = SoftAuthenticator::new(ORIGIN);
    assert_eq!(assert_with(&stranger.assert(&request()), &passkey), Err(Refused::Stranger));
    stranger.credential.clone_from(&passkey.credential);
    stranger.counter = 50;
    assert_eq!(assert_with(&stranger.assert(&request()), &passkey), Err(Refused::Signature));
    let elsewhere = Passkey { rp_id: "other.example.org".into(), ..passkey };
    let (mut authenticator, _) = made();
    assert_eq!(assert_with(&authenticator.assert(&request()), &elsewhere), Err(Refused::Stranger));
}

#[test]
fn a_changed_assertion_is_refused() {
    let (mut authenticator, passkey) = made();
    let good = authenticator.assert(&request());
    let with = |member: &str, value: Value| {
        let mut changed = good.clone();
        changed["response"][member] = value;
        assert_with(&changed, &passkey)
    };
    let bytes = |member: &str| base64url::decode(good["response"][member].as_str().unwrap()).unwrap();
    let mut signature = bytes("signature");
    *signature.last_mut().unwrap() ^= 1;
    assert_eq!(with("signature", json!(base64url::encode(&signature))), Err(Refused::Signature));
    let mut data = bytes("authenticatorData");
    data[36] ^= 0x40;
    assert_eq!(
        with("authenticatorData", json!(base64url::encode(&data))),
        Err(Refused::Signature),
        "the counter"
    );
    let client = String::from_utf8(bytes("clientDataJSON")).unwrap();
    let wider = client.replace("false", "false,\"x\":1");
    assert_eq!(with("clientDataJSON", json!(base64url::encode(wider.as_bytes()))), Err(Refused::Signature));
    let framed = client.replace("false", "true");
    assert_eq!(with("clientDataJSON", json!(base64url::encode(framed.as_bytes()))), Err(Refused::Origin));
    let making = client.replace("webauthn.get", "webauthn.create");
    assert_eq!(with("clientDataJSON", json!(base64url::encode(making.as_bytes()))), Err(Refused::Challenge));
    assert_eq!(with("userHandle", json!(base64url::encode(b"bob"))), Err(Refused::Stranger));
    assert_eq!(with("userHandle", json!(base64url::encode(USER))), Ok(2));
    assert_eq!(with("signature", json!("not base64!")), Err(Refused::Malformed));
    assert_eq!(with("authenticatorData", json!("")), Err(Refused::Malformed));
    assert_eq!(assert_with(&json!({}), &passkey), Err(Refused::Malformed));
    let mut other_type = good.clone();
    other_type["type"] = json!("password");
    assert_eq!(assert_with(&other_type, &passkey), Err(Refused::Malformed));
}

#[test]
fn a_registration_is_looked_at_as_closely() {
    let register = |change: fn(&mut SoftAuthenticator), challenge: &[u8]| {
        let mut authenticator = SoftAuthenticator::new(ORIGIN);
        change(&mut authenticator);
        here().register(&authenticator.register(&creation()).to_string(), challenge).map(|_| ())
    };
    assert_eq!(register(|_| (), &CHALLENGE), Ok(()));
    assert_eq!(register(|_| (), &[8; 32]), Err(Refused::Challenge));
    assert_eq!(register(|a| a.origin = "https://evil.example.org".into(), &CHALLENGE), Err(Refused::Origin));
    assert_eq!(register(|a| a.rp_id = "example.org".into(), &CHALLENGE), Err(Refused::Origin));
    assert_eq!(register(|a| a.flags = 0, &CHALLENGE), Err(Refused::NobodyThere));
    assert_eq!(register(|a| a.credential = vec![1; 1024], &CHALLENGE), Err(Refused::Malformed));
    let mut authenticator = SoftAuthenticator::new(ORIGIN);
    let using = authenticator.assert(&creation()).to_string();
    assert_eq!(here().register(&using, &CHALLENGE), Err(Refused::Malformed), "an assertion");
    let mut renamed = authenticator.register(&creation());
    renamed["id"] = json!("AAAA");
    assert_eq!(here().register(&renamed.to_string(), &CHALLENGE), Err(Refused::Malformed));
}

#[test]
fn an_address_is_secure_or_the_reason_is_told() {
    let id = |page: &str| RelyingParty::of(Some(page)).map(|party| (party.id, party.origin));
    let both = |id: &str, origin: &str| Ok((id.to_owned(), origin.to_owned()));
    assert_eq!(id("https://chat.example.org/"), both("chat.example.org", "https://chat.example.org"));
    assert_eq!(
        id("https://Chat.Example.org:8443"),
        both("chat.example.org", "https://chat.example.org:8443")
    );
    assert_eq!(id("https://chat.example.org:443"), both("chat.example.org", "https://chat.example.org"));
    assert_eq!(id("http://localhost:8080"), both("localhost", "http://localhost:8080"));
    for insecure in
        ["http://chat.example.org", "https://192.0.2.7", "https://[2001:db8::1]:8443", "http://127.0.0.1:80"]
    {
        assert!(id(insecure).is_err(), "{insecure}");
    }
    assert!(RelyingParty::of(None).unwrap_err().contains("server.public_url"));
}

#[test]
fn the_options_are_what_browsers_read() {
    let key = Descriptor { credential: b"id", transports: &["usb".to_owned()] };
    let options = here().creation_options("Portico", (USER, "ann", "Ann"), &CHALLENGE, &[key]);
    assert_eq!(options["rp"], json!({ "id": "chat.example.org", "name": "Portico" }));
    assert_eq!(options["pubKeyCredParams"][0], json!({ "type": "public-key", "alg": -7 }));
    assert_eq!(
        options["excludeCredentials"],
        json!([{ "type": "public-key", "id": "aWQ", "transports": ["usb"] }])
    );
    let options = here().request_options(&CHALLENGE, &[key]);
    assert_eq!(options["rpId"], "chat.example.org");
    assert_eq!(options["challenge"], base64url::encode(&CHALLENGE));
    assert_eq!(options["allowCredentials"][0]["id"], "aWQ");
}

#[test]
fn a_host_is_written_as_browsers_write_it() {
    let why = RelyingParty::of(Some("https://büro.example.org")).unwrap_err();
    assert!(why.contains("büro.example.org") && why.contains("xn--"), "{why}");
    let party = RelyingParty::of(Some("https://xn--bro-hoa.example.org:8443")).unwrap();
    assert_eq!(
        (party.id.as_str(), party.origin.as_str()),
        ("xn--bro-hoa.example.org", "https://xn--bro-hoa.example.org:8443")
    );
}
