//! phpBB 2.0: names are compared by the database, addresses are hexadecimal digits, bans don't end.

use std::collections::HashSet;
use std::net::IpAddr;

use portico_auth_sql::{DatabaseKind, ForeignDatabase, Param};
use portico_core::auth::AuthError;

use crate::avatar::hexadecimal;
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
    if let Some(forms) = peer.and_then(forms_of) {
        condition.push_str(" OR ban_ip IN (?, ?, ?, ?)");
        params.extend(forms.map(Param::from));
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

/// An address as 2.0 writes it: eight digits. It knows IPv4 only.
pub(crate) fn hexadecimal_address(peer: IpAddr) -> Option<String> {
    let IpAddr::V4(address) = peer.to_canonical() else { return None };
    Some(hexadecimal(&address.octets()))
}

/// The forms in which an address can stand in the ban list: `ff` is a wildcard at the end.
fn forms_of(peer: IpAddr) -> Option<[String; 4]> {
    let digits = hexadecimal_address(peer)?;
    let form = |kept: usize| format!("{}{}", digits.get(..kept).unwrap_or_default(), "f".repeat(8 - kept));
    Some([digits.clone(), form(6), form(4), form(2)])
}

/// The bans that don't depend on an address.
#[derive(Debug, Default)]
pub(crate) struct Bans {
    ids: Vec<i64>,
    /// An address, or `@` and its domain; in lower case where the database compares without it.
    emails: HashSet<String>,
    exact: bool,
}

impl Bans {
    /// Those that can concern these people: one query.
    pub(crate) async fn of(
        database: &ForeignDatabase,
        tables: &Tables,
        ids: &[i64],
    ) -> Result<Self, AuthError> {
        let params: Vec<Param> = ids.iter().map(|&id| Param::from(id)).collect();
        let list = database.dialect().list(ids.len());
        let sql = format!(
            "SELECT ban_userid, ban_email FROM {} WHERE ban_userid IN ({list}) OR ban_email <> ''",
            tables.banlist
        );
        let exact = database.dialect().kind() == DatabaseKind::Postgres;
        let mut bans = Self { exact, ..Self::default() };
        for row in database.query(&sql, &params).await? {
            bans.ids.push(row.i64("ban_userid")?);
            bans.emails.extend(row.optional_text("ban_email")?.map(|email| bans_form(email, exact)));
        }
        Ok(bans)
    }

    pub(crate) fn hold(&self, member: &Member) -> bool {
        let email = bans_form(&member.email, self.exact);
        let domain = email.find('@').and_then(|at| email.get(at..));
        self.ids.contains(&member.id)
            || (!email.is_empty() && self.emails.contains(&email))
            || domain.is_some_and(|domain| self.emails.contains(domain))
    }
}

/// How an e-mail address is compared: `LIKE` looks at case on PostgreSQL only.
fn bans_form(email: &str, exact: bool) -> String {
    if exact { email.to_owned() } else { email.to_lowercase() }
}

/// Which of these people come from a banned address: one query.
pub(crate) async fn from_banned_addresses(
    database: &ForeignDatabase,
    tables: &Tables,
    people: &[(i64, &[IpAddr])],
) -> Result<Vec<i64>, AuthError> {
    let sql = format!("SELECT ban_ip FROM {} WHERE ban_ip <> ''", tables.banlist);
    let mut banned = HashSet::new();
    for row in database.query(&sql, &[]).await? {
        banned.insert(row.text("ban_ip")?.trim_end().to_lowercase());
    }
    let meets = |address: &IpAddr| {
        forms_of(*address).is_some_and(|forms| forms.iter().any(|form| banned.contains(form)))
    };
    Ok(people.iter().filter(|(_, addresses)| addresses.iter().any(meets)).map(|(id, _)| *id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_four_forms_in_the_ban_list() {
        let forms = forms_of("192.0.2.7".parse().unwrap()).unwrap();
        assert_eq!(forms, ["c0000207", "c00002ff", "c000ffff", "c0ffffff"]);
        assert!(forms_of("2001:db8::1".parse().unwrap()).is_none());
    }
}
