//! The names of the schemes.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::UnknownScheme;
use crate::formula::Formula;

/// A password scheme: what formula a stored value was made with.
///
/// The text form is stable ([`Scheme::as_str`], `Display`, `FromStr`): recipes and logs use it. A named scheme has a
/// lower-case name with hyphens; everything else is a [formula](crate::formula), whose text is its name.
///
/// ```
/// use portico_passwords::Scheme;
/// let scheme: Scheme = "md5(md5(p).salt)".parse().unwrap();
/// assert_eq!(scheme.as_str(), "md5(md5(p).salt)");
/// assert_eq!("bcrypt".parse(), Ok(Scheme::Bcrypt));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// `argon2id`: PHC string `$argon2id$…` (RFC 9106); Portico's own, PHP, phpBB 3.3.
    Argon2id,
    /// `argon2i`: PHC string `$argon2i$…`.
    Argon2i,
    /// `argon2d`: PHC string `$argon2d$…`.
    Argon2d,
    /// `bcrypt`: `$2a$`, `$2b$`, `$2x$`, `$2y$`, as PHP and crypt(3) compute them.
    Bcrypt,
    /// `double-bcrypt`: bcrypt of bcrypt with the same setting; WoltLab 4.0 to 5.3.
    DoubleBcrypt,
    /// `phpass-h`: portable hash `$H$`; phpBB 3.0.
    PhpassH,
    /// `phpass-p`: portable hash `$P$`; WordPress and others.
    PhpassP,
    /// `drupal7`: `$S$`, phpass on SHA-512.
    Drupal7,
    /// `md5-hex`: md5(p), 32 hexadecimal digits.
    Md5Hex,
    /// `sha1-hex`: sha1(p), 40 hexadecimal digits.
    Sha1Hex,
    /// `sha256-hex`: sha256(p), 64 hexadecimal digits.
    Sha256Hex,
    /// `sha512-hex`: sha512(p), 128 hexadecimal digits.
    Sha512Hex,
    /// `crypt-des`: crypt(3) of DES, 13 characters; only 8 bytes of the password count.
    CryptDes,
    /// `crypt-bsdi`: crypt(3) of BSDi, `_…`.
    CryptBsdi,
    /// `crypt-md5`: crypt(3) `$1$`.
    CryptMd5,
    /// `crypt-sha1`: crypt(3) of NetBSD, `$sha1$`.
    CryptSha1,
    /// `crypt-sha256`: crypt(3) `$5$`.
    CryptSha256,
    /// `crypt-sha512`: crypt(3) `$6$`.
    CryptSha512,
    /// `crypt-yescrypt`: crypt(3) `$y$`.
    CryptYescrypt,
    /// `pbkdf2-passlib`: `$pbkdf2-sha256$rounds$salt$digest`; Odoo, ERPNext, TYPO3.
    Pbkdf2Passlib,
    /// `pbkdf2-phc`: `$pbkdf2$f=SHA256,w=…,l=…$salt$digest`; Mattermost 11.
    Pbkdf2Phc,
    /// `pbkdf2-django`: `pbkdf2_sha256$rounds$salt$digest`; Django.
    Pbkdf2Django,
    /// `aspnet-identity`: base 64 of a format byte, parameters, salt and PBKDF2 digest; ASP.NET Identity 2, ASP.NET Core.
    AspnetIdentity,
    /// `frappe-legacy`: `$frappel$…`: passlib's PBKDF2 over MySQL's PASSWORD(p.salt); ERPNext.
    FrappeLegacy,
    /// `ldap`: `{SSHA}…` and the other schemes in braces of RFC 2307 and OpenLDAP.
    Ldap,
    /// `mysql-password`: MySQL 4.1's PASSWORD(): `*` and 40 digits.
    MysqlPassword,
    /// `mysql-old-password`: MySQL's OLD_PASSWORD(): 16 digits.
    MysqlOldPassword,
    /// `mysql-encode`: MySQL's ENCODE(p, K) as hexadecimal digits; phpBMS.
    MysqlEncode,
    /// `mediawiki`: `:A:`, `:B:`, `:pbkdf2:` and the other types of MediaWiki, and its bare digest.
    Mediawiki,
    /// `magento`: `digest:salt:versions`; Magento.
    Magento,
    /// `impresscms`: `$23$5000$salt-digest`; ImpressCMS 1.3 to 2.0.
    Impresscms,
    /// `intramessenger`: `$intramessenger$pepper$suffix$digest`, as an import keeps the values of IntraMessenger.
    Intramessenger,
    /// `mahara`: crypt values without their salt; Mahara.
    Mahara,
    /// `phpbb-combined`: phpBB 3.1's hash over an older hash, `$H\2y$…`.
    PhpbbCombined,
    /// `phpbb-converted`: phpBB's `$CP$` + the value of phpBB 2 or of another board.
    PhpbbConverted,
    /// `plain`: the password itself. [`recognise`](crate::recognise) takes it only where no other scheme fits: a
    /// hash must never be its own password.
    Plain,
    /// Any other formula, named by its text: `md5(md5(p).salt)`, `"$wp".bcrypt(…)`.
    Formula(Arc<Formula>),
}

