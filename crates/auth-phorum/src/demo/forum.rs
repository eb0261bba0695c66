use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use portico_core::auth::BoxError;
use portico_core::ports::{Clock, SystemClock};
use secrecy::SecretString;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor};

use super::{DemoHash, hashed};
use crate::session::COOKIES;

/// Why something could not be done at a demonstration forum.
pub type DemoError = BoxError;

/// Where a visitor's requests come from. Phorum's sessions don't depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    /// The address.
    pub address: IpAddr,
    /// The `User-Agent`.
    pub user_agent: String,
}

impl Default for Browser {
    fn default() -> Self {
        Self { address: Ipv4Addr::LOCALHOST.into(), user_agent: "Mozilla/5.0 (demonstration)".to_owned() }
    }
}

/// What happens at a forum that [`seed`](super::seed) made: what its members and administrators do there, done to
/// its tables. Names are the members' user names.
///
/// Every call opens the file anew and fails with [`DemoError`] when the file can't be changed, or when there is no
/// such member, group or forum.
#[derive(Debug, Clone)]
pub struct DemoForum {
    path: PathBuf,
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments>;

impl DemoForum {
    /// The forum in this file. Opens nothing yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    async fn open(&self) -> Result<SqliteConnection, DemoError> {
        let options = SqliteConnectOptions::new().filename(&self.path).disable_statement_logging();
        Ok(SqliteConnection::connect_with(&options).await?)
    }

    /// Runs a statement; the id of the row that it inserted.
    async fn run(&self, query: Query<'_>) -> Result<i64, DemoError> {
        let mut forum = self.open().await?;
        let done = forum.execute(query).await?;
        forum.close().await?;
        Ok(done.last_insert_rowid())
    }

    async fn text(&self, query: &'static str, user: i64) -> Result<String, DemoError> {
        let mut forum = self.open().await?;
        let (text,): (String,) = sqlx::query_as(query).bind(user).fetch_one(&mut forum).await?;
        forum.close().await?;
        Ok(text)
    }

    /// The member's user id: the subject over here.
    ///
    /// # Errors
    /// As for all: see [`DemoForum`].
    pub async fn user_id(&self, login: &str) -> Result<i64, DemoError> {
        let mut forum = self.open().await?;
        let found: Option<(i64,)> = sqlx::query_as("SELECT user_id FROM phorum_users WHERE username = ?")
            .bind(login)
            .fetch_optional(&mut forum)
            .await?;
        forum.close().await?;
        found.map(|(id,)| id).ok_or_else(|| format!("the demonstration forum has no member `{login}`").into())
    }

