//! Groups, and what they say about staff.

use std::collections::BTreeMap;

use portico_auth_sql::{ForeignDatabase, Param};
use portico_core::auth::{AuthError, ExternalGroup, StaffFlags};

use crate::input::unescape_html;
use crate::schema::Tables;
use crate::user::{Kind, Member};
use crate::version::Version;

/// A membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) group: ExternalGroup,
    /// Made by the system: its name is a key of the language files.
    special: bool,
}

/// The group type of groups that the system makes.
const SPECIAL: i64 = 3;

/// The memberships of these people that don't wait for approval: one query.
pub(crate) async fn of(
    database: &ForeignDatabase,
    tables: &Tables,
    version: Version,
    ids: &[i64],
) -> Result<BTreeMap<i64, Vec<Membership>>, AuthError> {
    let params: Vec<Param> = ids.iter().map(|&id| Param::from(id)).collect();
    let list = database.dialect().list(ids.len());
    let (columns, personal) = match version {
        // Every user of 2.0 owns an invisible group.
        Version::V20 => ("g.group_moderator", " AND g.group_single_user = 0"),
        _ => ("g.group_type, m.group_leader", ""),
    };
    let sql = format!(
        "SELECT m.user_id, g.group_id, g.group_name, {columns} FROM {} m JOIN {} g ON g.group_id = m.group_id \
         WHERE m.user_id IN ({list}) AND m.user_pending = 0{personal} ORDER BY g.group_id",
        tables.user_group, tables.groups
    );
    let mut all: BTreeMap<i64, Vec<Membership>> = BTreeMap::new();
    for row in database.query(&sql, &params).await? {
        let user = row.i64("user_id")?;
        let id = row.i64("group_id")?.to_string();
        let leader = match version {
            Version::V20 => row.i64("group_moderator")? == user,
            _ => row.i64("group_leader")? != 0,
        };
        let memberships = all.entry(user).or_default();
        // The table has no unique key.
        if let Some(known) = memberships.iter_mut().find(|known| known.group.id == id) {
            known.group.leader |= leader;
            continue;
        }
        let special = version != Version::V20 && row.i64("group_type")? == SPECIAL;
        let name = unescape_html(row.text("group_name")?);
        memberships
            .push(Membership { group: ExternalGroup { id, name, leader, built_in: special }, special });
    }
    Ok(all)
}

/// Whether the member is staff. Permissions are not read: a founder or a member of the system's group ADMINISTRATORS is
/// an administrator, one of GLOBAL_MODERATORS a moderator. 2.0 has a column for it.
pub(crate) fn staff(member: &Member, version: Version, memberships: &[Membership]) -> StaffFlags {
    if version == Version::V20 {
        return StaffFlags { administrator: member.level == 1, moderator: member.level == 2 };
    }
    let is_in =
        |name| memberships.iter().any(|membership| membership.special && membership.group.name == name);
    StaffFlags {
        administrator: member.kind == Kind::Founder || is_in("ADMINISTRATORS"),
        moderator: is_in("GLOBAL_MODERATORS"),
    }
}
