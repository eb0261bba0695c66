//! Which stored value a password is compared with, and how.

use std::sync::{Mutex, PoisonError};

use portico_core::auth::{HashPool, PoolBusy};
use portico_passwords::{ParseError, Scheme, StoredHash, Subject, decoy, parse, phorum};
use zeroize::Zeroizing;

use crate::cost::{CHEAP, Cost, PHP_DEFAULT};

/// The text that Phorum stores where there must never be a password, for accounts that are managed elsewhere.
const NO_PASSWORD: &str = "*NO PASSWORD SET*";

/// How this version of Phorum compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// 5.0 to 5.2: the column equals the hexadecimal md5, inside the SQL query. `ignore_case`: the database compares
    /// text without regard to case (MySQL's usual collations).
    Md5InSql {
        /// Whether digits in upper case match.
        ignore_case: bool,
    },
    /// 6.0: 32 hexadecimal digits are md5, compared as text; anything else goes to PHP's `password_verify`.
    PhpHashes,
}

/// One of the columns `password` and `password_temp`, understood.
#[derive(Debug, Clone)]
enum Slot {
    /// A hash.
    Hash(StoredHash),
    /// A value that no password fits, whatever it is.
    Never,
    /// A value that Phorum may understand and we don't; the name of its family, never the value.
    Unreadable(String),
}

impl Rule {
    fn read(self, stored: &str) -> Slot {
        if stored.is_empty() || stored == NO_PASSWORD {
            return Slot::Never;
        }
        let has_capitals = stored.bytes().any(|byte| byte.is_ascii_uppercase());
        match self {
            Self::Md5InSql { ignore_case } if ignore_case || !has_capitals => {
                parse(Scheme::Md5Hex, stored).map_or(Slot::Never, Slot::Hash)
            }
            Self::Md5InSql { .. } => Slot::Never,
            Self::PhpHashes => match phorum::parse(stored) {
                // Phorum compares the digits with its own, which are lower case, byte by byte.
                Ok(hash) if hash.scheme() == Scheme::Md5Hex && has_capitals => Slot::Never,
                Ok(hash) => Slot::Hash(hash),
                Err(ParseError::Empty) => Slot::Never,
                Err(error) => Slot::Unreadable(error.to_string()),
            },
        }
    }
}

/// The answer of [`Passwords::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// `password` or `password_temp` fits.
    Right,
    /// Neither fits.
    Wrong,
    /// Neither fits, and one of them is of a form that can't be judged here: what is wrong with it.
    Unreadable(String),
}

/// The stored values of a member.
#[derive(Clone, Copy)]
pub(crate) struct StoredValues<'a> {
    /// The column `password`.
    pub(crate) password: &'a str,
    /// The column `password_temp`: what the lost-password function mailed, or a confirmation code.
    pub(crate) temporary: &'a str,
}

/// Compares passwords at a cost that tells nothing about the stored values.
///
/// Every failure computes two hashes, one for each column, and neither is cheaper than the realm's usual hash: an
/// unknown name, a member with one password, with two, and one whose hash is still the old md5 all cost the same.
#[derive(Debug)]
pub(crate) struct Passwords {
    pool: HashPool,
    usual: Mutex<Usual>,
}

/// The most costly setting seen so far in a 6.0 realm (PHP's default cost is 10, and 12 since PHP 8.4).
#[derive(Debug)]
struct Usual {
    cost: Cost,
    decoy: StoredHash,
}

impl Passwords {
    pub(crate) fn new(pool: HashPool) -> Self {
        let usual = Usual { cost: PHP_DEFAULT, decoy: decoy(Scheme::Bcrypt) };
        Self { pool, usual: Mutex::new(usual) }
    }

