//! phpBB 2.0: names are compared by the database, addresses are hexadecimal digits, bans don't end.

use std::net::IpAddr;

use portico_auth_sql::{ForeignDatabase, Param};
use portico_core::auth::AuthError;

use crate::ban::Ban;
use crate::schema::{Layout, Tables};
use crate::user::{Member, ambiguous, columns};

/// Finds a member by a [filtered](crate::input::filter_name_v2) name. The guest has no positive id.
pub(crate) async fn find(
    database: &ForeignDatabase,
    tables: &Tables,
    layout: &Layout,
    name: &str,
) -> Result<Option<Member>, AuthError> {
    let sql = format!("SELECT {} FROM {} WHERE username = ? AND user_id > 0", columns(layout), tables.users);
    let rows = database.query(&sql, &[Param::from(name)]).await?;
    let mut exact = Vec::new();
    for row in &rows {
        if row.text("username")? == name {
            exact.push(row);
        }
    }
    // A collation that ignores case finds others as well; the board would take the first.
    let found = if exact.is_empty() { rows.iter().collect() } else { exact };
    match found.as_slice() {
        [] => Ok(None),
        [row] => Member::new(row, layout).map(Some),
        several => Err(ambiguous(several.len(), "username")),
    }
}

/// Whether the member is banned: by id, by address in its four forms, by e-mail address or its domain. Nobody is exempt.
pub(crate) async fn ban(
    database: &ForeignDatabase,
    tables: &Tables,
    member: &Member,
    peer: Option<IpAddr>,
) -> Result<Option<Ban>, AuthError> {
    let mut condition = "ban_userid = ?".to_owned();
    let mut params = vec![Param::from(member.id)];
    if let Some(IpAddr::V4(address)) = peer.map(|peer| peer.to_canonical()) {
        let [a, b, c, d] = address.octets();
        condition.push_str(" OR ban_ip IN (?, ?, ?, ?)");
        params.extend(
            [
                format!("{a:02x}{b:02x}{c:02x}{d:02x}"),
                format!("{a:02x}{b:02x}{c:02x}ff"),
                format!("{a:02x}{b:02x}ffff"),
                format!("{a:02x}ffffff"),
            ]
            .map(Param::from),
        );
    }
    if !member.email.is_empty() {
        // The member's address is the pattern, as over there.
        condition.push_str(" OR ban_email LIKE ?");
        params.push(Param::from(&member.email));
        if let Some(at) = member.email.find('@') {
            condition.push_str(" OR ban_email LIKE ?");
            params.push(Param::from(member.email.get(at..).unwrap_or_default()));
        }
    }
    let sql = format!("SELECT ban_id FROM {} WHERE {condition}", tables.banlist);
    let banned = !database.query(&sql, &params).await?.is_empty();
    Ok(banned.then_some(Ban { reason: None, until: None }))
}

/// The members among these that are banned by id: one query.
pub(crate) async fn banned_ids(
    database: &ForeignDatabase,
    tables: &Tables,
    ids: &[i64],
) -> Result<Vec<i64>, AuthError> {
    let params: Vec<Param> = ids.iter().map(|&id| Param::from(id)).collect();
    let list = database.dialect().list(ids.len());
    let sql = format!("SELECT ban_userid FROM {} WHERE ban_userid IN ({list})", tables.banlist);
    database.query(&sql, &params).await?.iter().map(|row| row.i64("ban_userid")).collect()
}
