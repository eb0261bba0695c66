//! A small phpBB 3.3 board in an SQLite file, for `portico demo` and for trying things out.
//!
//! The tables have phpBB's own layout (3.3: install/schemas/schema.json), as far as a login touches them.

mod forum;
mod hash;

use std::path::Path;

use secrecy::SecretString;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor};

use crate::clean_name::CleanName;
use crate::input;
use crate::version::Version;

pub use forum::{Browser, DemoForum};

/// 1 January 2024, when the demonstration board was founded, in seconds since 1970.
const FOUNDED: i64 = 1_704_067_200;
/// The groups of the system, in the order of their ids.
const GROUPS: [&str; 7] = [
    "GUESTS",
    "REGISTERED",
    "REGISTERED_COPPA",
    "GLOBAL_MODERATORS",
    "ADMINISTRATORS",
    "BOTS",
    "NEWLY_REGISTERED",
];

/// The settings of a fresh board that a login looks at.
const SETTINGS: [(&str, &str); 21] = [
    ("version", "3.3.15"),
    ("auth_method", "db"),
    ("board_disable", "0"),
    ("board_timezone", "UTC"),
    ("default_lang", "en"),
    ("max_login_attempts", "3"),
    ("ip_login_limit_max", "50"),
    ("ip_login_limit_time", "21600"),
    ("ip_login_limit_use_forwarded", "0"),
    ("forwarded_for_check", "0"),
    ("chg_passforce", "0"),
    ("allow_avatar", "1"),
    ("allow_avatar_upload", "1"),
    ("allow_avatar_gravatar", "0"),
    ("allow_avatar_remote", "0"),
    ("session_length", "3600"),
    ("ip_check", "3"),
    ("browser_check", "1"),
    ("allow_autologin", "1"),
    ("max_autologin_time", "0"),
    ("require_activation", "1"),
];

/// A member to be made.
#[derive(Debug, Clone)]
pub struct DemoMember {
    /// The user name.
    pub login: String,
    /// The password.
    pub password: SecretString,
    /// How the password is stored.
    pub hash: HashFamily,
    /// What is the matter with the member.
    pub state: MemberState,
    /// The groups that the member is in besides REGISTERED; made where they aren't there yet.
    pub groups: Vec<String>,
}

/// How a password is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashFamily {
    /// As phpBB 3.3 stores it.
    Argon2id,
    /// As phpBB 3.1 and 3.2 store it.
    Bcrypt,
    /// As phpBB 3.0 stores it: the portable hash `$H$`.
    Phpass,
    /// A bare md5, as an import left it.
    Md5,
}

/// What is the matter with a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberState {
    /// May enter.
    Active,
    /// Has not activated the account: refused as disabled.
    Inactive,
    /// Banned by user id, with the reason that is shown.
    Banned {
        /// The reason.
        reason: String,
    },
}

