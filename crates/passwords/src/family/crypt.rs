//! crypt(3), all that is not bcrypt: DES (13 characters), BSDi (`_`), `$1$` MD5, `$sha1$` (NetBSD), `$5$` SHA-256,
//! `$6$` SHA-512, `$y$` yescrypt. As in C, the password ends at its first NUL byte, and the whole text must come out
//! the same.

use pwhash::{bsdi_crypt, md5_crypt, sha1_crypt, unix_crypt};
use yescrypt::password_hash::PasswordVerifier;
use zeroize::Zeroizing;

use crate::error::Reject;
use crate::{compare, limits};

/// The alphabet of crypt's base 64, in order of value.
const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Which crypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Des,
    Bsdi,
    Md5,
    Sha1,
    Sha256,
    Sha512,
    Yescrypt,
}

/// A parsed value within the limits.
#[derive(Clone)]
pub(crate) struct CryptHash {
    kind: Kind,
    stored: String,
    /// Of `$5$` and `$6$` only.
    sha: Option<ShaSetting>,
}

impl CryptHash {
    /// Parses a value of one kind.
    pub(crate) fn parse(kind: Kind, stored: &str) -> Result<Self, Reject> {
        let sha = match kind {
            Kind::Des => plain_alphabet(stored, 13).map(|()| None)?,
            Kind::Bsdi => {
                let rest = stored.strip_prefix('_').ok_or(Reject::Other)?;
                plain_alphabet(rest, 19)?;
                let rounds = little_endian(&rest.as_bytes()[..4]);
                match rounds {
                    0 => return Err(Reject::malformed("it has no rounds")),
                    rounds if rounds > limits::BSDI_ROUNDS => {
                        return Err(Reject::over("the number of rounds", rounds, limits::BSDI_ROUNDS));
                    }
                    _ => None,
                }
            }
            Kind::Md5 => {
                let (salt, digest) = fields(stored, "$1$")?;
                check_salt(salt, 8)?;
                plain_alphabet(digest, 22).map_err(|_| damaged_digest())?;
                None
            }
            Kind::Sha1 => {
                let (head, digest) = fields(stored, "$sha1$")?;
                let (rounds, salt) =
                    head.split_once('$').ok_or_else(|| Reject::malformed("a field is missing"))?;
                rounds_within(rounds, 1)?;
                check_salt(salt, 64)?;
                plain_alphabet(digest, 28).map_err(|_| damaged_digest())?;
                None
            }
            Kind::Sha256 => Some(ShaSetting::parse(ShaKind::Sha256, stored)?),
            Kind::Sha512 => Some(ShaSetting::parse(ShaKind::Sha512, stored)?),
            Kind::Yescrypt => check_yescrypt(stored).map(|()| None)?,
        };
        Ok(Self { kind, stored: stored.to_owned(), sha })
    }

    /// Whether the password gives this value.
    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        let password = until_nul(password);
        let text = |computed: Option<String>| {
            let computed = Zeroizing::new(computed.unwrap_or_default());
            compare::equal(computed.as_bytes(), self.stored.as_bytes())
        };
        // Deprecated for making new values, which is not what it is used for here.
        #[expect(
            deprecated,
            reason = "verifying old values needs the old functions, and ours is the comparison"
        )]
        match self.kind {
            Kind::Des => text(unix_crypt::hash_with(&self.stored, password).ok()),
            Kind::Bsdi => text(bsdi_crypt::hash_with(self.stored.as_str(), password).ok()),
            Kind::Md5 => text(md5_crypt::hash_with(self.stored.as_str(), password).ok()),
            Kind::Sha1 => text(sha1_crypt::hash_with(self.stored.as_str(), password).ok()),
            Kind::Sha256 | Kind::Sha512 => {
                let Some(sha) = &self.sha else { return false };
                sha.affordable(password) && text(Some(sha.crypt(password)))
            }
            Kind::Yescrypt => {
                yescrypt::Yescrypt::default().verify_password(password, self.stored.as_str()).is_ok()
            }
        }
    }
}

