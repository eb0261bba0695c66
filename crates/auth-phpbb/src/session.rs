//! Sessions of phpBB 3 and 4: whose the board's cookies are, by the board's own checks and as strict as its settings.

use std::net::IpAddr;

use md5::{Digest, Md5};
use portico_auth_sql::{ForeignDatabase, Param, Row};
use portico_core::auth::{AuthContext, AuthError, SecretCookies};
use subtle::ConstantTimeEq;

use crate::avatar::hexadecimal;
use crate::ban::forwarded_addresses;
use crate::board::Board;
use crate::cookie::CookieName;
use crate::input::{BLANK, escape_html, filter};
use crate::schema::{Layout, Tables};
use crate::user::{Kind, Member, columns};
use crate::version::Version;

/// What a day has of seconds.
const DAY: i64 = 86_400;

/// The columns of `sessions` that are read.
const COLUMNS: &str =
    "session_id, session_time, session_ip, session_browser, session_forwarded_for, session_autologin";

/// What the cookie `_sid` leads to.
enum Found {
    /// A session of this visitor that goes on.
    Live(Box<Member>),
    /// One of the guest, or of a search robot: the board looks no further.
    Guest,
    /// None, or none that goes on: the board looks at the key.
    Nothing,
}

/// The member whose session or key the cookies hold. Nothing is written: the session's time isn't renewed, and a key
/// stays the key it is.
pub(crate) async fn member(
    database: &ForeignDatabase,
    tables: &Tables,
    layout: &Layout,
    board: &Board,
    cookies: (&CookieName, &SecretCookies),
    cx: &AuthContext<'_>,
) -> Result<Option<Member>, AuthError> {
    let value = |end| cookies.0.value(cookies.1, end);
    // Without a session id the board doesn't look at the other cookies.
    let Some(id) = value("_sid").filter(|id| !id.is_empty()) else { return Ok(None) };
    if is_id(&id, 32) {
        match of_session(database, tables, layout, board, &id, cx).await? {
            Found::Live(member) => return Ok(Some(*member)),
            Found::Guest => return Ok(None),
            Found::Nothing => {}
        }
    }
    let user = value("_u").and_then(|user| user.parse::<u32>().ok()).filter(|&user| user > 1);
    let key = value("_k").filter(|key| is_id(key, key.len()) && key.len() <= 64 && *key.as_str() != *"0");
    match (user, key) {
        (Some(user), Some(key)) if board.is_on("allow_autologin", true) => {
            of_key(database, tables, layout, board, i64::from(user), &key, cx).await
        }
        _ => Ok(None),
    }
}

/// Ids and keys are letters and digits; anything else is none, and isn't looked for.
fn is_id(text: &str, length: usize) -> bool {
    !text.is_empty() && text.len() == length && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

async fn of_session(
    database: &ForeignDatabase,
    tables: &Tables,
    layout: &Layout,
    board: &Board,
    id: &str,
    cx: &AuthContext<'_>,
) -> Result<Found, AuthError> {
    let sql = format!(
        "SELECT {COLUMNS}, {} FROM {} JOIN {} ON user_id = session_user_id WHERE session_id = ?",
        columns(layout),
        tables.sessions,
        tables.users
    );
    for row in &database.query(&sql, &[Param::from(id)]).await? {
        // A collation may find others as well.
        let is_it = row.text("session_id")?.as_bytes().ct_eq(id.as_bytes());
        if !bool::from(is_it) || !goes_on(row, board, cx)? || !is_from_here(row, board, cx)? {
            continue;
        }
        let member = Member::new(row, layout)?;
        return Ok(if member.kind == Kind::Ignored { Found::Guest } else { Found::Live(Box::new(member)) });
    }
    Ok(Found::Nothing)
}

/// Whether the session isn't too old: `session_length` and a minute, or the days that a remembered login lasts.
fn goes_on(row: &Row, board: &Board, cx: &AuthContext<'_>) -> Result<bool, AuthError> {
    let now = cx.now.as_millis().div_euclid(1000);
    let seen = row.i64("session_time")?;
    if row.i64("session_autologin")? == 0 {
        return Ok(seen >= now.saturating_sub(board.number("session_length", 3600).saturating_add(60)));
    }
    let days = board.number("max_autologin_time", 0);
    // The board puts the minute on the other side here.
    let begin = now.saturating_sub(days.saturating_mul(DAY)).saturating_add(60);
    Ok(board.is_on("allow_autologin", true) && (days == 0 || seen >= begin))
}

/// Whether the visitor is the session's, as far as the board's settings say that it must be.
fn is_from_here(row: &Row, board: &Board, cx: &AuthContext<'_>) -> Result<bool, AuthError> {
    if !same_address(row.text("session_ip")?, cx.peer, board.number("ip_check", 3)) {
        return Ok(false);
    }
    if board.is_on("browser_check", true) {
        let visitor = cx.user_agent.unwrap_or_default();
        let visitor = match board.version {
            Version::V30 => escape_html(visitor),
            version => filter(visitor, version, true).to_string(),
        };
        if browser(row.text("session_browser")?) != browser(&visitor) {
            return Ok(false);
        }
    }
    if board.is_on("forwarded_for_check", false) {
        let visitor = forwarded_addresses(cx.forwarded_for.unwrap_or_default()).join(" ");
        let stored = row.text("session_forwarded_for")?;
        return Ok(cut(stored, 254) == cut(&visitor, 254));
    }
    Ok(true)
}

/// Whether as many parts of the addresses agree as `ip_check` says: octets of IPv4; of IPv6 one block more, all from 4 on.
fn same_address(stored: &str, visitor: Option<IpAddr>, parts: i64) -> bool {
    let Ok(parts) = usize::try_from(parts) else { return false };
    if parts == 0 {
        return true;
    }
    let (Ok(stored), Some(visitor)) = (stored.trim().parse::<IpAddr>(), visitor) else { return false };
    match (stored.to_canonical(), visitor.to_canonical()) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            one.octets().iter().zip(&other.octets()).take(parts).all(|(a, b)| a == b)
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            let blocks = if parts < 4 { parts + 1 } else { 8 };
            one.segments().iter().zip(&other.segments()).take(blocks).all(|(a, b)| a == b)
        }
        _ => false,
    }
}

