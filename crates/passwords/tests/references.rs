//! Values made by the software that Portico stands in for: PHP, passlib, Django, crypt(3). The first lines of each
//! file under `vectors/` say how they were made.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use portico_passwords::{Scheme, StoredHash, Subject, phorum, recognise};

struct Vector {
    scheme: Option<String>,
    password: Vec<u8>,
    stored: String,
}

fn vectors(file: &str) -> Vec<Vector> {
    let file: toml::Table = file.parse().unwrap();
    let text =
        |entry: &toml::Value, key: &str| entry.get(key).map(|value| value.as_str().unwrap().to_owned());
    let bytes = |digits: String| {
        let pair = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        (0..digits.len()).step_by(2).map(pair).collect()
    };
    let vector = |entry: &toml::Value| Vector {
        scheme: text(entry, "scheme"),
        password: bytes(text(entry, "password").unwrap()),
        stored: text(entry, "stored").unwrap(),
    };
    file["crypt"].as_array().unwrap().iter().map(vector).collect()
}

fn check(vectors: &[Vector], parse: impl Fn(&Vector) -> StoredHash) {
    let subject = Subject::default();
    for vector in vectors {
        let hash = parse(vector);
        assert!(hash.verify(&vector.password, &subject), "{} of {:?}", vector.stored, vector.password);
        let mut other = vector.password.clone();
        other.insert(0, b'~');
        assert!(!hash.verify(&other, &subject), "{} of {other:?}", vector.stored);
    }
}

#[test]
fn whatever_phps_crypt_makes_fits_where_php_checks_passwords() {
    let vectors = vectors(include_str!("vectors/php-crypt.toml"));
    assert_eq!(vectors.len(), 140);
    check(&vectors, |vector| recognise(&vector.stored, &Scheme::list("php").unwrap()).unwrap());
    check(&vectors, |vector| recognise(&vector.stored, &Scheme::list("crypt").unwrap()).unwrap());
}

#[test]
fn phorum_takes_what_phps_password_verify_takes() {
    let hashed = vectors(include_str!("vectors/php-password-hash.toml"));
    assert_eq!(hashed.len(), 18);
    check(&hashed, |vector| phorum::parse(&vector.stored).unwrap());
    check(&vectors(include_str!("vectors/php-crypt.toml")), |vector| phorum::parse(&vector.stored).unwrap());
}

#[test]
fn what_passlib_django_and_the_system_make_fits_under_its_name() {
    let vectors = vectors(include_str!("vectors/python.toml"));
    assert!(vectors.len() > 90, "{}", vectors.len());
    check(&vectors, |vector| {
        let schemes = Scheme::list(vector.scheme.as_deref().unwrap()).unwrap();
        recognise(&vector.stored, &schemes).unwrap_or_else(|error| panic!("{}: {error}", vector.stored))
    });
}