/// Why a board was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// The file can't be written, or holds a board already.
    #[error("the board's file: {0}")]
    Database(#[from] sqlx::Error),
    /// A password can't be hashed with argon2id.
    #[error("a password can't be hashed: {0}")]
    Argon2(#[from] portico_passwords::HashError),
    /// A password can't be hashed with bcrypt.
    #[error("a password can't be hashed: {0}")]
    Bcrypt(#[from] bcrypt::BcryptError),
    /// There is no such member.
    #[error("the demonstration board has {0}")]
    Missing(String),
    /// The system gives no random bytes.
    #[error("no random bytes: {0}")]
    Randomness(#[from] getrandom::Error),
    /// The thread that hashed a password ended early.
    #[error("a password was not hashed: {0}")]
    Hashing(#[from] tokio::task::JoinError),
}

/// The tables of phpBB 3.3 that a login touches, in SQLite's SQL.
pub fn schema_sql() -> &'static str {
    include_str!("schema.sql")
}

/// Makes the file `path` with a board of these members in it. The tables' prefix is `phpbb_`.
///
/// # Errors
/// When the file can't be written, holds such a board already, or two members have the same clean name.
pub async fn seed(path: &Path, members: &[DemoMember]) -> Result<(), DemoError> {
    let options =
        SqliteConnectOptions::new().filename(path).create_if_missing(true).disable_statement_logging();
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let mut board = connection.begin().await?;
    sqlx::raw_sql(schema_sql()).execute(&mut *board).await?;
    // What tells this board from every other: its birth to the second, so two demonstrations are two boards.
    let mut birth = [0_u8; 4];
    getrandom::fill(&mut birth)?;
    // The installer puts five characters behind the name of the cookies.
    let cookie = format!("phpbb3_{:05x}", u32::from_be_bytes(birth) >> 12);
    let birth = (FOUNDED - i64::from(u32::from_be_bytes(birth) % 86_400)).to_string();
    let own = [("board_startdate", birth.as_str()), ("cookie_name", cookie.as_str())];
    for (name, value) in SETTINGS.into_iter().chain(own) {
        let insert = sqlx::query("INSERT INTO phpbb_config (config_name, config_value) VALUES (?, ?)");
        board.execute(insert.bind(name).bind(value)).await?;
    }
    for group in GROUPS {
        let insert = sqlx::query("INSERT INTO phpbb_groups (group_type, group_name) VALUES (3, ?)");
        board.execute(insert.bind(group)).await?;
    }
    let guest = "INSERT INTO phpbb_users (user_id, user_type, username, username_clean) VALUES (1, 2, 'Anonymous', 'anonymous')";
    board.execute(guest).await?;
    join(&mut board, 1, "GUESTS").await?;
    for (id, member) in (2_i64..).zip(members) {
        add_member(&mut board, id, member).await?;
    }
    board.commit().await?;
    connection.close().await?;
    Ok(())
}

async fn add_member(board: &mut SqliteConnection, id: i64, member: &DemoMember) -> Result<(), DemoError> {
    let (password, family) = (member.password.clone(), member.hash);
    let stored = tokio::task::spawn_blocking(move || hash::stored(&password, family)).await??;
    let username = input::filter(&member.login, Version::V33, true);
    let clean = CleanName::of(&username, Version::V33).forms.into_iter().next().unwrap_or_default();
    let insert = sqlx::query(
        "INSERT INTO phpbb_users (user_id, user_type, username, username_clean, user_password, user_email, user_regdate, \
         user_passchg, user_lang, user_timezone, user_new) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'en', 'UTC', 0)",
    );
    let inactive = i64::from(member.state == MemberState::Inactive);
    let registered = FOUNDED + id * 86_400;
    let insert = insert
        .bind(id)
        .bind(inactive)
        .bind(username.as_str())
        .bind(clean)
        .bind(stored.as_str())
        .bind(format!("member{id}@example.org"))
        .bind(registered)
        .bind(registered);
    board.execute(insert).await?;
    if let MemberState::Banned { reason } = &member.state {
        let ban = sqlx::query(
            "INSERT INTO phpbb_banlist (ban_userid, ban_start, ban_give_reason) VALUES (?, ?, ?)",
        );
        board.execute(ban.bind(id).bind(registered).bind(reason)).await?;
    }
    for group in ["REGISTERED"].into_iter().chain(member.groups.iter().map(String::as_str)) {
        join(board, id, group).await?;
    }
    Ok(())
}

async fn join(board: &mut SqliteConnection, user: i64, group: &str) -> Result<(), DemoError> {
    let known: Option<(i64,)> = sqlx::query_as("SELECT group_id FROM phpbb_groups WHERE group_name = ?")
        .bind(input::filter(group, Version::V33, true).to_string())
        .fetch_optional(&mut *board)
        .await?;
    let group_id = match known {
        Some((id,)) => id,
        None => {
            let name = input::filter(group, Version::V33, true);
            let insert = sqlx::query("INSERT INTO phpbb_groups (group_type, group_name) VALUES (0, ?)")
                .bind(name.to_string());
            board.execute(insert).await?.last_insert_rowid()
        }
    };
    let insert =
        sqlx::query("INSERT INTO phpbb_user_group (group_id, user_id, user_pending) VALUES (?, ?, 0)");
    board.execute(insert.bind(group_id).bind(user)).await?;
    Ok(())
}
