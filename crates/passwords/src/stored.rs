//! Stored values: from text to something that can only be verified.

use std::fmt;

use argon2::Algorithm;

use crate::digest::HashFn;
use crate::error::{Reject, family};
use crate::family::argon2::Argon2Hash;
use crate::family::bcrypt::BcryptHash;
use crate::family::crypt::{CryptHash, Kind};
use crate::family::hexdigest::HexDigest;
use crate::family::impresscms::ImpresscmsHash;
use crate::family::intramessenger::IntramessengerHash;
use crate::family::ldap::LdapHash;
use crate::family::magento::MagentoHash;
use crate::family::mahara::MaharaHash;
use crate::family::mediawiki::MediawikiHash;
use crate::family::mysql::{self, MysqlHash};
use crate::family::mysql_encode::EncodedText;
use crate::family::pbkdf2::Pbkdf2Hash;
use crate::family::phpass::{Flavour, PhpassHash};
use crate::formula::FormulaHash;
use crate::phpbb::{Combined, Converted, PhpbbMd5};
use crate::{ParseError, Policy, Scheme, Subject, compare, limits};
use zeroize::Zeroizing;

/// A stored value, parsed and within the [`limits`]. `Debug` shows the scheme and never the digest or the salt.
#[derive(Clone)]
pub struct StoredHash {
    scheme: Scheme,
    value: Value,
    /// Costs what it costs and matches nobody.
    decoy: bool,
}

/// What the families parse into.
#[derive(Clone)]
pub(crate) enum Value {
    Argon2(Argon2Hash),
    Bcrypt(BcryptHash),
    DoubleBcrypt(BcryptHash),
    Phpass(PhpassHash),
    Hex(HexDigest),
    PhpbbBcrypt2a(BcryptHash),
    PhpbbMd5(PhpbbMd5),
    PhpbbCombined(Combined),
    PhpbbConverted(Converted),
    Crypt(CryptHash),
    Pbkdf2(Pbkdf2Hash),
    /// PBKDF2 over PASSWORD(p.salt).
    Frappe(Pbkdf2Hash),
    Ldap(LdapHash),
    Mysql(MysqlHash),
    MysqlEncode(EncodedText),
    Mediawiki(MediawikiHash),
    Magento(MagentoHash),
    Impresscms(ImpresscmsHash),
    Intramessenger(IntramessengerHash),
    Mahara(MaharaHash),
    Plain(Zeroizing<String>),
    Formula(Box<FormulaHash>),
    /// The value has the form of several schemes of the application, which tries them all.
    Any(Vec<StoredHash>),
}

impl fmt::Debug for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredHash").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

impl StoredHash {
    /// The scheme the value was made with.
    pub fn scheme(&self) -> Scheme {
        self.scheme.clone()
    }

    /// Whether the password fits. The comparison takes the same time wherever the digests differ.
    ///
    /// The password is the one the application would hash: after its own trimming, escaping and so on, which is the
    /// adapter's business. Longer than [`limits::PASSWORD_BYTES`]: no. It costs what the stored value says, at most
    /// a few seconds and 256 MiB: never call it on a reactor thread.
    pub fn verify(&self, password: &[u8], subject: &Subject<'_>) -> bool {
        let fits = password.len() <= limits::PASSWORD_BYTES && self.fits(password, subject);
        fits & !self.decoy
    }

    /// A copy that costs the same to check and matches nobody: for logins of unknown names in a realm whose values
    /// look like this one.
    pub fn decoy(&self) -> Self {
        Self { decoy: true, ..self.clone() }
    }

    fn fits(&self, password: &[u8], subject: &Subject<'_>) -> bool {
        match &self.value {
            Value::Argon2(hash) => hash.verify(password),
            Value::Bcrypt(hash) => hash.verify(password),
            Value::DoubleBcrypt(hash) => hash.verify_doubled(password),
            Value::Phpass(hash) => hash.verify(password),
            Value::Hex(hash) => hash.verify(password),
            Value::PhpbbBcrypt2a(hash) => password.last().is_none_or(u8::is_ascii) && hash.verify(password),
            Value::PhpbbMd5(hash) => hash.verify(password),
            Value::PhpbbCombined(hash) => hash.verify(password),
            Value::PhpbbConverted(hash) => hash.verify(password, subject),
            Value::Crypt(hash) => hash.verify(password),
            Value::Pbkdf2(hash) => hash.verify(password),
            Value::Frappe(hash) => hash.verify(&frappe(password, hash.salt())),
            Value::Ldap(hash) => hash.verify(password, subject),
            Value::Mysql(hash) => hash.verify(password),
            Value::MysqlEncode(text) => {
                subject.site_key.is_some_and(|key| text.verify(password, key.as_bytes()))
            }
            Value::Mediawiki(hash) => hash.verify(password, subject),
            Value::Magento(hash) => hash.verify(password),
            Value::Impresscms(hash) => hash.verify(password, subject),
            Value::Intramessenger(hash) => hash.verify(password),
            Value::Mahara(hash) => hash.verify(password, subject),
            Value::Plain(stored) => compare::equal(password, stored.as_bytes()),
            Value::Formula(hash) => hash.verify(password, subject),
            Value::Any(hashes) => hashes.iter().any(|hash| hash.verify(password, subject)),
        }
    }

