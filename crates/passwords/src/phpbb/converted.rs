//! phpBB's `$CP$` values: what phpBB 2 or another board had stored. phpBB asks every driver it calls "legacy"; each
//! knows its values by their length.

use md5::{Digest, Md5};
use sha1::Sha1;

use super::lower_hex;
use super::old_input::{md5_hex, slashed_forms};
use crate::error::Reject;
use crate::family::bcrypt::BcryptHash;
use crate::family::hexdigest::encode;
use crate::family::phpass::{Flavour, PhpassHash};
use crate::{Subject, compare};

/// A value without its `$CP$`, by length.
#[derive(Clone)]
pub(crate) enum Converted {
    /// 32 digits: phpBB 2, MyBB or vBulletin.
    Md5 { digits: String, phpbb2_only: bool },
    /// 34 characters: the portable hash of phpBB 2's md5.
    Portable(PhpassHash),
    /// 40 digits: sha1(p), SMF or WCF 1.
    Sha1(String),
    /// 60 characters: WCF 2.
    DoubleBcrypt(BcryptHash),
}

impl Converted {
    /// Parses `$CP$` and what follows.
    pub(crate) fn parse(stored: &str) -> Result<Self, Reject> {
        let value = stored.strip_prefix("$CP$").ok_or(Reject::Other)?;
        let parsed = match value.len() {
            32 | 34 => Self::phpbb2(value).map(|parsed| match parsed {
                Self::Md5 { digits, .. } => Self::Md5 { digits, phpbb2_only: false },
                other => other,
            }),
            40 => lower_hex(value, 40).map(Self::Sha1),
            60 => BcryptHash::parse(value).map(Self::DoubleBcrypt),
            _ => Err(Reject::Other),
        };
        parsed.map_err(|reject| match reject {
            Reject::Other => Reject::malformed("no board that phpBB converts makes the value after `$CP$`"),
            other => other,
        })
    }

    /// Parses a value that only phpBB 2 can have left.
    pub(crate) fn phpbb2(value: &str) -> Result<Self, Reject> {
        if value.len() == 34 {
            // The driver that checks it does not look at the prefix.
            let prefix = if value.starts_with("$P$") { "$P$" } else { "$H$" };
            PhpassHash::parse(prefix, Flavour::Md5, value).map(Self::Portable)
        } else {
            Ok(Self::Md5 { digits: lower_hex(value, 32)?, phpbb2_only: true })
        }
    }

    /// Whether the password fits in one of the forms that the length allows.
    pub(crate) fn verify(&self, password: &[u8], subject: &Subject<'_>) -> bool {
        let typed = subject.typed.unwrap_or(password);
        if typed.len() > crate::limits::PASSWORD_BYTES {
            return false;
        }
        let old_md5 = slashed_forms(typed).map(|form| md5_hex(&form));
        match self {
            Self::Md5 { digits, phpbb2_only } => {
                let fits = |digest: &str| compare::equal(digest.as_bytes(), digits.as_bytes());
                let phpbb2 = old_md5.iter().fold(false, |found, digest| found | fits(digest));
                phpbb2 | (!phpbb2_only && salted_md5(password, subject).iter().any(|digest| fits(digest)))
            }
            Self::Portable(hash) => old_md5.iter().any(|digest| hash.verify(digest.as_bytes())),
            Self::Sha1(digits) => {
                let candidates = sha1_forms(password, subject);
                candidates
                    .iter()
                    .fold(false, |found, digest| found | compare::equal(digest.as_bytes(), digits.as_bytes()))
            }
            // WCF 2 values go through phpBB's `$2a$` driver, with its rule on the last byte.
            Self::DoubleBcrypt(hash) => {
                password.last().is_none_or(u8::is_ascii) && hash.verify_doubled(password)
            }
        }
    }
}

/// MyBB's md5(md5(salt).md5(p)) and vBulletin's md5(md5(p).salt), when there is a salt.
fn salted_md5(password: &[u8], subject: &Subject<'_>) -> Vec<String> {
    let Some(salt) = subject.salt.map(str::as_bytes) else {
        return Vec::new();
    };
    let inner = md5_hex(password);
    let mybb = [md5_hex(salt).as_bytes(), inner.as_bytes()].concat();
    let vbulletin = [inner.as_bytes(), salt].concat();
    [mybb, vbulletin].map(|text| encode(&Md5::digest(text))).to_vec()
}

/// sha1(p), SMF's sha1(lower(login).p) and WCF 1's sha1(salt.sha1(salt.sha1(p))), as far as the row has the columns.
fn sha1_forms(password: &[u8], subject: &Subject<'_>) -> Vec<String> {
    let sha1 = |parts: &[&[u8]]| encode(&Sha1::digest(parts.concat()));
    let mut forms = vec![sha1(&[password])];
    if !subject.login.is_empty() {
        forms.push(sha1(&[subject.login.to_ascii_lowercase().as_bytes(), password]));
    }
    if let Some(salt) = subject.salt.map(str::as_bytes) {
        let inner = sha1(&[salt, sha1(&[password]).as_bytes()]);
        forms.push(sha1(&[salt, inner.as_bytes()]));
    }
    forms
}
