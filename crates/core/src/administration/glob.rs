use std::str::Chars;

/// Whether `text` is of the pattern: `*` stands for any characters, `?` for one, everything else for itself.
///
/// Work grows with the product of the lengths at worst, never beyond: only the last `*` is ever taken back.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut star: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let mut rest = pattern.clone();
        match rest.next() {
            None if text.as_str().is_empty() => return true,
            Some('*') => {
                star = Some((rest.clone(), text.clone()));
                pattern = rest;
                continue;
            }
            Some(wanted) => {
                let mut after = text.clone();
                match after.next() {
                    // Taking a star back makes the text longer for the star and shorter for the rest.
                    None => return false,
                    Some(found) if wanted == '?' || wanted == found => {
                        (pattern, text) = (rest, after);
                        continue;
                    }
                    Some(_) => {}
                }
            }
            None => {}
        }
        let Some((behind, swallowed)) = &mut star else { return false };
        if swallowed.next().is_none() {
            return false;
        }
        (pattern, text) = (behind.clone(), swallowed.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_table_of_patterns_holds() {
        let table = [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything", true),
            ("?", "", false),
            ("?", "ä", true),
            ("a*", "a", true),
            ("a*", "ba", false),
            ("*a", "ba", true),
            ("sp?m*", "spam-bot", true),
            ("sp?m*", "spm", false),
            ("*bot*", "a robot here", true),
            ("a*b*c", "axxbyybc", true),
            ("a*b*c", "axxbyyb", false),
            ("a**b", "ab", true),
            // What means something elsewhere means itself here.
            ("a.c", "abc", false),
            ("a.c", "a.c", true),
            ("[ab]", "a", false),
            ("a+", "aa", false),
            ("(", "(", true),
            ("\\d", "\\d", true),
            ("^a$", "a", false),
            ("%", "anything", false),
            ("_", "a", false),
        ];
        for (pattern, text, wanted) in table {
            assert_eq!(matches(pattern, text), wanted, "{pattern} {text}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_time() {
        let pattern = "*a".repeat(127) + "b";
        assert!(!matches(&pattern, &"a".repeat(255)));
    }

    /// The definition, without any care for time.
    fn slow(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|skip| slow(rest, &text[skip..])),
            Some((wanted, rest)) => text
                .split_first()
                .is_some_and(|(found, after)| (*wanted == '?' || wanted == found) && slow(rest, after)),
        }
    }

    proptest! {
        #[test]
        fn it_is_the_definition(pattern in "[ab*?]{0,7}", text in "[ab]{0,7}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &text), slow(&chars(&pattern), &chars(&text)));
        }
    }
}
