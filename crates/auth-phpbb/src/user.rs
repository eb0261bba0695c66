//! A row of the table `users`.

use portico_auth_sql::{Cell, ForeignDatabase, Param, Row};
use portico_core::Timestamp;
use portico_core::auth::AuthError;
use zeroize::Zeroizing;

use crate::clean_name::CleanName;
use crate::schema::{Layout, Tables};
use crate::version::Version;

/// What a user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A member.
    Normal,
    /// Registered, but not active.
    Inactive,
    /// A search robot, or the guest.
    Ignored,
    /// A founder: bans don't hold him.
    Founder,
}

/// What a login needs of a user.
pub(crate) struct Member {
    pub(crate) id: i64,
    pub(crate) kind: Kind,
    /// As stored: with HTML entities.
    pub(crate) username: String,
    pub(crate) password: Zeroizing<String>,
    /// 3.0: the hash comes from phpBB 2.
    pub(crate) pass_convert: bool,
    /// For hashes of converted boards.
    pub(crate) salt: Option<Zeroizing<String>>,
    pub(crate) login_name: Option<String>,
    pub(crate) password_changed: Timestamp,
    pub(crate) registered: Timestamp,
    pub(crate) email: String,
    pub(crate) language: String,
    pub(crate) timezone: Zone,
    pub(crate) avatar: StoredAvatar,
    /// Six hexadecimal digits, or nothing.
    pub(crate) colour: String,
    pub(crate) failed_attempts: i64,
    /// 2.0: when the last try failed.
    pub(crate) last_try: Option<Timestamp>,
    /// 2.0: 0 user, 1 administrator, 2 moderator.
    pub(crate) level: i64,
}

/// A time zone as stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Zone {
    /// 3.1 and later: the name of a zone.
    Named(String),
    /// Before: hours east of Greenwich, daylight saving included.
    Hours(f64),
}

/// An avatar as stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StoredAvatar {
    /// File, address or e-mail address.
    pub(crate) value: String,
    /// A number or the name of a driver.
    pub(crate) kind: String,
    /// The larger side in pixels.
    pub(crate) size: i64,
}

/// Shows the id only.
impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The columns of a member, for `SELECT`.
pub(crate) fn columns(layout: &Layout) -> String {
    let mut columns = match layout.version {
        Version::V20 => "user_id, user_active, username, user_password, user_level, user_regdate, user_timezone, \
                         user_lang, user_email, user_avatar, user_avatar_type"
            .to_owned(),
        _ => "user_id, user_type, username, username_clean, user_password, user_passchg, user_email, user_regdate, \
              user_lang, user_timezone, user_login_attempts, user_avatar, user_avatar_type, user_avatar_width, \
              user_avatar_height, user_colour"
            .to_owned(),
    };
    for (there, more) in [
        (layout.version == Version::V30, ", user_pass_convert, user_dst"),
        (layout.has_salt, ", user_passwd_salt"),
        (layout.has_login_name, ", login_name"),
        (layout.has_login_tries, ", user_login_tries, user_last_login_try"),
    ] {
        if there {
            columns.push_str(more);
        }
    }
    columns
}

/// Finds a member of a board of version 3 or 4 by the forms of a name: first the exact spelling where the clean
/// form isn't certain (a name can only be spelt like that by its owner), then the clean forms in order.
///
/// One query, whoever the name belongs to.
pub(crate) async fn find(
    database: &ForeignDatabase,
    tables: &Tables,
    layout: &Layout,
    spelling: &str,
    name: &CleanName,
) -> Result<Option<Member>, AuthError> {
    let mut condition = format!("username_clean IN ({})", database.dialect().list(name.forms.len().max(1)));
    let mut params: Vec<Param> = name.forms.iter().map(Param::from).collect();
    if params.is_empty() {
        // A name of nothing visible. No clean name is empty but that of a row without a name.
        params.push(Param::from("\u{1}"));
    }
    if !name.certain {
        // Without an index, as phpBB has none: only for names that need it.
        condition.push_str(" OR username = ?");
        params.push(Param::from(spelling));
    }
    let sql = format!("SELECT {} FROM {} WHERE {condition}", columns(layout), tables.users);
    let rows = database.query(&sql, &params).await?;
    match choose(&rows, spelling, name)? {
        Some(row) => Member::new(row, layout).map(Some),
        None => Ok(None),
    }
}

