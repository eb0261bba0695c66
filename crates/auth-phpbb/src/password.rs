//! A typed password against a stored value.

use portico_core::auth::AuthError;
use portico_passwords::{ParseError, StoredHash, Subject, phpbb};
use zeroize::Zeroizing;

use crate::input::{filter, is_false};
use crate::schema::Layout;
use crate::user::Member;
use crate::version::Version;

/// A typed password in the forms that a board may have hashed.
pub(crate) struct Candidates {
    /// As typed, for what phpBB 2 hashed.
    typed: Zeroizing<Vec<u8>>,
    /// What the board hashes; then what an older one did. Never empty: where phpBB would not even look at the
    /// password there is one that is known to be wrong, so that the work is the same.
    forms: Vec<Zeroizing<String>>,
    usable: bool,
}

impl Candidates {
    /// The forms of a password on a board of this version.
    pub(crate) fn of(typed: &str, version: Version, accept_untrimmed: bool) -> Self {
        let mut forms = match version {
            Version::V20 => vec![Zeroizing::new(typed.to_owned())],
            // 3.0 didn't normalise passwords.
            Version::V30 => vec![filter(typed, version, false)],
            // Hashes that 3.0 made are still there after an upgrade.
            _ => vec![filter(typed, version, true), filter(typed, version, false)],
        };
        let usable = match version {
            Version::V20 => !typed.is_empty(),
            _ => forms.first().is_some_and(|form| !is_false(form)),
        };
        if accept_untrimmed && version >= Version::V31 {
            forms.push(untrimmed(typed, version));
        }
        let mut distinct: Vec<Zeroizing<String>> = Vec::with_capacity(forms.len());
        for form in forms {
            if !distinct.contains(&form) {
                distinct.push(form);
            }
        }
        Self { typed: Zeroizing::new(typed.as_bytes().to_vec()), forms: distinct, usable }
    }

    /// Whether one of the forms gives the stored value. Costs as many hashes as there are forms, unless one fits.
    pub(crate) fn fit(&self, hash: &StoredHash, salt: Option<&str>, login_name: &str) -> bool {
        let subject = Subject { login: login_name, salt, typed: Some(&self.typed), ..Subject::default() };
        let fits = self.forms.iter().any(|form| hash.verify(form.as_bytes(), &subject));
        fits && self.usable
    }
}

/// The filter without its trim.
fn untrimmed(typed: &str, version: Version) -> Zeroizing<String> {
    let inner = typed.trim_matches([' ', '\t', '\n', '\r', '\0', '\u{B}']);
    match typed.split_once(inner) {
        Some((before, after)) if !inner.is_empty() => {
            let blanks = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
            Zeroizing::new(format!("{}{}{}", blanks(before), *filter(inner, version, true), blanks(after)))
        }
        _ => filter(typed, version, true),
    }
}

/// Reads a stored value by the rules of the board's version.
pub(crate) fn parse(stored: &str, version: Version, pass_convert: bool) -> Result<StoredHash, ParseError> {
    match version {
        Version::V20 => phpbb::parse_v2(stored),
        Version::V30 => phpbb::parse_v30(stored, pass_convert),
        _ => phpbb::parse(stored),
    }
}

/// What a member's stored value is good for.
pub(crate) enum Stored {
    /// It can be checked.
    Hash(StoredHash),
    /// phpBB itself lets nobody in with it.
    Nobodys,
}

/// Reads a member's stored value.
///
/// A value that announces a scheme which phpBB doesn't have is an inconsistency of the board: somebody wrote it there who
/// meant it to work. What phpBB compares and never finds equal is just a wrong password.
pub(crate) fn stored(member: &Member, layout: &Layout) -> Result<Stored, AuthError> {
    let text = &*member.password;
    match parse(text, layout.version, member.pass_convert) {
        Ok(hash) => Ok(Stored::Hash(hash)),
        Err(_) if never_matches(text) => Ok(Stored::Nobodys),
        Err(error) => Err(AuthError::inconsistent(format!("user {}: {error}", member.id))),
    }
}

/// Values that phpBB reads and that no password fits: empty ones; prefixes of converted boards that only count behind
/// `$CP$`; hashes of the wrong length behind `$H$`, `$P$` and `$CP$`, which it compares with an md5; anything that
/// doesn't announce a scheme at all, like a `*` that locks an account.
fn never_matches(stored: &str) -> bool {
    const PREFIXES: [&str; 11] = [
        "$md5_phpbb2$",
        "$md5_mybb$",
        "$md5_vb$",
        "$sha1$",
        "$smf$",
        "$wcf1$",
        "$wcf2$",
        "$xf1$",
        "$H$",
        "$P$",
        "$CP$",
    ];
    let announced = |open: char, close: char| {
        let (name, _) = stored.strip_prefix(open)?.split_once(close)?;
        (!name.is_empty()).then_some(name)
    };
    match announced('$', '$').or_else(|| announced('{', '}')) {
        // A hash over a hash whose parts don't go together.
        Some(name) => name.contains('\\') || PREFIXES.iter().any(|prefix| stored.starts_with(prefix)),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(typed: &str, version: Version) -> Vec<String> {
        Candidates::of(typed, version, false).forms.iter().map(|form| form.to_string()).collect()
    }

    #[test]
    fn a_composed_password_has_one_form_and_a_decomposed_one_two() {
        assert_eq!(forms("café", Version::V33), ["café"]);
        assert_eq!(forms("cafe\u{301}", Version::V33), ["café", "cafe\u{301}"]);
        assert_eq!(forms("cafe\u{301}", Version::V30), ["cafe\u{301}"], "3.0 doesn't normalise passwords");
    }

    #[test]
    fn version_2_takes_the_password_as_typed() {
        assert_eq!(forms(" a&b ", Version::V20), [" a&b "]);
    }

    #[test]
    fn an_empty_password_and_zero_are_unusable() {
        for typed in ["", "0", " 0 ", "\0", " \0 "] {
            assert!(!Candidates::of(typed, Version::V33, false).usable, "{typed:?}");
        }
        assert!(Candidates::of("00", Version::V33, false).usable);
    }

    #[test]
    fn blanks_at_the_ends_are_kept_where_that_is_wanted() {
        let forms = Candidates::of(" a&b\r\n", Version::V33, true).forms;
        assert_eq!(forms.iter().map(|form| form.as_str()).collect::<Vec<_>>(), ["a&amp;b", " a&amp;b\n"]);
    }

    #[test]
    fn what_phpbb_reads_and_never_finds_equal_is_told_from_what_it_cannot_read() {
        for nobodys in [
            "",
            "*",
            "!",
            "3CB4E732631F47E6EB961F34554B7CDE",
            "$smf$abc",
            "$xf1$abc",
            "$H$short",
            "$CP$x",
            "abc",
        ] {
            assert!(never_matches(nobodys), "{nobodys}");
        }
        for unreadable in ["{no-such-scheme}4711-0815", "$2b$10$abc", "$6$salt$x", "$unknown$x", "$2y$10$cut"]
        {
            assert!(!never_matches(unreadable), "{unreadable}");
        }
    }
}
