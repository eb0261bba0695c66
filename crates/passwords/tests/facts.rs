//! Every stored value of `vectors/facts.toml` fits its password under the scheme that a recipe would name for it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use portico_passwords::{Scheme, Subject, recognise};

/// How many vectors the file has.
const COUNT: usize = 78;

/// What the file calls a formula, and what a recipe writes for it; the others are written as they are called.
const RECIPES: &[(&str, &str)] = &[
    ("phpbb-combined (from phpBB 2: inner password is md5(p))", "phpbb-combined"),
    ("phpbb-CP (sha1(p))", "phpbb-converted"),
    ("phpbb-CP (md5(p))", "phpbb-converted"),
    ("joomla-md5:salt", "joomla-md5"),
    ("osc-md5:salt", "osc-md5"),
    ("sha1(s[0..8].p.s[8..])", "sha1(salt[0..8].p.salt[8..])"),
    ("crypt(des)", "crypt-des"),
    ("crypt(des) of md5(p)", "crypt-des(md5(p))"),
    ("crypt(md5)", "crypt-md5"),
    ("crypt(sha256)", "crypt-sha256"),
    ("crypt(sha512)", "crypt-sha512"),
    ("crypt(sha512) (Moodle 4.3+)", "crypt"),
    ("wp68", "wordpress-bcrypt"),
    ("wcf2-double-bcrypt", "double-bcrypt"),
    ("drupal7 over md5(p)", "drupal7-md5"),
    ("pbkdf2(sha256,p,salt,1000,32) base64", "base64(raw(pbkdf2(sha256, p, salt, 1000, 32)))"),
    ("pbkdf2(alg,p,salt-text,iterations,24) in base64", "base64(raw(pbkdf2(sha256, p, salt, rounds, 24)))"),
    ("pbkdf2(sha256,p,salt-text,i,32) hex", "pbkdf2(sha256, p, salt, rounds, 32)"),
    ("pbkdf2(sha512) passlib", "pbkdf2-passlib"),
    ("pbkdf2(sha256) passlib", "pbkdf2-passlib"),
    ("pbkdf2(sha256) PHC", "pbkdf2-phc"),
    ("pbkdf2(mediawiki)", "mediawiki"),
    ("md5(salt.\"-\".md5(p)) (MediaWiki :B:)", "mediawiki"),
    ("md5(id.\"-\".md5(p)) (MediaWiki bare value)", "mediawiki"),
    ("pbkdf2(mediawiki) over md5(p) (:pbkdf2-legacyA:)", "mediawiki"),
    ("pbkdf2(mediawiki) over md5(salt.\"-\".md5(p)) (:pbkdf2-legacyB:)", "mediawiki"),
    ("bcrypt (MediaWiki layout)", "mediawiki"),
    ("argon2 (MediaWiki layout)", "mediawiki"),
    ("impresscms2", "impresscms"),
    ("mahara-crypt (sha512)", "mahara"),
    ("mahara-crypt (bcrypt)", "mahara"),
    ("ldap-scheme", "ldap"),
    ("stretch(md5,p,salt,n)", "stretch(md5, p, salt, rounds)"),
    ("\"md5(md5(p).salt) salt\"", "md5(md5(p).salt).\" \".salt"),
    ("\"#SHA1#\".bcrypt(sha1(p))", "fluxbb"),
];

struct Vector {
    recipe: String,
    stored: String,
    salt: String,
    rounds: Option<u32>,
    id: Option<String>,
}

fn vectors() -> Vec<Vector> {
    let file: toml::Table = include_str!("vectors/facts.toml").parse().unwrap();
    let text =
        |entry: &toml::Value, key: &str| entry.get(key).map(|value| value.as_str().unwrap().to_owned());
    let number = |entry: &toml::Value, key: &str| entry.get(key).and_then(toml::Value::as_integer);
    let entries = file["test_vector"].as_array().unwrap();
    let vector = |entry: &toml::Value| {
        let formula = text(entry, "formula").unwrap();
        let recipe =
            RECIPES.iter().find(|(name, _)| *name == formula).map_or(formula.as_str(), |(_, recipe)| recipe);
        Vector {
            recipe: recipe.to_owned(),
            stored: text(entry, "stored").unwrap(),
            salt: text(entry, "salt").unwrap_or_else(|| "abcdefgh".to_owned()),
            rounds: number(entry, "rounds").map(|rounds| u32::try_from(rounds).unwrap()),
            id: number(entry, "id").map(|id| id.to_string()),
        }
    };
    entries.iter().map(vector).collect()
}

fn verify(vector: &Vector, password: &[u8]) -> Result<bool, String> {
    let schemes = Scheme::list(&vector.recipe).map_err(|error| error.to_string())?;
    let hash = recognise(&vector.stored, &schemes).map_err(|error| error.to_string())?;
    let subject = Subject {
        login: "Bob",
        salt: Some(&vector.salt),
        site_key: Some("SiteKey"),
        id: vector.id.as_deref(),
        rounds: vector.rounds,
        ..Subject::default()
    };
    Ok(hash.verify(password, &subject))
}

#[test]
fn every_recorded_value_fits_its_password_and_no_other() {
    let vectors = vectors();
    let mut failures = Vec::new();
    for vector in &vectors {
        let answers = (verify(vector, b"correct horse"), verify(vector, b"Correct horse"));
        if answers != (Ok(true), Ok(false)) {
            failures.push(format!("{}: {answers:?}", vector.recipe));
        }
    }
    println!("{} of {} recorded values fit", vectors.len() - failures.len(), vectors.len());
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(vectors.len(), COUNT);
}
