//! Why a stored value or a scheme name was not accepted. No text here ever contains a part of a value that could be
//! a secret: only the name of a family (`$2y$`, `32 hexadecimal digits`) and numbers.

use crate::Scheme;

/// Why a stored value is not a usable password hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Nothing is stored. Never a match: the application uses it for accounts without a login (bots, guests), so it
    /// is to be treated as a wrong password.
    #[error("no password is stored for this account")]
    Empty,
    /// None of the schemes asked for makes values of this form.
    #[error("the stored password is {family}, which none of the configured schemes makes")]
    Unknown {
        /// The family the value looks like, e.g. `$xyz$…` or `32 hexadecimal digits`.
        family: String,
    },
    /// A valid value that would cost more than [`limits`](crate::limits) allow.
    #[error("the stored {scheme} password is too costly to check: {what}")]
    TooCostly {
        /// The scheme of the value.
        scheme: Scheme,
        /// The parameter, its value and the limit.
        what: String,
    },
    /// The value announces a scheme and then breaks its rules.
    #[error("the stored {scheme} password is damaged: {what}")]
    Malformed {
        /// The scheme the value announces.
        scheme: Scheme,
        /// Which part is wrong.
        what: String,
    },
}

/// Why a password could not be hashed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// The password is longer than [`limits::PASSWORD_BYTES`](crate::limits::PASSWORD_BYTES).
    #[error("the password is longer than {} bytes", crate::limits::PASSWORD_BYTES)]
    PasswordTooLong,
    /// The parameters are outside what argon2 or [`limits`](crate::limits) allow.
    #[error("password hashing parameters out of range: {what}")]
    Parameters {
        /// Which parameter, its value, and the range.
        what: String,
    },
    /// The operating system gave no random bytes, so no salt could be made.
    #[error("no randomness from the operating system")]
    Randomness,
    /// The memory for the computation could not be had.
    #[error("not enough memory to hash a password")]
    Memory,
}

/// A scheme name that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown password scheme `{name}`: {reason}")]
pub struct UnknownScheme {
    /// What was written.
    pub name: String,
    /// What is wrong with it, or the names there are.
    pub reason: String,
}

/// Why one family does not take a value; turned into a [`ParseError`] where the scheme is known.
#[derive(Debug)]
pub(crate) enum Reject {
    /// The value does not even look like one of this family.
    Other,
    /// It looks like one and is damaged.
    Malformed(String),
    /// It is one and exceeds a limit.
    TooCostly(String),
}

impl Reject {
    pub(crate) fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed(what.into())
    }

    /// A numeric parameter over its cap.
    pub(crate) fn over(name: &str, value: impl Into<u64>, limit: impl Into<u64>) -> Self {
        Self::TooCostly(format!("{name} is {}, the limit is {}", value.into(), limit.into()))
    }
}

/// The family a value looks like, for [`ParseError::Unknown`]. Shows a prefix only when it has the shape of a scheme
/// name, else only which alphabet and how long.
pub(crate) fn family(stored: &str) -> String {
    let bracketed = |open: char, close: char| {
        let inner = stored.strip_prefix(open)?.split_once(close)?.0;
        let named = !inner.is_empty()
            && inner.len() <= 16
            && inner.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '\\'));
        named.then(|| format!("a value of the form `{open}{inner}{close}…`"))
    };
    if let Some(text) = bracketed('$', '$').or_else(|| bracketed('{', '}')).or_else(|| bracketed(':', ':')) {
        return text;
    }
    if stored.starts_with("$wp$") {
        return "a value of the form `$wp$…`".to_owned();
    }
    if stored.bytes().all(|b| b.is_ascii_hexdigit()) {
        return format!("{} hexadecimal digits", stored.len());
    }
    format!("{} bytes of an unknown form", stored.len())
}
