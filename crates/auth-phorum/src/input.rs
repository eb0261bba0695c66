//! What Phorum does to a typed name and password before it looks at them.

/// What PHP's `trim()` takes from both ends: fewer characters than Unicode's white space.
const PHP_WHITE_SPACE: [char; 6] = [' ', '\t', '\n', '\r', '\0', '\x0B'];

/// `text` without PHP's white space at its ends.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(PHP_WHITE_SPACE)
}

/// A name and password as Phorum's login page hands them on: trimmed, and nothing else. No HTML escaping, no Unicode
/// normalisation, no folding of inner white space (Phorum 5.0 to 6.0: `login.php`).
#[derive(Clone, Copy)]
pub(crate) struct Typed<'a> {
    /// The name that the `username` column is compared with.
    pub(crate) name: &'a str,
    /// The password that is hashed.
    pub(crate) password: &'a str,
}

impl<'a> Typed<'a> {
    pub(crate) fn new(login: &'a str, password: &'a str) -> Self {
        Self { name: trim(login), password: trim(password) }
    }

    /// Whether somebody could have this name. Nobody has an empty one, and no database column holds a NUL.
    pub(crate) fn names_somebody(&self) -> bool {
        !self.name.is_empty() && !self.name.contains('\0')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // php -r 'var_dump(trim("\0 \t\r\n\x0Bbob \xC2\xA0"));'  gives  bob, a space and U+00A0
    #[test]
    fn only_phps_own_white_space_is_trimmed() {
        assert_eq!(trim("\0 \t\r\n\x0Bbob \u{a0}"), "bob \u{a0}");
        assert_eq!(trim(" \u{2003}bob"), "\u{2003}bob");
    }

    #[test]
    fn nothing_is_escaped_or_folded() {
        let typed = Typed::new(" A&B  <c> ", "\tp\"q & <3\n");
        assert_eq!((typed.name, typed.password), ("A&B  <c>", "p\"q & <3"));
    }

    #[test]
    fn nobody_has_an_empty_name_or_one_with_a_nul() {
        assert!(!Typed::new(" \0 ", "x").names_somebody());
        assert!(!Typed::new("bob\0by", "x").names_somebody());
        assert!(Typed::new("bob\0", "x").names_somebody());
    }
}
