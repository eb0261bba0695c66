//! A small Phorum 6.0 in an SQLite file, for `portico demo` and for trying things out.
//!
//! The tables have Phorum's own layout (6.0: `include/db/mysql.php`), as far as a login touches them.

mod forum;

use std::path::Path;

use md5::{Digest, Md5};
use portico_core::auth::BoxError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor};

pub use forum::{Browser, DemoError, DemoForum};

/// The prefix of the tables, as `table_prefix` takes it.
pub const TABLE_PREFIX: &str = "phorum";

/// 1 January 2024, when the demonstration forum was founded, in seconds since 1970.
const FOUNDED: i64 = 1_704_067_200;

/// The cost of the bcrypt hashes: PHP's default.
const BCRYPT_COST: u32 = 10;

/// A member to be made.
#[derive(Debug, Clone)]
pub struct DemoMember {
    /// The user name.
    pub login: String,
    /// The password.
    pub password: secrecy::SecretString,
    /// How the password is stored.
    pub hash: DemoHash,
    /// What is the matter with the member.
    pub state: DemoState,
    /// The names of the groups that the member is in; made where they aren't there yet.
    pub groups: Vec<String>,
}

/// How a password is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoHash {
    /// As Phorum 6.0 stores it: bcrypt.
    Bcrypt,
    /// As Phorum 5 stored it: the bare md5, replaced by Phorum 6.0 at the next login over there.
    Md5,
}

/// What is the matter with a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoState {
    /// May enter.
    Active,
    /// Deactivated: refused as disabled.
    Inactive,
    /// On the ban list by user id: may enter but not write.
    Banned,
}

/// The tables, in SQLite's spelling. Columns, their order and defaults are Phorum's.
const TABLES: &str = include_str!("tables.sql");

/// The settings of a fresh installation that a login looks at.
const SETTINGS: [(&str, &str, &str); 11] = [
    ("title", "V", "Demonstration forum"),
    ("status", "V", "normal"),
    ("hooks", "S", "a:0:{}"),
    ("internal_version", "V", "2010101500"),
    ("internal_patchlevel", "V", "2026062900"),
    ("registration_control", "V", "1"),
    ("user_time_zone", "V", "1"),
    ("display_name_source", "V", "username"),
    ("dns_lookup", "V", "0"),
    ("use_cookies", "V", "1"),
    ("tight_security", "V", "0"),
];

/// Makes the file `path` with a forum of these members in it. The tables' prefix is [`TABLE_PREFIX`].
///
/// # Errors
/// When the file can't be written, holds such a forum already, or two members have the same name.
pub async fn seed(path: &Path, members: &[DemoMember]) -> Result<(), BoxError> {
    let options =
        SqliteConnectOptions::new().filename(path).create_if_missing(true).disable_statement_logging();
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let mut forum = connection.begin().await?;
    sqlx::raw_sql(TABLES).execute(&mut *forum).await?;
    let mut salt = [0; 16];
    getrandom::fill(&mut salt)?;
    let salt: String = salt.iter().map(|byte| format!("{byte:02x}")).collect();
    for (name, kind, data) in SETTINGS.into_iter().chain([("admin_session_salt", "V", salt.as_str())]) {
        let insert = sqlx::query("INSERT INTO phorum_settings (name, type, data) VALUES (?, ?, ?)");
        forum.execute(insert.bind(name).bind(kind).bind(data)).await?;
    }
    for (id, member) in (1_i64..).zip(members) {
        add_member(&mut forum, id, member).await?;
    }
    forum.commit().await?;
    connection.close().await?;
    Ok(())
}

async fn add_member(forum: &mut SqliteConnection, id: i64, member: &DemoMember) -> Result<(), BoxError> {
    let stored = hashed(member.password.clone(), member.hash).await?;
    let insert = sqlx::query(
        "INSERT INTO phorum_users (user_id, username, display_name, password, password_temp, email, active, signature, \
         moderator_data, date_added) VALUES (?, ?, ?, ?, ?, ?, ?, '', '', ?)",
    );
    let email = format!("{}@example.org", member.login);
    let active = i64::from(member.state != DemoState::Inactive);
    forum
        .execute(
            insert
                .bind(id)
                .bind(&member.login)
                .bind(&member.login)
                .bind(&stored)
                .bind("*NO PASSWORD SET*")
                .bind(email)
                .bind(active)
                .bind(FOUNDED + id * 86_400),
        )
        .await?;
    if member.state == DemoState::Banned {
        let ban =
            "INSERT INTO phorum_banlists (forum_id, type, pcre, string, comments) VALUES (0, 5, 0, ?, '')";
        forum.execute(sqlx::query(ban).bind(id.to_string())).await?;
    }
    for group in &member.groups {
        let known: Option<(i64,)> = sqlx::query_as("SELECT group_id FROM phorum_groups WHERE name = ?")
            .bind(group)
            .fetch_optional(&mut *forum)
            .await?;
        let group_id = match known {
            Some((id,)) => id,
            None => {
                let insert = sqlx::query("INSERT INTO phorum_groups (name, open) VALUES (?, 1)").bind(group);
                forum.execute(insert).await?.last_insert_rowid()
            }
        };
        let insert =
            sqlx::query("INSERT INTO phorum_user_group_xref (user_id, group_id, status) VALUES (?, ?, 1)");
        forum.execute(insert.bind(id).bind(group_id)).await?;
    }
    Ok(())
}

/// The value of the column `password`, as the application would have made it.
async fn hashed(password: secrecy::SecretString, hash: DemoHash) -> Result<String, BoxError> {
    use secrecy::ExposeSecret;
    match hash {
        DemoHash::Md5 => {
            let digest = Md5::digest(password.expose_secret());
            Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
        }
        DemoHash::Bcrypt => {
            let hash = move || bcrypt::hash_with_result(password.expose_secret(), BCRYPT_COST);
            Ok(tokio::task::spawn_blocking(hash).await??.format_for_version(bcrypt::Version::TwoY))
        }
    }
}
