//! New topics of forums that everybody, or a group, may read.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use portico_auth_sql::{Param, Row};
use portico_core::Timestamp;
use portico_core::auth::{AuthError, News, Topic, WantedTopics};

use crate::authenticator::Phpbb;
use crate::input::unescape_html;
use crate::version::Version;

/// Most topics in one answer, whatever is asked for.
const MOST: usize = 500;

/// The user id of guests, since 3.0.
const GUEST: i64 = 1;

/// A setting in the permission tables: the right is given.
const YES: i64 = 1;
/// The right is denied, whatever else says yes.
const NEVER: i64 = 0;

/// Whose rights count.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reader {
    Guest,
    /// The group, and REGISTERED, to which its members belong as well.
    Groups(Vec<i64>),
}

#[async_trait]
impl News for Phpbb {
    /// Four queries; forums that may not be read, or have a password of their own, are passed over.
    async fn topics(&self, wanted: &WantedTopics) -> Result<Vec<Topic>, AuthError> {
        let forums = forum_ids(&wanted.forums)?;
        if forums.is_empty() {
            return Ok(Vec::new());
        }
        let (_, layout) = self.board().await?;
        let version = layout.version;
        let reader = match wanted.readable_by.as_deref() {
            None => Reader::Guest,
            Some(name) => self.reader(name, version).await?,
        };
        let names = match version {
            Version::V20 => self.readable_v2(&forums, &reader).await?,
            _ => self.readable(&forums, &reader).await?,
        };
        if names.is_empty() {
            return Ok(Vec::new());
        }
        self.topics_of(&names, wanted, version).await
    }
}

/// The ids of the wanted forums.
fn forum_ids(forums: &[String]) -> Result<Vec<i64>, AuthError> {
    let ids: Result<BTreeSet<i64>, AuthError> = forums
        .iter()
        .map(|forum| {
            forum.trim().parse::<i64>().ok().filter(|&id| id > 0).ok_or_else(|| unknown_forum(forum))
        })
        .collect();
    ids.map(|ids| ids.into_iter().collect())
}

fn unknown_forum(id: &str) -> AuthError {
    AuthError::misconfigured(format!(
        "the board has no forum with the id `{}`; the id is the number after `f=` in the forum's address",
        id.escape_debug()
    ))
}

impl Phpbb {
    async fn news_query(&self, sql: &str, ids: &[&[i64]]) -> Result<Vec<Row>, AuthError> {
        let params: Vec<Param> = ids.iter().flat_map(|ids| ids.iter()).map(|&id| Param::from(id)).collect();
        self.database.query(sql, &params).await
    }

    /// The group with this id or name.
    async fn reader(&self, group: &str, version: Version) -> Result<Reader, AuthError> {
        let (columns, which) = match version {
            Version::V20 => ("group_id, group_name", "group_single_user = 0"),
            _ => ("group_id, group_name, group_type", "1 = 1"),
        };
        let sql = format!("SELECT {columns} FROM {} WHERE {which} ORDER BY group_id", self.tables.groups);
        let (mut found, mut registered) = (None, None);
        for row in self.database.query(&sql, &[]).await? {
            let (id, name) = (row.i64("group_id")?, row.text("group_name")?);
            let special = version != Version::V20 && row.i64("group_type")? == 3;
            if found.is_none() && (id.to_string() == group || unescape_html(name) == group) {
                found = Some((id, special && matches!(name, "GUESTS" | "BOTS")));
            }
            if special && name == "REGISTERED" {
                registered = Some(id);
            }
        }
        let Some((id, stranger)) = found else {
            return Err(AuthError::misconfigured(format!(
                "the board has no group `{}`",
                group.escape_debug()
            )));
        };
        let mut groups = vec![id];
        groups.extend(registered.filter(|&registered| !stranger && registered != id));
        Ok(Reader::Groups(groups))
    }

