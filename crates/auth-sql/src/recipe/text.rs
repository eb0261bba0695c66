//! What applications do to a typed name or password before they use it.

use std::str::FromStr;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A change of a typed text. Written as its name: `"trim"`, `"html-escape"`, `"cut-32"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Transform {
    /// `trim`: PHP's trim.
    Trim,
    /// `lower`: lower case of all letters.
    Lower,
    /// `upper`: upper case of all letters.
    Upper,
    /// `upper-first`: upper case of the first letter.
    UpperFirst,
    /// `html-escape`: `& < > " '` as entities, PHP's htmlspecialchars with ENT_QUOTES (`'` as `&#039;`).
    HtmlEscape,
    /// `html-escape-compat`: the same without `'`.
    HtmlEscapeCompat,
    /// `html-unescape`: the entities of html-escape as characters.
    HtmlUnescape,
    /// `collapse-spaces`: several blanks become one space.
    CollapseSpaces,
    /// `spaces-to-underscores`.
    SpacesToUnderscores,
    /// `spaces-to-dashes`.
    SpacesToDashes,
    /// `underscores-to-spaces`.
    UnderscoresToSpaces,
    /// `nfc`: Unicode's composed form.
    Nfc,
    /// `nfkc`: Unicode's compatible composed form.
    Nfkc,
    /// `add-slashes`: PHP's addslashes.
    AddSlashes,
    /// `strip-slashes`: PHP's stripslashes.
    StripSlashes,
    /// `strip-tags`: what stands between `<` and `>` is dropped.
    StripTags,
    /// `ascii-fold`: accents are dropped.
    AsciiFold,
    /// `before-at`: what stands before the last `@`.
    BeforeAt,
    /// `cut-N`: the first N characters.
    Cut(u16),
}

/// Every name but `cut-N`.
const NAMES: [(&str, Transform); 18] = [
    ("trim", Transform::Trim),
    ("lower", Transform::Lower),
    ("upper", Transform::Upper),
    ("upper-first", Transform::UpperFirst),
    ("html-escape", Transform::HtmlEscape),
    ("html-escape-compat", Transform::HtmlEscapeCompat),
    ("html-unescape", Transform::HtmlUnescape),
    ("collapse-spaces", Transform::CollapseSpaces),
    ("spaces-to-underscores", Transform::SpacesToUnderscores),
    ("spaces-to-dashes", Transform::SpacesToDashes),
    ("underscores-to-spaces", Transform::UnderscoresToSpaces),
    ("nfc", Transform::Nfc),
    ("nfkc", Transform::Nfkc),
    ("add-slashes", Transform::AddSlashes),
    ("strip-slashes", Transform::StripSlashes),
    ("strip-tags", Transform::StripTags),
    ("ascii-fold", Transform::AsciiFold),
    ("before-at", Transform::BeforeAt),
];

/// A name that no transform has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown text transform `{name}`, expected one of {}, cut-N", known())]
pub struct UnknownTransform {
    /// What was written.
    pub name: String,
}

fn known() -> String {
    NAMES.map(|(name, _)| name).join(", ")
}

impl FromStr for Transform {
    type Err = UnknownTransform;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if let Some((_, transform)) = NAMES.iter().find(|(known, _)| *known == name) {
            return Ok(*transform);
        }
        let cut = name.strip_prefix("cut-").and_then(|count| count.parse().ok()).filter(|&count| count > 0);
        cut.map(Self::Cut).ok_or_else(|| UnknownTransform { name: name.to_owned() })
    }
}

impl TryFrom<String> for Transform {
    type Error = UnknownTransform;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Transform {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Transform".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names = NAMES.map(|(name, _)| name);
        schemars::json_schema!({
            "description": "A change of a typed text, by its name; `cut-N` keeps the first N characters.",
            "anyOf": [{ "type": "string", "enum": names }, { "type": "string", "pattern": "^cut-[0-9]+$" }]
        })
    }
}

