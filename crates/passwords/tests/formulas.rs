//! The formula language: what it takes, what it refuses and how it says so.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use portico_passwords::{ParseError, Scheme, Subject, parse, recognise};

fn scheme(formula: &str) -> Scheme {
    formula.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn fits(formula: &str, stored: &str, password: &str, subject: &Subject<'_>) -> bool {
    parse(scheme(formula), stored).unwrap().verify(password.as_bytes(), subject)
}

fn refusal(formula: &str) -> String {
    formula.parse::<Scheme>().unwrap_err().reason
}

const SALTED: Subject<'static> = Subject {
    login: "ÉLODIE",
    salt: Some("abcdefgh"),
    site_key: Some("SiteKey"),
    id: Some("7"),
    email: Some("e@example.org"),
    rounds: Some(3),
    typed: None,
};

/// PHP 8.2 computed the stored values; each expression is PHP's, with $p = "pass'word", $s = "abcdefgh",
/// $u = "ÉLODIE", $k = "SiteKey".
#[test]
fn every_function_computes_what_php_computes() {
    let cases = include!("vectors/formulas.rs");
    for (formula, stored) in cases {
        assert!(fits(formula, stored, "pass'word", &SALTED), "{formula}");
        assert!(!fits(formula, stored, "pass'wore", &SALTED), "{formula}");
    }
}

#[test]
fn a_salt_in_the_value_goes_before_the_salt_of_the_row() {
    assert!(fits(
        "joomla-md5",
        "7f8f6df5b4502b5f8052975e247396e8:abcdefgh",
        "correct horse",
        &Subject::default()
    ));
    let other = Subject { salt: Some("zzz"), ..Subject::default() };
    assert!(fits("joomla-md5", "7f8f6df5b4502b5f8052975e247396e8:abcdefgh", "correct horse", &other));
}

#[test]
fn a_row_without_the_field_a_formula_needs_fits_nobody() {
    let nobody = Subject::default();
    assert!(!fits("md5(p.salt)", "7f8f6df5b4502b5f8052975e247396e8", "correct horse", &nobody));
    let empty = Subject { salt: Some(""), ..nobody };
    assert!(fits("md5(p.salt)", "3cb4e732631f47e6eb961f34554b7cde", "correct horse", &empty));
}

#[test]
fn digests_may_be_written_in_capitals() {
    assert!(fits("md5(p.salt)", "7F8F6DF5B4502B5F8052975E247396E8", "correct horse", &SALTED));
}

#[test]
fn a_scheme_inside_a_formula_keeps_its_limits() {
    let stored = format!("$2y$16$abcdefghijklmnopqrstuu{}", "a".repeat(31));
    let error = parse(scheme("bcrypt(md5(p))"), &stored).unwrap_err();
    assert!(matches!(error, ParseError::TooCostly { .. }), "{error}");
}

#[test]
fn values_of_another_form_are_left_to_other_schemes() {
    for (formula, stored) in [
        ("md5(p.salt)", "7f8f6df5b4502b5f8052975e247396e"),
        ("md5(p.salt)", "7f8f6df5b4502b5f8052975e247396eg"),
        ("\"$E$\".md5(p)", "3cb4e732631f47e6eb961f34554b7cde"),
        ("md5(p.salt).\":\".salt", "7f8f6df5b4502b5f8052975e247396e8"),
        ("salt9.sha1(salt9.p)", "äääää2177e7e7ef7a636be8e485c2857cd8f6ca107687abcd"),
    ] {
        assert!(
            matches!(parse(scheme(formula), stored), Err(ParseError::Unknown { .. })),
            "{formula} {stored}"
        );
    }
}

#[test]
fn a_rounds_column_over_the_limit_fits_nobody_and_costs_nothing() {
    let formula = "pbkdf2(sha256, p, salt, rounds, 32)";
    let subject = Subject { rounds: Some(u32::MAX), ..SALTED };
    let stored = parse(scheme(formula), &"0".repeat(64)).unwrap();
    let before = std::time::Instant::now();
    assert!(!stored.verify(b"p", &subject));
    assert!(before.elapsed().as_secs() < 5);
    let stretched = parse(scheme("stretch(md5, p, salt, rounds)"), &"0".repeat(32)).unwrap();
    assert!(!stretched.verify(b"p", &subject));
    assert!(before.elapsed().as_secs() < 5);
}

#[test]
fn a_wrong_formula_is_refused_with_the_place() {
    assert_eq!(refusal("md5(p"), "expected `)` at character 6");
    assert_eq!(refusal("md5(q)"), "unknown name `q` at character 6");
    assert_eq!(refusal("md7(p)"), "unknown function `md7` at character 5");
    assert_eq!(refusal("md5(p))"), "unexpected `)` at character 7");
    assert_eq!(refusal("md5(\"x)"), "the text has no closing `\"` at character 8");
    assert_eq!(refusal("raw(p).md5(p)"), "`raw` takes a digest at character 6");
    assert_eq!(refusal("p.salt"), "the outermost level can only hold texts, a salt, digests and schemes");
    assert_eq!(refusal("md5(p).md5(p)"), "the outermost level needs exactly one digest or scheme");
    assert_eq!(refusal("md5(bcrypt(p))"), "a scheme can only stand on the outermost level");
    assert_eq!(refusal("bcrypt.md5(p)"), "the outermost level needs exactly one digest or scheme");
    assert_eq!(
        refusal("salt.md5(p.salt)"),
        "a salt without a length on the outermost level must stand before a text or last"
    );
    assert!(refusal(&"md5(".repeat(40)).starts_with("calls are nested too deep"));
    assert!(refusal("pbkdf2(sha256,p,salt,99999999,32)").starts_with("expected a number up to 5000000"));
}

#[test]
fn equal_formulas_are_equal_schemes() {
    assert_eq!(scheme("md5(p.salt)"), scheme(" md5(p.salt) "));
    assert_eq!(scheme("md5(p)"), Scheme::Md5Hex);
    assert_ne!(scheme("md5(p.salt)"), scheme("md5(salt.p)"));
}

#[test]
fn tried_in_their_order_the_first_scheme_names_the_value() {
    let schemes = [scheme("md5(u.p)"), scheme("md5(u.p.email)"), Scheme::Md5Hex];
    let stored = recognise("3cb4e732631f47e6eb961f34554b7cde", &schemes).unwrap();
    assert_eq!(stored.scheme().as_str(), "md5(u.p)");
    assert!(stored.verify(b"correct horse", &Subject::of("Bob")));
}
