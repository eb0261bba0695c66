//! The other facts about a person that some formulas mix into the hash.

use std::fmt;

/// The row's other columns, and the site's secret, that some formulas need. Everything is optional: a formula that
/// needs a field which is not there does not match.
///
/// ```
/// use portico_passwords::Subject;
/// let subject = Subject { login: "Bob", salt: Some("abcdefgh"), ..Subject::default() };
/// ```
#[derive(Clone, Copy, Default)]
pub struct Subject<'a> {
    /// The login name as the application stores it (not as typed): `u` in formulas.
    pub login: &'a str,
    /// The row's salt column: `salt` in formulas.
    pub salt: Option<&'a str>,
    /// A secret of the site, the same for every row, often from a file of the application: `K` in formulas.
    pub site_key: Option<&'a str>,
    /// The row's number, in decimal: `id` in formulas.
    pub id: Option<&'a str>,
    /// The row's e-mail address: `email` in formulas.
    pub email: Option<&'a str>,
    /// The row's number of rounds, for applications that keep it in a column: `rounds` in formulas.
    pub rounds: Option<u32>,
    /// The password exactly as it was typed, when the application changes it before hashing and has old hashes from
    /// before it did (phpBB 2 values on phpBB 3). `None`: the same as the password given to `verify`.
    pub typed: Option<&'a [u8]>,
}

impl<'a> Subject<'a> {
    /// A person of whom only the login is known.
    pub fn of(login: &'a str) -> Self {
        Self { login, ..Self::default() }
    }
}

impl fmt::Debug for Subject<'_> {
    /// Shows the login and which fields are there, never salts, keys or passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("login", &self.login)
            .field("salt", &self.salt.is_some())
            .field("site_key", &self.site_key.is_some())
            .field("id", &self.id)
            .field("rounds", &self.rounds)
            .finish_non_exhaustive()
    }
}
