use std::str::FromStr;

use unicode_properties::UnicodeEmoji;
use unicode_segmentation::UnicodeSegmentation;

use crate::messaging::Sequence;
use crate::{AccountId, ConversationId, Timestamp};

/// Most different reactions of one message.
pub const MAX_REACTIONS: usize = 20;
/// Most people of one reaction that are named; the others are counted.
pub const NAMED_REACTORS: usize = 20;
/// Longest emoji, in bytes.
const MAX_EMOJI_BYTES: usize = 32;

/// One emoji as people see it: one grapheme, at most 32 bytes of UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Emoji(String);

/// A text that is not one emoji.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reaction is one emoji of at most {MAX_EMOJI_BYTES} bytes")]
pub struct NotAnEmoji;

impl Emoji {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Emoji {
    type Err = NotAnEmoji;

    fn from_str(text: &str) -> Result<Self, NotAnEmoji> {
        let fits = text.len() <= MAX_EMOJI_BYTES && text.graphemes(true).count() == 1;
        if fits && (is_keycap(text) || is_picture(text)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAnEmoji)
        }
    }
}

/// A digit, `#` or `*` on a key (UTS #51).
fn is_keycap(text: &str) -> bool {
    let mut rest = text.chars();
    rest.next().is_some_and(|c| c.is_ascii_digit() || c == '#' || c == '*')
        && text.ends_with('\u{20E3}')
        && rest.all(|c| matches!(c, '\u{FE0F}' | '\u{20E3}'))
}

/// Pictures, joined or coloured, and flags (UTS #51).
fn is_picture(text: &str) -> bool {
    let is_flag_letter = |c: char| ('\u{1F1E6}'..='\u{1F1FF}').contains(&c);
    let letters = text.chars().filter(|c| is_flag_letter(*c)).count();
    let is_part = |c: char| {
        !c.is_ascii()
            && (c.is_emoji_char()
                || is_flag_letter(c)
                || matches!(c, '\u{200D}' | '\u{FE0F}' | '\u{E0020}'..='\u{E007F}'))
    };
    let begins =
        text.chars().next().is_some_and(|c| !c.is_ascii() && (c.is_emoji_char() || is_flag_letter(c)));
    begins && (letters == 0 || letters == 2) && text.chars().all(is_part)
}

/// Everybody who reacted to a message with one emoji.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// How many people.
    pub count: u32,
    /// The first [`NAMED_REACTORS`] of them.
    pub accounts: Vec<AccountId>,
}

/// A reaction given or taken back, in one transaction. Whether the person may react has been decided before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReactionWrite {
    /// The conversation that the message must belong to.
    pub conversation: ConversationId,
    /// The message.
    pub message: Sequence,
    /// Whose reaction.
    pub account: AccountId,
    /// Which.
    pub emoji: Emoji,
    /// Given, or taken back.
    pub given: bool,
    /// Now.
    pub now: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_emoji_is_a_reaction_and_nothing_else_is() {
        let good = ["👍", "👍🏽", "❤️", "👩‍👩‍👧", "🇪🇪", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "1️⃣", "#⃣", "☎️", "😀", "🧑‍💻", "©️"];
        for text in good {
            assert!(text.parse::<Emoji>().is_ok(), "{text}");
        }
        let bad = [
            "",
            "a",
            "1",
            "#",
            "👍👍",
            "👍 ",
            " 👍",
            "ok",
            "é",
            "\u{200D}",
            "\u{FE0F}",
            "🇪",
            "<b>",
            "a\u{20E3}",
            "中",
            "\0",
            "👍a",
        ];
        for text in bad {
            assert_eq!(text.parse::<Emoji>(), Err(NotAnEmoji), "{text:?}");
        }
        let family = "👨‍👩‍👧‍👦‍👨‍👩‍👧‍👦";
        assert!(family.len() > MAX_EMOJI_BYTES && family.parse::<Emoji>().is_err());
    }
}