impl Transform {
    /// The changed text.
    pub fn apply(self, text: &str) -> String {
        match self {
            Self::Trim => text.trim_matches([' ', '\t', '\n', '\r', '\0', '\u{B}']).to_owned(),
            Self::Lower => text.to_lowercase(),
            Self::Upper => text.to_uppercase(),
            Self::UpperFirst => {
                let mut rest = text.chars();
                let first = rest.next().map(char::to_uppercase);
                first.into_iter().flatten().chain(rest).collect()
            }
            Self::HtmlEscape => escape(text, true),
            Self::HtmlEscapeCompat => escape(text, false),
            Self::HtmlUnescape => unescape(text),
            Self::CollapseSpaces => collapse(text),
            Self::SpacesToUnderscores => text.replace(' ', "_"),
            Self::SpacesToDashes => text.replace(' ', "-"),
            Self::UnderscoresToSpaces => text.replace('_', " "),
            Self::Nfc => text.nfc().collect(),
            Self::Nfkc => text.nfkc().collect(),
            Self::AddSlashes => add_slashes(text),
            Self::StripSlashes => strip_slashes(text),
            Self::StripTags => strip_tags(text),
            Self::AsciiFold => text.nfd().filter(|&c| !is_combining_mark(c)).collect(),
            Self::BeforeAt => text.rsplit_once('@').map_or(text, |(before, _)| before).to_owned(),
            Self::Cut(count) => text.chars().take(usize::from(count)).collect(),
        }
    }
}

/// All of these, in order.
pub fn apply_all(transforms: &[Transform], text: &str) -> String {
    transforms.iter().fold(text.to_owned(), |text, transform| transform.apply(&text))
}

fn escape(text: &str, apostrophe: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' if apostrophe => escaped.push_str("&#039;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The entities that applications store names with: the five of HTML's escaping, and numbers.
pub fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let entity = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        match entity.and_then(|(name, behind)| Some((named(name)?, behind))) {
            Some((character, behind)) => {
                plain.push(character);
                rest = behind;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn named(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{A0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control())
        }
    }
}

fn collapse(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    let mut blank = false;
    for character in text.chars() {
        if character.is_whitespace() {
            if !blank {
                collapsed.push(' ');
            }
            blank = true;
        } else {
            blank = false;
            collapsed.push(character);
        }
    }
    collapsed
}

fn add_slashes(text: &str) -> String {
    let mut slashed = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\'' | '"' | '\\' => slashed.extend(['\\', character]),
            '\0' => slashed.push_str("\\0"),
            other => slashed.push(other),
        }
    }
    slashed
}

fn strip_slashes(text: &str) -> String {
    let mut stripped = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('0') => stripped.push('\0'),
                Some(next) => stripped.push(next),
                None => {}
            },
            other => stripped.push(other),
        }
    }
    stripped
}

fn strip_tags(text: &str) -> String {
    let mut stripped = String::with_capacity(text.len());
    let mut inside = false;
    for character in text.chars() {
        match character {
            '<' => inside = true,
            '>' if inside => inside = false,
            other if !inside => stripped.push(other),
            _ => {}
        }
    }
    stripped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(name: &str, text: &str) -> String {
        name.parse::<Transform>().unwrap().apply(text)
    }

    #[test]
    fn each_transform_does_what_its_name_says() {
        for (name, text, changed) in [
            ("trim", " \t a b\r\n\0", "a b"),
            ("lower", "ÉLODIE", "élodie"),
            ("upper", "élodie", "ÉLODIE"),
            ("upper-first", "élodie b", "Élodie b"),
            ("html-escape", "a&<>\"'", "a&amp;&lt;&gt;&quot;&#039;"),
            ("html-escape-compat", "a&<>\"'", "a&amp;&lt;&gt;&quot;'"),
            ("html-unescape", "a&amp;&lt;&gt;&quot;&#039;&#x27;&x;&", "a&<>\"''&x;&"),
            ("collapse-spaces", "a  b\t c", "a b c"),
            ("spaces-to-underscores", "a b", "a_b"),
            ("spaces-to-dashes", "a b", "a-b"),
            ("underscores-to-spaces", "a_b", "a b"),
            ("nfc", "e\u{301}", "é"),
            ("nfkc", "ｅ", "e"),
            ("add-slashes", "a'b\"c\\", "a\\'b\\\"c\\\\"),
            ("strip-slashes", "a\\'b\\\\c\\", "a'b\\c"),
            ("strip-tags", "a<b>c</b>", "ac"),
            ("ascii-fold", "élodie", "elodie"),
            ("before-at", "a@b@c.org", "a@b"),
            ("cut-3", "éabc", "éab"),
        ] {
            assert_eq!(apply(name, text), changed, "{name}");
        }
    }

    #[test]
    fn an_unknown_name_is_told_which_there_are() {
        let error = "rot13".parse::<Transform>().unwrap_err().to_string();
        assert!(
            error.starts_with("unknown text transform `rot13`, expected one of trim, lower, "),
            "{error}"
        );
        assert!("cut-0".parse::<Transform>().is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_changed_without_a_panic(text in "\\PC{0,40}|[&#;x0-9a<>\\\\'\"]{0,40}") {
            for (_, transform) in NAMES {
                let _ = transform.apply(&text);
            }
            proptest::prop_assert_eq!(unescape(&escape(&text, true)), text);
        }
    }
}
