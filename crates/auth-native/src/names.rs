//! What a login, a name to show and an e-mail address may look like. Messages are sentences for the person.

use std::ops::RangeInclusive;

use portico_core::account::fold_login;

/// The folded form is cut there; a login that reaches it could be mistaken for another.
const FOLDED_CHARS: usize = 255;
/// Most characters of a name to show.
const NAME_CHARS: usize = 64;
/// Most bytes of an e-mail address (RFC 5321 §4.5.3.1.3, without the angle brackets).
const EMAIL_BYTES: usize = 254;
/// Most bytes of the part before the `@` (RFC 5321 §4.5.3.1.1).
const EMAIL_LOCAL_BYTES: usize = 64;

/// The folded form of a login that somebody could have, as typed at the login form; `None` for one that nobody can
/// have registered. Keeps what databases choke on (NUL) from them.
pub fn lookup_key(typed: &str) -> Option<String> {
    let trimmed = typed.trim();
    let possible = trimmed.len() <= 4 * NAME_CHARS && visible(trimmed, NAME_CHARS, "name").is_ok();
    possible.then(|| fold_login(trimmed)).filter(|folded| !folded.is_empty())
}

/// The folded form of a login to be made.
pub(crate) fn new_login(login: &str, chars: RangeInclusive<usize>) -> Result<String, String> {
    let (fewest, most) = chars.into_inner();
    visible(login, most, "login name")?;
    if login.chars().count() < fewest {
        return Err(format!("The login name is shorter than {fewest} characters."));
    }
    let folded = fold_login(login);
    // Some characters compose to a space or to eighteen letters.
    if folded.is_empty() || folded.trim() != folded || folded.chars().count() >= FOLDED_CHARS {
        return Err("This login name can't be used; please choose another.".to_owned());
    }
    Ok(folded)
}

/// A name to show as it is kept; `None` when it is blank.
///
/// # Errors
/// Which rule it breaks, as a sentence for the person.
pub fn display_name(name: Option<&str>) -> Result<Option<String>, String> {
    match name.map(str::trim).filter(|name| !name.is_empty()) {
        None => Ok(None),
        Some(name) => visible(name, NAME_CHARS, "name").map(|()| Some(name.to_owned())),
    }
}

/// An e-mail address that could be one, as it is kept; `None` when it is blank. Whether it is, only a letter to it can tell.
///
/// # Errors
/// That it can't be one, as a sentence for the person.
pub fn email(address: Option<&str>) -> Result<Option<String>, String> {
    let Some(address) = address.map(str::trim).filter(|address| !address.is_empty()) else {
        return Ok(None);
    };
    let plausible = address.len() <= EMAIL_BYTES
        && !address.chars().any(|c| c.is_control() || c.is_whitespace() || is_invisible(c))
        && !address.contains(['<', '>', ',', ';', '"', '(', ')', '\\'])
        && address.rsplit_once('@').is_some_and(|(local, domain)| {
            let dots = |part: &str| part.starts_with('.') || part.ends_with('.') || part.contains("..");
            (1..=EMAIL_LOCAL_BYTES).contains(&local.len())
                && !local.contains('@')
                && !domain.is_empty()
                && !dots(local)
                && !dots(domain)
        });
    if plausible { Ok(Some(address.to_owned())) } else { Err("This is not an e-mail address.".to_owned()) }
}

fn visible(text: &str, most_chars: usize, what: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err(format!("The {what} is empty."));
    }
    if text.chars().nth(most_chars).is_some() {
        return Err(format!("The {what} is longer than {most_chars} characters."));
    }
    if text.trim() != text || text.contains("  ") {
        return Err(format!("The {what} has a space at its beginning or end, or two in a row."));
    }
    let disturbing = |c: char| c.is_control() || (c.is_whitespace() && c != ' ') || is_invisible(c);
    if text.chars().any(disturbing) {
        return Err(format!("The {what} has a character that can't be seen, or that looks like a space."));
    }
    Ok(())
}

