//! Stored values for tests that put people into another application's tables (feature `testing`).
//!
//! They prove that an adapter finds, reads and checks a row; that a *format* is right is proved by values of other
//! software only, which are under `tests/vectors`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::digest::HashFn;
use crate::family::phpass::{Flavour, Setting};
use crate::family::{bcrypt, crypt, hexdigest, mysql, mysql_encode};
use crate::{Scheme, Subject};

/// A cheap value of a scheme for this password, with the row's other fields in `subject`; `None` for schemes that
/// nothing here makes.
pub fn stored(scheme: &Scheme, password: &[u8], subject: &Subject<'_>) -> Option<String> {
    let hex = |hash: HashFn| hexdigest::encode(&hash.digest(&[password]));
    Some(match scheme {
        Scheme::Bcrypt => {
            let setting = bcrypt::Setting::new(bcrypt::Variant::Y, 4, "abcdefghijklmnopqrstuu").ok()?;
            setting.crypt(password).to_string()
        }
        Scheme::PhpassP => phpass("$P$", Flavour::Md5, password)?,
        Scheme::PhpassH => phpass("$H$", Flavour::Md5, password)?,
        Scheme::Drupal7 => phpass("$S$", Flavour::Sha512, password)?,
        Scheme::Md5Hex => hex(HashFn::Md5),
        Scheme::Sha1Hex => hex(HashFn::Sha1),
        Scheme::Sha256Hex => hex(HashFn::Sha256),
        Scheme::Sha512Hex => hex(HashFn::Sha512),
        Scheme::MysqlPassword => mysql::password(password).to_string(),
        Scheme::MysqlEncode => {
            hexdigest::encode(&mysql_encode::encode(password, subject.site_key?.as_bytes()))
        }
        Scheme::Mediawiki => format!(":A:{}", hex(HashFn::Md5)),
        Scheme::Magento => {
            let salted = hexdigest::encode(&HashFn::Sha256.digest(&[b"0123456789abcdef", password]));
            format!("{salted}:0123456789abcdef:1")
        }
        Scheme::Pbkdf2Django => {
            let digest = HashFn::Sha256.pbkdf2(password, b"0123456789ab", 10, 32);
            format!("pbkdf2_sha256$10$0123456789ab${}", STANDARD.encode(&*digest))
        }
        Scheme::Pbkdf2Passlib | Scheme::Pbkdf2Phc => {
            let digest = HashFn::Sha512.pbkdf2(password, b"0123456789ab", 10, 64);
            let [salt, digest] = [&b"0123456789ab"[..], &digest]
                .map(|bytes| STANDARD.encode(bytes).trim_end_matches('=').to_owned());
            match scheme {
                Scheme::Pbkdf2Phc => format!("$pbkdf2$f=SHA512,w=10,l=64${salt}${digest}"),
                _ => format!("$pbkdf2-sha512$10${salt}${digest}").replace('+', "."),
            }
        }
        Scheme::AspnetIdentity => {
            let digest = HashFn::Sha1.pbkdf2(password, b"0123456789abcdef", 1000, 32);
            STANDARD.encode([&[0][..], b"0123456789abcdef", &digest].concat())
        }
        Scheme::Ldap => {
            let digest = HashFn::Sha1.digest(&[password, b"01234567"]);
            format!("{{SSHA}}{}", STANDARD.encode([&digest[..], b"01234567"].concat()))
        }
        Scheme::CryptDes => crypt::made(crypt::Kind::Des, "ab", password)?,
        Scheme::CryptMd5 => crypt::made(crypt::Kind::Md5, "$1$abcdefgh$", password)?,
        Scheme::Plain => String::from_utf8(password.to_vec()).ok()?,
        Scheme::Formula(formula) => formula.layout().made(password, subject)?,
        _ => return None,
    })
}

fn phpass(prefix: &str, flavour: Flavour, password: &[u8]) -> Option<String> {
    let setting = Setting::parse(flavour, b"5abcdefgh").ok()?;
    Some(format!("{prefix}5abcdefgh{}", &*setting.digest(password)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_here_is_taken_back() {
        let subject = Subject {
            login: "alice",
            salt: Some("0123456789abcdef"),
            site_key: Some("key"),
            id: Some("7"),
            email: Some("alice@example.org"),
            rounds: Some(10),
            typed: None,
        };
        for word in [
            "bcrypt",
            "phpass",
            "drupal7",
            "md5",
            "sha1",
            "sha256",
            "sha512",
            "mysql-password",
            "mediawiki",
            "magento",
            "pbkdf2-django",
            "pbkdf2-passlib",
            "pbkdf2-phc",
            "aspnet-identity",
            "ldap",
            "crypt-des",
            "crypt-md5",
            "plain",
            "vbulletin",
            "joomla-md5",
            "e107",
            "wordpress-bcrypt",
            "redmine",
            "bcrypt(md5(p))",
            "sha1(K.p)",
            "salt9.sha1(salt9.p)",
        ] {
            for scheme in Scheme::list(word).unwrap() {
                let stored = stored(&scheme, b"horse", &subject).unwrap_or_else(|| panic!("{scheme}"));
                let hash = crate::parse(scheme.clone(), &stored).unwrap();
                assert!(hash.verify(b"horse", &subject), "{scheme}");
                assert!(!hash.verify(b"house", &subject), "{scheme}");
            }
        }
    }
}
