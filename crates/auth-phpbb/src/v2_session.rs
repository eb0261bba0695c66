//! Sessions of phpBB 2.0.

use md5::{Digest, Md5};
use portico_auth_sql::{ForeignDatabase, Param};
use portico_core::auth::{AuthContext, AuthError, SecretCookies};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::avatar::hexadecimal;
use crate::board::Board;
use crate::cookie::CookieName;
use crate::schema::{Layout, Tables};
use crate::session::oldest_key;
use crate::user::{Member, columns};
use crate::v2::hexadecimal_address;

/// The member whose session or key the cookies hold. 24 bits of the address must agree.
pub(crate) async fn member(
    database: &ForeignDatabase,
    tables: &Tables,
    layout: &Layout,
    board: &Board,
    cookies: (&CookieName, &SecretCookies),
    cx: &AuthContext<'_>,
) -> Result<Option<Member>, AuthError> {
    let value = |end| cookies.0.value(cookies.1, end);
    let id = value("_sid").filter(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if let Some(id) = id {
        let sql = format!(
            "SELECT session_id, session_time, session_ip, session_logged_in, {} FROM {} \
             JOIN {} ON user_id = session_user_id WHERE session_id = ?",
            columns(layout),
            tables.sessions,
            tables.users
        );
        let now = cx.now.as_millis().div_euclid(1000);
        let oldest = now.saturating_sub(board.number("session_length", 3600));
        let here = cx.peer.and_then(hexadecimal_address);
        for row in &database.query(&sql, &[Param::from(id.as_str())]).await? {
            let is_it = bool::from(row.text("session_id")?.as_bytes().ct_eq(id.as_bytes()));
            let (from, here) =
                (row.text("session_ip")?.get(..6), here.as_deref().and_then(|here| here.get(..6)));
            if !is_it || from.is_none() || from != here || row.i64("session_time")? < oldest {
                continue;
            }
            let is_member = row.i64("session_logged_in")? != 0 && row.i64("user_id")? > 0;
            return if is_member { Member::new(row, layout).map(Some) } else { Ok(None) };
        }
    }
    let remembered = value("_data").and_then(|data| Remembered::read(&data));
    match remembered {
        Some(remembered) if layout.has_keys && board.is_on("allow_autologin", true) => {
            let digest = hexadecimal(&Md5::digest(remembered.key.as_bytes()));
            let sql = format!(
                "SELECT {} FROM {} WHERE user_id = ? AND user_active = 1 AND EXISTS \
                 (SELECT 1 FROM {} k WHERE k.user_id = ? AND k.key_id = ? AND k.last_login >= ?)",
                columns(layout),
                tables.users,
                tables.sessions_keys
            );
            let user = Param::from(remembered.user);
            let params = [user.clone(), user, Param::from(digest), Param::from(oldest_key(board, cx))];
            database.query(&sql, &params).await?.first().map(|row| Member::new(row, layout)).transpose()
        }
        _ => Ok(None),
    }
}

/// What the cookie `_data` holds: PHP's serialised array of `autologinid` and `userid`.
struct Remembered {
    user: i64,
    key: Zeroizing<String>,
}

impl Remembered {
    /// `None` = it holds no key, or is something else.
    fn read(data: &str) -> Option<Self> {
        let mut rest = data.strip_prefix("a:")?.split_once(":{")?.1.strip_suffix('}')?;
        let (mut user, mut key) = (None, None);
        while !rest.is_empty() {
            let (name, after) = scalar(rest)?;
            let (value, after) = scalar(after)?;
            match name {
                "userid" => user = value.parse::<i64>().ok().filter(|&user| user > 0),
                "autologinid" => key = Some(value),
                _ => {}
            }
            rest = after;
        }
        let key = key.filter(|key| {
            (1..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        Some(Self { user: user?, key: Zeroizing::new(key?.to_owned()) })
    }
}

/// Reads `s:3:"abc";`, `i:7;` or `b:1;`, and says what follows.
fn scalar(text: &str) -> Option<(&str, &str)> {
    if let Some(number) = text.strip_prefix("i:").or_else(|| text.strip_prefix("b:")) {
        return number.split_once(';');
    }
    let (length, rest) = text.strip_prefix("s:")?.split_once(":\"")?;
    let (value, rest) = rest.split_at_checked(length.parse().ok()?)?;
    Some((value, rest.strip_prefix("\";")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &str) -> Option<(i64, String)> {
        Remembered::read(data).map(|remembered| (remembered.user, remembered.key.to_string()))
    }

    #[test]
    fn what_the_board_serialised_is_read() {
        // php -r 'echo serialize(["autologinid" => "0123abcd", "userid" => "7"]);'
        let text = "a:2:{s:11:\"autologinid\";s:8:\"0123abcd\";s:6:\"userid\";s:1:\"7\";}";
        assert_eq!(read(text), Some((7, "0123abcd".to_owned())));
        assert_eq!(
            read("a:2:{s:11:\"autologinid\";s:1:\"k\";s:6:\"userid\";i:7;}"),
            Some((7, "k".to_owned()))
        );
    }

    #[test]
    fn anything_else_is_nobodys() {
        for data in [
            "",
            "a:0:{}",
            "a:2:{s:11:\"autologinid\";s:0:\"\";s:6:\"userid\";i:7;}",
            "a:2:{s:11:\"autologinid\";b:1;s:6:\"userid\";i:-1;}",
            "a:2:{s:11:\"autologinid\";s:9:\"short\";s:6:\"userid\";i:7;}",
            "a:2:{s:11:\"autologinid\";s:3:\"a'b\";s:6:\"userid\";i:7;}",
            "a:1:{s:6:\"userid\";i:7;}",
            "O:8:\"stdClass\":0:{}",
            "a:1:{s:99999999999999999999:\"x\";i:1;}",
        ] {
            assert_eq!(read(data), None, "{data}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_cookie_is_read_without_a_panic(data in "[a:is{}\";0-9é]{0,40}") {
            let _ = Remembered::read(&data);
        }
    }
}