    /// The names of those of these forums that the reader may read. phpBB 3 and 4: the right `f_read` of the forum itself,
    /// given directly or by a role; one "never" outweighs every "yes". The forums above it don't matter, as over there.
    async fn readable(&self, forums: &[i64], reader: &Reader) -> Result<BTreeMap<i64, String>, AuthError> {
        let list = self.database.dialect().list(forums.len());
        let sql = format!(
            "SELECT forum_id, forum_name, forum_password FROM {} WHERE forum_id IN ({list})",
            self.tables.forums
        );
        let rows = self.news_query(&sql, &[forums]).await?;
        let mut names = names(&rows, forums)?;
        for row in &rows {
            if !row.text("forum_password")?.is_empty() {
                names.remove(&row.i64("forum_id")?);
            }
        }
        let (groups, params): (String, Vec<i64>) = match reader {
            Reader::Guest => {
                let members = &self.tables.user_group;
                (
                    format!("SELECT group_id FROM {members} WHERE user_pending = 0 AND user_id = ?"),
                    vec![GUEST],
                )
            }
            Reader::Groups(ids) => (self.database.dialect().list(ids.len()), ids.clone()),
        };
        let mut parts =
            vec![self.rights(&self.tables.acl_groups, &list, &format!("a.group_id IN ({groups})"))];
        let mut all: Vec<&[i64]> = vec![forums, &params, forums, &params];
        if *reader == Reader::Guest {
            parts.push(self.rights(&self.tables.acl_users, &list, "a.user_id = ?"));
            all.extend([forums, &params, forums, &params]);
        }
        let (mut may, mut never) = (BTreeSet::new(), BTreeSet::new());
        for row in self.news_query(&parts.join(" UNION ALL "), &all).await? {
            match row.i64("setting")? {
                YES => may.insert(row.i64("forum_id")?),
                NEVER => never.insert(row.i64("forum_id")?),
                _ => false,
            };
        }
        names.retain(|id, _| may.contains(id) && !never.contains(id));
        Ok(names)
    }

    /// What one table of rights says of `f_read`, directly and by roles.
    fn rights(&self, table: &str, forums: &str, who: &str) -> String {
        let (options, roles) = (&self.tables.acl_options, &self.tables.acl_roles_data);
        format!(
            "SELECT a.forum_id, a.auth_setting AS setting FROM {table} a JOIN {options} o ON o.auth_option_id = a.auth_option_id \
             WHERE o.auth_option = 'f_read' AND a.auth_role_id = 0 AND a.forum_id IN ({forums}) AND {who} \
             UNION ALL \
             SELECT a.forum_id, r.auth_setting AS setting FROM {table} a JOIN {roles} r ON r.role_id = a.auth_role_id \
             JOIN {options} o ON o.auth_option_id = r.auth_option_id \
             WHERE o.auth_option = 'f_read' AND a.forum_id IN ({forums}) AND {who}"
        )
    }

    /// The same for phpBB 2.0: a forum says from which level on it may be seen and read, and gives it to groups besides.
    async fn readable_v2(&self, forums: &[i64], reader: &Reader) -> Result<BTreeMap<i64, String>, AuthError> {
        let list = self.database.dialect().list(forums.len());
        let sql = format!(
            "SELECT forum_id, forum_name, auth_view, auth_read FROM {} WHERE forum_id IN ({list})",
            self.tables.forums
        );
        let rows = self.news_query(&sql, &[forums]).await?;
        let mut names = names(&rows, forums)?;
        let mut given = BTreeMap::new();
        if let Reader::Groups(ids) = reader {
            let groups = self.database.dialect().list(ids.len());
            let sql = format!(
                "SELECT forum_id, auth_view, auth_read, auth_mod FROM {} WHERE forum_id IN ({list}) AND group_id IN ({groups})",
                self.tables.auth_access
            );
            for row in self.news_query(&sql, &[forums, ids]).await? {
                let is_on = |column| Ok::<bool, AuthError>(row.i64(column)? != 0);
                let leads = is_on("auth_mod")?;
                given.insert(
                    row.i64("forum_id")?,
                    (is_on("auth_view")? || leads, is_on("auth_read")? || leads, leads),
                );
            }
        }
        for row in &rows {
            let id = row.i64("forum_id")?;
            let (view, read, leads) = given.get(&id).copied().unwrap_or_default();
            // 0 everybody, 1 registered, 2 whoever is given it, 3 moderators, 5 administrators.
            let may = |level: i64, given: bool| match (level, reader) {
                (0, _) | (1, Reader::Groups(_)) => true,
                (2, _) => given,
                (3, _) => leads,
                _ => false,
            };
            if !may(row.i64("auth_view")?, view) || !may(row.i64("auth_read")?, read) {
                names.remove(&id);
            }
        }
        Ok(names)
    }

