//! Failed logins that the board has counted. It asks for a captcha then; Portico can't show one.

use std::time::Duration;

use portico_auth_sql::{ForeignDatabase, Param};
use portico_core::Timestamp;
use portico_core::auth::{AuthContext, AuthError};

use crate::ban::address_of;
use crate::board::Board;
use crate::schema::{Layout, Tables};
use crate::user::Member;
use crate::version::Version;

/// Whether the board would ask whoever comes from this address for a captcha. Asked before anything is known of the name.
pub(crate) async fn address_is_over(
    database: &ForeignDatabase,
    tables: &Tables,
    layout: &Layout,
    board: &Board,
    cx: &AuthContext<'_>,
) -> Result<bool, AuthError> {
    let most = board.number("ip_login_limit_max", 50);
    if !layout.counts_by_address || most <= 0 {
        return Ok(false);
    }
    let (column, value) = if board.is_on("ip_login_limit_use_forwarded", false) {
        // 255 is the width of the column.
        ("attempt_forwarded_for", cx.forwarded_for.map(|header| header.chars().take(255).collect::<String>()))
    } else {
        ("attempt_ip", cx.peer.map(address_of))
    };
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(false) };
    let window = u64::try_from(board.number("ip_login_limit_time", 21600)).unwrap_or(0);
    let since = cx.now.minus(Duration::from_secs(window)).as_millis().div_euclid(1000);
    let sql = format!(
        "SELECT COUNT(*) AS attempts FROM {} WHERE {column} = ? AND attempt_time > ?",
        tables.login_attempts
    );
    let rows = database.query(&sql, &[Param::from(value), Param::from(since)]).await?;
    let attempts = rows.first().map_or(Ok(0), |row| row.i64("attempts"))?;
    Ok(attempts >= most)
}

/// Whether the board would ask this member for a captcha; for phpBB 2.0 until when it hears no more tries.
pub(crate) fn member_is_over(member: &Member, board: &Board, now: Timestamp) -> Option<Option<Timestamp>> {
    let most = board.number("max_login_attempts", if board.version == Version::V20 { 5 } else { 3 });
    if most <= 0 || member.failed_attempts < most {
        return None;
    }
    if board.version != Version::V20 {
        return Some(None);
    }
    let minutes = u64::try_from(board.number("login_reset_time", 30)).unwrap_or(0);
    let until = member.last_try?.plus(Duration::from_secs(minutes.saturating_mul(60)));
    (minutes > 0 && now <= until).then_some(Some(until))
}