/// Every named scheme with its name.
const NAMES: &[(Scheme, &str)] = &[
    (Scheme::Argon2id, "argon2id"),
    (Scheme::Argon2i, "argon2i"),
    (Scheme::Argon2d, "argon2d"),
    (Scheme::Bcrypt, "bcrypt"),
    (Scheme::DoubleBcrypt, "double-bcrypt"),
    (Scheme::PhpassH, "phpass-h"),
    (Scheme::PhpassP, "phpass-p"),
    (Scheme::Drupal7, "drupal7"),
    (Scheme::Md5Hex, "md5-hex"),
    (Scheme::Sha1Hex, "sha1-hex"),
    (Scheme::Sha256Hex, "sha256-hex"),
    (Scheme::Sha512Hex, "sha512-hex"),
    (Scheme::CryptDes, "crypt-des"),
    (Scheme::CryptBsdi, "crypt-bsdi"),
    (Scheme::CryptMd5, "crypt-md5"),
    (Scheme::CryptSha1, "crypt-sha1"),
    (Scheme::CryptSha256, "crypt-sha256"),
    (Scheme::CryptSha512, "crypt-sha512"),
    (Scheme::CryptYescrypt, "crypt-yescrypt"),
    (Scheme::Pbkdf2Passlib, "pbkdf2-passlib"),
    (Scheme::Pbkdf2Phc, "pbkdf2-phc"),
    (Scheme::Pbkdf2Django, "pbkdf2-django"),
    (Scheme::AspnetIdentity, "aspnet-identity"),
    (Scheme::FrappeLegacy, "frappe-legacy"),
    (Scheme::Ldap, "ldap"),
    (Scheme::MysqlPassword, "mysql-password"),
    (Scheme::MysqlOldPassword, "mysql-old-password"),
    (Scheme::MysqlEncode, "mysql-encode"),
    (Scheme::Mediawiki, "mediawiki"),
    (Scheme::Magento, "magento"),
    (Scheme::Impresscms, "impresscms"),
    (Scheme::Intramessenger, "intramessenger"),
    (Scheme::Mahara, "mahara"),
    (Scheme::PhpbbCombined, "phpbb-combined"),
    (Scheme::PhpbbConverted, "phpbb-converted"),
    (Scheme::Plain, "plain"),
];

/// What PHP's `password_verify` takes: password_hash's own values and whatever its crypt() knows.
pub(crate) const PHP: &[Scheme] = &[
    Scheme::Bcrypt,
    Scheme::Argon2id,
    Scheme::Argon2i,
    Scheme::CryptSha512,
    Scheme::CryptSha256,
    Scheme::CryptMd5,
    Scheme::CryptBsdi,
    Scheme::CryptDes,
];

/// Everything that crypt(3) of some system takes, and argon2, which OpenLDAP stores the same way.
pub(crate) const CRYPT: &[Scheme] = &[
    Scheme::Bcrypt,
    Scheme::CryptSha512,
    Scheme::CryptSha256,
    Scheme::CryptYescrypt,
    Scheme::CryptMd5,
    Scheme::CryptSha1,
    Scheme::CryptBsdi,
    Scheme::CryptDes,
    Scheme::Argon2id,
    Scheme::Argon2i,
];

/// Names for several schemes at once.
const GROUPS: &[(&str, &[Scheme])] = &[
    ("argon2", &[Scheme::Argon2id, Scheme::Argon2i]),
    ("phpass", &[Scheme::PhpassP, Scheme::PhpassH]),
    ("crypt", CRYPT),
    ("php", PHP),
];

