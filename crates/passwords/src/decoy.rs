//! Hashes to check unknown names against, so that they cost what a wrong password costs.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use crate::family::{bcrypt, hexdigest, phpass};
use crate::native::Params;
use crate::{Scheme, StoredHash, parse};

/// A valid hash in the given scheme, at the cost the scheme is usually written with: what a failed login of an
/// unknown name is checked against so that it costs the same. Making it is cheap (the digest is random bytes, so no
/// known password gives it); verifying against it costs what the scheme costs, and the answer is always no. Make one
/// and keep it.
///
/// Where the realm's values have another cost, [`StoredHash::decoy`] of one of them is closer, and
/// [`decoy_native`] takes explicit parameters. A formula computes nothing for a row that lacks the fields it needs:
/// give `verify` a [`Subject`](crate::Subject) with some salt.
pub fn decoy(scheme: Scheme) -> StoredHash {
    let fallback = || decoy_native(&Params::default());
    text(&scheme).and_then(|stored| parse(scheme, &stored).ok()).unwrap_or_else(fallback)
}

/// The decoy of Portico's own accounts: argon2id with these parameters; where they are out of range, with the default
/// ones.
pub fn decoy_native(params: &Params) -> StoredHash {
    match parse(Scheme::Argon2id, &argon2("argon2id", params)) {
        Ok(stored) => stored.decoy(),
        Err(_) => decoy_native(&Params::default()),
    }
}

/// A stored value with random salt and digest.
fn text(scheme: &Scheme) -> Option<String> {
    let php = Params { memory_kib: 65536, time: 4, lanes: 1 };
    let standard = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
    Some(match scheme {
        Scheme::Argon2id => argon2("argon2id", &Params::default()),
        Scheme::Argon2i => argon2("argon2i", &php),
        Scheme::Argon2d => argon2("argon2d", &php),
        Scheme::Bcrypt => bcrypt::decoy("$2y$", 10),
        Scheme::DoubleBcrypt => bcrypt::decoy("$2a$", 8),
        Scheme::PhpassH => phpass::decoy("$H$9", 16),
        Scheme::PhpassP => phpass::decoy("$P$B", 16),
        Scheme::Drupal7 => phpass::decoy("$S$D", 64),
        Scheme::Md5Hex | Scheme::Mediawiki | Scheme::Plain => digits(32),
        Scheme::Sha1Hex => digits(40),
        Scheme::Sha256Hex => digits(64),
        Scheme::Sha512Hex => digits(128),
        Scheme::CryptDes => format!("ab{}", crypt64::<8>()),
        Scheme::CryptBsdi => format!("_J9..{}{}", crypt64::<3>(), crypt64::<8>()),
        Scheme::CryptMd5 => format!("$1${}${}", crypt64::<6>(), crypt64::<16>()),
        Scheme::CryptSha1 => format!("$sha1$40000${}${}", crypt64::<6>(), crypt64::<21>()),
        Scheme::CryptSha256 => format!("$5${}${}", crypt64::<12>(), crypt64::<32>()),
        Scheme::CryptSha512 => format!("$6${}${}", crypt64::<12>(), crypt64::<64>()),
        Scheme::CryptYescrypt => format!("$y$j9T${}${}", crypt64::<16>(), crypt64::<32>()),
        Scheme::Pbkdf2Passlib => {
            format!("$pbkdf2-sha512$25000${}${}", digits(16), standard(&random::<64>()).replace('+', "."))
        }
        Scheme::AspnetIdentity => {
            // ASP.NET Core 8: SHA-512, 100 000 rounds, 16 bytes of salt.
            let mut bytes = vec![1, 0, 0, 0, 2, 0, 1, 0x86, 0xA0, 0, 0, 0, 16];
            bytes.extend(random::<48>());
            STANDARD.encode(bytes)
        }
        Scheme::FrappeLegacy => {
            format!("$frappel$29000${}${}", digits(16), standard(&random::<32>()).replace('+', "."))
        }
        Scheme::Pbkdf2Phc => {
            format!("$pbkdf2$f=SHA256,w=600000,l=32${}${}", digits(16), standard(&random::<32>()))
        }
        Scheme::Pbkdf2Django => {
            format!("pbkdf2_sha256$1000000${}${}=", digits(16), standard(&random::<32>()))
        }
        Scheme::Ldap => format!("{{SSHA}}{}", standard(&random::<24>())),
        Scheme::MysqlPassword => format!("*{}", digits(40)),
        Scheme::MysqlOldPassword | Scheme::MysqlEncode => digits(16),
        Scheme::Magento => format!("{}:{}:1", digits(64), digits(32)),
        Scheme::Impresscms => format!("$23$5000${}-{}", digits(16), digits(128)),
        Scheme::Intramessenger => format!("$intramessenger${}$${}", digits(16), digits(40)),
        Scheme::Mahara => format!("$6$${}", crypt64::<64>()),
        Scheme::PhpbbConverted => format!("$CP${}", digits(32)),
        Scheme::PhpbbCombined => {
            let outer = bcrypt::decoy("$2y$", 10);
            let (salt, digest) = outer.split_at(outer.len() - bcrypt::DIGEST_CHARS);
            format!("$H\\2y$9{}$10\\{}${digest}", crypt64::<6>(), salt.rsplit('$').next()?)
        }
        Scheme::Formula(formula) => formula.layout().fill(digits, text)?,
    })
}

/// Random hexadecimal digits.
fn digits(count: usize) -> String {
    let mut digits = hexdigest::encode(&random::<64>()).repeat(count.div_ceil(128));
    digits.truncate(count);
    digits
}

/// Random bytes in the base 64 of crypt, which is that of phpass.
fn crypt64<const N: usize>() -> String {
    phpass::encode(&random::<N>())
}

fn argon2(algorithm: &str, params: &Params) -> String {
    let Params { memory_kib, time, lanes } = params;
    let salt = STANDARD_NO_PAD.encode(random::<16>());
    let digest = STANDARD_NO_PAD.encode(random::<32>());
    format!("${algorithm}$v=19$m={memory_kib},t={time},p={lanes}${salt}${digest}")
}

/// Random bytes; zeros where the system has none, which is no loss: a decoy's result is never used.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let _ = getrandom::fill(&mut bytes);
    bytes
}