/// A value of one of the old kinds under this setting, for tests; `None` for the other kinds.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn made(kind: Kind, setting: &str, password: &[u8]) -> Option<String> {
    let password = until_nul(password);
    #[expect(deprecated, reason = "other applications have such values, and their tables are what is tested")]
    match kind {
        Kind::Des => unix_crypt::hash_with(setting, password).ok(),
        Kind::Md5 => md5_crypt::hash_with(setting, password).ok(),
        _ => None,
    }
}

/// What C sees of a password.
pub(crate) fn until_nul(password: &[u8]) -> &[u8] {
    let end = password.iter().position(|&byte| byte == 0).unwrap_or(password.len());
    &password[..end]
}

/// Refuses text that is not exactly so many characters of the alphabet.
fn plain_alphabet(text: &str, length: usize) -> Result<(), Reject> {
    let fits = text.len() == length && text.bytes().all(|byte| ALPHABET.contains(&byte));
    if fits { Ok(()) } else { Err(Reject::Other) }
}

fn damaged_digest() -> Reject {
    Reject::malformed("the digest has a wrong length or characters outside the alphabet")
}

/// A number in crypt's base 64, lowest six bits first.
fn little_endian(digits: &[u8]) -> u32 {
    let value = |digit: &u8| ALPHABET.iter().position(|known| known == digit).unwrap_or(0) as u32;
    digits.iter().rev().fold(0, |number, digit| number << 6 | value(digit))
}

/// What stands between the prefix and the last `$`, and what after it.
fn fields<'a>(stored: &'a str, prefix: &str) -> Result<(&'a str, &'a str), Reject> {
    let rest = stored.strip_prefix(prefix).ok_or(Reject::Other)?;
    rest.rsplit_once('$').ok_or_else(|| Reject::malformed("there is no `$` before the digest"))
}

fn check_salt(salt: &str, longest: usize) -> Result<(), Reject> {
    let fits = salt.len() <= longest && salt.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'$');
    if fits { Ok(()) } else { Err(Reject::malformed("the salt is too long or has strange characters")) }
}

fn rounds_within(digits: &str, least: u32) -> Result<u32, Reject> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Reject::malformed("the rounds are not a number"));
    }
    let rounds = digits.parse().unwrap_or(u32::MAX);
    if rounds < least {
        return Err(Reject::malformed(format!("the rounds are fewer than {least}")));
    }
    if rounds > limits::CRYPT_ROUNDS {
        return Err(Reject::over("the number of rounds", rounds, limits::CRYPT_ROUNDS));
    }
    Ok(rounds)
}

/// `$y$` + parameters + `$` salt `$` digest. The parameters are one character of flavour, one of log2 N, one or more
/// of r; more than that (parallelism, time, upgrades) nobody writes, and it could cost anything.
fn check_yescrypt(stored: &str) -> Result<(), Reject> {
    let (head, digest) = fields(stored, "$y$")?;
    let (params, salt) = head.split_once('$').ok_or_else(|| Reject::malformed("a field is missing"))?;
    plain_alphabet(digest, 43).map_err(|_| damaged_digest())?;
    if salt.len() > 86 || !salt.bytes().all(|byte| ALPHABET.contains(&byte)) {
        return Err(Reject::malformed("the salt is too long or has strange characters"));
    }
    let [flavour, log2, block] = params.as_bytes() else {
        return Err(Reject::malformed("the parameters are not three characters"));
    };
    let value = |digit: &u8| ALPHABET.iter().position(|known| known == digit);
    // `j` is yescrypt's read-write mode, the only one crypt(3) writes; log2 N is stored less one.
    let (Some(b'j'), Some(log2), Some(block)) = (Some(*flavour), value(log2), value(block)) else {
        return Err(Reject::malformed("the parameters are not those of crypt"));
    };
    let (log2, block) = (log2 as u32 + 1, block as u64 + 1);
    if block > 47 || log2 > 40 {
        return Err(Reject::malformed("the parameters are not those of crypt"));
    }
    let memory_kib = (block << log2) / 8;
    if memory_kib > limits::YESCRYPT_MEMORY_KIB {
        return Err(Reject::over("memory in KiB", memory_kib, limits::YESCRYPT_MEMORY_KIB));
    }
    let parsed = params.parse::<yescrypt::Params>();
    parsed.map(|_| ()).map_err(|_| Reject::malformed("the parameters are invalid"))
}

/// `$5$` or `$6$`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShaKind {
    Sha256,
    Sha512,
}

