use std::collections::BTreeSet;

use crate::AccountId;
use crate::account::{Account, fold_login};

/// Most different names that one text mentions; further ones are text.
pub const MAX_MENTIONS: usize = 20;
/// Longest name that is looked for, in characters.
const MAX_NAME: usize = 255;

/// Who is named in a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mentions {
    /// The people, in the order of their ids.
    pub accounts: Vec<AccountId>,
    /// Everybody in the room.
    pub all: bool,
}

impl Mentions {
    /// Nobody.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty() && !self.all
    }

    /// Whether this person is named.
    pub fn names(&self, person: AccountId) -> bool {
        self.all || self.accounts.contains(&person)
    }
}

/// What stands behind the `@` in a text: folded spellings of one name, the likeliest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedInText {
    spellings: Vec<String>,
}

impl NamedInText {
    /// The spellings, folded as logins are looked up.
    pub fn spellings(&self) -> &[String] {
        &self.spellings
    }

    /// Whether it is the word for everybody.
    pub fn is_everybody(&self) -> bool {
        self.spellings.iter().any(|name| name == "all")
    }

    /// Whether it is this person, by login or by the name that is shown.
    pub fn is(&self, account: &Account) -> bool {
        let (login, shown) = (fold_login(&account.profile.login), fold_login(&account.profile.display_name));
        self.spellings.iter().any(|name| *name == login || *name == shown)
    }
}

/// The names that a text mentions: `@login` and `@"Display Name"`.
///
/// An `@` within a word (an e-mail address) mentions nobody. Punctuation that ends a name may belong to it or to the
/// sentence: both are tried.
pub fn names_in(text: &str) -> Vec<NamedInText> {
    let mut found: Vec<NamedInText> = Vec::new();
    let mut before = None;
    for (at, c) in text.char_indices() {
        let in_a_word =
            before.is_some_and(|b: char| b.is_alphanumeric() || matches!(b, '@' | '_' | '.' | '/'));
        before = Some(c);
        if c != '@' || in_a_word {
            continue;
        }
        let Some(named) = name_at(&text[at + 1..]) else { continue };
        if !found.contains(&named) {
            found.push(named);
        }
        if found.len() == MAX_MENTIONS {
            break;
        }
    }
    found
}

fn name_at(rest: &str) -> Option<NamedInText> {
    if let Some(quoted) = rest.strip_prefix('"') {
        let (name, _) = quoted.split_once('"')?;
        let fits = name.chars().take(MAX_NAME + 1).count() <= MAX_NAME && !name.contains('\n');
        let name = fold_login(name);
        return (fits && !name.is_empty()).then(|| NamedInText { spellings: vec![name] });
    }
    let ends = |c: char| c.is_whitespace() || c.is_control() || "\"@,;!?()[]{}<>«»„“”".contains(c);
    let name: String = rest.chars().take_while(|c| !ends(*c)).take(MAX_NAME).collect();
    let bare = name.trim_end_matches(['.', ':', '\'', '…', '*', '_', '~', '`', '/']);
    let mut spellings = vec![fold_login(&name)];
    if bare != name {
        spellings.push(fold_login(bare));
    }
    spellings.retain(|name| !name.is_empty());
    (!spellings.is_empty()).then_some(NamedInText { spellings })
}

/// Who is named, of these people.
pub fn resolve<'a>(names: &[NamedInText], people: impl IntoIterator<Item = &'a Account>) -> Mentions {
    let found: BTreeSet<AccountId> = people
        .into_iter()
        .filter(|account| names.iter().any(|name| name.is(account)))
        .map(|account| account.id)
        .collect();
    Mentions { accounts: found.into_iter().collect(), all: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(text: &str) -> Vec<Vec<String>> {
        names_in(text).into_iter().map(|named| named.spellings).collect()
    }

    #[test]
    fn names_are_found_behind_an_at_sign() {
        let table: [(&str, &[&[&str]]); 9] = [
            ("hello @Bob", &[&["bob"]]),
            ("@bob, @\"Ann Lee\" and (@carl)", &[&["bob"], &["ann lee"], &["carl"]]),
            ("ask @j.doe.", &[&["j.doe.", "j.doe"]]),
            ("mail bob@example.org", &[]),
            ("@ alone, @\"\" and @\"open", &[]),
            ("@bob @BOB", &[&["bob"]]),
            ("@zoë", &[&["zoë"]]),
            ("@@bob", &[]),
            ("*@bob*", &[&["bob*", "bob"]]),
        ];
        for (text, wanted) in table {
            assert_eq!(names(text), wanted, "{text}");
        }
        assert!(names_in("@all!")[0].is_everybody());
    }

    #[test]
    fn a_text_names_a_bounded_number_of_people() {
        let text: String = (0..100).map(|number| format!("@p{number} ")).collect();
        assert_eq!(names_in(&text).len(), MAX_MENTIONS);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[@\"a.é \\n]{0,60}|\\PC{0,60}") {
            prop_assert!(names_in(&text).len() <= MAX_MENTIONS);
        }
    }
}