/// The part of a browser's name that is compared: 149 bytes, whatever the case of ASCII letters.
fn browser(text: &str) -> String {
    cut(text, 149).to_ascii_lowercase().trim_matches(BLANK).to_owned()
}

/// At most so many bytes.
fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// The member whom the key of the cookie `_k` remembers. The board would exchange the key for another at this point.
async fn of_key(
    database: &ForeignDatabase,
    tables: &Tables,
    layout: &Layout,
    board: &Board,
    user: i64,
    key: &str,
    cx: &AuthContext<'_>,
) -> Result<Option<Member>, AuthError> {
    let digest = hexadecimal(&Md5::digest(key.as_bytes()));
    let sql = format!(
        "SELECT {} FROM {} WHERE user_id = ? AND user_type IN (0, 3) AND EXISTS \
         (SELECT 1 FROM {} k WHERE k.user_id = ? AND k.key_id = ? AND k.last_login >= ?)",
        columns(layout),
        tables.users,
        tables.sessions_keys
    );
    let params =
        [Param::from(user), Param::from(user), Param::from(digest), Param::from(oldest_key(board, cx))];
    database.query(&sql, &params).await?.first().map(|row| Member::new(row, layout)).transpose()
}

/// The time before which keys are too old. The board's clean-up removes them then; until it has run they still count
/// over there.
pub(crate) fn oldest_key(board: &Board, cx: &AuthContext<'_>) -> i64 {
    match board.number("max_autologin_time", 0) {
        days @ 1.. => cx.now.as_millis().div_euclid(1000).saturating_sub(days.saturating_mul(DAY)).max(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_agree_in_as_many_parts_as_the_setting_says() {
        for (stored, visitor, parts, same) in [
            ("192.0.2.7", "192.0.2.99", 3, true),
            ("192.0.2.7", "192.0.3.7", 3, false),
            ("192.0.2.7", "192.0.2.99", 4, false),
            ("192.0.2.7", "192.0.2.7", 4, true),
            ("192.0.2.7", "192.0.99.99", 2, true),
            ("192.0.2.7", "192.7.7.7", 1, true),
            ("192.0.2.7", "193.0.2.7", 1, false),
            ("192.0.2.7", "2001:db8::1", 0, true),
            ("192.0.2.7", "::ffff:192.0.2.9", 3, true),
            ("2001:db8:1:2::7", "2001:db8:1:2:ffff::1", 3, true),
            ("2001:db8:1:2::7", "2001:db8:1:3::7", 3, false),
            ("2001:db8:1:2::7", "2001:db8:1:3::7", 2, true),
            ("2001:db8:1:2::7", "2001:db8:1:2::8", 4, false),
            ("2001:db8:1:2::7", "2001:db8:1:2::7", 4, true),
            ("2001:db8::", "192.0.2.7", 3, false),
            ("", "192.0.2.7", 3, false),
            ("not an address", "192.0.2.7", 3, false),
            ("192.0.2.7", "192.0.2.7", -1, false),
        ] {
            assert_eq!(same_address(stored, visitor.parse().ok(), parts), same, "{stored} {visitor} {parts}");
        }
        assert!(!same_address("192.0.2.7", None, 3), "an unknown address is nobody's");
    }

    #[test]
    fn browsers_are_compared_by_149_bytes_without_case() {
        assert_eq!(browser(" Mozilla/5.0 (X11) "), browser("MOZILLA/5.0 (x11)"));
        let long = "x".repeat(149);
        assert_eq!(browser(&format!("{long}a")), browser(&format!("{long}b")));
        assert_ne!(browser(&"y".repeat(149)), browser(&long));
        assert_eq!(browser(&format!("{}é", "x".repeat(148))), "x".repeat(148), "no half characters");
    }

    #[test]
    fn only_letters_and_digits_are_looked_for() {
        assert!(is_id("0123456789abcdef0123456789abcdef", 32));
        for text in
            ["", "0123456789abcdef", "0123456789abcdef0123456789abcde'", "0123456789abcdef0123456789abcdé"]
        {
            assert!(!is_id(text, 32), "{text}");
        }
    }
}
