//! XenForo: `xf_user_authenticate.data` is an array, PHP-serialised (1.x, 2.0) or JSON (2.1 and later), with the keys
//! `hash`, `salt` and `hashFunc`.

use zeroize::Zeroizing;

use super::{Hook, Unpacked};

/// Reads both forms of the array.
#[derive(Debug)]
pub(super) struct Xenforo;

/// The longest array that is read; XenForo's have about 250 bytes.
const DATA_BYTES: usize = 4096;

impl Hook for Xenforo {
    fn name(&self) -> &'static str {
        "xenforo"
    }

    fn unpack(&self, stored: &str) -> Result<Unpacked, String> {
        let unreadable = || "the column `data` is neither JSON nor a PHP-serialised array".to_owned();
        if stored.len() > DATA_BYTES {
            return Err(unreadable());
        }
        let entries = if stored.trim_start().starts_with(['{', '[']) {
            json(stored).ok_or_else(unreadable)?
        } else {
            serialised(stored).ok_or_else(unreadable)?
        };
        let take = |key: &str| entries.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone());
        // `XF:NoPassword` has an empty array.
        Ok(Unpacked { password: take("hash").unwrap_or_default(), salt: take("salt") })
    }
}

type Entries = Vec<(String, Zeroizing<String>)>;

fn json(text: &str) -> Option<Entries> {
    match serde_json::from_str(text).ok()? {
        serde_json::Value::Object(object) => Some(
            object
                .into_iter()
                .filter_map(|(key, value)| match value {
                    serde_json::Value::String(text) => Some((key, Zeroizing::new(text))),
                    _ => None,
                })
                .collect(),
        ),
        // PHP writes an empty array so.
        serde_json::Value::Array(list) if list.is_empty() => Some(Entries::new()),
        _ => None,
    }
}

/// PHP's serialize() of a flat array: `a:2:{s:4:"hash";s:60:"…";s:4:"salt";N;}`. Lengths are bytes.
fn serialised(text: &str) -> Option<Entries> {
    let rest = text.strip_prefix("a:")?;
    let (count, mut rest) = rest.split_once(":{")?;
    let count: usize = count.parse().ok().filter(|&count| count <= 16)?;
    let mut entries = Entries::with_capacity(count);
    for _ in 0..count {
        let (key, behind) = scalar(rest)?;
        let (value, behind) = scalar(behind)?;
        rest = behind;
        if let (Some(key), Some(value)) = (key, value) {
            entries.push((key.to_owned(), Zeroizing::new(value.to_owned())));
        }
    }
    (rest.trim_end() == "}").then_some(entries)
}

/// A text, or `None` for any other scalar; and what stands behind it.
fn scalar(text: &str) -> Option<(Option<&str>, &str)> {
    if let Some(rest) = text.strip_prefix("s:") {
        let (length, rest) = rest.split_once(":\"")?;
        let length: usize = length.parse().ok()?;
        let (value, rest) = rest.split_at_checked(length)?;
        return Some((Some(value), rest.strip_prefix("\";")?));
    }
    let (value, rest) = text.split_once(';')?;
    let known = value == "N" || ["i:", "b:", "d:"].iter().any(|kind| value.starts_with(kind));
    known.then_some((None, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(text: &str) -> Option<(String, Option<String>)> {
        let unpacked = Xenforo.unpack(text).ok()?;
        Some((unpacked.password.to_string(), unpacked.salt.map(|salt| salt.to_string())))
    }

    #[test]
    fn both_forms_of_the_array_are_read() {
        // Written by PHP 8.2: serialize(['hash' => 'abc', 'salt' => 'é"', 'hashFunc' => 'sha256']) and json_encode.
        let both = Some(("abc".to_owned(), Some("é\"".to_owned())));
        let php = r#"a:3:{s:4:"hash";s:3:"abc";s:4:"salt";s:3:"é"";s:8:"hashFunc";s:6:"sha256";}"#;
        assert_eq!(unpack(php), both);
        assert_eq!(unpack(r#"{"hash":"abc","salt":"\u00e9\"","hashFunc":"sha256"}"#), both);
        assert_eq!(unpack(r#"{"hash":"$2y$10$x","remember":true}"#), Some(("$2y$10$x".into(), None)));
        assert_eq!(unpack(r#"a:2:{i:0;N;s:4:"hash";s:1:"x";}"#), Some(("x".into(), None)));
    }

    #[test]
    fn an_account_without_a_password_has_an_empty_one() {
        for empty in ["a:0:{}", "[]", "{}"] {
            assert_eq!(unpack(empty), Some((String::new(), None)), "{empty}");
        }
    }

    #[test]
    fn anything_else_is_refused_without_its_text() {
        for wrong in [
            "",
            "abc",
            "a:1:{s:99:\"x\";}",
            "a:999999999:{}",
            "a:1:{O:1:\"X\":0:{}}",
            "{\"hash\":",
            "a:1:{s:4:\"hash\";s:1:\"é\";}",
        ] {
            let error = Xenforo.unpack(wrong).unwrap_err();
            assert!(error.contains("`data`") && !error.contains("hash\""), "{wrong}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "\\PC{0,60}|[aisNbd:;{}\"0-9hé]{0,60}") {
            let _ = Xenforo.unpack(&text);
        }
    }
}
