//! The look-alike map of clean names: each character is replaced once, results are not mapped again.
//!
//! phpBB's own table is not used. [`PAIRS`], the deleted characters and the spaces are what phpBB was observed to do;
//! compatibility forms (full and half width, mathematical letters, Roman numerals, presentation forms, CJK
//! compatibility ideographs) follow from Unicode's decompositions. For all other characters phpBB's map is not known:
//! [`is_known`] says so, and [`unicode_prototype`] gives the look-alike of Unicode's present data (UTS #39).

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

/// Characters and what phpBB puts in their place.
const PAIRS: &[(char, &str)] = &[
    // ASCII
    ('!', "\u{1C3}"),
    ('"', "\u{2B9}\u{2B9}"),
    ('\'', "\u{2B9}"),
    ('?', "\u{294}"),
    ('|', "\u{4E28}"),
    // Latin
    ('¡', "i"),
    ('×', "x"),
    ('æ', "ae"),
    ('ø', "o\u{337}"),
    ('đ', "d\u{335}"),
    ('ħ', "h\u{335}"),
    ('ı', "i"),
    ('ĳ', "ij"),
    ('ŀ', "l\u{B7}"),
    ('ł', "l\u{337}"),
    ('œ', "oe"),
    ('ŧ', "t\u{335}"),
    ('\u{1C3}', "!"),
    ('\u{251}', "α"),
    // Greek
    ('α', "a"),
    ('ε', "ɛ"),
    ('η', "n\u{329}"),
    ('ι', "i"),
    ('κ', "ĸ"),
    ('ν', "v"),
    ('ο', "o"),
    ('ρ', "p"),
    ('υ', "u"),
    // Cyrillic
    ('а', "a"),
    ('б', "6"),
    ('г', "r"),
    ('е', "e"),
    ('к', "ĸ"),
    ('о', "o"),
    ('п', "π"),
    ('р', "p"),
    ('с', "c"),
    ('у', "y"),
    ('ф', "φ"),
    ('х', "x"),
    ('ъ', "ˉb"),
    ('ы', "ƅi"),
    ('ь', "ƅ"),
    ('є', "ɛ"),
    ('ѕ', "s"),
    ('і', "i"),
    ('ј', "j"),
    ('ћ', "h\u{335}"),
    // Punctuation
    ('\u{2044}', "/"),
];

/// Characters that go.
fn is_deleted(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' | '\u{6DD}' | '\u{70F}' | '\u{1806}' | '\u{180E}' | '\u{200B}'..='\u{200D}' | '\u{2028}' | '\u{2029}'
        | '\u{2060}'..='\u{2063}' | '\u{206A}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFC}'
        | '\u{1D173}'..='\u{1D17A}'
    )
}

/// Spaces that become an ordinary one.
fn is_space(character: char) -> bool {
    matches!(
        character,
        '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}'
    )
}

fn pair(character: char) -> Option<&'static str> {
    PAIRS.iter().find(|(from, _)| *from == character).map(|(_, to)| *to)
}

/// Blocks of compatibility forms that phpBB's map takes apart.
fn is_compatibility_form(character: char) -> bool {
    matches!(
        character,
        '\u{2100}'..='\u{214F}' // letter-like
        | '\u{2160}'..='\u{2188}' // Roman numerals
        | '\u{2F00}'..='\u{2FDF}' // CJK radicals
        | '\u{F900}'..='\u{FAFF}' // CJK compatibility ideographs
        | '\u{FB00}'..='\u{FDFF}' // ligatures, Hebrew and Arabic presentation forms
        | '\u{FE70}'..='\u{FEFE}'
        | '\u{FF01}'..='\u{FFEE}' // half and full width
        | '\u{1D400}'..='\u{1D7FF}' // mathematical letters
        | '\u{2F800}'..='\u{2FA1F}'
    )
}

/// Appends what stands for `character`.
pub(crate) fn map(character: char, text: &mut String) {
    if let Some(replacement) = pair(character) {
        text.push_str(replacement);
    } else if is_deleted(character) {
    } else if is_space(character) {
        text.push(' ');
    } else if matches!(character, '\u{2460}'..='\u{2469}') {
        // Circled digits become those of the dingbats.
        text.extend(char::from_u32(u32::from(character) - 0x2460 + 0x2780));
    } else if is_compatibility_form(character) {
        text.extend(std::iter::once(character).nfkc().default_case_fold());
    } else {
        text.push(character);
    }
}

/// Like [`map`]; where that does nothing and phpBB's map is not known, Unicode's own look-alike when it is of ASCII.
pub(crate) fn unicode_prototype(character: char, text: &mut String) {
    if is_known(character) || is_compatibility_form(character) {
        return map(character, text);
    }
    let prototype: String = skeleton(character.encode_utf8(&mut [0; 4])).collect();
    if prototype.is_ascii() && !prototype.is_empty() {
        text.extend(prototype.chars().map(|character| character.to_ascii_lowercase()));
    } else {
        map(character, text);
    }
}

/// Whether it is known for certain what phpBB's map does with this (folded) character.
pub(crate) fn is_known(character: char) -> bool {
    if character.is_ascii() || character.is_control() || is_deleted(character) || is_space(character) {
        return true;
    }
    match character {
        // "All others stay": Greek and Cyrillic letters; Hangul syllables.
        '\u{386}'..='\u{3CE}' | '\u{400}'..='\u{45F}' | '\u{AC00}'..='\u{D7A3}' => true,
        _ => pair(character).is_some() || is_accented_latin(character) || is_latin_accent(character),
    }
}

/// An accented letter, which stays: an ASCII letter and combining marks.
fn is_accented_latin(character: char) -> bool {
    let mut parts = std::iter::once(character).nfd();
    let letter = parts.next().is_some_and(|first| first.is_ascii_alphabetic());
    letter && parts.all(is_latin_accent)
}

/// Combining marks that folding can leave alone (`İ` becomes `i` and a dot).
fn is_latin_accent(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{331}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(character: char) -> String {
        let mut text = String::new();
        map(character, &mut text);
        text
    }

    #[test]
    fn results_are_not_mapped_again() {
        assert_eq!(mapped('\u{251}'), "α");
        assert_eq!(mapped('α'), "a");
        assert_eq!(mapped('!'), "\u{1C3}");
        assert_eq!(mapped('\u{1C3}'), "!");
    }

    #[test]
    fn letters_digits_and_common_signs_stay() {
        for character in "abcxyz0189-_.+@[];&#éüñçąőжшлψω".chars() {
            assert_eq!(mapped(character), character.to_string());
        }
    }

    #[test]
    fn invisible_characters_go_and_spaces_become_one_kind() {
        for character in ['\u{AD}', '\u{200B}', '\u{2060}', '\u{FEFF}', '\u{1D17A}'] {
            assert_eq!(mapped(character), "");
        }
        for character in ['\u{A0}', '\u{1680}', '\u{2007}', '\u{202F}', '\u{3000}'] {
            assert_eq!(mapped(character), " ");
        }
    }

    #[test]
    fn unknown_characters_get_the_look_alike_of_unicode() {
        let mut text = String::new();
        unicode_prototype('\u{585}', &mut text); // Armenian oh
        unicode_prototype('б', &mut text);
        assert_eq!(text, "o6");
    }
}