/// The row that the board's own look-up finds.
fn choose<'a>(rows: &'a [Row], spelling: &str, name: &CleanName) -> Result<Option<&'a Row>, AuthError> {
    let among = |column: &str, value: &str| -> Result<Vec<&'a Row>, AuthError> {
        let mut found = Vec::new();
        for row in rows {
            if row.text(column)? == value {
                found.push(row);
            }
        }
        Ok(found)
    };
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    if !name.certain {
        wanted.push(("username", spelling));
    }
    wanted.extend(name.forms.iter().map(|form| ("username_clean", form.as_str())));
    for (column, value) in wanted {
        match among(column, value)?.as_slice() {
            [] => {}
            [row] => return Ok(Some(row)),
            several => return Err(ambiguous(several.len(), column)),
        }
    }
    // A collation that ignores case or accents found it; the board would take it, too.
    match rows {
        [] => Ok(None),
        [row] => Ok(Some(row)),
        several => Err(ambiguous(several.len(), "username_clean")),
    }
}

pub(crate) fn ambiguous(count: usize, column: &str) -> AuthError {
    AuthError::inconsistent(format!(
        "{count} users have the same name (column `{column}`); the board must not have that"
    ))
}

impl Member {
    /// Reads a row of [`columns`].
    pub(crate) fn new(row: &Row, layout: &Layout) -> Result<Self, AuthError> {
        if layout.version == Version::V20 { Self::of_v2(row, layout) } else { Self::of_v3(row, layout) }
    }

    fn of_v3(row: &Row, layout: &Layout) -> Result<Self, AuthError> {
        let id = row.i64("user_id")?;
        let v30 = layout.version == Version::V30;
        let timezone = if v30 {
            let summer = if row.i64("user_dst")? != 0 { 1.0 } else { 0.0 };
            Zone::Hours(row.optional_f64("user_timezone")?.unwrap_or(0.0) + summer)
        } else {
            Zone::Named(row.text("user_timezone")?.to_owned())
        };
        let text = |there: bool, column| if there { row.optional_text(column) } else { Ok(None) };
        Ok(Self {
            id,
            kind: match row.i64("user_type")? {
                0 => Kind::Normal,
                1 => Kind::Inactive,
                2 => Kind::Ignored,
                3 => Kind::Founder,
                other => {
                    return Err(AuthError::inconsistent(format!(
                        "user {id}: user_type is {other}, expected 0 to 3"
                    )));
                }
            },
            username: row.text("username")?.to_owned(),
            password: Zeroizing::new(row.text("user_password")?.to_owned()),
            pass_convert: v30 && row.i64("user_pass_convert")? != 0,
            salt: text(layout.has_salt, "user_passwd_salt")?.map(|salt| Zeroizing::new(salt.to_owned())),
            login_name: text(layout.has_login_name, "login_name")?.map(str::to_owned),
            password_changed: Timestamp::from_secs(row.i64("user_passchg")?),
            registered: Timestamp::from_secs(row.i64("user_regdate")?),
            email: row.text("user_email")?.to_owned(),
            language: row.text("user_lang")?.to_owned(),
            timezone,
            avatar: StoredAvatar {
                value: row.text("user_avatar")?.to_owned(),
                kind: avatar_kind(row)?,
                size: row.i64("user_avatar_width")?.max(row.i64("user_avatar_height")?),
            },
            colour: row.text("user_colour")?.trim().to_owned(),
            failed_attempts: row.i64("user_login_attempts")?,
            last_try: None,
            level: 0,
        })
    }

    /// phpBB 2 declares most columns as nullable.
    fn of_v2(row: &Row, layout: &Layout) -> Result<Self, AuthError> {
        let text = |column| Ok::<_, AuthError>(row.optional_text(column)?.unwrap_or_default().to_owned());
        let number = |there: bool, column| if there { row.optional_i64(column) } else { Ok(None) };
        Ok(Self {
            id: row.i64("user_id")?,
            kind: if row.optional_i64("user_active")? == Some(1) { Kind::Normal } else { Kind::Inactive },
            username: text("username")?,
            password: Zeroizing::new(text("user_password")?),
            pass_convert: false,
            salt: None,
            login_name: None,
            password_changed: Timestamp::from_secs(0),
            registered: Timestamp::from_secs(row.i64("user_regdate")?),
            email: text("user_email")?,
            language: text("user_lang")?,
            timezone: Zone::Hours(row.optional_f64("user_timezone")?.unwrap_or(0.0)),
            avatar: StoredAvatar { value: text("user_avatar")?, kind: avatar_kind(row)?, size: 0 },
            colour: String::new(),
            failed_attempts: number(layout.has_login_tries, "user_login_tries")?.unwrap_or(0),
            last_try: number(layout.has_login_tries, "user_last_login_try")?
                .filter(|&secs| secs > 0)
                .map(Timestamp::from_secs),
            level: row.optional_i64("user_level")?.unwrap_or(0),
        })
    }
}

/// A number up to 3.0, a text since 3.1.
fn avatar_kind(row: &Row) -> Result<String, AuthError> {
    match row.cell("user_avatar_type")? {
        Cell::Int(number) => Ok(number.to_string()),
        Cell::Null => Ok(String::new()),
        _ => row.text("user_avatar_type").map(str::to_owned),
    }
}
