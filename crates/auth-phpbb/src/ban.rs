//! Bans. They end sessions, so they stop a login; founders are never banned.

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;

use ipnet::IpNet;
use portico_auth_sql::{ForeignDatabase, Param, Row};
use portico_core::Timestamp;
use portico_core::auth::{AuthContext, AuthError, Refusal};

use crate::board::Board;
use crate::input::unescape_html;
use crate::schema::Tables;
use crate::version::Version;

/// A ban that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ban {
    /// The reason that is shown to the banned, as text.
    pub(crate) reason: Option<String>,
    /// `None` = for ever.
    pub(crate) until: Option<Timestamp>,
}

impl From<Ban> for Refusal {
    fn from(ban: Ban) -> Self {
        Self::Banned { reason: ban.reason, until: ban.until }
    }
}

/// Who is looked for in the list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Target<'a> {
    pub(crate) id: i64,
    /// Empty where e-mail addresses aren't looked at.
    pub(crate) email: &'a str,
    /// The visitor's addresses; empty when they aren't known.
    pub(crate) addresses: Vec<IpAddr>,
}

/// An address as the board writes it: IPv4 inside IPv6 is IPv4.
pub(crate) fn address_of(peer: IpAddr) -> String {
    peer.to_canonical().to_string()
}

/// The addresses that the board tests: the visitor's, and those of `X-Forwarded-For` where the board says so.
pub(crate) fn addresses(board: &Board, cx: &AuthContext<'_>) -> Vec<IpAddr> {
    let mut addresses: Vec<IpAddr> = cx.peer.iter().map(IpAddr::to_canonical).collect();
    if board.is_on("forwarded_for_check", false)
        && cx.peer.is_some()
        && let Some(header) = cx.forwarded_for
    {
        addresses.extend(forwarded_addresses(header).iter().filter_map(|part| part.parse::<IpAddr>().ok()));
    }
    addresses
}

/// The addresses in an `X-Forwarded-For`. The board drops the header whole when one of them is none.
pub(crate) fn forwarded_addresses(header: &str) -> Vec<&str> {
    let parts: Vec<&str> = header.split([',', ' ']).filter(|part| !part.is_empty()).collect();
    if parts.iter().all(|part| part.parse::<IpAddr>().is_ok()) { parts } else { Vec::new() }
}

/// Which rows of the ban list are wanted besides those of user ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) addresses: bool,
    pub(crate) emails: bool,
}

/// The rows that can concern these people: one query.
pub(crate) async fn candidates(
    database: &ForeignDatabase,
    tables: &Tables,
    version: Version,
    ids: &[i64],
    wanted: Wanted,
) -> Result<Vec<Row>, AuthError> {
    let params: Vec<Param> = ids.iter().map(|&id| Param::from(id)).collect();
    let mut conditions = Vec::new();
    if !ids.is_empty() {
        conditions.push(format!("ban_userid IN ({})", database.dialect().list(ids.len())));
    }
    let (columns, table) = if version == Version::V40 {
        let mut modes = vec!["'user'"];
        modes.extend(wanted.emails.then_some("'email'"));
        modes.extend(wanted.addresses.then_some("'ip'"));
        conditions.push(format!("ban_mode IN ({})", modes.join(", ")));
        ("ban_userid, ban_mode, ban_item, ban_end, ban_reason_display", &tables.bans)
    } else {
        conditions.extend(wanted.addresses.then(|| "ban_ip <> ''".to_owned()));
        conditions.extend(wanted.emails.then(|| "ban_email <> ''".to_owned()));
        ("ban_userid, ban_ip, ban_email, ban_end, ban_exclude, ban_give_reason", &tables.banlist)
    };
    if conditions.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT {columns} FROM {table} WHERE {} ORDER BY ban_id", conditions.join(" OR "));
    database.query(&sql, &params).await
}

/// Whether the rows ban the target now.
pub(crate) fn judge(
    rows: &[Row],
    version: Version,
    target: &Target<'_>,
    now: Timestamp,
) -> Result<Option<Ban>, AuthError> {
    let mut ban: Option<Ban> = None;
    for row in rows {
        let end = row.i64("ban_end")?;
        let until = (end != 0).then(|| Timestamp::from_secs(end));
        if until.is_some_and(|until| until < now) {
            continue;
        }
        let matches =
            if version == Version::V40 { matches_v4(row, target)? } else { matches_v3(row, target)? };
        if !matches {
            continue;
        }
        // An exclusion ends the board's check, whatever the other rows say.
        if version != Version::V40 && row.i64("ban_exclude")? != 0 {
            return Ok(None);
        }
        let column = if version == Version::V40 { "ban_reason_display" } else { "ban_give_reason" };
        let reason = Some(unescape_html(row.text(column)?)).filter(|reason| !reason.trim().is_empty());
        let lasts_longer = ban.as_ref().is_none_or(|known| match (known.until, until) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(known), Some(new)) => new > known,
        });
        if lasts_longer {
            ban = Some(Ban { reason, until });
        }
    }
    Ok(ban)
}

fn matches_v3(row: &Row, target: &Target<'_>) -> Result<bool, AuthError> {
    if row.i64("ban_userid")? == target.id {
        return Ok(true);
    }
    if !target.email.is_empty() && matches_pattern(row.text("ban_email")?, target.email) {
        return Ok(true);
    }
    let pattern = row.text("ban_ip")?;
    Ok(target.addresses.iter().any(|address| matches_pattern(pattern, &address.to_string())))
}

