//! From the HTML of a custom display name to text.

/// The text of a piece of HTML: tags gone, entities decoded once, control characters gone, trimmed.
///
/// The result is text, never to be shown as HTML: a decoded `&lt;b&gt;` is the text `<b>`.
pub(crate) fn of_html(html: &str) -> String {
    let text = decode_entities(&strip_tags(html));
    let shown: String = text.chars().filter(|c| !c.is_control()).collect();
    shown.trim().to_owned()
}

/// Without tags and comments, as PHP's `strip_tags()`: a `<` before white space is text, quotes protect a `>`.
fn strip_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        text.push_str(before);
        let inside = &tag[1..];
        if inside.starts_with(char::is_whitespace) {
            text.push('<');
            rest = inside;
        } else if let Some(comment) = inside.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
        } else {
            rest = after_tag(inside);
        }
    }
    text.push_str(rest);
    text
}

/// What follows the `>` that closes the tag.
fn after_tag(inside: &str) -> &str {
    let mut quote = None;
    for (at, c) in inside.char_indices() {
        match (quote, c) {
            (None, '>') => return &inside[at + 1..],
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    ""
}

fn decode_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        // The longest entity worth knowing is `&#x10FFFF;`.
        let end = rest.bytes().take(12).position(|b| b == b';');
        match end.and_then(|end| Some((entity(&rest[1..end])?, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The entities that PHP's `htmlspecialchars()` writes, the usual space, and all by number.
fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => {
                    u32::from_str_radix(hex, 16).ok()?
                }
                None if number.bytes().all(|b| b.is_ascii_digit()) => number.parse().ok()?,
                _ => return None,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_go_and_entities_become_characters() {
        for (html, text) in [
            ("Bob", "Bob"),
            ("<b style=\"x>y\">Bob</b> <i>the&nbsp;Great</i>", "Bob the Great"),
            ("Tom &amp; Jerry &#039;n&#x27; &quot;co&quot;", "Tom & Jerry 'n' \"co\""),
            ("<script>alert(1)</script>", "alert(1)"),
            ("a < b", "a < b"),
            ("a<!-- > --->b", "ab"),
            ("a<!-- x -->b", "ab"),
            ("&lt;b&gt;", "<b>"),
            ("&amp;lt;", "&lt;"),
            ("&bogus; &#xD800; &# &", "&bogus; &#xD800; &# &"),
            ("&#8238;x\u{7}&#0;", "\u{202e}x"),
            ("<img src=x", ""),
        ] {
            assert_eq!(of_html(html), text, "{html}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_none_grows(html in "\\PC{0,200}") {
            prop_assert!(of_html(&html).len() <= html.len());
        }
    }
}
