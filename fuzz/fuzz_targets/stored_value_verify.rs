//! Checking a password against any value that parses: no panic, and bounded cost. Only schemes without costs of their
//! own are checked, so that the fuzzer gets anywhere.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portico_passwords::{Scheme, Subject, recognise};

static SCHEMES: LazyLock<Vec<Scheme>> = LazyLock::new(|| {
    let names = [
        "md5",
        "sha1",
        "joomla-md5",
        "osc-md5",
        "smf",
        "vbulletin",
        "mybb",
        "wcf1",
        "redmine",
        "e107",
        "hesk-sha1",
        "mysql-password",
        "mysql-old-password",
        "impresscms",
        "crypt-md5",
        "crypt-des",
        "phpbb-converted",
        "plain",
    ];
    names
        .iter()
        .flat_map(|name| Scheme::list(name).unwrap_or_default())
        .collect()
});

fuzz_target!(|input: (&str, &[u8], &str, Option<&str>)| {
    let (stored, password, login, salt) = input;
    let subject = Subject {
        login,
        salt,
        site_key: salt,
        typed: Some(password),
        ..Subject::default()
    };
    // Converted values may hold bcrypt, whose cost is the fuzzer's to choose.
    if stored.contains("$2") {
        return;
    }
    if let Ok(hash) = recognise(stored, &SCHEMES) {
        let _ = hash.verify(password, &subject);
        assert!(!hash.decoy().verify(password, &subject));
    }
});
