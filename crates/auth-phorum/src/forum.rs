//! Every question that is put to the forum's database.

use portico_auth_sql::{ForeignDatabase, Param, Row};
use portico_core::auth::{AuthError, ExternalGroup, SubjectId};
use std::collections::HashMap;
use zeroize::Zeroizing;

use crate::ban::{BanRow, Target};
use crate::database::Place;
use crate::group;
use crate::schema::{NameMatch, Schema, Tables};
use crate::settings::{self, Settings};
use crate::user::{Member, text};

/// Ids in one `IN (…)`: below every database's limit of parameters.
const BATCH: usize = 500;

/// Columns of `banlists`.
pub(crate) const BAN_COLUMNS: [&str; 5] = ["id", "forum_id", "type", "pcre", "string"];
/// Columns of `settings`.
pub(crate) const SETTING_COLUMNS: [&str; 2] = ["name", "data"];
/// Columns of `pm_xref`.
pub(crate) const MESSAGE_COLUMNS: [&str; 2] = ["user_id", "read_flag"];

/// The forum's tables in its database.
#[derive(Debug)]
pub(crate) struct Forum {
    pub(crate) database: ForeignDatabase,
    pub(crate) tables: Tables,
}

impl Forum {
    pub(crate) fn new(place: &Place) -> Self {
        let database = ForeignDatabase::connect(&place.settings);
        let tables = Tables::new(database.dialect(), &place.prefix);
        Self { database, tables }
    }

    /// The member with this name.
    ///
    /// # Errors
    /// [`AuthError::Inconsistent`] when several have it; otherwise that of the database.
    pub(crate) async fn member_by_name(
        &self,
        schema: &Schema,
        name: &str,
    ) -> Result<Option<Member>, AuthError> {
        let (columns, users) = (schema.user_columns(), self.tables.users());
        let rows = match schema.name_match() {
            NameMatch::AsTheColumn => {
                let sql = format!("SELECT {columns} FROM {users} WHERE username = ? LIMIT 2");
                self.database.query(&sql, &[name.into()]).await?
            }
            NameMatch::ExactThenAnyCase => {
                let sql = format!(
                    "SELECT {columns}, username = ? AS is_exact FROM {users} \
                     WHERE username = ? OR lower(username) = lower(?) ORDER BY is_exact DESC LIMIT 2"
                );
                let mut rows = self.database.query(&sql, &[name.into(), name.into(), name.into()]).await?;
                let exact = rows.iter().map(|row| row.i64("is_exact")).collect::<Result<Vec<_>, _>>()?;
                if exact == [1, 0] {
                    rows.truncate(1);
                }
                rows
            }
        };
        match rows.as_slice() {
            [] => Ok(None),
            [row] => Member::read(row, schema).map(Some),
            [one, two, ..] => Err(AuthError::inconsistent(format!(
                "two members of {users} have the same name (user_id {} and {}): rename one of them",
                one.i64("user_id")?,
                two.i64("user_id")?
            ))),
        }
    }

    /// The members with these ids, as far as they exist.
    pub(crate) async fn members(&self, schema: &Schema, ids: &[i64]) -> Result<Vec<Member>, AuthError> {
        let start = format!("SELECT {} FROM {} WHERE user_id IN", schema.user_columns(), self.tables.users());
        let rows = self.for_ids(&start, "", ids).await?;
        rows.iter().map(|row| Member::read(row, schema)).collect()
    }

