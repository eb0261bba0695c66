use std::collections::HashSet;

use caseless::default_case_fold_str;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Most words of one list.
const MAX_WORDS: usize = 50_000;

/// Words that are not wanted in what people write.
///
/// A list has one word a line; what follows a `#` is a comment; a `*` at the end of a word stands for anything. Words are
/// compared as wholes (UAX #29), whatever their case and compatibility form, and though invisible characters are in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WordFilter {
    whole: HashSet<String>,
    beginnings: HashSet<String>,
}

/// A line that can't stand in a list of words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordListError {
    /// Nothing can be matched by it.
    #[error("line {line}: `{word}` is not one word; write one word a line, with `*` at most at its end")]
    NotAWord {
        /// Which line, from 1.
        line: usize,
        /// What stands there.
        word: String,
    },
    /// Too many.
    #[error("the list has more than {MAX_WORDS} words")]
    TooLong,
}

impl WordFilter {
    /// From the text of a list.
    ///
    /// # Errors
    /// [`WordListError`]
    pub fn parse(list: &str) -> Result<Self, WordListError> {
        let mut filter = Self::default();
        for (number, line) in list.trim_start_matches('\u{FEFF}').lines().enumerate() {
            let word = line.split('#').next().unwrap_or_default().trim();
            if word.is_empty() {
                continue;
            }
            let bare = word.strip_suffix('*').unwrap_or(word);
            let folded = fold(bare);
            // What is not one word here would never be found there.
            if folded.is_empty() || parts_of(bare).map(|(_, part)| part).ne([bare]) {
                return Err(WordListError::NotAWord {
                    line: number + 1,
                    word: word.chars().take(60).collect(),
                });
            }
            let list = if bare.len() == word.len() { &mut filter.whole } else { &mut filter.beginnings };
            list.insert(folded);
            if filter.whole.len() + filter.beginnings.len() > MAX_WORDS {
                return Err(WordListError::TooLong);
            }
        }
        Ok(filter)
    }

    /// Whether nothing is filtered.
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.beginnings.is_empty()
    }

    /// How many words it has.
    pub fn len(&self) -> usize {
        self.whole.len() + self.beginnings.len()
    }

    /// The first unwanted word of a text, as it stands there.
    pub fn first_match<'t>(&self, text: &'t str) -> Option<&'t str> {
        if self.is_empty() {
            return None;
        }
        parts_of(text).map(|(_, part)| part).find(|part| self.matches(part))
    }

    /// The text with every unwanted word replaced by as many asterisks as it has characters.
    pub fn mask(&self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut end = 0;
        if !self.is_empty() {
            for (start, part) in parts_of(text).filter(|(_, part)| self.matches(part)) {
                masked.push_str(&text[end..start]);
                let seen = part.graphemes(true).filter(|one| !one.chars().all(is_invisible));
                masked.extend(seen.map(|_| '*'));
                end = start + part.len();
            }
        }
        masked.push_str(&text[end..]);
        masked
    }

    fn matches(&self, part: &str) -> bool {
        let word = fold(part);
        let own = word.strip_suffix("'s").unwrap_or(&word);
        self.whole.contains(&word)
            || self.whole.contains(own)
            || (!self.beginnings.is_empty()
                && word.char_indices().any(|(at, c)| self.beginnings.contains(&word[..at + c.len_utf8()])))
    }
}

/// The words of a text with their places. Unlike UAX #29 a full stop, colon or underline between letters parts two words.
fn parts_of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.unicode_word_indices().flat_map(|(start, word)| {
        let parts = word.split(|c: char| !is_of_a_word(c));
        parts.filter(|part| !part.is_empty()).map(move |part| (start + offset_in(word, part), part))
    })
}

/// Where a part of `word` that was cut out of it begins.
fn offset_in(word: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(word.as_ptr() as usize)
}

fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '\'' | '\u{2019}')
        || is_invisible(c)
        || unicode_normalization::char::is_combining_mark(c)
}

/// Characters that nobody sees within a word.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// The form in which words are compared.
fn fold(word: &str) -> String {
    let visible: String = word.chars().filter(|c| !is_invisible(*c)).map(straight).nfkc().collect();
    default_case_fold_str(&visible).nfkc().collect()
}

fn straight(c: char) -> char {
    if c == '\u{2019}' { '\'' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filter(list: &str) -> WordFilter {
        WordFilter::parse(list).unwrap()
    }

    #[test]
    fn whole_words_are_masked_whatever_their_case_and_form() {
        let filter = filter("# a list\nbadger # an animal\nStraße\nweasel*\n\ncan't\n");
        let table = [
            ("a badger!", "a ******!"),
            ("BADGER Badger", "****** ******"),
            ("badgers are fine", "badgers are fine"),
            ("ｂａｄｇｅｒ", "******"),
            ("bad\u{AD}ger", "******"),
            ("STRASSE, strasse", "*******, *******"),
            ("weasel weasels weaselling", "****** ******* **********"),
            ("a weas el", "a weas el"),
            ("_badger_ and *badger*", "_******_ and ********"),
            ("so.badger.it", "so.******.it"),
            ("the badger's den", "the ******** den"),
            ("can’t", "*****"),
            ("", ""),
        ];
        for (text, wanted) in table {
            assert_eq!(filter.mask(text), wanted, "{text}");
        }
        assert_eq!(filter.first_match("no Badger here"), Some("Badger"));
        assert_eq!(filter.first_match("nothing"), None);
    }

    #[test]
    fn a_line_that_could_never_match_is_told() {
        for (list, line) in [("good\ntwo words", 2), ("*", 1), ("a*b", 1), ("!!!", 1), ("-x-", 1)] {
            assert!(
                matches!(WordFilter::parse(list), Err(WordListError::NotAWord { line: at, .. }) if at == line),
                "{list}"
            );
        }
    }

    proptest! {
        #[test]
        fn masking_touches_nothing_but_unwanted_words(text in "\\PC{0,200}") {
            let filter = filter("badger\nweasel*");
            let masked = filter.mask(&text);
            prop_assert_eq!(filter.first_match(&masked), None);
            prop_assert_eq!(masked.graphemes(true).count() <= text.chars().count(), true);
            if filter.first_match(&text).is_none() {
                prop_assert_eq!(masked, text);
            }
        }

        #[test]
        fn an_unwanted_word_between_others_is_always_found(before in "[a-z ]{0,20}", after in "[a-z ]{0,20}") {
            let text = format!("{before} badger {after}");
            prop_assert!(filter("badger").first_match(&text).is_some());
            prop_assert!(!filter("badger").mask(&text).split(' ').any(|word| word == "badger"));
        }

        #[test]
        fn no_list_panics(list in "\\PC{0,100}|[a-z*# \\n]{0,100}") {
            let _ = WordFilter::parse(&list);
        }
    }
}
