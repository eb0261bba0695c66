//! What the crate promises whatever the scheme: empty values, limits, texts that give nothing away, decoys, policy.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use portico_passwords::native::{self, Params};
use portico_passwords::{
    HashError, ParseError, Policy, Scheme, StoredHash, Subject, decoy, decoy_native, limits, parse, phorum,
    phpbb, recognise,
};

/// Costs that a test can afford.
const CHEAP: Params = Params { memory_kib: 64, time: 1, lanes: 1 };

fn every_scheme() -> Vec<Scheme> {
    let names = Scheme::names().into_iter();
    names.flat_map(|name| Scheme::list(name).unwrap()).collect()
}

fn nobody() -> Subject<'static> {
    Subject {
        login: "nobody",
        salt: Some("salt"),
        site_key: Some("key"),
        id: Some("1"),
        ..Subject::default()
    }
}

#[test]
fn an_empty_stored_value_is_nobodys_in_every_scheme() {
    for scheme in every_scheme() {
        assert_eq!(parse(scheme.clone(), "").unwrap_err(), ParseError::Empty, "{scheme}");
    }
    assert_eq!(recognise("", &every_scheme()).unwrap_err(), ParseError::Empty);
    assert_eq!(recognise("", &[]).unwrap_err(), ParseError::Empty);
    assert_eq!(phorum::parse("").unwrap_err(), ParseError::Empty);
    assert_eq!(phpbb::parse_v2("").unwrap_err(), ParseError::Empty);
}

#[test]
fn the_empty_password_fits_only_a_hash_of_the_empty_password() {
    let empty = parse(Scheme::Md5Hex, "d41d8cd98f00b204e9800998ecf8427e").unwrap();
    assert!(empty.verify(b"", &Subject::default()));
    for scheme in every_scheme() {
        // The costly ones say no for the same reason as the cheap ones of their family.
        if !["argon2", "bcrypt", "crypt", "pbkdf2", "frappe", "phpass", "drupal", "combined"]
            .iter()
            .any(|slow| scheme.as_str().contains(slow))
        {
            assert!(!decoy(scheme.clone()).verify(b"", &nobody()), "{scheme}");
        }
    }
}

#[test]
fn phorums_impossible_value_is_nobodys() {
    assert!(matches!(phorum::parse("*NO PASSWORD SET*"), Err(ParseError::Unknown { .. })));
}

#[test]
fn values_that_cost_too_much_are_refused_before_anything_is_computed() {
    let digest = "A".repeat(43);
    let salt = "abcdefghijklmnopqrstuu";
    let costly = [
        ("argon2id", format!("$argon2id$v=19$m=262145,t=1,p=1$c29tZXNhbHQ${digest}")),
        ("argon2id", format!("$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ${digest}")),
        ("argon2id", format!("$argon2id$v=19$m=99999999999999999999,t=1,p=1$c29tZXNhbHQ${digest}")),
        ("argon2id", format!("$argon2id$v=19$m=65536,t=21,p=1$c29tZXNhbHQ${digest}")),
        ("argon2id", format!("$argon2id$v=19$m=65536,t=1,p=65$c29tZXNhbHQ${digest}")),
        ("bcrypt", format!("$2y$16${salt}{}", "a".repeat(31))),
        ("bcrypt", format!("$2y$31${salt}{}", "a".repeat(31))),
        ("phpass-p", format!("$P$Kabcdefgh{}", "a".repeat(22))),
        ("phpass-h", format!("$H$Sabcdefgh{}", "a".repeat(22))),
        ("drupal7", format!("$S$Jabcdefgh{}", "a".repeat(43))),
        ("crypt-sha512", format!("$6$rounds=5000001$abc${}", "a".repeat(86))),
        ("crypt-sha256", format!("$5$rounds=999999999$abc${}", "a".repeat(43))),
        ("crypt-bsdi", "_zzzzabcdabcdefghijk".to_owned()),
        ("crypt-sha1", format!("$sha1$4294967295$abc${}", "a".repeat(28))),
        ("crypt-yescrypt", format!("$y$jIT${salt}${digest}")),
        ("pbkdf2-passlib", "$pbkdf2-sha256$5000001$YWJj$YWJjZGVmZ2hpag".to_owned()),
        ("pbkdf2-phc", "$pbkdf2$f=SHA256,w=5000001,l=9$YWJj$YWJjZGVmZ2hp".to_owned()),
        ("pbkdf2-django", "pbkdf2_sha256$5000001$abc$YWJjZGVmZ2hpag==".to_owned()),
        ("pbkdf2-passlib", format!("$pbkdf2-sha256$1000$YWJj${}", "A".repeat(172))),
        ("mediawiki", ":pbkdf2:sha512:5000001:10:YWJj:YWJjZGVmZ2hpag==".to_owned()),
        ("magento", format!("{}:abc:3_32_2_9999999999999", "a".repeat(64))),
        ("mahara", format!("$2a$16${}", "a".repeat(31))),
        ("ldap", format!("{{CRYPT}}$2y$16${salt}{}", "a".repeat(31))),
        ("phpbb-combined", format!(r"$H\2y$9abcdefgh$16\{salt}${}", "a".repeat(31))),
        ("phpbb-combined", format!(r"$H\2y$Sabcdefgh$10\{salt}${}", "a".repeat(31))),
        ("phpbb-converted", format!("$CP$$2a$16${salt}{}", "a".repeat(31))),
        ("wordpress-bcrypt", format!("$wp$2y$16${salt}{}", "a".repeat(31))),
    ];
    for (name, stored) in costly {
        let scheme: Scheme = name.parse().unwrap();
        let error = parse(scheme.clone(), &stored).unwrap_err();
        let ParseError::TooCostly { what, .. } = &error else { panic!("{name}: {error}") };
        assert!(what.contains("the limit is"), "{name}: {error}");
    }
}