    /// The member with this id, and the long and short session ids.
    pub(crate) async fn member_with_sessions(
        &self,
        schema: &Schema,
        columns: [&str; 2],
        id: i64,
    ) -> Result<Option<(Member, [Zeroizing<String>; 2])>, AuthError> {
        let [long, short] = columns;
        let sql = format!(
            "SELECT {}, {long}, {short} FROM {} WHERE user_id = ?",
            schema.user_columns(),
            self.tables.users()
        );
        let rows = self.database.query(&sql, &[id.into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let ids = [Zeroizing::new(text(row, long)?), Zeroizing::new(text(row, short)?)];
        Ok(Some((Member::read(row, schema)?, ids)))
    }

    /// The settings that a login depends on.
    pub(crate) async fn settings(&self) -> Result<Settings, AuthError> {
        let list = self.database.dialect().list(settings::NAMES.len());
        let sql = format!("SELECT name, data FROM {} WHERE name IN ({list})", self.tables.settings());
        let names: Vec<Param> = settings::NAMES.iter().map(|name| (*name).into()).collect();
        let rows = self.database.query(&sql, &names).await?;
        rows.iter().map(|row| Ok((text(row, "name")?, text(row, "data")?))).collect()
    }

    /// The memberships of these members.
    pub(crate) async fn groups(&self, ids: &[i64]) -> Result<HashMap<i64, Vec<ExternalGroup>>, AuthError> {
        let start = format!(
            "SELECT x.user_id, g.group_id, g.name, x.status FROM {} x JOIN {} g ON g.group_id = x.group_id \
             WHERE x.status >= {} AND x.user_id IN",
            self.tables.user_groups(),
            self.tables.groups(),
            group::APPROVED,
        );
        group::by_member(&self.for_ids(&start, "ORDER BY g.group_id", ids).await?)
    }

    /// The bans that apply everywhere; one that is limited to a forum says nothing about the chat.
    pub(crate) async fn bans(&self) -> Result<Vec<BanRow>, AuthError> {
        let quoted = |name| self.database.dialect().identifier(name);
        let (kind, string) = (quoted("type"), quoted("string"));
        let sql = format!(
            "SELECT {kind}, pcre, {string} FROM {} WHERE forum_id = 0 AND {kind} IN (1, 2, 3, 5) ORDER BY id",
            self.tables.bans()
        );
        let mut bans = Vec::new();
        for row in self.database.query(&sql, &[]).await? {
            let Some(target) = Target::of(row.i64("type")?) else {
                continue;
            };
            let pcre = row.optional_i64("pcre")?.unwrap_or_default() != 0;
            bans.push(BanRow { target, pcre, text: text(&row, "string")? });
        }
        Ok(bans)
    }

    /// The numbers of unread private messages of these members; none for those who have none.
    pub(crate) async fn unread(&self, ids: &[i64]) -> Result<HashMap<i64, u64>, AuthError> {
        let start = format!(
            "SELECT user_id, COUNT(*) AS unread FROM {} WHERE read_flag = 0 AND user_id IN",
            self.tables.private_messages()
        );
        let rows = self.for_ids(&start, "GROUP BY user_id", ids).await?;
        rows.iter()
            .map(|row| Ok((row.i64("user_id")?, u64::try_from(row.i64("unread")?).unwrap_or_default())))
            .collect()
    }

    /// Asks `start (ids) end`, in batches.
    pub(crate) async fn for_ids(&self, start: &str, end: &str, ids: &[i64]) -> Result<Vec<Row>, AuthError> {
        let mut rows = Vec::new();
        for batch in ids.chunks(BATCH) {
            let sql = format!("{start} ({}) {end}", self.database.dialect().list(batch.len()));
            let params: Vec<Param> = batch.iter().map(|id| (*id).into()).collect();
            rows.extend(self.database.query(&sql, &params).await?);
        }
        Ok(rows)
    }
}

/// The user ids among subjects: a subject that is no such number belongs to nobody.
pub(crate) fn ids(subjects: &[SubjectId]) -> Vec<i64> {
    let mut ids: Vec<i64> = subjects
        .iter()
        .filter_map(|subject| {
            let id: i64 = subject.as_str().parse().ok()?;
            // Only the spelling that we give: `+7` and `007` are nobody's subject. The column is an unsigned int.
            (id > 0 && id <= i64::from(u32::MAX) && id.to_string() == subject.as_str()).then_some(id)
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_spelling_of_an_id_is_a_subject() {
        let subjects: Vec<SubjectId> =
            ["7", "007", "+7", "-7", "0", "x", "7 OR 1=1", "99999999999", "3", "7"]
                .map(|id| SubjectId::new(id).unwrap())
                .to_vec();
        assert_eq!(ids(&subjects), [3, 7]);
    }
}
