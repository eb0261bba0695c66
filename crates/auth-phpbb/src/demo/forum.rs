use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use md5::{Digest, Md5};
use portico_core::ports::{Clock, SystemClock};
use secrecy::SecretString;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor};

use super::{DemoError, HashFamily, hash, join};
use crate::avatar::hexadecimal;
use crate::clean_name::CleanName;
use crate::input::filter;
use crate::version::Version;

/// Where a visitor's requests come from, as the board saw them.
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

/// What happens at a board that [`seed`](super::seed) made: what its members and administrators do there, done to
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
    /// The board in this file. Opens nothing yet.
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

    async fn run(&self, query: Query<'_>) -> Result<u64, DemoError> {
        let mut board = self.open().await?;
        let done = board.execute(query).await?;
        board.close().await?;
        Ok(done.rows_affected())
    }

    /// The member's user id: the subject over here.
    ///
    /// # Errors
    /// As for all: see [`DemoForum`].
    pub async fn user_id(&self, login: &str) -> Result<i64, DemoError> {
        let clean = clean_name(login);
        let mut board = self.open().await?;
        let found: Option<(i64,)> =
            sqlx::query_as("SELECT user_id FROM phpbb_users WHERE username_clean = ?")
                .bind(clean)
                .fetch_optional(&mut board)
                .await?;
        board.close().await?;
        found.map(|(id,)| id).ok_or_else(|| DemoError::Missing(format!("no member `{login}`")))
    }

    /// Logs the member in over there: a live session, as (name, value) of its cookies.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn session(&self, login: &str, browser: &Browser) -> Result<Vec<(String, String)>, DemoError> {
        let user = self.user_id(login).await?;
        let id = self.insert_session(user, browser).await?;
        self.cookies(user, &id, "").await
    }

    /// The cookies of a member who asked to be remembered and comes back: the session has ended, the key has not.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn remembered(
        &self,
        login: &str,
        browser: &Browser,
    ) -> Result<Vec<(String, String)>, DemoError> {
        let user = self.user_id(login).await?;
        let key: String = random_digits()?.chars().take(16).collect();
        let insert = sqlx::query(
            "INSERT INTO phpbb_sessions_keys (key_id, user_id, last_ip, last_login) VALUES (?, ?, ?, ?)",
        );
        let digest = hexadecimal(&Md5::digest(key.as_bytes()));
        self.run(insert.bind(digest).bind(user).bind(browser.address.to_string()).bind(now())).await?;
        self.cookies(user, &random_digits()?, &key).await
    }

    /// The session that the board gives to a guest.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn guest_session(&self, browser: &Browser) -> Result<Vec<(String, String)>, DemoError> {
        let id = self.insert_session(1, browser).await?;
        self.cookies(1, &id, "").await
    }

    async fn insert_session(&self, user: i64, browser: &Browser) -> Result<String, DemoError> {
        let id = random_digits()?;
        let insert = sqlx::query(
            "INSERT INTO phpbb_sessions (session_id, session_user_id, session_start, session_time, session_ip, session_browser) \
             VALUES (?, ?, ?, ?, ?, ?)",
        );
        let agent: String = filter(&browser.user_agent, Version::V33, true).chars().take(149).collect();
        let address = browser.address.to_canonical().to_string();
        self.run(insert.bind(id.clone()).bind(user).bind(now()).bind(now()).bind(address).bind(agent))
            .await?;
        Ok(id)
    }

    async fn cookies(&self, user: i64, id: &str, key: &str) -> Result<Vec<(String, String)>, DemoError> {
        let mut board = self.open().await?;
        let name: (String,) =
            sqlx::query_as("SELECT config_value FROM phpbb_config WHERE config_name = 'cookie_name'")
                .fetch_one(&mut board)
                .await?;
        board.close().await?;
        let cookie = |end: &str, value: &str| (format!("{}{end}", name.0), value.to_owned());
        Ok(vec![cookie("_u", &user.to_string()), cookie("_k", key), cookie("_sid", id)])
    }

    /// Ends all sessions and keys of the member.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn log_out(&self, login: &str) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        self.run(sqlx::query("DELETE FROM phpbb_sessions WHERE session_user_id = ?").bind(user)).await?;
        self.run(sqlx::query("DELETE FROM phpbb_sessions_keys WHERE user_id = ?").bind(user)).await.map(drop)
    }

    /// Bans the member by user id, for ever, with the reason that is shown to the banned.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn ban(&self, login: &str, reason: &str) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        let insert = sqlx::query(
            "INSERT INTO phpbb_banlist (ban_userid, ban_start, ban_give_reason) VALUES (?, ?, ?)",
        );
        self.run(insert.bind(user).bind(now()).bind(filter(reason, Version::V33, true).to_string()))
            .await
            .map(drop)
    }

    /// Takes the member's bans away.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn unban(&self, login: &str) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        self.run(sqlx::query("DELETE FROM phpbb_banlist WHERE ban_userid = ?").bind(user)).await.map(drop)
    }

    /// Bans an address, or all that a pattern with `*` stands for.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn ban_address(&self, pattern: &str) -> Result<(), DemoError> {
        let insert = sqlx::query("INSERT INTO phpbb_banlist (ban_ip, ban_start) VALUES (?, ?)");
        self.run(insert.bind(pattern).bind(now())).await.map(drop)
    }

    /// Takes such a ban away.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn unban_address(&self, pattern: &str) -> Result<(), DemoError> {
        self.run(sqlx::query("DELETE FROM phpbb_banlist WHERE ban_ip = ?").bind(pattern)).await.map(drop)
    }

    /// Activates or deactivates the account.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn set_active(&self, login: &str, active: bool) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        let update = sqlx::query("UPDATE phpbb_users SET user_type = ? WHERE user_id = ?");
        self.run(update.bind(i64::from(!active)).bind(user)).await.map(drop)
    }

    /// Deletes the account, its memberships, sessions and bans.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn delete(&self, login: &str) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        for (table, column) in [
            ("users", "user_id"),
            ("user_group", "user_id"),
            ("banlist", "ban_userid"),
            ("sessions", "session_user_id"),
            ("sessions_keys", "user_id"),
        ] {
            let sql = sqlx::AssertSqlSafe(format!("DELETE FROM phpbb_{table} WHERE {column} = ?"));
            self.run(sqlx::query(sql).bind(user)).await?;
        }
        Ok(())
    }

    /// Gives the member another name. The user id stays.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn rename(&self, login: &str, new_login: &str) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        let update = sqlx::query("UPDATE phpbb_users SET username = ?, username_clean = ? WHERE user_id = ?");
        let name = filter(new_login, Version::V33, true).to_string();
        self.run(update.bind(name).bind(clean_name(new_login)).bind(user)).await.map(drop)
    }

    /// Changes the password, which ends the member's sessions and keys over there.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn change_password(&self, login: &str, password: &SecretString) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        let password = password.clone();
        let stored =
            tokio::task::spawn_blocking(move || hash::stored(&password, HashFamily::Bcrypt)).await??;
        let update =
            sqlx::query("UPDATE phpbb_users SET user_password = ?, user_passchg = ? WHERE user_id = ?");
        self.run(update.bind(stored.to_string()).bind(now()).bind(user)).await?;
        self.log_out(login).await
    }

    /// Puts the member into a group, which is made if it isn't there; who is in it already becomes its leader or ceases
    /// to be.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn join(&self, login: &str, group: &str, leader: bool) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        self.leave(login, group).await?;
        let mut board = self.open().await?;
        join(&mut board, user, group).await?;
        let lead = sqlx::query(
            "UPDATE phpbb_user_group SET group_leader = ? WHERE user_id = ? AND group_id IN \
             (SELECT group_id FROM phpbb_groups WHERE group_name = ?)",
        );
        board
            .execute(lead.bind(leader).bind(user).bind(filter(group, Version::V33, true).to_string()))
            .await?;
        board.close().await?;
        Ok(())
    }

    /// Takes the member out of a group.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn leave(&self, login: &str, group: &str) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        let delete = sqlx::query(
            "DELETE FROM phpbb_user_group WHERE user_id = ? AND group_id IN \
             (SELECT group_id FROM phpbb_groups WHERE group_name = ?)",
        );
        self.run(delete.bind(user).bind(filter(group, Version::V33, true).to_string())).await.map(drop)
    }

    /// Sends a private message, which is unread.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn message(&self, from: &str, to: &str, subject: &str) -> Result<(), DemoError> {
        let (from, to) = (self.user_id(from).await?, self.user_id(to).await?);
        let mut board = self.open().await?;
        let insert = sqlx::query(
            "INSERT INTO phpbb_privmsgs (author_id, message_time, message_subject, to_address) VALUES (?, ?, ?, ?)",
        );
        let subject = filter(subject, Version::V33, true).to_string();
        let done = board.execute(insert.bind(from).bind(now()).bind(subject).bind(format!("u_{to}"))).await?;
        let insert =
            sqlx::query("INSERT INTO phpbb_privmsgs_to (msg_id, user_id, author_id) VALUES (?, ?, ?)");
        board.execute(insert.bind(done.last_insert_rowid()).bind(to).bind(from)).await?;
        let count = sqlx::query(
            "UPDATE phpbb_users SET user_new_privmsg = user_new_privmsg + 1, user_unread_privmsg = user_unread_privmsg + 1 \
             WHERE user_id = ?",
        );
        board.execute(count.bind(to)).await?;
        board.close().await?;
        Ok(())
    }

    /// Reads all of the member's private messages.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn read_messages(&self, login: &str) -> Result<(), DemoError> {
        let user = self.user_id(login).await?;
        self.run(sqlx::query("UPDATE phpbb_privmsgs_to SET pm_unread = 0 WHERE user_id = ?").bind(user))
            .await?;
        let count = "UPDATE phpbb_users SET user_new_privmsg = 0, user_unread_privmsg = 0 WHERE user_id = ?";
        self.run(sqlx::query(count).bind(user)).await.map(drop)
    }

    /// Makes a forum that members may read, and guests as well if it is `public`; its id.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn add_forum(&self, name: &str, public: bool) -> Result<i64, DemoError> {
        let mut board = self.open().await?;
        let insert = sqlx::query("INSERT INTO phpbb_forums (forum_name, forum_type) VALUES (?, 1)");
        let forum = board
            .execute(insert.bind(filter(name, Version::V33, true).to_string()))
            .await?
            .last_insert_rowid();
        // 17 is the role of those who may read.
        let readers = if public { "('GUESTS', 'REGISTERED')" } else { "('REGISTERED')" };
        let sql = sqlx::AssertSqlSafe(format!(
            "INSERT INTO phpbb_acl_groups (group_id, forum_id, auth_role_id) \
             SELECT group_id, ?, 17 FROM phpbb_groups WHERE group_type = 3 AND group_name IN {readers}"
        ));
        board.execute(sqlx::query(sql).bind(forum)).await?;
        board.close().await?;
        Ok(forum)
    }

    /// Begins a topic in a forum; its id.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn add_topic(&self, forum: i64, author: &str, title: &str) -> Result<i64, DemoError> {
        let user = self.user_id(author).await?;
        let mut board = self.open().await?;
        let insert = sqlx::query(
            "INSERT INTO phpbb_topics (forum_id, topic_visibility, topic_title, topic_poster, topic_time, topic_first_poster_name) \
             VALUES (?, 1, ?, ?, ?, ?)",
        );
        let (title, author) = (filter(title, Version::V33, true), filter(author, Version::V33, true));
        let insert =
            insert.bind(forum).bind(title.to_string()).bind(user).bind(now()).bind(author.to_string());
        let topic = board.execute(insert).await?.last_insert_rowid();
        board.close().await?;
        Ok(topic)
    }

    /// Disables the board for maintenance, or opens it again.
    ///
    /// # Errors
    /// See [`DemoForum`].
    pub async fn close(&self, closed: bool) -> Result<(), DemoError> {
        let update =
            sqlx::query("UPDATE phpbb_config SET config_value = ? WHERE config_name = 'board_disable'");
        self.run(update.bind(if closed { "1" } else { "0" })).await.map(drop)
    }
}

fn clean_name(login: &str) -> String {
    let name = filter(login, Version::V33, true);
    CleanName::of(&name, Version::V33).forms.into_iter().next().unwrap_or_default()
}

/// 32 hexadecimal digits.
fn random_digits() -> Result<String, DemoError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)?;
    Ok(hexadecimal(&random))
}

/// Seconds since 1970.
fn now() -> i64 {
    SystemClock.now().as_millis().div_euclid(1000)
}