/// Rounds and salt of `$5$` and `$6$`.
#[derive(Clone)]
pub(crate) struct ShaSetting {
    kind: ShaKind,
    /// `None`: not written, which means 5000.
    rounds: Option<u32>,
    salt: String,
}

impl ShaSetting {
    /// Puts a setting together; the salt is at most 16 bytes.
    pub(crate) fn new(kind: ShaKind, rounds: Option<u32>, salt: &str) -> Self {
        Self { kind, rounds, salt: salt.to_owned() }
    }

    fn parse(kind: ShaKind, stored: &str) -> Result<Self, Reject> {
        let (prefix, digest_chars) = match kind {
            ShaKind::Sha256 => ("$5$", 43),
            ShaKind::Sha512 => ("$6$", 86),
        };
        let (head, digest) = fields(stored, prefix)?;
        plain_alphabet(digest, digest_chars).map_err(|_| damaged_digest())?;
        let (rounds, salt) = match head.strip_prefix("rounds=") {
            None => (None, head),
            Some(rest) => {
                let (rounds, salt) =
                    rest.split_once('$').ok_or_else(|| Reject::malformed("there is no salt"))?;
                if rounds.starts_with('0') {
                    return Err(Reject::malformed("the rounds begin with a zero"));
                }
                (Some(rounds_within(rounds, 1000)?), salt)
            }
        };
        check_salt(salt, 16)?;
        Ok(Self::new(kind, rounds, salt))
    }

    fn count(&self) -> u32 {
        self.rounds.unwrap_or(sha_crypt::Params::RECOMMENDED_ROUNDS)
    }

    /// Whether the rounds over a password of this length stay within the limits.
    pub(crate) fn affordable(&self, password: &[u8]) -> bool {
        // The password goes in up to twice a round.
        limits::affordable(self.count(), 2 * password.len())
            // Before the rounds it is hashed once for each of its bytes.
            && password.len() <= limits::PASSWORD_BYTES
    }

    /// The whole text that crypt returns.
    fn crypt(&self, password: &[u8]) -> String {
        let prefix = match self.kind {
            ShaKind::Sha256 => "$5$",
            ShaKind::Sha512 => "$6$",
        };
        let rounds = self.rounds.map(|rounds| format!("rounds={rounds}$")).unwrap_or_default();
        format!("{prefix}{rounds}{}${}", self.salt, self.digest(password).as_str())
    }

    /// The digest text alone.
    pub(crate) fn digest(&self, password: &[u8]) -> Zeroizing<String> {
        let Ok(params) = sha_crypt::Params::new(self.count()) else {
            return Zeroizing::default();
        };
        let salt = self.salt.as_bytes();
        Zeroizing::new(match self.kind {
            ShaKind::Sha256 => {
                let raw = Zeroizing::new(sha_crypt::sha256_crypt(password, salt, params));
                let mut text = permuted(&*raw, 10, [[0, 1, 2], [2, 0, 1], [1, 2, 0]]);
                push_group(&mut text, [raw[30], raw[31], 0], 3);
                text
            }
            ShaKind::Sha512 => {
                let raw = Zeroizing::new(sha_crypt::sha512_crypt(password, salt, params));
                let mut text = permuted(&*raw, 21, [[0, 1, 2], [1, 2, 0], [2, 0, 1]]);
                push_group(&mut text, [raw[63], 0, 0], 2);
                text
            }
        })
    }
}

/// Writes a digest in crypt's order: group n takes byte n of each third of the digest, in an order of the thirds
/// that rotates with n.
fn permuted(raw: &[u8], groups: usize, orders: [[usize; 3]; 3]) -> String {
    let mut text = String::new();
    for group in 0..groups {
        let [high, middle, low] = orders[group % 3].map(|third| raw[third * groups + group]);
        push_group(&mut text, [low, middle, high], 4);
    }
    text
}

/// Three bytes, the lowest first, as characters of six bits, the lowest first.
fn push_group(text: &mut String, bytes: [u8; 3], chars: usize) {
    let [low, middle, high] = bytes.map(u32::from);
    let mut word = high << 16 | middle << 8 | low;
    for _ in 0..chars {
        text.push(char::from(ALPHABET[(word & 63) as usize]));
        word >>= 6;
    }
}
