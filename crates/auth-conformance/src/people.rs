//! The cast: the same people in every adapter's installation, so that reports read alike.

use std::fmt;

use portico_core::auth::Refusal;

/// A member of the cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Person {
    /// An ordinary person who may enter. Every fixture has her.
    Alice,
    /// Another ordinary person who may enter. Every fixture has her.
    Grace,
    /// Banned for ever, by name or account (not by address).
    Bob,
    /// Her account is not active.
    Carol,
    /// Locked after too many wrong guesses.
    Dave,
    /// Her account waits for an administrator's approval.
    Paula,
    /// His password has expired.
    Victor,
    /// Her stored password is [`UNREADABLE_HASH`]; else like Alice.
    Erin,
}

/// What the store holds instead of a password hash for [`Person::Erin`]: a scheme that nobody knows. Short enough for
/// every password column, and no valid value of any application.
pub const UNREADABLE_HASH: &str = "{no-such-scheme}4711-0815";

/// A login that nobody in any fixture has.
pub const NOBODY: &str = "nobody-by-this-name";

/// The name that Alice is given by [`Installation::rename`](crate::Installation::rename).
pub const ALICE_RENAMED: &str = "alicia";

impl Person {
    /// Everybody.
    pub const ALL: [Self; 8] =
        [Self::Alice, Self::Grace, Self::Bob, Self::Carol, Self::Dave, Self::Paula, Self::Victor, Self::Erin];

    /// The login name: plain lower-case ASCII that any application takes.
    pub fn login(self) -> &'static str {
        match self {
            Self::Alice => "alice",
            Self::Grace => "grace",
            Self::Bob => "bob",
            Self::Carol => "carol",
            Self::Dave => "dave",
            Self::Paula => "paula",
            Self::Victor => "victor",
            Self::Erin => "erin",
        }
    }

    /// The right password: ASCII without characters that any application or any `Debug` output would escape, and
    /// unlike any other text, so that it is found wherever it leaks.
    pub fn password(self) -> &'static str {
        match self {
            Self::Alice => "Wren-71-alice-Quince",
            Self::Grace => "Heron-28-grace-Medlar",
            Self::Bob => "Dunlin-35-bob-Sloe",
            Self::Carol => "Siskin-64-carol-Damson",
            Self::Dave => "Plover-19-dave-Bullace",
            Self::Paula => "Linnet-52-paula-Loquat",
            Self::Victor => "Curlew-83-victor-Rowan",
            Self::Erin => "Pipit-46-erin-Bilberry",
        }
    }

    /// A password that is nobody's, as distinct as the right ones.
    pub fn wrong_password(self) -> &'static str {
        match self {
            Self::Alice => "Wrong-90-alice-Tansy",
            Self::Grace => "Wrong-91-grace-Tansy",
            Self::Bob => "Wrong-92-bob-Tansy",
            Self::Carol => "Wrong-93-carol-Tansy",
            Self::Dave => "Wrong-94-dave-Tansy",
            Self::Paula => "Wrong-95-paula-Tansy",
            Self::Victor => "Wrong-96-victor-Tansy",
            Self::Erin => "Wrong-97-erin-Tansy",
        }
    }

    /// Whether `refusal` is the answer to this person's right password.
    pub(crate) fn is_refused_with(self, refusal: &Refusal) -> bool {
        match self {
            Self::Alice | Self::Grace | Self::Erin => false,
            Self::Bob => matches!(refusal, Refusal::Banned { .. }),
            Self::Carol => matches!(refusal, Refusal::Disabled),
            Self::Dave => matches!(refusal, Refusal::Locked { .. }),
            Self::Paula => matches!(refusal, Refusal::Pending),
            Self::Victor => matches!(refusal, Refusal::ExpiredPassword),
        }
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