/// Other names: of formulas that go by a name, and short forms. Each stands for names or formulas, joined by `|`.
const ALIASES: &[(&str, &str)] = &[
    ("md5", "md5-hex"),
    ("md5(p)", "md5-hex"),
    ("sha1", "sha1-hex"),
    ("sha1(p)", "sha1-hex"),
    ("sha256", "sha256-hex"),
    ("sha256(p)", "sha256-hex"),
    ("sha512", "sha512-hex"),
    ("sha512(p)", "sha512-hex"),
    ("joomla-md5", "md5(p.salt).\":\".salt"),
    ("joomla-sha256", "\"{SHA256}\".sha256(p.salt).\":\".salt"),
    ("osc-md5", "md5(salt.p).\":\".salt"),
    ("smf", "sha1(lower(u).p)"),
    ("vbulletin", "md5(md5(p).salt)"),
    ("mybb", "md5(md5(salt).md5(p))"),
    ("ipb", "md5(md5(salt).md5(p))"),
    ("wcf1", "sha1(salt.sha1(salt.sha1(p)))"),
    ("xenforo1", "sha256(sha256(p).salt)|sha1(sha1(p).salt)"),
    ("redmine", "sha1(salt.sha1(p))"),
    ("wordpress-bcrypt", "\"$wp\".bcrypt(base64(raw(hmac-sha384(\"wp-sha384\", trim(p)))))"),
    ("drupal7-md5", "\"U\".drupal7(md5(p))|\"U\".phpass(md5(p))"),
    ("e107", "\"$E$\".md5(md5(p).u)"),
    ("hesk-sha1", "bytewise-sha1(p)"),
    ("nextcloud", "\"3|\".argon2|\"2|\".argon2|\"1|\".bcrypt"),
    ("woltlab", "\"Bcrypt:\".bcrypt|\"Argon2:\".argon2|\"DoubleBcrypt:\".double-bcrypt"),
    (
        "fluxbb",
        "\"#MD5#\".php(md5(p))|\"#SHA1#\".php(sha1(p))|\"#SHA1-S#\".salt.\"#\".php(sha1(salt.sha1(p)))",
    ),
    (
        "django",
        "pbkdf2-django|\"argon2\".argon2|\"bcrypt_sha256$\".bcrypt(sha256(p))|\"bcrypt$\".bcrypt\
         |\"md5$\".salt.\"$\".md5(salt.p)|\"sha1$\".salt.\"$\".sha1(salt.p)",
    ),
];

impl Scheme {
    /// The stable name, e.g. `argon2id` or the text of a formula.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Formula(formula) => formula.as_str(),
            named => NAMES.iter().find(|(scheme, _)| scheme == named).map_or("", |(_, name)| name),
        }
    }

    /// The schemes that a word of a recipe stands for: a scheme's name, a formula, a group (`argon2`, `phpass`,
    /// `crypt`, `php`) or a well-known name of formulas (`joomla-md5`, `wordpress-bcrypt`, `django`, …).
    ///
    /// # Errors
    /// [`UnknownScheme`] says what is wrong with a formula, or which names there are.
    pub fn list(text: &str) -> Result<Vec<Self>, UnknownScheme> {
        let text = text.trim();
        if let Some((scheme, _)) = NAMES.iter().find(|(_, name)| *name == text) {
            return Ok(vec![scheme.clone()]);
        }
        if let Some((_, schemes)) = GROUPS.iter().find(|(name, _)| *name == text) {
            return Ok(schemes.to_vec());
        }
        if let Some((_, target)) = ALIASES.iter().find(|(name, _)| *name == text) {
            let lists: Result<Vec<_>, _> = alias_parts(target).into_iter().map(Self::list).collect();
            return Ok(lists?.concat());
        }
        let unknown = |reason| UnknownScheme { name: text.to_owned(), reason };
        if !text.contains(['(', '.', '"']) {
            return Err(unknown(format!("a formula, or one of {}", Self::names().join(", "))));
        }
        let formula = Formula::parse(text).map_err(unknown)?;
        Ok(vec![Self::Formula(Arc::new(formula))])
    }

    /// Every name that [`Scheme::list`] knows, in the order of the manual.
    pub fn names() -> Vec<&'static str> {
        let schemes = NAMES.iter().map(|(_, name)| *name);
        let groups = GROUPS.iter().map(|(name, _)| *name);
        let aliases = ALIASES.iter().map(|(name, _)| *name).filter(|name| !name.contains('('));
        schemes.chain(groups).chain(aliases).collect()
    }
}

/// Splits the target of an alias at each `|` outside a text.
fn alias_parts(target: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, byte) in target.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'|' if !quoted => {
                parts.push(&target[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&target[start..]);
    parts
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scheme {
    type Err = UnknownScheme;

    /// Parses a name or formula that stands for exactly one scheme; [`Scheme::list`] takes the others too.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut schemes = Self::list(text)?;
        if schemes.len() == 1 {
            return Ok(schemes.remove(0));
        }
        let names: Vec<_> = schemes.iter().map(Self::as_str).collect();
        Err(UnknownScheme {
            name: text.to_owned(),
            reason: format!("it stands for several: {}", names.join(", ")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for (scheme, name) in NAMES {
            assert_eq!(name.parse::<Scheme>().as_ref(), Ok(scheme));
            assert_eq!(scheme.to_string(), *name);
        }
        for name in Scheme::names() {
            assert!(!Scheme::list(name).unwrap().is_empty(), "{name}");
        }
    }

    #[test]
    fn a_group_is_a_list_and_no_single_scheme() {
        assert_eq!(Scheme::list("argon2"), Ok(vec![Scheme::Argon2id, Scheme::Argon2i]));
        let error = "argon2".parse::<Scheme>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown password scheme `argon2`: it stands for several: argon2id, argon2i"
        );
    }

    #[test]
    fn an_unknown_name_is_told_which_there_are() {
        let error = Scheme::list("md6").unwrap_err().to_string();
        assert!(
            error.starts_with("unknown password scheme `md6`: a formula, or one of argon2id, "),
            "{error}"
        );
    }
}
