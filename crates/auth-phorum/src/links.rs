//! Addresses of Phorum's own pages (`include/phorum_get_url.php`).

use portico_core::auth::Links;

/// The forum's public address, without a final slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ForumUrl(String);

/// An address that no link can be made of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "url: {0:?} must begin with http:// or https:// and hold neither white space nor `?` nor `#`: the forum's \
         address as people see it, for example \"https://www.example.org/forum\""
)]
pub(crate) struct InvalidUrl(String);

impl ForumUrl {
    pub(crate) fn new(url: &str) -> Result<Self, InvalidUrl> {
        let invalid = || InvalidUrl(url.to_owned());
        let host =
            url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).ok_or_else(invalid)?;
        let plain = url
            .chars()
            .all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '?' | '#' | '"' | '<' | '>'));
        if plain && host.starts_with(|c: char| c != '/' && c != ':') {
            Ok(Self(url.trim_end_matches('/').to_owned()))
        } else {
            Err(invalid())
        }
    }

    /// The pages for those who have no account or no password. The form for a forgotten password stands on the
    /// login page.
    pub(crate) fn links(&self) -> Links {
        Links {
            register: Some(format!("{}/register.php", self.0)),
            forgotten_password: Some(format!("{}/login.php", self.0)),
            inbox: Some(format!("{}/pm.php", self.0)),
        }
    }

    /// A member's page. The first number is the forum that it is shown in; 0 = none.
    pub(crate) fn profile(&self, user_id: i64) -> String {
        format!("{}/profile.php?0,{user_id}", self.0)
    }

    /// A thread's page.
    pub(crate) fn thread(&self, forum_id: i64, thread: i64) -> String {
        format!("{}/read.php?{forum_id},{thread}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_phorums_own() {
        let url = ForumUrl::new("https://www.example.org/forum/").unwrap();
        assert_eq!(url.links().register.as_deref(), Some("https://www.example.org/forum/register.php"));
        assert_eq!(
            url.links().forgotten_password.as_deref(),
            Some("https://www.example.org/forum/login.php")
        );
        assert_eq!(url.profile(7), "https://www.example.org/forum/profile.php?0,7");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "www.example.org",
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "http://a b",
            "https://a?b",
            "ftp://a",
        ] {
            assert!(ForumUrl::new(bad).is_err(), "{bad}");
        }
    }
}