#[test]
fn a_value_over_the_length_limit_is_not_looked_at() {
    let long = "a".repeat(limits::STORED_BYTES + 1);
    for scheme in every_scheme() {
        assert!(matches!(parse(scheme.clone(), &long), Err(ParseError::Unknown { .. })), "{scheme}");
    }
    assert!(matches!(phpbb::parse(&long), Err(ParseError::Unknown { .. })));
}

#[test]
fn a_password_over_4096_bytes_never_fits() {
    // php -r 'echo md5(str_repeat("x", 4096)), " ", md5(str_repeat("x", 4097));'
    let fits = |stored: &str, length| {
        parse(Scheme::Md5Hex, stored).unwrap().verify("x".repeat(length).as_bytes(), &Subject::default())
    };
    assert!(fits("20439f79e4e9dc95be34b21029221f80", 4096));
    assert!(!fits("88751dd296563726278c2d57ab7549e4", 4097));
}

#[test]
fn a_long_password_can_not_multiply_the_rounds_of_a_hostile_value() {
    let stored = parse(Scheme::PhpassP, &format!("$P$Jabcdefgh{}", "a".repeat(22))).unwrap();
    let before = std::time::Instant::now();
    assert!(!stored.verify(&[b'x'; 4096], &Subject::default()));
    assert!(before.elapsed().as_secs() < 5, "it was computed: {:?}", before.elapsed());
}

#[test]
fn no_text_shows_a_part_of_a_value() {
    let stored = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$c2VjcmV0c2VjcmV0";
    let shown = format!("{:?}", parse(Scheme::Argon2id, stored).unwrap());
    assert_eq!(shown, "StoredHash { scheme: Argon2id, .. }");
    let secrets = ["hunter2", "$1$hunter2", "{hunter2", "hunter2:salt", "$hunter2!$x", "deadbeefcafe"];
    for secret in secrets {
        for scheme in every_scheme().into_iter().filter(|scheme| *scheme != Scheme::Plain) {
            // Any hexadecimal digits may be a value that MySQL's ENCODE made.
            let text = match parse(scheme.clone(), secret) {
                Err(error) => format!("{error} {error:?}"),
                Ok(stored) if scheme == Scheme::MysqlEncode => format!("{stored:?}"),
                Ok(_) => panic!("{scheme} takes a text that is none of its values"),
            };
            assert!(!text.contains("hunter2") && !text.contains("deadbeef"), "{text}");
        }
    }
    let subject = Subject { salt: Some("hunter2"), site_key: Some("hunter2"), ..Subject::default() };
    assert!(!format!("{subject:?}").contains("hunter2"));
}

#[test]
fn an_unknown_value_is_named_by_its_family() {
    let text = |stored: &str| recognise(stored, &[Scheme::Bcrypt]).unwrap_err().to_string();
    let expected =
        |family: &str| format!("the stored password is {family}, which none of the configured schemes makes");
    assert_eq!(text("$scrypt$ln=16$abc"), expected("a value of the form `$scrypt$…`"));
    assert_eq!(text("{SSHA}abc"), expected("a value of the form `{SSHA}…`"));
    assert_eq!(text(":pbkdf2:sha512:1"), expected("a value of the form `:pbkdf2:…`"));
    assert_eq!(text("3cb4e732631f47e6eb961f34554b7cde"), expected("32 hexadecimal digits"));
    assert_eq!(text("zzz"), expected("3 bytes of an unknown form"));
}

#[test]
fn a_damaged_value_is_reported_under_its_scheme() {
    let error = recognise("$2y$10$tooshort", &[Scheme::PhpassP, Scheme::Bcrypt, Scheme::Md5Hex]).unwrap_err();
    assert!(matches!(error, ParseError::Malformed { scheme: Scheme::Bcrypt, .. }), "{error}");
}

