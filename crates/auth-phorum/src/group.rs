//! Memberships.

use std::collections::HashMap;

use portico_auth_sql::Row;
use portico_core::auth::{AuthError, ExternalGroup};

use crate::user::text;

/// Columns of `groups`.
pub(crate) const COLUMNS: [&str; 2] = ["group_id", "name"];
/// Columns of `user_group_xref`. `status`: -1 suspended, 0 not yet approved, 1 approved, 2 group moderator.
pub(crate) const MEMBER_COLUMNS: [&str; 3] = ["user_id", "group_id", "status"];

/// The least `status` that makes a member.
pub(crate) const APPROVED: i64 = 1;
/// The `status` of a group's moderator.
const MODERATOR: i64 = 2;

/// Sorts rows of `user_id, group_id, name, status` by member.
pub(crate) fn by_member(rows: &[Row]) -> Result<HashMap<i64, Vec<ExternalGroup>>, AuthError> {
    let mut groups: HashMap<i64, Vec<ExternalGroup>> = HashMap::new();
    for row in rows {
        let group = ExternalGroup {
            id: row.i64("group_id")?.to_string(),
            name: text(row, "name")?,
            leader: row.i64("status")? >= MODERATOR,
            built_in: false,
        };
        groups.entry(row.i64("user_id")?).or_default().push(group);
    }
    Ok(groups)
}
