//! The regular expressions of Phorum's ban list: PCRE without UTF-8 mode, put between word boundaries, without regard
//! to the case of ASCII letters.

use regex::bytes::{Regex, RegexBuilder};

/// Memory that one compiled expression may take; the column holds 255 characters, so honest ones need a fraction.
const COMPILED_BYTES: usize = 256 * 1024;

/// Compiles the text of a ban. `None` = it never matches.
///
/// The engine takes time proportional to the length of the value whatever the expression says, so no expression can
/// stall a login. What it hasn't got (look-around, back references, `\Q…\E`, bytes above 127 inside a class) never
/// matches, like a broken expression.
pub(crate) fn compile(text: &str) -> Option<Regex> {
    let pattern = translate(&format!(r"\b{text}\b"))?;
    RegexBuilder::new(&pattern)
        .unicode(false)
        .case_insensitive(true)
        .size_limit(COMPILED_BYTES)
        .dfa_size_limit(COMPILED_BYTES)
        .nest_limit(32)
        .build()
        .ok()
}

/// The expression in our engine's dialect. `None` = PHP doesn't take it: Phorum puts it between slashes, so a slash
/// of its own that isn't escaped ends it, and what follows are no modifiers.
fn translate(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern.chars().peekable();
    let mut in_class = false;
    let mut after_assertion = false;
    while let Some(c) = rest.next() {
        let repeats = matches!(c, '*' | '+' | '?') || (c == '{' && starts_a_count(rest.clone()));
        if after_assertion && repeats {
            return None;
        }
        after_assertion =
            !in_class && (matches!(c, '^' | '$') || (c == '\\' && rest.peek().is_some_and(is_assertion)));
        match c {
            '/' => return None,
            '\\' => match rest.next()? {
                // Letters and digits have a meaning in both; escaped punctuation is itself in PCRE, while our engine
                // reads `\<` and `\>` as word boundaries.
                '<' => out.push('<'),
                '>' => out.push('>'),
                '/' => out.push('/'),
                'Z' if !in_class => out.push_str(r"\z"),
                'h' => out.push_str(if in_class { r"\t\x20" } else { r"[\t\x20]" }),
                'e' => out.push_str(r"\x1B"),
                escaped => out.extend(['\\', escaped]),
            },
            '[' if in_class => {
                // Only `[:name:]` nests in PCRE.
                let named = rest.peek() == Some(&':');
                out.push_str(if named { "[" } else { r"\[" });
                if named {
                    copy_posix_name(&mut rest, &mut out);
                }
            }
            '[' => {
                in_class = true;
                out.push('[');
                if rest.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                if rest.next_if_eq(&']').is_some() {
                    out.push_str(r"\]");
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            // Set operations of our engine, plain characters in PCRE.
            '&' | '~' if in_class => out.extend(['\\', c]),
            '{' if !in_class && !starts_a_count(rest.clone()) => out.push_str(r"\{"),
            _ => out.push(c),
        }
    }
    Some(out)
}

/// Whether this letter, escaped, stands for a place and not for a character: PCRE refuses to repeat one.
fn is_assertion(letter: &char) -> bool {
    matches!(letter, 'b' | 'B' | 'A' | 'Z' | 'z' | 'G')
}

/// Copies `:name:]` of a class like `[[:alpha:]]`.
fn copy_posix_name(rest: &mut impl Iterator<Item = char>, out: &mut String) {
    for c in rest {
        out.push(c);
        if c == ']' {
            return;
        }
    }
}

/// Whether what follows a brace is `3}`, `3,}` or `3,5}`.
fn starts_a_count(rest: impl Iterator<Item = char>) -> bool {
    let inner: String = rest.take_while(|c| *c != '}').take(16).collect();
    let (least, most) = inner.split_once(',').unwrap_or((&inner, ""));
    !least.is_empty() && [least, most].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(text: &str, value: &str) -> bool {
        compile(text).is_some_and(|regex| regex.is_match(value.as_bytes()))
    }

    // Each line is the answer of: php -r 'var_dump(@preg_match("/\\b" . $argv[1] . "\\b/i", $argv[2]));' TEXT VALUE
    #[test]
    fn expressions_match_what_phps_pcre_matches() {
        for (text, value, expected) in [
            ("bob", "Bob", true),
            ("bob", "bobby", false),
            ("bob.*", "bobby", true),
            ("bob|eve", "xeve", true),
            ("10\\.0\\.0", "10.0.0.1", true),
            ("10\\.0\\.0", "110.0.0.1", false),
            ("é", "xéy", true),
            ("ÉVE", "éve", false),
            ("a/b", "a/b", false),
            ("a\\/b", "a/b", true),
            ("a\\<b", "a<b", true),
            ("a{b", "a{b", true),
            ("a{2}", "aa", true),
            ("a{2,}", "a", false),
            ("[[:digit:]]+x", "42x", true),
            ("[a&&b]x", "bx", true),
            ("a[[]b", "a[b", true),
            ("x[]]y", "x]y", true),
            ("(", "(", false),
            ("*", "a", false),
            ("[", "[", false),
            ("{2}a", "aa", false),
            ("a\\B+a", "aa", false),
            ("^*a", "aa", false),
            ("spam\\", "spam", false),
            ("foo\\Z", "a foo", true),
            ("a\\hb", "a b", true),
            (".*@spam\\.example", "joe@SPAM.example", true),
            ("", "anything", true),
        ] {
            assert_eq!(matches(text, value), expected, "{text} on {value}");
        }
    }

    #[test]
    fn what_the_engine_has_not_got_never_matches() {
        for text in ["(a)\\1", "(?=a)a", "(?<!b)a", "a(?#x)"] {
            assert!(!matches(text, "aa"), "{text}");
        }
    }

    #[test]
    fn an_expression_that_would_grow_without_bound_is_refused() {
        assert!(compile("((a{1000}){1000}){1000}").is_none());
        assert!(compile(&"(".repeat(200)).is_none());
    }

    #[test]
    fn catastrophic_backtracking_does_not_happen() {
        let value = "a".repeat(255) + "!";
        assert!(!matches("(a+)+$x", &value));
        assert!(!matches("(.*)*(.*)*(.*)*=", &value));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,80}", value in "\\PC{0,80}") {
            let _ = matches(&text, &value);
        }
    }
}
