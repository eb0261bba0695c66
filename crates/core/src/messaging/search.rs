use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::messaging::Sequence;
use crate::{AccountId, CommunityId, ConversationId};

/// Most messages on a page of found ones.
pub const MAX_FOUND: usize = 50;
/// Most words of one search; further ones are left out.
const MAX_WORDS: usize = 8;
/// Longest word, in characters; the rest of a longer one is left out.
const MAX_WORD: usize = 64;

/// The words of a search: letters and digits only, in lower case, so that no database's own syntax is among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchWords(Vec<String>);

/// Nothing that could be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("search for at least one word")]
pub struct NothingToFind;

impl SearchWords {
    /// The words of what somebody typed.
    ///
    /// # Errors
    /// [`NothingToFind`]
    pub fn of(typed: &str) -> Result<Self, NothingToFind> {
        let words: Vec<String> = words_of(typed).take(MAX_WORDS).collect();
        if words.is_empty() { Err(NothingToFind) } else { Ok(Self(words)) }
    }

    /// The words that must all be there.
    pub fn all(&self) -> &[String] {
        &self.0
    }

    /// The words that must be there whole, and the one that a word must begin with.
    pub fn whole_and_beginning(&self) -> (&[String], &str) {
        match self.0.split_last() {
            Some((last, whole)) => (whole, last),
            None => (&[], ""),
        }
    }

    /// Whether a text has them: what a store without an index of words answers. Accents don't count.
    pub fn are_in(&self, text: &str) -> bool {
        let there: Vec<String> = words_of(text).map(|word| without_accents(&word)).collect();
        let (whole, beginning) = self.whole_and_beginning();
        let beginning = without_accents(beginning);
        whole.iter().all(|word| there.contains(&without_accents(word)))
            && there.iter().any(|word| word.starts_with(&beginning))
    }
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c));
    let words = parts.filter(|part| part.contains(char::is_alphanumeric));
    words.map(|part| {
        part.nfkc()
            .flat_map(char::to_lowercase)
            .filter(|c| c.is_alphanumeric() || is_combining_mark(*c))
            .take(MAX_WORD)
            .collect()
    })
}

fn without_accents(word: &str) -> String {
    word.nfkd().filter(|c| !is_combining_mark(*c)).collect()
}

/// What somebody looks for in the messages that they may read.
#[derive(Debug, Clone)]
pub struct MessageSearch {
    /// Where.
    pub community: CommunityId,
    /// Who looks.
    pub account: AccountId,
    /// The words.
    pub words: SearchWords,
    /// In this conversation only.
    pub conversation: Option<ConversationId>,
    /// Of this sender only.
    pub from: Option<AccountId>,
    /// Older than this message.
    pub before: Option<Sequence>,
    /// Most messages.
    pub limit: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(typed: &str) -> Vec<String> {
        SearchWords::of(typed).map(|words| words.0).unwrap_or_default()
    }

    #[test]
    fn only_letters_and_digits_are_looked_for() {
        assert_eq!(words("Hello, World!"), ["hello", "world"]);
        assert_eq!(words("\"a\" OR NEAR(b) -c +d e* col:f"), ["a", "or", "near", "b", "c", "d", "e", "col"]);
        assert_eq!(words("ÄRGER Ｗｅｉｔ"), ["ärger", "weit"]);
        assert_eq!(SearchWords::of(" *\"' %_ "), Err(NothingToFind));
        assert_eq!(words(&"x".repeat(1000)), ["x".repeat(MAX_WORD)]);
    }

    #[test]
    fn all_words_must_be_there_and_the_last_may_be_begun() {
        let found = |typed: &str, text: &str| SearchWords::of(typed).unwrap().are_in(text);
        assert!(found("cafe hou", "The Café is our house."));
        assert!(!found("caf house", "The Café is our house."), "only the last may be begun");
        assert!(!found("house cat", "The Café is our house."));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_no_syntax_is_left(typed in "\\PC{0,200}") {
            for word in words(&typed) {
                prop_assert!(!word.is_empty() && word.chars().count() <= MAX_WORD);
                prop_assert!(word.chars().all(|c| c.is_alphanumeric() || is_combining_mark(c)), "{}", word);
                prop_assert!(!word.chars().any(|c| c.is_ascii() && !c.is_ascii_alphanumeric()));
            }
        }
    }
}