    /// Whether `password` fits one of the stored values of a member; `None` = there is no such member, which costs
    /// as much as a wrong password and is always [`Outcome::Wrong`].
    pub(crate) async fn check(
        &self,
        rule: Rule,
        stored: Option<StoredValues<'_>>,
        password: &str,
    ) -> Result<Outcome, PoolBusy> {
        if let (Rule::PhpHashes, Some(stored)) = (rule, &stored) {
            self.learn(stored.password);
            self.learn(stored.temporary);
        }
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let mut unreadable = None;
        for column in [stored.map(|s| s.password), stored.map(|s| s.temporary)] {
            let slot = column.map_or(Slot::Never, |value| rule.read(value));
            let cost = column.map_or(CHEAP, Cost::of);
            if self.fits(rule, &slot, cost, &password).await? {
                return Ok(Outcome::Right);
            }
            if let Slot::Unreadable(what) = slot {
                unreadable = unreadable.or(Some(what));
            }
        }
        Ok(unreadable.map_or(Outcome::Wrong, Outcome::Unreadable))
    }

    /// One hash computation: the stored value if there is one, else a decoy; and where the stored value is cheaper
    /// than the usual one and doesn't fit, the decoy too.
    async fn fits(
        &self,
        rule: Rule,
        slot: &Slot,
        cost: Cost,
        password: &Zeroizing<Vec<u8>>,
    ) -> Result<bool, PoolBusy> {
        let real = match slot {
            // Nobody has an empty password; whoever stored the hash of one didn't mean to let everybody in.
            Slot::Hash(hash) if !password.is_empty() => Some(hash.clone()),
            Slot::Hash(_) | Slot::Never | Slot::Unreadable(_) => None,
        };
        let padding = self.padding(rule, real.as_ref().map(|_| cost));
        let password = password.clone();
        self.pool.run(move || compute(real.as_ref(), padding.as_ref(), &password).fits).await
    }

    fn padding(&self, rule: Rule, real: Option<Cost>) -> Option<StoredHash> {
        match (rule, real) {
            (Rule::Md5InSql { .. }, Some(_)) => None,
            (Rule::Md5InSql { .. }, None) => Some(decoy(Scheme::Md5Hex)),
            (Rule::PhpHashes, real) => {
                let usual = self.usual.lock().unwrap_or_else(PoisonError::into_inner);
                real.is_none_or(|cost| cost < usual.cost).then(|| usual.decoy.clone())
            }
        }
    }

    /// Takes a costlier setting over as the realm's usual one.
    fn learn(&self, stored: &str) {
        let cost = Cost::of(stored);
        let mut usual = self.usual.lock().unwrap_or_else(PoisonError::into_inner);
        if cost > usual.cost
            && let Ok(hash) = phorum::parse(stored)
        {
            *usual = Usual { cost, decoy: hash.decoy() };
        }
    }
}

/// What [`compute`] has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Computed {
    fits: bool,
    hashes: u32,
}

/// Compares with the real value, and where that doesn't fit with the decoy, whose answer is thrown away: only its
/// cost matters.
fn compute(real: Option<&StoredHash>, padding: Option<&StoredHash>, password: &[u8]) -> Computed {
    let nobody = Subject::default();
    let mut computed = Computed { fits: false, hashes: 0 };
    if let Some(real) = real {
        computed.fits = real.verify(password, &nobody);
        computed.hashes += 1;
    }
    if !computed.fits
        && let Some(decoy) = padding
    {
        let _ = std::hint::black_box(decoy.verify(password, &nobody));
        computed.hashes += 1;
    }
    computed
}

#[cfg(test)]
mod tests {
    use super::*;

    // php -r 'echo md5("correct horse");'
    const MD5: &str = "3cb4e732631f47e6eb961f34554b7cde";
    // php -r 'echo password_hash("correct horse", PASSWORD_BCRYPT, ["cost" => 4]);'
    const BCRYPT_4: &str = "$2y$04$xsciJ865r3YsSDS8Rc3XsOvCwKlUdRfkf8EaATMotUJwkBBvik4ki";
    // php -r 'echo password_hash("correct horse", PASSWORD_BCRYPT, ["cost" => 11]);'
    const BCRYPT_11: &str = "$2y$11$MSpXyrEmKucP6uwMg8FubOWiRAjWe5BagFVvuHgd3fWZwftEFhZk6";
    // php -r 'echo password_hash("correct horse", PASSWORD_ARGON2ID, ["memory_cost" => 1024, "time_cost" => 2]);'
    const ARGON2ID: &str =
        "$argon2id$v=19$m=1024,t=2,p=1$MFJLNy5VYXhVMnFwUlpONQ$3hdwSqz1tJYGMKYbDmULHdK58nYewRalQ+hx5KZ51Fs";

