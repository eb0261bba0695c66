//! phpBB's password manager. The values were accepted by the classes of phpBB 3.3, or made with PHP 8.2 as the
//! comment beside them says.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use portico_passwords::{ParseError, Scheme, Subject, phpbb};

const P: &[u8] = b"correct horse";

fn accepts(stored: &str, password: &[u8]) -> bool {
    phpbb::parse(stored).unwrap().verify(password, &Subject::default())
}

#[test]
fn a_portable_hash_over_which_bcrypt_was_laid_fits() {
    let stored = r"$H\2y$95aoH6U83$10\z984lBEktka6cnDI68VqWO$hMniLqGHtJFAJ.NTg4Sfg71KxMbhU4i";
    assert!(accepts(stored, P));
    assert!(!accepts(stored, b"correct horsf"));
    assert_eq!(phpbb::parse(stored).unwrap().scheme(), Scheme::PhpbbCombined);
}

#[test]
fn a_combined_value_may_hold_the_md5_that_phpbb_2_had() {
    assert!(accepts(r"$H\2y$9F9zTw6FT$10\d43Ru1g12jvTy0fbScs1JO$Yj0p.Hyt.dKByQsC65fdeHiwteWEzd6", P));
    assert!(accepts(r"$H\2y$9abcdefgh$10\abcdefghijklmnopqrstuu$wCaIHzSp7UWowYCjDywAh.G0kEttGZO", P));
}

#[test]
fn the_same_type_twice_in_a_combined_value_is_damaged() {
    let stored =
        r"$2y\2y$10\abcdefghijklmnopqrstuu$10\abcdefghijklmnopqrstuu$wCaIHzSp7UWowYCjDywAh.G0kEttGZO";
    assert!(matches!(phpbb::parse(stored), Err(ParseError::Malformed { scheme: Scheme::PhpbbCombined, .. })));
}

#[test]
fn both_prefixes_of_the_portable_hash_fit() {
    assert!(accepts("$P$9abcdefghPDonBA7cb6Wv7y6IfLfEF.", P));
    assert!(accepts("$H$9abcdefghPDonBA7cb6Wv7y6IfLfEF.", P));
}

#[test]
fn a_bare_md5_fits_and_only_in_lower_case() {
    assert!(accepts("3cb4e732631f47e6eb961f34554b7cde", P));
    assert!(matches!(phpbb::parse("3CB4E732631F47E6EB961F34554B7CDE"), Err(ParseError::Unknown { .. })));
}

#[test]
fn an_empty_value_is_nobodys() {
    assert_eq!(phpbb::parse("").unwrap_err(), ParseError::Empty);
}

#[test]
fn bcrypt_2y_and_2a_fit_and_2b_has_no_driver() {
    let tail = "04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";
    assert!(accepts(&format!("$2y${tail}"), P));
    assert!(accepts(&format!("$2a${tail}"), P));
    assert!(matches!(phpbb::parse(&format!("$2b${tail}")), Err(ParseError::Unknown { .. })));
}

#[test]
fn bcrypt_2a_refuses_a_password_that_ends_in_a_byte_above_127_and_looks_at_no_other() {
    // PHP 8.2: crypt("café", "$2a$04$abcdefghijklmnopqrstuu") and crypt("ét", …)
    let last = "04$abcdefghijklmnopqrstuuusvfeYzFuQdqd.KjimlRKkZ2QcoHWhO";
    let first = "04$abcdefghijklmnopqrstuulcsh5J4knumsFE8ZzxitYOkgyJtwAf6";
    let (cafe, ete) = ("café".as_bytes(), "ét".as_bytes());
    assert!(accepts(&format!("$2y${last}"), cafe));
    assert!(!accepts(&format!("$2a${last}"), cafe));
    assert!(accepts(&format!("$2a${first}"), ete));
}

#[test]
fn a_converted_value_is_tried_as_every_old_board_its_length_allows() {
    let subject = Subject { login: "Bob", salt: Some("abcdefgh"), ..Subject::default() };
    let fits = |rest: &str| phpbb::parse(&format!("$CP${rest}")).unwrap().verify(P, &subject);
    assert!(fits("3cb4e732631f47e6eb961f34554b7cde"), "phpBB 2");
    assert!(fits("f40f4b6b28efa590d30a580d84d1073b"), "MyBB");
    assert!(fits("f04d7817981f1f871de1f6c3ecc39347"), "vBulletin");
    assert!(fits("2f9e53523b62abc141a2b4d6019d23cba835dbd0"), "sha1");
    assert!(fits("857ef0eaffecd0d63013cc839d724d0ebc8766b6"), "SMF");
    assert!(fits("dcba438d1c0fcd1e68a9eff1f88cf977d6804759"), "WCF 1");
    assert!(fits("$2a$04$abcdefghijklmnopqrstuu04QuEPxXnYV8/EvKFZ0tCwx.2OdGrkS"), "WCF 2");
    assert!(!fits("00000000000000000000000000000000"));
}

#[test]
fn a_converted_salted_value_without_the_salt_column_fits_nobody() {
    let hash = phpbb::parse("$CP$f40f4b6b28efa590d30a580d84d1073b").unwrap();
    assert!(!hash.verify(P, &Subject::of("Bob")));
}

#[test]
fn the_prefixes_of_converted_values_are_not_usable_as_stored_prefixes() {
    for stored in
        ["$smf$857ef0eaffecd0d63013cc839d724d0ebc8766b6", "$sha1$2f9e53523b62abc141a2b4d6019d23cba835dbd0"]
    {
        assert!(matches!(phpbb::parse(stored), Err(ParseError::Unknown { .. })));
    }
}

#[test]
fn phpbb_2_values_are_checked_against_what_was_typed() {
    // PHP 8.2: md5("p\\\"q\x80"), that is with slashes added and the euro sign in windows-1252
    let stored = phpbb::parse("$CP$24cb9b47efc890e4fe224beaec984521").unwrap();
    let typed = "p\"q€".as_bytes();
    let subject = Subject { typed: Some(typed), ..Subject::default() };
    assert!(stored.verify("p&quot;q€".as_bytes(), &subject));
    assert!(phpbb::parse_v2("24cb9b47efc890e4fe224beaec984521").unwrap().verify(typed, &Subject::default()));
}

#[test]
fn phpbb_3_0_reads_by_length_and_by_its_conversion_column() {
    let portable = "$H$9abcdefghPDonBA7cb6Wv7y6IfLfEF.";
    let md5 = "3cb4e732631f47e6eb961f34554b7cde";
    let fits =
        |stored: &str, convert| phpbb::parse_v30(stored, convert).unwrap().verify(P, &Subject::default());
    assert!(fits(portable, false));
    assert!(!fits(portable, true), "with the flag it is the portable hash of md5(p)");
    assert!(fits(md5, false));
    assert!(fits(md5, true));
}
