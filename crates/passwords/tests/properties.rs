//! Properties over arbitrary input.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use portico_passwords::native::{self, Params};
use portico_passwords::{ParseError, Scheme, StoredHash, Subject, parse, phorum, phpbb, recognise};
use proptest::prelude::*;

fn every_scheme() -> Vec<Scheme> {
    Scheme::names().into_iter().flat_map(|name| Scheme::list(name).unwrap()).collect()
}

/// Every reader of stored values; none may panic.
fn parse_everywhere(stored: &str) -> Vec<Result<StoredHash, ParseError>> {
    let mut parsed: Vec<_> = every_scheme().into_iter().map(|scheme| parse(scheme, stored)).collect();
    parsed.push(recognise(stored, &every_scheme()));
    parsed.push(phpbb::parse(stored));
    parsed.push(phpbb::parse_v2(stored));
    parsed.push(phpbb::parse_v30(stored, true));
    parsed.push(phpbb::parse_v30(stored, false));
    parsed.push(phorum::parse(stored));
    parsed
}

/// Values of all recorded forms.
fn recorded() -> Vec<String> {
    let files = [
        include_str!("vectors/facts.toml"),
        include_str!("vectors/php-crypt.toml"),
        include_str!("vectors/php-password-hash.toml"),
        include_str!("vectors/python.toml"),
    ];
    let values = |file: &str| {
        let table: toml::Table = file.parse().unwrap();
        let entries = table.get("test_vector").or(table.get("crypt")).unwrap().as_array().unwrap().clone();
        entries.iter().map(|entry| entry["stored"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    files.iter().flat_map(|file| values(file)).collect()
}

/// Text that begins like a hash.
fn hash_like() -> impl Strategy<Value = String> {
    let prefixes = [
        "",
        "$argon2id$v=19$m=",
        "$2y$04$",
        "$P$9",
        "$S$C",
        "$H\\2y$9",
        "$CP$",
        "$5$rounds=",
        "$6$",
        "$1$",
        "$y$j9T$",
        "_",
        "$pbkdf2-sha256$",
        "$pbkdf2$f=SHA256,w=",
        "pbkdf2_sha256$",
        ":pbkdf2:",
        ":B:",
        "{SSHA}",
        "{CRYPT}$2y$",
        "*",
        "$23$",
        "$wp$2y$",
        "U$S$",
        ":pbkdf2-legacyB:!",
        "$sha1$",
    ];
    (proptest::sample::select(prefixes.to_vec()), "[ -~]{0,120}|\\PC{0,40}")
        .prop_map(|(prefix, rest)| prefix.to_owned() + &rest)
}

proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(stored in hash_like()) {
        parse_everywhere(&stored);
    }

    #[test]
    fn no_damage_to_a_real_value_makes_a_parser_panic(
        stored in proptest::sample::select(recorded()),
        at in any::<proptest::sample::Index>(),
        with in prop::option::of(any::<char>()),
    ) {
        let mut chars: Vec<char> = stored.chars().collect();
        let at = at.index(chars.len());
        match with {
            Some(other) => chars[at] = other,
            None => chars.truncate(at),
        }
        parse_everywhere(&chars.into_iter().collect::<String>());
    }

    #[test]
    fn no_formula_text_makes_its_parser_panic(text in "[pu.Ksalt()\"\\[\\]0-9,a-z -]{0,60}") {
        let _ = Scheme::list(&text);
    }

    #[test]
    fn a_formula_never_panics_on_a_row(
        password in prop::collection::vec(any::<u8>(), 0..40),
        salt in prop::option::of("\\PC{0,12}"),
        login in "\\PC{0,12}",
    ) {
        let formulas = [
            "md5(salt[0..8].p.salt[8..])", "md5(first-half(salt).lower(u).upper(p).second-half(salt))",
            "hmac-sha1(salt,slashed(escaped(trim(p))))", "bytewise-sha1(p)", "stretch(md5,p,salt,3)",
        ];
        let subject = Subject { login: &login, salt: salt.as_deref(), ..Subject::default() };
        for formula in formulas {
            let scheme: Scheme = formula.parse().unwrap();
            let digits = if formula.starts_with("md5") || formula.starts_with("stretch") { 32 } else { 40 };
            prop_assert!(!parse(scheme, &"0".repeat(digits)).unwrap().verify(&password, &subject));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_hashed_fits(password in prop::collection::vec(any::<u8>(), 0..200)) {
        let params = Params { memory_kib: 32, time: 1, lanes: 2 };
        let stored = parse(Scheme::Argon2id, &native::hash(&password, &params).unwrap()).unwrap();
        prop_assert!(stored.verify(&password, &Subject::default()));
        let mut other = password;
        other.push(b'x');
        prop_assert!(!stored.verify(&other, &Subject::default()));
    }

    /// The crate `phpass` agrees with ours on the values it makes itself.
    #[test]
    fn another_phpass_agrees(password in prop::collection::vec(any::<u8>(), 0..60), other in prop::collection::vec(any::<u8>(), 0..60)) {
        let stored = phpass::PhPass::new(&password).to_string();
        let ours = parse(Scheme::PhpassP, &stored).unwrap();
        prop_assert!(ours.verify(&password, &Subject::default()));
        let theirs = phpass::PhPass::try_from(stored.as_str()).unwrap();
        prop_assert!(theirs.verify(&password).is_ok());
        prop_assert_eq!(theirs.verify(&other).is_ok(), other == password);
        prop_assert_eq!(ours.verify(&other, &Subject::default()), other == password);
    }
}
