//! Changes of text that applications make before they hash.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::expr::Transform;
use crate::digest::HashFn;
use crate::family::{hexdigest, mysql};

/// Applies a transformation; `None` when the text is not what it takes.
pub(crate) fn apply(transform: Transform, text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let middle = text.len().div_ceil(2);
    let changed = match transform {
        Transform::Lower => map_chars(text, |c, out| out.extend(c.to_lowercase())),
        Transform::Upper => map_chars(text, |c, out| out.extend(c.to_uppercase())),
        Transform::Trim => trim(text).to_vec(),
        Transform::Slashed => slashed(text),
        Transform::Escaped => escaped(text),
        Transform::Base64 => STANDARD.encode(text).into_bytes(),
        Transform::Unbase64 => STANDARD.decode(text).ok()?,
        Transform::FirstHalf => text[..middle].to_vec(),
        Transform::SecondHalf => text[middle..].to_vec(),
        Transform::Mysql => mysql::password(text).as_bytes().to_vec(),
        Transform::BytewiseSha1 => {
            let sha1 = |bytes: &[u8]| hexdigest::encode(&HashFn::Sha1.digest(&[bytes])).into_bytes();
            let digests = Zeroizing::new(text.iter().flat_map(|byte| sha1(&[*byte])).collect::<Vec<u8>>());
            sha1(&digests)
        }
    };
    Some(Zeroizing::new(changed))
}

/// Letter by letter, as PHP's mb_ functions; text that is not UTF-8 changes in its ASCII letters only.
fn map_chars(text: &[u8], map: impl Fn(char, &mut String)) -> Vec<u8> {
    let mut mapped = String::with_capacity(text.len());
    match std::str::from_utf8(text) {
        Ok(text) => {
            text.chars().for_each(|c| map(c, &mut mapped));
            mapped.into_bytes()
        }
        Err(_) => {
            let mut bytes = text.to_vec();
            for byte in bytes.iter_mut().filter(|byte| byte.is_ascii_alphabetic()) {
                mapped.clear();
                map(char::from(*byte), &mut mapped);
                *byte = mapped.bytes().next().unwrap_or(*byte);
            }
            bytes
        }
    }
}

/// PHP's trim: space, tab, line feed, carriage return, NUL, vertical tab.
fn trim(text: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0 | 0x0B);
    let start = text.iter().position(|byte| !blank(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    &text[start..end]
}

/// PHP's addslashes.
pub(crate) fn slashed(text: &[u8]) -> Vec<u8> {
    let mut slashed = Vec::with_capacity(text.len() * 2);
    for &byte in text {
        match byte {
            b'\'' | b'"' | b'\\' => slashed.extend([b'\\', byte]),
            0 => slashed.extend(b"\\0"),
            _ => slashed.push(byte),
        }
    }
    slashed
}

/// PHP's htmlspecialchars with ENT_COMPAT.
fn escaped(text: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(text.len() * 6);
    for &byte in text {
        match byte {
            b'&' => escaped.extend(b"&amp;"),
            b'<' => escaped.extend(b"&lt;"),
            b'>' => escaped.extend(b"&gt;"),
            b'"' => escaped.extend(b"&quot;"),
            _ => escaped.push(byte),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(transform: Transform, text: &str) -> String {
        String::from_utf8(apply(transform, text.as_bytes()).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn letters_beyond_ascii_change_case() {
        assert_eq!(text(Transform::Lower, "ÉLODIE Straße"), "élodie straße");
        assert_eq!(text(Transform::Upper, "é"), "É");
        assert_eq!(**apply(Transform::Lower, b"AB\xFF").unwrap(), *b"ab\xFF");
    }

    #[test]
    fn a_key_may_be_stored_as_base_64() {
        assert_eq!(text(Transform::Unbase64, "aGk="), "hi");
        assert!(apply(Transform::Unbase64, b"!").is_none());
    }

    #[test]
    fn trimming_slashes_and_entities_are_phps() {
        assert_eq!(text(Transform::Trim, " \t\x0Ba b\0\r\n"), "a b");
        assert_eq!(text(Transform::Trim, "  "), "");
        assert_eq!(text(Transform::Slashed, "a'b\"c\\d\0"), "a\\'b\\\"c\\\\d\\0");
        assert_eq!(text(Transform::Escaped, "a&<>\"'"), "a&amp;&lt;&gt;&quot;'");
    }

    #[test]
    fn the_first_half_is_the_longer_one() {
        assert_eq!(text(Transform::FirstHalf, "abc"), "ab");
        assert_eq!(text(Transform::SecondHalf, "abc"), "c");
    }
}