    const IN_SQL: Rule = Rule::Md5InSql { ignore_case: true };

    async fn check(rule: Rule, password: &str, temporary: &str, typed: &str) -> (Outcome, u64) {
        let pool = HashPool::new(1, 4).unwrap();
        let passwords = Passwords::new(pool.clone());
        let outcome = passwords.check(rule, Some(StoredValues { password, temporary }), typed).await.unwrap();
        (outcome, pool.computed())
    }

    async fn fits(rule: Rule, stored: &str, typed: &str) -> bool {
        check(rule, stored, "", typed).await.0 == Outcome::Right
    }

    #[tokio::test]
    async fn thirty_two_hexadecimal_digits_are_md5_in_every_version() {
        for rule in [IN_SQL, Rule::PhpHashes] {
            assert!(fits(rule, MD5, "correct horse").await);
            assert!(!fits(rule, MD5, "wrong horse").await);
            assert!(!fits(rule, MD5, MD5).await, "the digest is no password");
        }
    }

    #[tokio::test]
    async fn version_6_knows_bcrypt_and_argon2() {
        for stored in [BCRYPT_4, ARGON2ID] {
            assert!(fits(Rule::PhpHashes, stored, "correct horse").await, "{stored}");
            assert!(!fits(Rule::PhpHashes, stored, "wrong horse").await, "{stored}");
        }
    }

    #[tokio::test]
    async fn bcrypt_counts_72_bytes() {
        // php -r 'echo password_hash(str_repeat("a", 72), PASSWORD_BCRYPT, ["cost" => 4]);'
        let stored = "$2y$04$YbhSTshhNuXUxqnK/8NKsubPTg16hjEFxOYW3IyKzm4J7PBQmS.2C";
        assert!(fits(Rule::PhpHashes, stored, &"a".repeat(80)).await);
        assert!(!fits(Rule::PhpHashes, stored, &"a".repeat(71)).await);
    }

    #[tokio::test]
    async fn versions_before_6_know_md5_only() {
        for stored in [BCRYPT_4, ARGON2ID, "{no-such-scheme}4711-0815", "correct horse"] {
            let (outcome, _) = check(IN_SQL, stored, "", "correct horse").await;
            assert_eq!(outcome, Outcome::Wrong, "{stored}");
        }
    }

    #[tokio::test]
    async fn digits_in_upper_case_match_where_the_database_ignores_case() {
        let capitals = MD5.to_uppercase();
        assert!(fits(IN_SQL, &capitals, "correct horse").await);
        assert!(!fits(Rule::Md5InSql { ignore_case: false }, &capitals, "correct horse").await);
        assert!(!fits(Rule::PhpHashes, &capitals, "correct horse").await, "6.0 compares byte by byte");
    }

    #[tokio::test]
    async fn the_temporary_password_is_tried_after_the_password() {
        for rule in [IN_SQL, Rule::PhpHashes] {
            // php -r 'echo md5("tmp4711");'
            let temporary = "9e710f1f03fb69c890043a7f8acb29e4";
            assert_eq!(check(rule, MD5, temporary, "correct horse").await, (Outcome::Right, 1));
            assert_eq!(check(rule, MD5, temporary, "tmp4711").await, (Outcome::Right, 2));
            assert_eq!(check(rule, MD5, temporary, "neither").await, (Outcome::Wrong, 2));
        }
    }

