//! The local person that `(realm, subject)` maps to.

mod life;
mod link;
mod preferences;

use std::collections::BTreeMap;

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use crate::auth::{ExternalIdentity, Realm, SubjectId};
use crate::front::FrontId;
use crate::{AccountId, Timestamp};

pub use life::{AccountLife, AccountState, INACTIVE, LEFT_NAME, LifeRules, LifeVerdict, OwnMessages};
pub use link::{LinkConflict, LinkDecision, LinkPolicy, ReusedSubject, SameLogin, decide_link};
pub use preferences::{Preferences, PreferencesChange};

/// A local person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Where the person comes from.
    pub realm: Realm,
    /// The person's key there.
    pub subject: SubjectId,
    /// What is shown of the person.
    pub profile: Profile,
    /// Whether the person has ever proved who they are. Until then only a claimed name stands behind the account.
    pub proven: bool,
    /// When the account was made here.
    pub created_at: Timestamp,
}

/// In the place of a picture's URL: the directory keeps it.
pub const DIRECTORY_PHOTO: &str = "directory:";

/// Display data, refreshed at each login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// The login name over there. Not unique here.
    pub login: String,
    /// The name to show.
    pub display_name: String,
    /// E-mail address; shown to its owner only.
    pub email: Option<String>,
    /// URL of the picture, or [`DIRECTORY_PHOTO`].
    pub avatar: Option<String>,
    /// URL of the page over there.
    pub profile_url: Option<String>,
    /// Colour of the name: `#rrggbb`.
    pub colour: Option<String>,
    /// Language, as the application calls it.
    pub language: Option<String>,
    /// IANA time zone name.
    pub timezone: Option<String>,
}

impl Profile {
    /// A profile of which only the name is known.
    pub fn named(name: &str) -> Self {
        let name = shown(name);
        Self {
            login: name.clone(),
            display_name: name,
            email: None,
            avatar: None,
            profile_url: None,
            colour: None,
            language: None,
            timezone: None,
        }
    }

    /// What is shown of `identity`. Control characters go, overlong values are cut: other people's screens must not
    /// suffer from what a foreign database holds.
    pub fn of(identity: &ExternalIdentity) -> Self {
        Self {
            login: shown(&identity.login),
            display_name: shown(identity.shown_name()),
            email: identity.email.as_ref().map(|email| shown(&email.address)),
            avatar: identity
                .avatar
                .as_deref()
                .and_then(web_url)
                .or_else(|| identity.photo.then(|| DIRECTORY_PHOTO.to_owned())),
            profile_url: identity.profile_url.as_deref().and_then(web_url),
            colour: identity.colour.as_deref().filter(|colour| is_colour(colour)).map(str::to_owned),
            language: identity.language.as_deref().map(shown).filter(|language| !language.is_empty()),
            timezone: identity.timezone.as_deref().map(shown).filter(|zone| !zone.is_empty()),
        }
    }
}

/// A person in a community, with the fronts entered so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The person.
    pub account: Account,
    /// The fronts of this community that the person has entered.
    pub fronts: Vec<FrontId>,
}

/// The form of a login under which it is looked up: compatibility-composed, lower case, without outer white space.
pub fn fold_login(login: &str) -> String {
    login.trim().nfkc().flat_map(char::to_lowercase).nfc().take(255).collect()
}

/// What is shown of facts about a person: at most 16, each cut like a name.
pub fn shown_details(details: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let facts = details.iter().map(|(key, value)| (key.clone(), shown(value)));
    facts.filter(|(_, value)| !value.is_empty()).take(16).collect()
}

fn shown(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() && !is_bidi_control(*c))
        .take(255)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Characters that turn the direction of the text after them, a neighbour's included (UAX #9).
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

fn web_url(url: &str) -> Option<String> {
    let fits = url.len() <= 2000
        && (url.starts_with("https://") || url.starts_with("http://"))
        && !url.chars().any(|c| c.is_control() || c.is_whitespace());
    fits.then(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(login: &str) -> ExternalIdentity {
        ExternalIdentity::new(SubjectId::new("1").unwrap(), login)
    }

    #[test]
    fn names_lose_what_would_disturb_other_screens() {
        let profile = Profile::of(&identity("al\u{202E}ice\u{0}\n"));
        assert_eq!(profile.login, "alice");
        assert_eq!(Profile::of(&identity(&"x".repeat(10_000))).login.chars().count(), 255);
    }

    #[test]
    fn only_web_addresses_become_links() {
        let mut person = identity("alice");
        person.profile_url = Some("javascript:alert(1)".into());
        person.avatar = Some("https://forum.example.org/a.png".into());
        let profile = Profile::of(&person);
        assert_eq!(profile.profile_url, None);
        assert_eq!(profile.avatar.as_deref(), Some("https://forum.example.org/a.png"));
    }

    #[test]
    fn logins_are_looked_up_whatever_their_case() {
        assert_eq!(fold_login("  ÉLODIE "), fold_login("e\u{301}lodie"));
    }
}
