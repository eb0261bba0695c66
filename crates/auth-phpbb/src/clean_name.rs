//! The clean name: the form in which phpBB 3 and 4 compare names (`users.username_clean`).
//!
//! Its steps: full case folding, (3.0 and 3.1) NFKC, the FC_NFKC closure, the look-alike map, control characters go, runs
//! of spaces become one, trim. phpBB's look-alike map is a table of its own of about 2006. What is known of it stands
//! in [`look_alike`](crate::look_alike); characters outside of that are cleaned by Unicode's data, and names
//! that contain one are also looked for by their exact spelling.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

use crate::look_alike::{is_known, map, unicode_prototype};
use crate::version::Version;

/// The forms under which a name may be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CleanName {
    /// Clean forms, the likeliest first.
    pub(crate) forms: Vec<String>,
    /// Whether the first form is certainly the board's own. If not, the spelling itself is looked for as well.
    pub(crate) certain: bool,
}

impl CleanName {
    /// The clean forms of a name that has been [filtered](crate::input::filter).
    pub(crate) fn of(filtered: &str, version: Version) -> Self {
        let certain = filtered.chars().default_case_fold().all(is_known);
        let before_3_2 = clean(filtered, true, map);
        let mut forms = if version >= Version::V32 {
            // Boards that were upgraded keep the form of 3.0 and 3.1.
            vec![clean(filtered, false, map), before_3_2]
        } else {
            vec![before_3_2]
        };
        if !certain {
            forms.push(clean(filtered, version < Version::V32, unicode_prototype));
        }
        let mut distinct = Vec::with_capacity(forms.len());
        for form in forms {
            if !form.is_empty() && !distinct.contains(&form) {
                distinct.push(form);
            }
        }
        Self { forms: distinct, certain }
    }
}

/// All steps. Not idempotent: `!` and U+01C3 become each other.
fn clean(name: &str, nfkc: bool, look_alike: impl Fn(char, &mut String)) -> String {
    let mut folded: String = name.chars().default_case_fold().collect();
    if nfkc {
        folded = folded.nfkc().collect();
    }
    let mut mapped = String::with_capacity(folded.len());
    for character in folded.chars() {
        match closure(character) {
            Some(text) => text.chars().for_each(|character| look_alike(character, &mut mapped)),
            None => look_alike(character, &mut mapped),
        }
    }
    let mut clean = String::with_capacity(mapped.len());
    for character in mapped.chars().filter(|character| !character.is_control()) {
        if character != ' ' || !(clean.is_empty() || clean.ends_with(' ')) {
            clean.push(character);
        }
    }
    clean.truncate(clean.trim_end_matches(' ').len());
    clean
}

/// Unicode's FC_NFKC closure (UAX #15, of Unicode 5.0): what a character becomes when folding and NFKC have to be
/// repeated. It turns mathematical capitals, `™` and the like into small letters.
fn closure(character: char) -> Option<String> {
    if character.is_ascii() {
        return None;
    }
    let once: String = std::iter::once(character).default_case_fold().nfkc().collect();
    let twice: String = once.chars().default_case_fold().nfkc().collect();
    (once != twice).then_some(twice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(filtered: &str) -> String {
        CleanName::of(filtered, Version::V33).forms.first().cloned().unwrap_or_default()
    }

    /// The values that phpBB 3.3 gives.
    #[test]
    fn names_are_cleaned_as_phpbb_3_3_does() {
        for (typed, clean) in [
            ("Bob", "bob"),
            ("  Bob   Smith ", "bob smith"),
            ("ÉLODIE", "élodie"),
            ("Straße", "strasse"),
            ("İstanbul", "i\u{307}stanbul"),
            ("Łukasz", "l\u{337}ukasz"),
            ("Ørsted", "o\u{337}rsted"),
            ("Æsir", "aesir"),
            ("Владимир", "влaдимиp"),
            ("Кирилл", "ĸиpилл"),
            ("Наташа", "нaтaшa"),
            ("ΑΛΦΑ", "aλφa"),
            ("ελένη", "ɛλέvn\u{329}"),
            ("раураl", "paypal"),
            ("中文", "中文"),
            ("김철수", "김철수"),
            ("O'Neil", "o\u{2B9}neil"),
            ("who?", "who\u{294}"),
            ("a!b", "a\u{1C3}b"),
            ("a\u{1C3}b", "a!b"),
            ("a|b", "a\u{4E28}b"),
            ("A&amp;B", "a&amp;b"),
            ("x\u{200B}y", "xy"),
            ("a\u{A0}b", "a b"),
            ("a\tb", "ab"),
            ("ｆｕｌｌ", "full"),
            ("ﬁn", "fin"),
            ("Ⅷ", "viii"),
            ("ĳ", "ij"),
            ("𝐀BC", "abc"),
            ("ﾊﾝｶｸ", "ハンカク"),
            ("①②", "➀➁"),
            ("½", "½"),
            ("™x", "tmx"),
            ("m²", "m²"),
        ] {
            assert_eq!(cleaned(typed), clean, "{typed}");
        }
    }

    /// The values in which phpBB 3.0 and 3.1 differ.
    #[test]
    fn names_are_cleaned_as_phpbb_3_0_and_3_1_do() {
        for (typed, clean) in
            [("①②", "12"), ("½", "1/2"), ("™x", "TMx"), ("m²", "m2"), ("𝐀BC", "Abc"), ("Bob", "bob")]
        {
            for version in [Version::V30, Version::V31] {
                assert_eq!(CleanName::of(typed, version).forms[0], clean, "{typed}");
            }
            assert!(
                CleanName::of(typed, Version::V33).forms.contains(&clean.to_owned()),
                "{typed}: upgraded boards"
            );
        }
    }

    #[test]
    fn letters_of_the_known_scripts_are_certain() {
        for name in [
            "Bob Smith",
            "O'Neil?!|",
            "ÉLODIE",
            "Straße",
            "Łukasz",
            "Владимир",
            "ελένη",
            "김철수",
            "a\u{200B}b",
        ] {
            assert!(CleanName::of(name, Version::V33).certain, "{name}");
        }
    }

    #[test]
    fn names_outside_of_what_is_known_are_also_looked_for_as_they_are() {
        for name in ["中文", "ハンカク", "𝐀BC", "Ⅷ", "½", "שלום", "ʇxǝʇ", "…"] {
            assert!(!CleanName::of(name, Version::V33).certain, "{name}");
        }
    }

    #[test]
    fn a_name_of_nothing_visible_has_no_form() {
        assert!(CleanName::of("\u{200B}\u{FEFF}", Version::V33).forms.is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_name_is_cleaned_without_a_panic(name in "[\\x00-\\u{10FFFF}]{0,30}") {
            for version in [Version::V30, Version::V33] {
                let forms = CleanName::of(&name, version).forms;
                proptest::prop_assert!(forms.iter().all(|form| form.trim_matches(' ') == form && !form.contains("  ")));
            }
        }

        #[test]
        fn ascii_names_are_lower_case_with_single_spaces(name in "[A-Za-z0-9 _.+@\\[\\];#-]{1,20}") {
            let expected = name.to_ascii_lowercase().split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
            proptest::prop_assert_eq!(cleaned(&name), expected);
        }
    }
}