    /// Whether the value should be replaced at the next login because the policy asks for another scheme or for
    /// other costs. Only for Portico's own accounts.
    pub fn needs_rehash(&self, policy: &Policy) -> bool {
        match &self.value {
            Value::Argon2(hash) if self.scheme == policy.scheme() => {
                let want = policy.params;
                hash.costs() != [want.memory_kib, want.time, want.lanes]
            }
            _ => true,
        }
    }
}

/// Parses a stored value of a known scheme.
///
/// # Errors
/// [`ParseError::Empty`] for an empty value; [`ParseError::Unknown`] when the value is not of this scheme at all;
/// [`ParseError::Malformed`] and [`ParseError::TooCostly`] when it is and can't be used.
pub fn parse(scheme: Scheme, stored: &str) -> Result<StoredHash, ParseError> {
    if stored.is_empty() {
        return Err(ParseError::Empty);
    }
    if stored.len() > limits::STORED_BYTES {
        return Err(ParseError::Unknown { family: family(stored) });
    }
    let value = value(&scheme, stored);
    finish(scheme, stored, value)
}

/// Gives a family's answer the name of the scheme.
pub(crate) fn finish(
    scheme: Scheme,
    stored: &str,
    value: Result<Value, Reject>,
) -> Result<StoredHash, ParseError> {
    match value {
        Ok(value) => Ok(StoredHash { scheme, value, decoy: false }),
        Err(Reject::Other) => Err(ParseError::Unknown { family: family(stored) }),
        Err(Reject::Malformed(what)) => Err(ParseError::Malformed { scheme, what }),
        Err(Reject::TooCostly(what)) => Err(ParseError::TooCostly { scheme, what }),
    }
}

/// Parses a stored value of one of the schemes an application knows.
///
/// Some values have the form of several schemes (32 hexadecimal digits may be md5(p) or md5(md5(p).salt)). Then
/// [`StoredHash::verify`] tries all that were asked for, in their order, as the applications do, and
/// [`StoredHash::scheme`] is the first. [`Scheme::Plain`] is taken only where nothing else is.
///
/// # Errors
/// As [`parse`]. When one scheme finds the value damaged or too costly and no other takes it, that error is given.
pub fn recognise(stored: &str, schemes: &[Scheme]) -> Result<StoredHash, ParseError> {
    if stored.is_empty() {
        return Err(ParseError::Empty);
    }
    let mut reason = None;
    let mut found: Vec<StoredHash> = Vec::new();
    for scheme in schemes.iter().filter(|scheme| **scheme != Scheme::Plain) {
        match parse(scheme.clone(), stored) {
            Ok(hash) if found.iter().all(|known| known.scheme != hash.scheme) => found.push(hash),
            Ok(_) | Err(ParseError::Unknown { .. }) => {}
            Err(error) => reason = reason.or(Some(error)),
        }
    }
    match (found.len(), reason) {
        (0, None) if schemes.contains(&Scheme::Plain) => parse(Scheme::Plain, stored),
        (0, reason) => Err(reason.unwrap_or_else(|| ParseError::Unknown { family: family(stored) })),
        (1, _) => Ok(found.remove(0)),
        _ => Ok(StoredHash { scheme: found[0].scheme(), value: Value::Any(found), decoy: false }),
    }
}

