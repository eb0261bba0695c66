//! A stored value from a hostile database: no scheme's parser may panic, and no error may repeat the value.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use portico_passwords::{Scheme, parse, phorum, phpbb, recognise};

static SCHEMES: LazyLock<Vec<Scheme>> = LazyLock::new(|| {
    let names = Scheme::names().into_iter();
    names
        .flat_map(|name| Scheme::list(name).unwrap_or_default())
        .collect()
});

fuzz_target!(|stored: &str| {
    for scheme in SCHEMES.iter() {
        let _ = parse(scheme.clone(), stored);
    }
    let answers = [
        recognise(stored, &SCHEMES),
        phpbb::parse(stored),
        phpbb::parse_v2(stored),
        phorum::parse(stored),
    ];
    for error in answers.into_iter().filter_map(Result::err) {
        // A scheme's name may be shown; anything longer may be a secret.
        assert!(stored.len() < 24 || !error.to_string().contains(stored));
    }
});