    /// The approved topics of these forums, without the shadows that moved ones leave behind.
    async fn topics_of(
        &self,
        names: &BTreeMap<i64, String>,
        wanted: &WantedTopics,
        version: Version,
    ) -> Result<Vec<Topic>, AuthError> {
        let (topics, users) = (&self.tables.topics, &self.tables.users);
        let (author, join, approved) = match version {
            Version::V20 => (
                "u.username",
                format!(" LEFT JOIN {users} u ON u.user_id = t.topic_poster AND u.user_id > 0"),
                "",
            ),
            Version::V30 => ("t.topic_first_poster_name", String::new(), " AND t.topic_approved = 1"),
            _ => ("t.topic_first_poster_name", String::new(), " AND t.topic_visibility = 1"),
        };
        let (after, order, limit) = match wanted.after {
            Some(_) => (" AND t.topic_id > ?", "ASC", wanted.limit.min(MOST)),
            None => ("", "DESC", 1),
        };
        let ids: Vec<i64> = names.keys().copied().collect();
        let sql = format!(
            "SELECT t.topic_id, t.forum_id, t.topic_title, t.topic_time, {author} AS author FROM {topics} t{join} \
             WHERE t.forum_id IN ({}) AND t.topic_moved_id = 0 AND t.topic_status <> 2{approved}{after} \
             ORDER BY t.topic_id {order} LIMIT {limit}",
            self.database.dialect().list(ids.len())
        );
        let after: Vec<i64> = wanted.after.iter().map(|&id| i64::try_from(id).unwrap_or(i64::MAX)).collect();
        self.news_query(&sql, &[&ids, &after]).await?.iter().map(|row| self.topic(row, names)).collect()
    }

    fn topic(&self, row: &Row, names: &BTreeMap<i64, String>) -> Result<Topic, AuthError> {
        let id = row.i64("topic_id")?;
        let author = row.optional_text("author")?.map(unescape_html);
        Ok(Topic {
            id: u64::try_from(id)
                .map_err(|_| AuthError::inconsistent(format!("the topic id {id} is below 0")))?,
            forum: names.get(&row.i64("forum_id")?).cloned().unwrap_or_default(),
            title: unescape_html(row.text("topic_title")?),
            author: author.filter(|author| !author.trim().is_empty()),
            url: self.board_url.as_ref().map(|url| format!("{url}viewtopic.php?t={id}")),
            posted_at: Timestamp::from_secs(row.i64("topic_time")?),
        })
    }
}

/// The names of the forums by id, as text.
fn names(rows: &[Row], wanted: &[i64]) -> Result<BTreeMap<i64, String>, AuthError> {
    let mut names = BTreeMap::new();
    for row in rows {
        names.insert(
            row.i64("forum_id")?,
            unescape_html(row.optional_text("forum_name")?.unwrap_or_default()),
        );
    }
    match wanted.iter().find(|id| !names.contains_key(id)) {
        Some(missing) => Err(unknown_forum(&missing.to_string())),
        None => Ok(names),
    }
}