/// Asks the family of a scheme.
fn value(scheme: &Scheme, stored: &str) -> Result<Value, Reject> {
    Ok(match scheme {
        Scheme::Argon2id => Value::Argon2(Argon2Hash::parse(Algorithm::Argon2id, stored)?),
        Scheme::Argon2i => Value::Argon2(Argon2Hash::parse(Algorithm::Argon2i, stored)?),
        Scheme::Argon2d => Value::Argon2(Argon2Hash::parse(Algorithm::Argon2d, stored)?),
        Scheme::Bcrypt => Value::Bcrypt(BcryptHash::parse(stored)?),
        Scheme::DoubleBcrypt => Value::DoubleBcrypt(BcryptHash::parse(stored)?),
        Scheme::PhpassH => Value::Phpass(PhpassHash::parse("$H$", Flavour::Md5, stored)?),
        Scheme::PhpassP => Value::Phpass(PhpassHash::parse("$P$", Flavour::Md5, stored)?),
        Scheme::Drupal7 => Value::Phpass(PhpassHash::parse("$S$", Flavour::Sha512, stored)?),
        Scheme::Md5Hex => Value::Hex(HexDigest::parse(HashFn::Md5, stored)?),
        Scheme::Sha1Hex => Value::Hex(HexDigest::parse(HashFn::Sha1, stored)?),
        Scheme::Sha256Hex => Value::Hex(HexDigest::parse(HashFn::Sha256, stored)?),
        Scheme::Sha512Hex => Value::Hex(HexDigest::parse(HashFn::Sha512, stored)?),
        Scheme::CryptDes => Value::Crypt(CryptHash::parse(Kind::Des, stored)?),
        Scheme::CryptBsdi => Value::Crypt(CryptHash::parse(Kind::Bsdi, stored)?),
        Scheme::CryptMd5 => Value::Crypt(CryptHash::parse(Kind::Md5, stored)?),
        Scheme::CryptSha1 => Value::Crypt(CryptHash::parse(Kind::Sha1, stored)?),
        Scheme::CryptSha256 => Value::Crypt(CryptHash::parse(Kind::Sha256, stored)?),
        Scheme::CryptSha512 => Value::Crypt(CryptHash::parse(Kind::Sha512, stored)?),
        Scheme::CryptYescrypt => Value::Crypt(CryptHash::parse(Kind::Yescrypt, stored)?),
        Scheme::Pbkdf2Passlib => Value::Pbkdf2(Pbkdf2Hash::parse_passlib(PASSLIB, stored)?),
        Scheme::Pbkdf2Phc => Value::Pbkdf2(Pbkdf2Hash::parse_phc(stored)?),
        Scheme::Pbkdf2Django => Value::Pbkdf2(Pbkdf2Hash::parse_django(stored)?),
        Scheme::AspnetIdentity => Value::Pbkdf2(Pbkdf2Hash::parse_aspnet(stored)?),
        Scheme::FrappeLegacy => Value::Frappe(Pbkdf2Hash::parse_passlib(FRAPPE, stored)?),
        Scheme::Ldap => Value::Ldap(LdapHash::parse(stored)?),
        Scheme::MysqlPassword => Value::Mysql(MysqlHash::parse_new(stored)?),
        Scheme::MysqlOldPassword => Value::Mysql(MysqlHash::parse_old(stored)?),
        Scheme::MysqlEncode => Value::MysqlEncode(EncodedText::parse(stored)?),
        Scheme::Mediawiki => Value::Mediawiki(MediawikiHash::parse(stored)?),
        Scheme::Magento => Value::Magento(MagentoHash::parse(stored)?),
        Scheme::Impresscms => Value::Impresscms(ImpresscmsHash::parse(stored)?),
        Scheme::Intramessenger => Value::Intramessenger(IntramessengerHash::parse(stored)?),
        Scheme::Mahara => Value::Mahara(MaharaHash::parse(stored)?),
        Scheme::Plain => Value::Plain(Zeroizing::new(stored.to_owned())),
        Scheme::Formula(formula) => Value::Formula(Box::new(FormulaHash::parse(formula, stored)?)),
        Scheme::PhpbbCombined => Value::PhpbbCombined(Combined::parse(stored)?),
        Scheme::PhpbbConverted => Value::PhpbbConverted(Converted::parse(stored)?),
    })
}

/// The first fields of passlib's PBKDF2 values.
const PASSLIB: &[(&str, HashFn)] =
    &[("pbkdf2", HashFn::Sha1), ("pbkdf2-sha256", HashFn::Sha256), ("pbkdf2-sha512", HashFn::Sha512)];
/// What Frappe's legacy values are PBKDF2 of: PASSWORD(p.salt), with the value's own salt.
fn frappe(password: &[u8], salt: &[u8]) -> Zeroizing<Vec<u8>> {
    let salted = Zeroizing::new([password, salt].concat());
    Zeroizing::new(mysql::password(&salted).as_bytes().to_vec())
}

/// The first field of Frappe's.
const FRAPPE: &[(&str, HashFn)] = &[("frappel", HashFn::Sha256)];
