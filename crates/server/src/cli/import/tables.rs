//! The old tables, read as they are (server 2.0.6 and before).

use portico_auth_sql::{ForeignDatabase, Row, TablePrefix};
use portico_core::auth::AuthError;

/// Rows read at once.
const PAGE: i64 = 1000;
/// The author of administrators' messages.
pub(super) const ADMINISTRATOR: i64 = -99;

/// Everything that is carried over. No `Debug`, as of [`OldUser`].
#[derive(Default)]
pub(super) struct OldTables {
    pub(super) users: Vec<OldUser>,
    pub(super) contacts: Vec<OldContact>,
    pub(super) groups: Vec<OldGroup>,
    pub(super) memberships: Vec<OldMembership>,
    pub(super) messages: Vec<OldMessage>,
    pub(super) bans: Vec<OldBan>,
    pub(super) roles: Vec<OldRole>,
}

/// A row of `USR_USER`. No `Debug`: a password's hash has no place in a log.
#[derive(Clone, Default)]
pub(super) struct OldUser {
    pub(super) id: i64,
    /// Normalised.
    pub(super) username: String,
    /// As typed; empty when it is the same.
    pub(super) nickname: String,
    /// Name or function; `HIDDEN` takes the person from lists.
    pub(super) name: String,
    pub(super) email: String,
    pub(super) status: i64,
    /// SHA-1 in 40 hexadecimal digits; empty: none.
    pub(super) password: String,
    pub(super) role: Option<i64>,
}

/// A row of `CNT_CONTACT`.
#[derive(Debug, Clone, Default)]
pub(super) struct OldContact {
    pub(super) owner: i64,
    pub(super) other: i64,
    /// 0 pending, 1 accepted, 2 favourite, 5 hidden from, −1 refused.
    pub(super) status: i64,
    /// The request's text while it is pending, afterwards a nickname.
    pub(super) text: String,
    pub(super) group: String,
}

/// A row of `GRP_GROUP`.
#[derive(Debug, Clone, Default)]
pub(super) struct OldGroup {
    pub(super) id: i64,
    pub(super) name: String,
    /// 0 public, 1 official, 2 private.
    pub(super) kind: i64,
}

/// A row of `USG_USERGRP`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OldMembership {
    pub(super) group: i64,
    pub(super) user: i64,
    /// 0 member, 1 asks to join, −1 asks to leave, 2 refused.
    pub(super) pending: i64,
}

/// A row of `MSG_MESSAGE`: not delivered yet.
#[derive(Debug, Clone, Default)]
pub(super) struct OldMessage {
    pub(super) id: i64,
    pub(super) author: i64,
    pub(super) to: i64,
    pub(super) text: Vec<u8>,
    /// `64` base64; `AA`, `BB` encrypted by the client.
    pub(super) encoding: String,
    pub(super) conference: i64,
}

/// A row of `BAN_BANNED`.
#[derive(Debug, Clone, Default)]
pub(super) struct OldBan {
    /// `U` login, `I` address, `P` computer.
    pub(super) kind: String,
    /// A pattern of SQL's `LIKE`.
    pub(super) value: String,
}

/// A row of `ROL_ROLE` with its permissions.
#[derive(Debug, Clone, Default)]
pub(super) struct OldRole {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) is_default: bool,
    /// Module, state (1 refused, 2 granted, 3 a number), number.
    pub(super) modules: Vec<(i64, i64, i64)>,
}

impl OldTables {
    /// Reads all of it.
    ///
    /// # Errors
    /// When the database does not answer, or is not the predecessor's.
    pub(super) async fn read(database: &ForeignDatabase, prefix: &TablePrefix) -> Result<Self, AuthError> {
        let table = |name: &str| database.dialect().table(prefix, name);
        let users = "SELECT ID_USER, USR_USERNAME, USR_NICKNAME, USR_NAME, USR_EMAIL, USR_STATUS, USR_PASSWORD, ID_ROLE";
        let mut old = Self {
            users: paged(database, users, &table("USR_USER"), "ID_USER", user).await?,
            contacts: paged(
                database,
                "SELECT ID_CONTACT, ID_USER_1, ID_USER_2, CNT_STATUS, CNT_NEW_USERNAME, CNT_USER_GROUP",
                &table("CNT_CONTACT"),
                "ID_CONTACT",
                contact,
            )
            .await?,
            groups: paged(
                database,
                "SELECT ID_GROUP, GRP_NAME, GRP_PRIVATE",
                &table("GRP_GROUP"),
                "ID_GROUP",
                group,
            )
            .await?,
            messages: paged(
                database,
                "SELECT ID_MESSAGE, ID_USER_AUT, ID_USER_DEST, MSG_TEXT, MSG_CR, ID_CONFERENCE",
                &table("MSG_MESSAGE"),
                "ID_MESSAGE",
                message,
            )
            .await?,
            ..Self::default()
        };
        let sql = format!("SELECT ID_GROUP, ID_USER, USG_PENDING FROM {}", table("USG_USERGRP"));
        old.memberships = rows(database, &sql, membership).await?;
        let sql = format!("SELECT BAN_TYPE, BAN_VALUE FROM {}", table("BAN_BANNED"));
        old.bans = rows(database, &sql, ban).await?;
        let sql = format!("SELECT ID_ROLE, ROL_NAME, ROL_DEFAULT FROM {}", table("ROL_ROLE"));
        old.roles = rows(database, &sql, role).await?;
        let sql = format!("SELECT ID_ROLE, ID_MODULE, RLM_STATE, RLM_VALUE FROM {}", table("RLM_ROLEMODULE"));
        for row in database.query(&sql, &[]).await? {
            let (id, module) = (number(&row, "ID_ROLE")?, number(&row, "ID_MODULE")?);
            let (state, value) = (number(&row, "RLM_STATE")?, number(&row, "RLM_VALUE")?);
            if let Some(role) = old.roles.iter_mut().find(|role| role.id == id) {
                role.modules.push((module, state, value));
            }
        }
        Ok(old)
    }
}