#[test]
fn a_value_that_fits_several_schemes_is_checked_under_all_of_them() {
    let schemes: Vec<_> = ["md5(md5(p).salt) if salt", "md5(p) if no salt"]
        .iter()
        .map(|formula| formula.parse::<Scheme>().unwrap())
        .collect();
    let stored = recognise("f04d7817981f1f871de1f6c3ecc39347", &schemes).unwrap();
    assert!(stored.verify(b"correct horse", &Subject { salt: Some("abcdefgh"), ..Subject::default() }));
    let bare = recognise("3cb4e732631f47e6eb961f34554b7cde", &schemes).unwrap();
    assert!(bare.verify(b"correct horse", &Subject::default()));
    assert!(!bare.verify(b"correct horse", &Subject { salt: Some("abcdefgh"), ..Subject::default() }));
}

#[test]
fn a_hash_is_never_its_own_password() {
    let schemes = [Scheme::Plain, Scheme::Md5Hex];
    let stored = "3cb4e732631f47e6eb961f34554b7cde";
    let hash = recognise(stored, &schemes).unwrap();
    assert!(hash.verify(b"correct horse", &Subject::default()));
    assert!(!hash.verify(stored.as_bytes(), &Subject::default()));
    assert!(recognise("in clear", &schemes).unwrap().verify(b"in clear", &Subject::default()));
}

#[test]
fn a_decoy_exists_for_every_scheme_keeps_its_name_and_fits_nobody() {
    for scheme in every_scheme() {
        assert_eq!(decoy(scheme.clone()).scheme(), scheme);
    }
    let md5: StoredHash = parse(Scheme::Md5Hex, "3cb4e732631f47e6eb961f34554b7cde").unwrap();
    assert!(md5.verify(b"correct horse", &Subject::default()));
    assert!(!md5.decoy().verify(b"correct horse", &Subject::default()));
    assert!(!decoy_native(&CHEAP).verify(b"correct horse", &Subject::default()));
}

#[test]
fn a_native_hash_fits_its_password_and_follows_the_policy() {
    let stored = native::hash(b"pw", &CHEAP).unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
    let hash = parse(Scheme::Argon2id, &stored).unwrap();
    assert!(hash.verify(b"pw", &Subject::default()));
    assert!(!hash.verify(b"pW", &Subject::default()));
    assert!(!hash.needs_rehash(&Policy { params: CHEAP }));
    assert!(hash.needs_rehash(&Policy::default()));
    let bcrypt = "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";
    assert!(parse(Scheme::Bcrypt, bcrypt).unwrap().needs_rehash(&Policy::default()));
    assert_ne!(stored, native::hash(b"pw", &CHEAP).unwrap(), "the salt is random");
}

#[test]
fn native_parameters_out_of_range_are_named() {
    let text = |params| native::hash(b"pw", &params).unwrap_err().to_string();
    assert_eq!(
        text(Params { memory_kib: 4, ..CHEAP }),
        "password hashing parameters out of range: memory_kib is 4, must be 8 to 262144"
    );
    assert_eq!(
        text(Params { time: 0, ..CHEAP }),
        "password hashing parameters out of range: time is 0, must be 1 to 20"
    );
    assert_eq!(native::hash(&[b'x'; 4097], &CHEAP), Err(HashError::PasswordTooLong));
}

/// Made in Python 3.11 by hashlib.pbkdf2_hmac from the description of the two formats.
#[test]
fn values_of_asp_net_identity_are_read() {
    for stored in [
        "AQAAAAIAAYagAAAAEDAxMjM0NTY3ODlhYmNkZWYL504WkqoV4jNQA1TdldmQ8M9M+JM4baiy4qI0pStIVQ==",
        "AQAAAAEAACcQAAAAEDAxMjM0NTY3ODlhYmNkZWZMjaCu29XUdbmfPasFji1y2WuY6PltmzR3D2Pw0elFFw==",
        "ADAxMjM0NTY3ODlhYmNkZWZpR8Ta/HlDvOBtvSPHj0Bo2ldRBBVbql48o3lpvfsbjQ==",
    ] {
        let hash = parse(Scheme::AspnetIdentity, stored).unwrap();
        assert!(hash.verify(b"correct horse", &Subject::default()), "{stored}");
        assert!(!hash.verify(b"wrong horse", &Subject::default()), "{stored}");
    }
    for wrong in ["", "AA==", "Ag==", "AQAAAAIAAYagAAAAEDAx", "!", "AQAAAAkAAYagAAAAEDAxMjM0NTY3ODlhYmNkZWY="]
    {
        assert!(parse(Scheme::AspnetIdentity, wrong).is_err(), "{wrong}");
    }
    // A number of rounds that would burn a core for minutes.
    let costly = "AQAAAAL/////AAAAEDAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm";
    assert!(matches!(parse(Scheme::AspnetIdentity, costly), Err(ParseError::TooCostly { .. })));
}