/// Characters without a shape of their own: default-ignorable ones (Unicode's `Default_Ignorable_Code_Point`, the
/// direction controls of UAX #9 among them), fillers and blanks that look like a space, and non-characters.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFC}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
        || matches!(u32::from(c) & 0xFFFF, 0xFFFE | 0xFFFF)
        || matches!(c, '\u{FDD0}'..='\u{FDEF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_of_every_script_are_taken() {
        for name in
            ["a", "alice", "Élodie", "Anna Lena", "Ωmega_7", "李雷", "o'neill", "user@example.org", "😀"]
        {
            assert!(new_login(name, 1..=64).is_ok(), "{name}");
        }
    }

    #[test]
    fn names_that_could_be_taken_for_others_are_not() {
        let cases = [
            ("", "empty"),
            (" alice", "space at its beginning"),
            ("alice ", "space at its beginning"),
            ("anna  lena", "two in a row"),
            ("al\u{0}ice", "can't be seen"),
            ("al\tice", "can't be seen"),
            ("al\u{202E}ice", "can't be seen"),
            ("al\u{200B}ice", "can't be seen"),
            ("anna\u{A0}lena", "looks like a space"),
            ("anna\u{3000}lena", "looks like a space"),
            ("anna\u{2800}lena", "looks like a space"),
            ("anna\u{3164}lena", "looks like a space"),
            ("alice\u{E0041}", "can't be seen"),
            ("alice\u{FFFF}", "can't be seen"),
            ("\u{A8}alice", "please choose another"),
        ];
        for (name, why) in cases {
            let error = new_login(name, 1..=64).unwrap_err();
            assert!(error.contains(why), "{name:?}: {error}");
        }
        assert!(new_login(&"x".repeat(64), 1..=64).is_ok());
        assert!(new_login(&"x".repeat(65), 1..=64).unwrap_err().contains("64 characters"));
        assert!(new_login(&"\u{FDFA}".repeat(64), 1..=64).is_err(), "composes to over a thousand letters");
        for (name, taken) in [("al", false), ("李雷", false), ("ali", true), ("李雷李", true)] {
            assert_eq!(new_login(name, 3..=64).is_ok(), taken, "{name}");
        }
        assert!(new_login("al", 3..=64).unwrap_err().contains("shorter than 3 characters"));
    }

    #[test]
    fn two_spellings_of_a_name_are_one_name() {
        for spelling in ["ALICE", "Alice", "\u{FF41}lice"] {
            assert_eq!(new_login(spelling, 1..=64).unwrap(), "alice");
        }
        assert_eq!(lookup_key("  ALICE\n").as_deref(), Some("alice"), "typed with outer white space");
    }

    #[test]
    fn a_login_that_nobody_can_have_is_not_looked_up() {
        for typed in ["", " ", "al\u{0}ice", "\u{202E}ecila", &"a".repeat(10_000), "a\r\nb"] {
            assert_eq!(lookup_key(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn email_addresses_are_plausible() {
        assert_eq!(email(None), Ok(None));
        assert_eq!(email(Some("  ")), Ok(None));
        for good in ["a@b", "alice@example.org", "élodie+im@exämple.org", "root@localhost"] {
            assert_eq!(email(Some(good)), Ok(Some(good.to_owned())));
        }
        let long = format!("{}@example.org", "x".repeat(65));
        for bad in
            ["alice", "@b", "a@", "a b@c", "a@b\r\nBcc: c@d", "a@b@c", "a..b@c", "<a@b>", "a@.b", &long]
        {
            assert!(email(Some(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_name_to_show_is_trimmed_and_may_be_left_out() {
        assert_eq!(display_name(Some("  Alice L. ")), Ok(Some("Alice L.".to_owned())));
        assert_eq!(display_name(Some("   ")), Ok(None));
        assert!(display_name(Some("Al\u{202E}ice")).is_err());
    }
}
