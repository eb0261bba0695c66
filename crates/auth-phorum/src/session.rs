//! Phorum's own sessions: whose the forum's cookies are (`include/api/user.php`, 5.2 and 6.0).

use portico_core::auth::{AuthError, SecretCookies};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::forum::Forum;
use crate::schema::Schema;
use crate::settings::Settings;
use crate::user::Member;

/// The cookies of the long and the short session.
pub(crate) const COOKIES: [&str; 2] = ["phorum_session_v5", "phorum_session_st"];

/// Longest session id: the columns hold 64 characters.
const LONGEST: usize = 64;

/// A member whose session the cookies hold.
pub(crate) struct Proved {
    pub(crate) member: Member,
    /// Whether it suffices for writing: with tight security it takes the short session, too.
    pub(crate) fully: bool,
}

/// What a cookie holds: `<user id>:<session id>`.
struct Ticket {
    user: i64,
    id: Zeroizing<String>,
}

/// The member whose long session the cookies hold. The forum looks neither at addresses nor at browsers, and its
/// sessions end in the browser only, by the age of the cookie.
pub(crate) async fn prove(
    forum: &Forum,
    schema: &Schema,
    settings: &Settings,
    cookies: &SecretCookies,
) -> Result<Option<Proved>, AuthError> {
    let ticket = |name| Ticket::read(cookies.get(name)?.expose_secret());
    let (Some(columns), Some(long)) = (schema.session_columns(), ticket(COOKIES[0])) else { return Ok(None) };
    if !settings.uses_cookies() {
        return Ok(None);
    }
    let Some((member, [long_id, short_id])) = forum.member_with_sessions(schema, columns, long.user).await?
    else {
        return Ok(None);
    };
    if !long.fits(&long_id) {
        return Ok(None);
    }
    // A short session of somebody else is an old cookie, and counts for nothing.
    let short = ticket(COOKIES[1]).filter(|short| short.user == long.user && short.fits(&short_id));
    let fully = !settings.has_tight_security() || short.is_some();
    Ok(Some(Proved { member, fully }))
}

impl Ticket {
    /// PHP encodes the colon. `None` = it is none of Phorum's.
    fn read(cookie: &str) -> Option<Self> {
        let at = cookie.find(':').into_iter().chain(cookie.to_ascii_lowercase().find("%3a")).min()?;
        let (user, rest) = cookie.split_at_checked(at)?;
        let id = rest.strip_prefix(':').or_else(|| rest.get(3..))?;
        let is_id = (1..=LONGEST).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_user = user.bytes().all(|byte| byte.is_ascii_digit());
        let user = i64::from(user.parse::<u32>().ok().filter(|&user| is_user && user > 0)?);
        is_id.then(|| Self { user, id: Zeroizing::new(id.to_owned()) })
    }

    /// Whether this is the stored id. Empty ones, and what PHP takes for empty, are nobody's.
    fn fits(&self, stored: &str) -> bool {
        !matches!(stored, "" | "0") && bool::from(stored.as_bytes().ct_eq(self.id.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cookie: &str) -> Option<(i64, String)> {
        Ticket::read(cookie).map(|ticket| (ticket.user, ticket.id.to_string()))
    }

    #[test]
    fn a_cookie_is_a_user_id_and_a_session_id() {
        for cookie in ["7:0a1b", "7%3A0a1b", "7%3a0a1b"] {
            assert_eq!(read(cookie), Some((7, "0a1b".to_owned())), "{cookie}");
        }
    }

    #[test]
    fn anything_else_is_nobodys() {
        let long = format!("7:{}", "a".repeat(65));
        for cookie in [
            "",
            ":",
            "7",
            "7:",
            ":abc",
            "0:abc",
            "-7:abc",
            "+7:abc",
            "7.0:abc",
            "x:abc",
            "7:a b",
            "7:a%27",
            "7:é",
            "7:a:b",
            "99999999999:a",
            "7%3",
            &long,
        ] {
            assert_eq!(read(cookie), None, "{cookie}");
        }
    }

    #[test]
    fn ids_are_compared_byte_for_byte_and_not_as_php_compares_numbers() {
        let ticket = Ticket::read("7:0e462097431906509019562988736854").unwrap();
        assert!(ticket.fits("0e462097431906509019562988736854"));
        assert!(!ticket.fits("0e830400451993494058024219903391"), "two numbers that PHP takes for zero");
        assert!(!Ticket::read("7:abc").unwrap().fits("ABC"));
        assert!(!Ticket::read("7:0").unwrap().fits("0"), "empty to PHP");
    }

    proptest::proptest! {
        #[test]
        fn any_cookie_is_read_without_a_panic(cookie in "[0-9a:%3Aé]{0,20}") {
            let _ = Ticket::read(&cookie);
        }
    }
}