fn matches_v4(row: &Row, target: &Target<'_>) -> Result<bool, AuthError> {
    let item = row.text("ban_item")?.trim();
    match row.text("ban_mode")? {
        "user" => Ok(row.i64("ban_userid")? == target.id || matches_pattern(item, &target.id.to_string())),
        "email" => Ok(!target.email.is_empty() && matches_pattern(item, target.email)),
        "ip" => Ok(target.addresses.iter().any(|address| contains(item, *address))),
        _ => Ok(false),
    }
}

/// The bans of addresses, to be asked of many people: who meets none of them needs no closer look.
#[derive(Debug, Default)]
pub(crate) struct AddressBans {
    /// In lower case, as the texts are compared.
    single: HashSet<String>,
    /// What stands before the only `*` at the end: the usual kind, and there may be thousands.
    beginnings: HashSet<String>,
    /// The others.
    patterns: Vec<String>,
    /// 4.0
    networks: Vec<IpNet>,
}

impl AddressBans {
    /// Those of the rows that hold now, exclusions aside.
    pub(crate) fn of(rows: &[Row], version: Version, now: Timestamp) -> Result<Self, AuthError> {
        let mut list = Self::default();
        for row in rows {
            let end = row.i64("ban_end")?;
            if end != 0 && Timestamp::from_secs(end) < now {
                continue;
            }
            if version == Version::V40 {
                let item = row.text("ban_item")?.trim();
                match (item.parse::<IpNet>(), item.parse::<IpAddr>()) {
                    _ if row.text("ban_mode")? != "ip" => {}
                    (Ok(network), _) => list.networks.push(network),
                    (_, Ok(single)) => drop(list.single.insert(single.to_canonical().to_string())),
                    _ => {}
                }
            } else if row.i64("ban_exclude")? == 0 {
                let pattern = row.text("ban_ip")?.to_lowercase();
                match pattern.split_once('*') {
                    Some((beginning, "")) => drop(list.beginnings.insert(beginning.to_owned())),
                    Some(_) => list.patterns.push(pattern),
                    None => drop(list.single.insert(pattern)),
                }
            }
        }
        Ok(list)
    }

    /// Whether a ban could hold for this address.
    pub(crate) fn may_meet(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let text = address.to_string();
        self.single.contains(&text)
            || (0..=text.len())
                .any(|end| text.get(..end).is_some_and(|start| self.beginnings.contains(start)))
            || self.networks.iter().any(|network| network.contains(&address))
            || self.patterns.iter().any(|pattern| matches_pattern(pattern, &text))
    }
}

/// Whether an address is this one, or in this network (CIDR).
fn contains(item: &str, address: IpAddr) -> bool {
    match (item.parse::<IpNet>(), item.parse::<IpAddr>()) {
        (Ok(network), _) => network.contains(&address),
        (_, Ok(single)) => single.to_canonical() == address,
        _ => false,
    }
}

/// Whether the whole text matches a pattern in which `*` stands for any text, also for none. Case doesn't count.
pub(crate) fn matches_pattern(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (lower(pattern), lower(text));
    let (pattern, text) = (pattern.as_ref(), text.as_ref());
    if pattern.is_empty() {
        return false;
    }
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*').filter(|part| !part.is_empty()) {
        match text.split_once(part) {
            Some((_, after)) => text = after,
            None => return false,
        }
    }
    text.ends_with(end)
}

/// In lower case; most addresses are already.
fn lower(text: &str) -> Cow<'_, str> {
    let is_lower = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_lower { Cow::Borrowed(text) } else { Cow::Owned(text.to_lowercase()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("192.168.*", "192.168.7.9", true),
            ("192.168.*", "192.16.7.9", false),
            ("*", "10.0.0.1", true),
            ("10.*.3.*", "10.2.3.4", true),
            ("10.*.3.*", "10.2.4.4", false),
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.10", false),
            ("2001:DB8:*", "2001:db8::1", true),
            ("*.1", "10.0.0.1", true),
            ("10.0.0.1*", "10.0.0.1", true),
            ("", "10.0.0.1", false),
            ("1*1", "1", false),
            ("a*b*c", "abc", true),
        ] {
            assert_eq!(matches_pattern(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_forwarded_header_with_anything_else_in_it_is_dropped_whole() {
        assert_eq!(forwarded_addresses("192.0.2.7,  2001:db8::1 "), ["192.0.2.7", "2001:db8::1"]);
        assert_eq!(forwarded_addresses("192.0.2.7, unknown"), Vec::<&str>::new());
        assert_eq!(forwarded_addresses(""), Vec::<&str>::new());
    }

    #[test]
    fn a_network_contains_its_addresses() {
        let address = |text: &str| text.parse().unwrap();
        assert!(contains("192.0.2.0/24", address("192.0.2.77")));
        assert!(!contains("192.0.2.0/24", address("192.0.3.1")));
        assert!(contains("192.0.2.7", address("192.0.2.7")));
        assert!(contains("2001:db8::/32", address("2001:db8:1::9")));
        assert!(!contains("192.0.*", address("192.0.2.7")), "4.0 knows no wildcards");
    }

    proptest::proptest! {
        #[test]
        fn any_pattern_is_compared_without_a_panic(pattern in "[*a-zéİ.]{0,12}", text in "[a-zéİ.]{0,12}") {
            let _ = (matches_pattern(&pattern, &text), contains(&pattern, IpAddr::from([127, 0, 0, 1])));
        }
    }
}