    #[tokio::test]
    async fn no_password_set_never_matches() {
        for rule in [IN_SQL, Rule::PhpHashes] {
            for typed in [NO_PASSWORD, "", "*"] {
                assert_eq!(check(rule, NO_PASSWORD, NO_PASSWORD, typed).await, (Outcome::Wrong, 2));
            }
        }
    }

    #[tokio::test]
    async fn an_empty_password_fits_nothing_not_even_its_own_hash() {
        // php -r 'echo md5("");'
        let of_nothing = "d41d8cd98f00b204e9800998ecf8427e";
        for rule in [IN_SQL, Rule::PhpHashes] {
            assert!(!fits(rule, of_nothing, "").await);
            assert!(!fits(rule, "", "").await);
        }
    }

    #[tokio::test]
    async fn an_unreadable_value_is_never_compared_as_text_and_never_shown() {
        let stored = "{no-such-scheme}4711-0815";
        for typed in [stored, "x"] {
            let (outcome, hashes) = check(Rule::PhpHashes, stored, "", typed).await;
            let Outcome::Unreadable(what) = outcome else { panic!("{outcome:?}") };
            assert!(!what.contains("4711"), "{what}");
            assert_eq!(hashes, 2);
        }
        let (outcome, _) = check(Rule::PhpHashes, stored, MD5, "correct horse").await;
        assert_eq!(outcome, Outcome::Right, "the temporary password still counts");
    }

    #[tokio::test]
    async fn every_failure_computes_two_hashes() {
        for rule in [IN_SQL, Rule::PhpHashes] {
            for stored in [None, Some((MD5, "")), (Some((MD5, MD5))), Some(("", "")), Some((BCRYPT_4, MD5))] {
                let pool = HashPool::new(1, 4).unwrap();
                let passwords = Passwords::new(pool.clone());
                let stored = stored.map(|(password, temporary)| StoredValues { password, temporary });
                assert_eq!(passwords.check(rule, stored, "wrong").await.unwrap(), Outcome::Wrong);
                assert_eq!(pool.computed(), 2);
            }
        }
    }

    #[test]
    fn the_padding_is_computed_where_nothing_fits() {
        let (md5, decoy) = (phorum::parse(MD5).unwrap(), decoy(Scheme::Md5Hex));
        let computed = |fits, hashes| Computed { fits, hashes };
        assert_eq!(compute(Some(&md5), Some(&decoy), b"wrong"), computed(false, 2));
        assert_eq!(compute(Some(&md5), Some(&decoy), b"correct horse"), computed(true, 1));
        assert_eq!(compute(None, Some(&decoy), b"correct horse"), computed(false, 1));
        assert_eq!(compute(None, Some(&md5), b"correct horse"), computed(false, 1), "a decoy lets nobody in");
        assert_eq!(compute(Some(&md5), None, b"wrong"), computed(false, 1));
    }

    #[tokio::test]
    async fn the_padding_follows_the_most_costly_hash_of_the_realm() {
        let passwords = Passwords::new(HashPool::new(1, 4).unwrap());
        let scheme = |real| passwords.padding(Rule::PhpHashes, real).map(|hash| hash.scheme());
        assert_eq!(scheme(None), Some(Scheme::Bcrypt));
        assert_eq!(scheme(Some(CHEAP)), Some(Scheme::Bcrypt), "md5 is padded");
        assert_eq!(scheme(Some(PHP_DEFAULT)), None);

        passwords.learn(BCRYPT_11);
        assert_eq!(scheme(Some(PHP_DEFAULT)), Some(Scheme::Bcrypt));
        passwords.learn(ARGON2ID);
        assert_eq!(scheme(Some(Cost::of(BCRYPT_11))), Some(Scheme::Argon2id));
        passwords.learn("$2y$31$not-a-hash");
        passwords.learn(MD5);
        assert_eq!(scheme(None), Some(Scheme::Argon2id), "neither damaged nor cheaper values count");
    }

    #[test]
    fn debug_shows_no_secret() {
        let slot = Rule::PhpHashes.read(MD5);
        assert!(!format!("{slot:?}").contains("3cb4"));
    }
}
