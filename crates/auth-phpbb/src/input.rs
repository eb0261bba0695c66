//! What phpBB does to typed text before it uses it: the filter that every form field passes.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::version::Version;

/// The characters that PHP's `trim` takes away.
pub(crate) const BLANK: [char; 6] = [' ', '\t', '\n', '\r', '\0', '\u{B}'];

/// Filters a typed name or password as phpBB 3 and 4 do, and trims it: line ends become LF, NUL (since 3.2 also U+FEFF)
/// goes, blanks at both ends go, four characters become HTML entities. `nfc`: text beyond ASCII is brought to NFC; 3.0
/// did so with names, not with passwords.
pub(crate) fn filter(typed: &str, version: Version, nfc: bool) -> Zeroizing<String> {
    let mut text = Zeroizing::new(typed.replace("\r\n", "\n").replace('\r', "\n").replace('\0', ""));
    if version >= Version::V32 {
        text = Zeroizing::new(text.replace('\u{FEFF}', ""));
    }
    let escaped = Zeroizing::new(escape_html(text.trim_matches(BLANK)));
    if nfc && !escaped.is_ascii() { Zeroizing::new(escaped.nfc().collect()) } else { escaped }
}

/// A typed name as phpBB 2.0 looks for it: trimmed, escaped, at most 25 characters, no backslashes at its end.
pub(crate) fn filter_name_v2(typed: &str) -> String {
    let escaped: String = escape_html(typed.trim_matches(BLANK)).chars().take(25).collect();
    escaped.trim_end_matches('\\').to_owned()
}

/// Whether PHP takes the text for "false": phpBB asks for name and password with that test, so `0` is no password
/// and nobody's name.
pub(crate) fn is_false(filtered: &str) -> bool {
    filtered.is_empty() || filtered == "0"
}

/// PHP's `htmlspecialchars` with ENT_COMPAT: the single quote stays.
pub(crate) fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A stored text as people read it: entities become characters, once. Characters beyond the basic plane stand in
/// titles as numbers (`&#128512;`), because the tables' character set has no room for them.
pub(crate) fn unescape_html(stored: &str) -> String {
    let mut text = String::with_capacity(stored.len());
    let mut rest = stored;
    while let Some(at) = rest.find('&') {
        let (before, entity) = rest.split_at(at);
        text.push_str(before);
        match entity.find(';').and_then(|end| Some((character(entity.get(1..end)?)?, entity.get(end + 1..)?)))
        {
            Some((character, after)) => {
                text.push(character);
                rest = after;
            }
            None => {
                text.push('&');
                rest = entity.get(1..).unwrap_or_default();
            }
        }
    }
    text.push_str(rest);
    text
}

/// The character of an entity without its `&` and `;`.
fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        _ => char::from_u32(entity.strip_prefix('#').filter(|digits| digits.len() <= 7)?.parse().ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(typed: &str, version: Version) -> String {
        filter(typed, version, true).to_string()
    }

    #[test]
    fn line_ends_become_lf_and_nul_goes() {
        assert_eq!(filtered("a\r\nb\rc\0d", Version::V33), "a\nb\ncd");
    }

    #[test]
    fn u_feff_goes_since_3_2() {
        assert_eq!(filtered("a\u{FEFF}b", Version::V32), "ab");
        assert_eq!(filtered("a\u{FEFF}b", Version::V31), "a\u{FEFF}b");
    }

    #[test]
    fn blanks_of_php_are_trimmed_and_others_stay() {
        assert_eq!(filtered(" \t\n\u{B}a b \r\n", Version::V33), "a b");
        assert_eq!(filtered("\u{A0}a\u{3000}", Version::V33), "\u{A0}a\u{3000}");
    }

    #[test]
    fn four_characters_are_escaped_and_entities_are_escaped_again() {
        assert_eq!(
            filtered("a&b p\"q <3> it's &amp;", Version::V33),
            "a&amp;b p&quot;q &lt;3&gt; it's &amp;amp;"
        );
    }

    #[test]
    fn text_is_brought_to_nfc_where_it_is_asked_for() {
        assert_eq!(filtered("e\u{301}", Version::V33), "é");
        assert_eq!(*filter("e\u{301}", Version::V30, false), "e\u{301}");
    }

    #[test]
    fn the_digit_zero_is_false_and_other_zeros_are_not() {
        assert!(is_false("") && is_false("0"));
        assert!(!is_false("00") && !is_false("0.0") && !is_false(" 0"));
    }

    #[test]
    fn version_2_cuts_names_and_takes_backslashes_off() {
        assert_eq!(filter_name_v2("  Bob\\\\ "), "Bob");
        assert_eq!(filter_name_v2(&"é".repeat(30)), "é".repeat(25));
        assert_eq!(filter_name_v2("a<b"), "a&lt;b");
    }

    #[test]
    fn unescaping_undoes_one_escaping() {
        assert_eq!(
            unescape_html("A&amp;B &quot;x&quot; &lt;3&gt; &amp;amp; &amp;lt;"),
            "A&B \"x\" <3> &amp; &lt;"
        );
    }

    #[test]
    fn numbered_characters_are_read_and_what_is_no_entity_stays() {
        assert_eq!(unescape_html("&#128512; it&#039;s &amp;#39;"), "\u{1F600} it's &#39;");
        for text in ["a & b; c", "&", "&;", "&#;", "&#99999999;", "&#xD800;", "&#55296;", "&nbsp;", "&é;"] {
            assert_eq!(unescape_html(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn what_was_escaped_comes_back(text in "\\PC{0,40}") {
            proptest::prop_assert_eq!(unescape_html(&escape_html(&text)), text);
        }

        #[test]
        fn any_text_is_filtered_without_a_panic(text in "[\\x00-\\u{10FFFF}]{0,40}") {
            let _ = (filter(&text, Version::V33, true), filter_name_v2(&text));
        }
    }
}
