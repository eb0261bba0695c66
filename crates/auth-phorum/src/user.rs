//! A row of the `users` table, and the person it is.

use portico_auth_sql::Row;
use portico_core::Timestamp;
use portico_core::auth::{
    AuthError, Email, ExternalGroup, ExternalIdentity, Restrictions, StaffFlags, SubjectId,
};
use sha2::{Digest, Sha256};

use crate::links::ForumUrl;
use crate::password::StoredValues;
use crate::plain_text;
use crate::schema::Schema;
use crate::settings::Settings;
use crate::state::MemberState;
use crate::time_zone;

/// Columns of `users` that every version has.
pub(crate) const COLUMNS: [&str; 8] =
    ["user_id", "username", "password", "password_temp", "email", "active", "admin", "date_added"];

/// Columns that came later; each is read where it is there.
pub(crate) const LATER_COLUMNS: [&str; 6] =
    ["display_name", "real_name", "user_language", "tz_offset", "is_dst", "force_password_change"];

/// A member as the table has them.
pub(crate) struct Member {
    pub(crate) user_id: i64,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) state: MemberState,
    password: String,
    password_temp: String,
    display_name: String,
    real_name: String,
    language: String,
    tz_offset: Option<f64>,
    is_dst: bool,
    date_added: i64,
}

// Stored passwords are secrets, and the rest is nobody's business in a log.
impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

impl Member {
    /// Reads a row that was selected with [`Schema::user_columns`].
    ///
    /// # Errors
    /// [`AuthError::Inconsistent`] naming a column that holds something else than it should.
    pub(crate) fn read(row: &Row, schema: &Schema) -> Result<Self, AuthError> {
        let later_text = |column| {
            if schema.has(column) { text(row, column) } else { Ok(String::new()) }
        };
        let later_flag = |column| -> Result<bool, AuthError> {
            Ok(schema.has(column) && row.optional_i64(column)?.unwrap_or_default() != 0)
        };
        Ok(Self {
            user_id: row.i64("user_id")?,
            username: text(row, "username")?,
            email: text(row, "email")?,
            state: MemberState {
                active: row.optional_i64("active")?.unwrap_or_default(),
                admin: row.optional_i64("admin")?.unwrap_or_default() != 0,
                must_change_password: later_flag("force_password_change")?,
            },
            password: text(row, "password")?,
            password_temp: text(row, "password_temp")?,
            display_name: later_text("display_name")?,
            real_name: later_text("real_name")?,
            language: later_text("user_language")?,
            tz_offset: if schema.has("tz_offset") { row.optional_f64("tz_offset")? } else { None },
            is_dst: later_flag("is_dst")?,
            date_added: row.optional_i64("date_added")?.unwrap_or_default(),
        })
    }

    /// What the typed password is compared with.
    pub(crate) fn stored(&self) -> StoredValues<'_> {
        StoredValues { password: &self.password, temporary: &self.password_temp }
    }

    pub(crate) fn subject(&self) -> Result<SubjectId, AuthError> {
        SubjectId::new(self.user_id.to_string()).map_err(|error| AuthError::inconsistent(error.to_string()))
    }

    /// The person, as Portico knows them.
    pub(crate) fn identity(
        &self,
        settings: &Settings,
        url: Option<&ForumUrl>,
        groups: Vec<ExternalGroup>,
        restrictions: Restrictions,
    ) -> Result<ExternalIdentity, AuthError> {
        let mut identity = ExternalIdentity::new(self.subject()?, one_line(&self.username));
        identity.display_name = self.shown_name(settings).filter(|name| *name != identity.login);
        identity.email =
            filled(&self.email).map(|address| Email { address, verified: settings.proves_emails() });
        identity.groups = Some(groups);
        identity.language = filled(&self.language);
        identity.timezone = self.time_zone(settings);
        identity.profile_url = url.map(|url| url.profile(self.user_id));
        identity.registered_at =
            (self.date_added > 0).then(|| Timestamp::from_millis(self.date_added.saturating_mul(1000)));
        identity.restrictions = restrictions;
        identity.secret_stamp = Some(self.secret_stamp());
        identity.staff = StaffFlags { administrator: self.state.admin, moderator: false };
        Ok(identity)
    }

    /// Changes with the stored password. Half a digest tells no less, and is even less to guess a password by.
    fn secret_stamp(&self) -> String {
        let text = format!("portico phorum secret stamp\0{}\0{}", self.user_id, self.password);
        Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The name to show, as text. `display_name` is HTML where a module makes it, text everywhere else; a name that
    /// is nothing but HTML falls back to what Phorum would show without the module (`include/api/user.php`).
    fn shown_name(&self, settings: &Settings) -> Option<String> {
        let shown = if settings.display_names_are_html() {
            plain_text::of_html(&self.display_name)
        } else {
            one_line(&self.display_name)
        };
        filled(&shown).or_else(|| filled(&self.real_name).filter(|_| settings.shows_real_names()))
    }

    fn time_zone(&self, settings: &Settings) -> Option<String> {
        let hours = self.tz_offset.filter(|_| settings.has_member_time_zones())?;
        time_zone::name(hours, self.is_dst)
    }
}

/// A text column; old tables may hold bytes that are no UTF-8, which must not keep anybody out.
pub(crate) fn text(row: &Row, column: &str) -> Result<String, AuthError> {
    let bytes = row.optional_bytes(column)?.unwrap_or_default();
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

pub(crate) fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

pub(crate) fn filled(text: &str) -> Option<String> {
    let text = one_line(text);
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
