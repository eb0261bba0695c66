//! What Portico's own accounts need beyond a login.

use portico_core::Timestamp;
use portico_core::account::fold_login;
use portico_core::ports::{
    Confirmed, NativeProfile, NativeUser, NewPassword, OnceToken, SecondFactor, TokenPurpose,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::native_users::user_of;
use super::rows;
use crate::entity::{
    native_past_password, native_recovery_code, native_second_factor, native_token, native_user,
};
use crate::failure::{Sql, retried};
use crate::key::{Key, SecretText};
use crate::sql_store::SqlStore;

/// How many tokens of a user and a purpose are good at a time.
const TOKENS_KEPT: u64 = 3;
/// Accounts of Portico's own with one e-mail address that are written to.
const MOST_BY_EMAIL: u64 = 10;

impl SqlStore {
    pub(crate) async fn natives_by_email(&self, folded_email: &str) -> Sql<Vec<NativeUser>> {
        let found = native_user::Entity::find()
            .filter(native_user::Column::FoldedEmail.eq(Key::from(folded_email)))
            .order_by_asc(native_user::Column::FoldedLogin)
            .limit(MOST_BY_EMAIL);
        found.all(self.reader()?).await?.into_iter().map(user_of).collect()
    }

    pub(crate) async fn replace_password(&self, change: &NewPassword) -> Sql<bool> {
        retried(|| self.try_replace_password(change)).await
    }

    async fn try_replace_password(&self, change: &NewPassword) -> Sql<bool> {
        use native_past_password::Column::{ChangedAt, UserId};
        let txn = self.begin().await?;
        let Some(user) = self.hold_native(&txn, change.user).await? else {
            txn.rollback().await?;
            return Ok(false);
        };
        let stands = |hash: &SecretString| hash.expose_secret() == user.password_hash.0;
        if !change.instead_of.as_ref().is_none_or(stands) {
            txn.rollback().await?;
            return Ok(false);
        }
        // The time tells one password from another: it moves even when the clock doesn't.
        let before = user.password_changed_at.unwrap_or(user.created_at);
        let at = std::cmp::max(change.at.as_millis(), before.saturating_add(1));
        native_user::Entity::update_many()
            .col_expr(native_user::Column::PasswordHash, Expr::value(change.hash.expose_secret()))
            .col_expr(native_user::Column::PasswordChangedAt, Expr::value(at))
            .filter(native_user::Column::Id.eq(change.user))
            .exec(&txn)
            .await?;
        if change.keep > 0 {
            let past = native_past_password::ActiveModel {
                user_id: Set(change.user),
                changed_at: Set(at),
                password_hash: Set(SecretText(user.password_hash.0)),
            };
            native_past_password::Entity::insert(past).exec_without_returning(&txn).await?;
        }
        let kept: Vec<i64> = native_past_password::Entity::find()
            .select_only()
            .column(ChangedAt)
            .filter(UserId.eq(change.user))
            .order_by_desc(ChangedAt)
            .limit(rows(change.keep))
            .into_tuple()
            .all(&txn)
            .await?;
        native_past_password::Entity::delete_many()
            .filter(UserId.eq(change.user))
            .filter(ChangedAt.is_not_in(kept))
            .exec(&txn)
            .await?;
        native_token::Entity::delete_many()
            .filter(native_token::Column::UserId.eq(change.user))
            .filter(native_token::Column::Purpose.eq(Key::from(TokenPurpose::Reset.as_str())))
            .exec(&txn)
            .await?;
        txn.commit().await?;
        Ok(true)
    }

    pub(crate) async fn past_passwords(&self, user: Uuid, limit: usize) -> Sql<Vec<SecretString>> {
        let past = native_past_password::Entity::find()
            .filter(native_past_password::Column::UserId.eq(user))
            .order_by_desc(native_past_password::Column::ChangedAt)
            .limit(rows(limit));
        let past = past.all(self.reader()?).await?;
        Ok(past.into_iter().map(|row| SecretString::from(row.password_hash.0)).collect())
    }

    pub(crate) async fn replace_native_profile(&self, user: Uuid, profile: &NativeProfile) -> Sql<bool> {
        set_profile_in(self.writer()?, user, profile).await?;
        Ok(self.native_by_id(user).await?.is_some())
    }

    pub(crate) async fn keep_token(&self, token: &OnceToken) -> Sql<()> {
        retried(|| self.try_keep_token(token)).await
    }

    async fn try_keep_token(&self, token: &OnceToken) -> Sql<()> {
        use native_token::Column::{Hash, Purpose, Until, UserId};
        let txn = self.begin().await?;
        let newest: Vec<Vec<u8>> = native_token::Entity::find()
            .select_only()
            .column(Hash)
            .filter(UserId.eq(token.user))
            .filter(Purpose.eq(Key::from(token.purpose.as_str())))
            .order_by_desc(Until)
            .limit(TOKENS_KEPT - 1)
            .into_tuple()
            .all(&txn)
            .await?;
        native_token::Entity::delete_many()
            .filter(UserId.eq(token.user))
            .filter(Purpose.eq(Key::from(token.purpose.as_str())))
            .filter(Hash.is_not_in(newest))
            .exec(&txn)
            .await?;
        let row = native_token::ActiveModel {
            hash: Set(token.hash.to_vec()),
            user_id: Set(token.user),
            purpose: Set(token.purpose.as_str().into()),
            until: Set(token.until.as_millis()),
        };
        native_token::Entity::insert(row).exec_without_returning(&txn).await?;
        Ok(txn.commit().await?)
    }

    pub(crate) async fn user_of_token(
        &self,
        hash: &[u8; 32],
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> Sql<Option<Uuid>> {
        let found = native_token::Entity::find_by_id(hash.to_vec()).one(self.reader()?).await?;
        let good =
            |row: &native_token::Model| row.purpose.0 == purpose.as_str() && row.until > now.as_millis();
        Ok(found.filter(good).map(|row| row.user_id))
    }

    pub(crate) async fn use_token(
        &self,
        hash: &[u8; 32],
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> Sql<Option<Uuid>> {
        let Some(user) = self.user_of_token(hash, purpose, now).await? else { return Ok(None) };
        let gone = native_token::Entity::delete_by_id(hash.to_vec()).exec(self.writer()?).await?;
        Ok((gone.rows_affected > 0).then_some(user))
    }

    pub(crate) async fn note_email_verified(&self, user: Uuid, at: Timestamp) -> Sql<bool> {
        native_user::Entity::update_many()
            .col_expr(native_user::Column::EmailVerifiedAt, Expr::value(at.as_millis()))
            .filter(native_user::Column::Id.eq(user))
            .exec(self.writer()?)
            .await?;
        Ok(self.native_by_id(user).await?.is_some())
    }

    pub(crate) async fn factor_of(&self, user: Uuid) -> Sql<Option<SecondFactor>> {
        let Some(row) = native_second_factor::Entity::find_by_id(user).one(self.reader()?).await? else {
            return Ok(None);
        };
        let left = native_recovery_code::Entity::find()
            .filter(native_recovery_code::Column::UserId.eq(user))
            .count(self.reader()?)
            .await?;
        Ok(Some(SecondFactor {
            secret: SecretString::from(row.secret.0),
            confirmed: row.confirmed,
            last_step: row.last_step,
            recovery_left: usize::try_from(left).unwrap_or(usize::MAX),
        }))
    }

    pub(crate) async fn put_factor(&self, user: Uuid, secret: &SecretString) -> Sql<bool> {
        use native_second_factor::Column::{Confirmed, UserId};
        let row = native_second_factor::ActiveModel {
            user_id: Set(user),
            secret: Set(SecretText(secret.expose_secret().to_owned())),
            confirmed: Set(false),
            last_step: Set(0),
        };
        native_second_factor::Entity::delete_many()
            .filter(UserId.eq(user))
            .filter(Confirmed.eq(false))
            .exec(self.writer()?)
            .await?;
        // A confirmed one, or one that was begun at the same moment, is in the way.
        self.insert_once(native_second_factor::Entity::insert(row)).await
    }

    pub(crate) async fn confirm_factor(
        &self,
        user: Uuid,
        step: i64,
        recovery: &[[u8; 32]],
        now: Timestamp,
    ) -> Sql<Confirmed> {
        retried(|| self.try_confirm_factor(user, step, recovery, now)).await
    }

    async fn try_confirm_factor(
        &self,
        user: Uuid,
        step: i64,
        recovery: &[[u8; 32]],
        now: Timestamp,
    ) -> Sql<Confirmed> {
        use native_second_factor::Column;
        let txn = self.begin().await?;
        // Whoever adds or takes away a factor of this person waits here.
        let held = self.hold_native(&txn, user).await?;
        let confirmed = native_second_factor::Entity::update_many()
            .col_expr(Column::Confirmed, Expr::value(true))
            .col_expr(Column::LastStep, Expr::value(step))
            .filter(Column::UserId.eq(user))
            .filter(Column::Confirmed.eq(false))
            .exec(&txn)
            .await?;
        if confirmed.rows_affected == 0 {
            txn.rollback().await?;
            return Ok(Confirmed::Nothing);
        }
        let first = held.is_none_or(|user| user.second_factor_at.is_none());
        if first {
            self.begin_second_factors(&txn, user, recovery, now).await?;
        }
        txn.commit().await?;
        Ok(if first { Confirmed::First } else { Confirmed::Another })
    }

    pub(crate) async fn rewrite_factor(
        &self,
        user: Uuid,
        instead_of: &SecretString,
        secret: &SecretString,
    ) -> Sql<bool> {
        use native_second_factor::Column::{Secret, UserId};
        let written = native_second_factor::Entity::update_many()
            .col_expr(Secret, Expr::value(secret.expose_secret()))
            .filter(UserId.eq(user))
            .filter(Secret.eq(instead_of.expose_secret()))
            .exec(self.writer()?)
            .await?;
        Ok(written.rows_affected > 0)
    }

    pub(crate) async fn use_factor_step(&self, user: Uuid, step: i64) -> Sql<bool> {
        use native_second_factor::Column::{LastStep, UserId};
        let used = native_second_factor::Entity::update_many()
            .col_expr(LastStep, Expr::value(step))
            .filter(UserId.eq(user))
            .filter(LastStep.lt(step))
            .exec(self.writer()?)
            .await?;
        Ok(used.rows_affected > 0)
    }

    pub(crate) async fn use_code(&self, user: Uuid, hash: &[u8; 32]) -> Sql<bool> {
        let used = native_recovery_code::Entity::delete_by_id((user, hash.to_vec()));
        Ok(used.exec(self.writer()?).await?.rows_affected > 0)
    }

    pub(crate) async fn drop_factor(&self, user: Uuid) -> Sql<bool> {
        retried(|| self.try_drop_factor(user)).await
    }

    async fn try_drop_factor(&self, user: Uuid) -> Sql<bool> {
        let txn = self.begin().await?;
        self.hold_native(&txn, user).await?;
        let gone = native_second_factor::Entity::delete_by_id(user).exec(&txn).await?;
        self.end_without_factors(&txn, user).await?;
        txn.commit().await?;
        Ok(gone.rows_affected > 0)
    }
}

/// Replaces what is shown of a user and the e-mail address.
pub(super) async fn set_profile_in(
    db: &impl ConnectionTrait,
    user: Uuid,
    profile: &NativeProfile,
) -> Sql<()> {
    use native_user::Column::{DisplayName, Email, EmailVerifiedAt, FoldedEmail};
    let folded = profile.email.as_deref().map(|email| Key(fold_login(email)));
    let verified = profile.email_verified_at.map(Timestamp::as_millis);
    native_user::Entity::update_many()
        .col_expr(DisplayName, Expr::value(profile.display_name.clone()))
        .col_expr(Email, Expr::value(profile.email.clone()))
        .col_expr(FoldedEmail, Expr::value(folded))
        .col_expr(EmailVerifiedAt, Expr::value(verified))
        .filter(native_user::Column::Id.eq(user))
        .exec(db)
        .await?;
    Ok(())
}
