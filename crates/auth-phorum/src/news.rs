//! New threads of forums that everybody, or a group, may read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use portico_auth_sql::{Param, Row};
use portico_core::Timestamp;
use portico_core::auth::{AuthError, News, Topic, WantedTopics};

use crate::authenticator::Phorum;
use crate::plain_text;
use crate::settings::Settings;
use crate::user::{filled, one_line, text};

/// Most threads in one answer, whatever is asked for.
const MOST: usize = 500;

/// The bit of the right to read.
const READ: i64 = 1;
/// The `status` of messages that everybody sees.
const APPROVED: i64 = 2;

#[async_trait]
impl News for Phorum {
    /// Three queries, two more with a group; forums that may not be read are passed over.
    async fn topics(&self, wanted: &WantedTopics) -> Result<Vec<Topic>, AuthError> {
        let forums = forum_ids(&wanted.forums)?;
        if forums.is_empty() {
            return Ok(Vec::new());
        }
        let names = match wanted.readable_by.as_deref() {
            None => self.readable(&forums, None).await?,
            Some(name) => self.readable(&forums, Some(self.group(name).await?)).await?,
        };
        if names.is_empty() {
            return Ok(Vec::new());
        }
        self.threads(&names, wanted).await
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
        "there is no forum with the id `{}`; the id is the number in the forum's address, list.php?ID",
        id.escape_debug()
    ))
}

impl Phorum {
    /// The group with this id or name.
    async fn group(&self, group: &str) -> Result<i64, AuthError> {
        let sql = format!("SELECT group_id, name FROM {} ORDER BY group_id", self.forum.tables.groups());
        for row in self.forum.database.query(&sql, &[]).await? {
            let id = row.i64("group_id")?;
            if id.to_string() == group || text(&row, "name")? == group {
                return Ok(id);
            }
        }
        Err(AuthError::misconfigured(format!("the forum has no group `{}`", group.escape_debug())))
    }

    /// The names of those of these forums that guests, or the members of a group, may read: what a forum gives to a group
    /// stands for what it gives to everybody who is registered.
    async fn readable(&self, forums: &[i64], group: Option<i64>) -> Result<BTreeMap<i64, String>, AuthError> {
        let tables = &self.forum.tables;
        let active = self.forum.database.dialect().identifier("active");
        let start = format!(
            "SELECT forum_id, name, {active}, folder_flag, pub_perms, reg_perms FROM {} WHERE forum_id IN",
            tables.forums()
        );
        let rows = self.forum.for_ids(&start, "", forums).await?;
        let mut given = HashMap::new();
        if let Some(group) = group {
            let start = format!(
                "SELECT forum_id, permission FROM {} WHERE group_id = {group} AND forum_id IN",
                tables.forum_groups()
            );
            for row in self.forum.for_ids(&start, "", forums).await? {
                given.insert(row.i64("forum_id")?, row.i64("permission")?);
            }
        }
        let (mut names, mut known) = (BTreeMap::new(), BTreeSet::new());
        for row in &rows {
            let id = row.i64("forum_id")?;
            known.insert(id);
            let rights = match group {
                None => row.i64("pub_perms")?,
                Some(_) => given.get(&id).copied().map_or_else(|| row.i64("reg_perms"), Ok)?,
            };
            let is_open = row.i64("active")? != 0 && row.i64("folder_flag")? == 0;
            if is_open && rights & READ != 0 {
                names.insert(id, plain_text::of_html(&text(row, "name")?));
            }
        }
        match forums.iter().find(|id| !known.contains(id)) {
            Some(missing) => Err(unknown_forum(&missing.to_string())),
            None => Ok(names),
        }
    }

    /// The approved threads of these forums, without the copies that moved ones leave behind.
    async fn threads(
        &self,
        names: &BTreeMap<i64, String>,
        wanted: &WantedTopics,
    ) -> Result<Vec<Topic>, AuthError> {
        let settings = self.forum.settings().await?;
        let moved = if self.schema().await?.marks_moved() { " AND moved = 0" } else { "" };
        let (after, order, limit) = match wanted.after {
            Some(_) => (" AND message_id > ?", "ASC", wanted.limit.min(MOST)),
            None => ("", "DESC", 1),
        };
        let sql = format!(
            "SELECT message_id, forum_id, author, subject, datestamp FROM {} \
             WHERE forum_id IN ({}) AND parent_id = 0 AND thread = message_id AND status = {APPROVED}{moved}{after} \
             ORDER BY message_id {order} LIMIT {limit}",
            self.forum.tables.posts(),
            self.forum.database.dialect().list(names.len())
        );
        let after = wanted.after.map(|id| i64::try_from(id).unwrap_or(i64::MAX));
        let params: Vec<Param> = names.keys().copied().chain(after).map(Param::from).collect();
        let rows = self.forum.database.query(&sql, &params).await?;
        rows.iter().map(|row| self.topic(row, names, &settings)).collect()
    }

    fn topic(
        &self,
        row: &Row,
        names: &BTreeMap<i64, String>,
        settings: &Settings,
    ) -> Result<Topic, AuthError> {
        let (id, forum) = (row.i64("message_id")?, row.i64("forum_id")?);
        let author = text(row, "author")?;
        let author = if settings.display_names_are_html() { plain_text::of_html(&author) } else { author };
        Ok(Topic {
            id: u64::try_from(id)
                .map_err(|_| AuthError::inconsistent(format!("the message id {id} is below 0")))?,
            forum: names.get(&forum).cloned().unwrap_or_default(),
            title: one_line(&text(row, "subject")?).trim().to_owned(),
            author: filled(&author),
            url: self.url.as_ref().map(|url| url.thread(forum, id)),
            posted_at: Timestamp::from_secs(row.i64("datestamp")?),
        })
    }
}