async fn paged<T>(
    database: &ForeignDatabase,
    select: &str,
    table: &str,
    id: &str,
    make: fn(&Row) -> Result<T, AuthError>,
) -> Result<Vec<T>, AuthError> {
    let sql = format!("{select} FROM {table} WHERE {id} > ? ORDER BY {id} LIMIT {PAGE}");
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = database.query(&sql, &[after.into()]).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = last.i64(id)?;
        for row in &page {
            all.push(make(row)?);
        }
    }
}

async fn rows<T>(
    database: &ForeignDatabase,
    sql: &str,
    make: fn(&Row) -> Result<T, AuthError>,
) -> Result<Vec<T>, AuthError> {
    database.query(sql, &[]).await?.iter().map(make).collect()
}

fn text(row: &Row, column: &str) -> Result<String, AuthError> {
    Ok(row.optional_text(column)?.unwrap_or_default().trim().to_owned())
}

/// No value is nobody, nothing and no state: none of the old ids and states is 0 where it matters.
fn number(row: &Row, column: &str) -> Result<i64, AuthError> {
    Ok(row.optional_i64(column)?.unwrap_or_default())
}

fn user(row: &Row) -> Result<OldUser, AuthError> {
    Ok(OldUser {
        id: row.i64("ID_USER")?,
        username: text(row, "USR_USERNAME")?,
        nickname: text(row, "USR_NICKNAME")?,
        name: text(row, "USR_NAME")?,
        email: text(row, "USR_EMAIL")?,
        status: number(row, "USR_STATUS")?,
        password: text(row, "USR_PASSWORD")?,
        role: row.optional_i64("ID_ROLE")?,
    })
}

fn contact(row: &Row) -> Result<OldContact, AuthError> {
    Ok(OldContact {
        owner: number(row, "ID_USER_1")?,
        other: number(row, "ID_USER_2")?,
        // Without a state it is in none that is known.
        status: row.optional_i64("CNT_STATUS")?.unwrap_or(i64::MIN),
        text: text(row, "CNT_NEW_USERNAME")?,
        group: text(row, "CNT_USER_GROUP")?,
    })
}

fn group(row: &Row) -> Result<OldGroup, AuthError> {
    // What isn't said to be public isn't.
    let kind = row.optional_i64("GRP_PRIVATE")?.unwrap_or(2);
    Ok(OldGroup { id: row.i64("ID_GROUP")?, name: text(row, "GRP_NAME")?, kind })
}

fn membership(row: &Row) -> Result<OldMembership, AuthError> {
    Ok(OldMembership {
        group: number(row, "ID_GROUP")?,
        user: number(row, "ID_USER")?,
        // Without a word of it, somebody is no member.
        pending: row.optional_i64("USG_PENDING")?.unwrap_or(1),
    })
}

fn message(row: &Row) -> Result<OldMessage, AuthError> {
    Ok(OldMessage {
        id: row.i64("ID_MESSAGE")?,
        author: number(row, "ID_USER_AUT")?,
        to: number(row, "ID_USER_DEST")?,
        text: row.optional_bytes("MSG_TEXT")?.unwrap_or_default().to_vec(),
        encoding: text(row, "MSG_CR")?,
        conference: number(row, "ID_CONFERENCE")?,
    })
}

fn ban(row: &Row) -> Result<OldBan, AuthError> {
    Ok(OldBan { kind: text(row, "BAN_TYPE")?, value: text(row, "BAN_VALUE")? })
}

fn role(row: &Row) -> Result<OldRole, AuthError> {
    Ok(OldRole {
        id: number(row, "ID_ROLE")?,
        name: text(row, "ROL_NAME")?,
        is_default: text(row, "ROL_DEFAULT")? == "D",
        modules: Vec::new(),
    })
}