    /// Logs the member in over there: the long session and the short one, as (name, value) of their cookies. All of a
    /// member's browsers share the long one.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn session(&self, login: &str, _browser: &Browser) -> Result<Vec<(String, String)>, DemoError> {
        let user = self.user_id(login).await?;
        let known = self.text("SELECT sessid_lt FROM phorum_users WHERE user_id = ?", user).await?;
        let long = if known.is_empty() { random_digits()? } else { known };
        let short = random_digits()?;
        let update = sqlx::query(
            "UPDATE phorum_users SET sessid_lt = ?, sessid_st = ?, sessid_st_timeout = ? WHERE user_id = ?",
        );
        self.run(update.bind(long.clone()).bind(short.clone()).bind(now() + 3600).bind(user)).await?;
        let ids = [long, short];
        // PHP encodes the colon.
        Ok(COOKIES.iter().zip(ids).map(|(name, id)| ((*name).to_owned(), format!("{user}%3A{id}"))).collect())
    }

    /// The cookie of a member who comes back another day: the long session alone.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn remembered(
        &self,
        login: &str,
        browser: &Browser,
    ) -> Result<Vec<(String, String)>, DemoError> {
        let mut cookies = self.session(login, browser).await?;
        cookies.truncate(1);
        Ok(cookies)
    }

    /// Guests have no session: no cookies.
    ///
    /// # Errors
    /// None.
    pub async fn guest_session(&self, _browser: &Browser) -> Result<Vec<(String, String)>, DemoError> {
        Ok(Vec::new())
    }

    /// Ends all sessions of the member, as a new password does.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn log_out(&self, login: &str) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        let update = sqlx::query("UPDATE phorum_users SET sessid_lt = '', sessid_st = '' WHERE user_id = ?");
        self.run(update.bind(user)).await.map(drop)
    }

    /// Puts the member's user id on the ban list: reads and doesn't write. The reason is a comment for administrators.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn ban(&self, login: &str, reason: &str) -> Result<(), DemoError> {
        let user = self.user_id(login).await?.to_string();
        self.insert_ban(5, &user, reason).await
    }

    async fn insert_ban(&self, kind: i64, text: &str, comment: &str) -> Result<(), DemoError> {
        let insert = sqlx::query(
            "INSERT INTO phorum_banlists (forum_id, type, pcre, string, comments) VALUES (0, ?, 0, ?, ?)",
        );
        self.run(insert.bind(kind).bind(text).bind(comment)).await.map(drop)
    }

    async fn delete_ban(&self, kind: i64, text: &str) -> Result<(), DemoError> {
        let delete = sqlx::query("DELETE FROM phorum_banlists WHERE type = ? AND string = ?");
        self.run(delete.bind(kind).bind(text)).await.map(drop)
    }

    /// Takes the member's user id off the ban list.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn unban(&self, login: &str) -> Result<(), DemoError> {
        let user = self.user_id(login).await?.to_string();
        self.delete_ban(5, &user).await
    }

    /// Puts a part of addresses on the ban list: `192.0.2.` stands for all that it is found in.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn ban_address(&self, part: &str) -> Result<(), DemoError> {
        self.insert_ban(1, part, "").await
    }

    /// Takes it off again.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn unban_address(&self, part: &str) -> Result<(), DemoError> {
        self.delete_ban(1, part).await
    }

    /// Activates or deactivates the account.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn set_active(&self, login: &str, active: bool) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        self.run(sqlx::query("UPDATE phorum_users SET active = ? WHERE user_id = ?").bind(active).bind(user))
            .await
            .map(drop)
    }

    /// Deletes the account and its memberships.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn delete(&self, login: &str) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        self.run(sqlx::query("DELETE FROM phorum_users WHERE user_id = ?").bind(user)).await?;
        self.run(sqlx::query("DELETE FROM phorum_user_group_xref WHERE user_id = ?").bind(user))
            .await
            .map(drop)
    }

    /// Gives the member another name. The user id stays.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn rename(&self, login: &str, new_login: &str) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        let update = sqlx::query("UPDATE phorum_users SET username = ?, display_name = ? WHERE user_id = ?");
        self.run(update.bind(new_login).bind(new_login).bind(user)).await.map(drop)
    }

    /// Changes the password, and ends the member's sessions over there.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn change_password(&self, login: &str, password: &SecretString) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        let stored = hashed(password.clone(), DemoHash::Bcrypt).await?;
        self.run(
            sqlx::query("UPDATE phorum_users SET password = ? WHERE user_id = ?").bind(stored).bind(user),
        )
        .await?;
        self.log_out(login).await
    }

    async fn group_id(&self, group: &str) -> Result<Option<i64>, DemoError> {
        let mut forum = self.open().await?;
        let known: Option<(i64,)> = sqlx::query_as("SELECT group_id FROM phorum_groups WHERE name = ?")
            .bind(group)
            .fetch_optional(&mut forum)
            .await?;
        forum.close().await?;
        Ok(known.map(|(id,)| id))
    }

    /// Puts the member into a group, which is made if it isn't there; who is in it already becomes its moderator or ceases
    /// to be.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn join(&self, login: &str, group: &str, leader: bool) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        let id = match self.group_id(group).await? {
            Some(id) => id,
            None => {
                self.run(sqlx::query("INSERT INTO phorum_groups (name, open) VALUES (?, 1)").bind(group))
                    .await?
            }
        };
        let insert = sqlx::query(
            "INSERT OR REPLACE INTO phorum_user_group_xref (user_id, group_id, status) VALUES (?, ?, ?)",
        );
        self.run(insert.bind(user).bind(id).bind(if leader { 2 } else { 1 })).await.map(drop)
    }

    /// Takes the member out of a group.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn leave(&self, login: &str, group: &str) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        let id = self.group_id(group).await?.unwrap_or_default();
        let delete = sqlx::query("DELETE FROM phorum_user_group_xref WHERE user_id = ? AND group_id = ?");
        self.run(delete.bind(user).bind(id)).await.map(drop)
    }

    /// Sends a private message, which is unread.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn message(&self, from: &str, to: &str, subject: &str) -> Result<(), DemoError> {
        let (sender, to) = (self.user_id(from).await?, self.user_id(to).await?);
        let insert = sqlx::query(
            "INSERT INTO phorum_pm_messages (user_id, author, subject, message, datestamp, meta) VALUES (?, ?, ?, '', ?, '')",
        );
        let message = self.run(insert.bind(sender).bind(from).bind(subject).bind(now())).await?;
        for (user, folder, read) in [(to, "inbox", 0), (sender, "outbox", 1)] {
            let insert = sqlx::query(
                "INSERT INTO phorum_pm_xref (user_id, special_folder, pm_message_id, read_flag) VALUES (?, ?, ?, ?)",
            );
            self.run(insert.bind(user).bind(folder).bind(message).bind(read)).await?;
        }
        Ok(())
    }

    /// Reads all of the member's private messages.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn read_messages(&self, login: &str) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        self.run(sqlx::query("UPDATE phorum_pm_xref SET read_flag = 1 WHERE user_id = ?").bind(user))
            .await
            .map(drop)
    }

    /// Makes a forum that members may read, and guests as well if it is `public`; its id.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn add_forum(&self, name: &str, public: bool) -> Result<i64, DemoError> {
        let insert = sqlx::query(
            "INSERT INTO phorum_forums (name, active, description, pub_perms, reg_perms) VALUES (?, 1, '', ?, 15)",
        );
        self.run(insert.bind(name).bind(i64::from(public))).await
    }

    /// Begins a thread in a forum; its id.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn add_topic(&self, forum: i64, author: &str, title: &str) -> Result<i64, DemoError> {
        let user = self.user_id(author).await?;
        let insert = sqlx::query(
            "INSERT INTO phorum_messages (forum_id, user_id, author, subject, body, datestamp) VALUES (?, ?, ?, ?, '', ?)",
        );
        let thread = self.run(insert.bind(forum).bind(user).bind(author).bind(title).bind(now())).await?;
        self.run(
            sqlx::query("UPDATE phorum_messages SET thread = ? WHERE message_id = ?")
                .bind(thread)
                .bind(thread),
        )
        .await?;
        Ok(thread)
    }

    /// Disables the forum, or opens it again.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn close(&self, closed: bool) -> Result<(), DemoError> {
        let status = if closed { "disabled" } else { "normal" };
        self.run(sqlx::query("UPDATE phorum_settings SET data = ? WHERE name = 'status'").bind(status))
            .await
            .map(drop)
    }
}

/// 64 hexadecimal digits, as 6.0 makes them.
fn random_digits() -> Result<String, DemoError> {
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random)?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Seconds since 1970.
fn now() -> i64 {
    SystemClock.now().as_millis().div_euclid(1000)
}
