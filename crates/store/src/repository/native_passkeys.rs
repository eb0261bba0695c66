//! Passkeys of Portico's own accounts, and what all second factors of a person have in common.

use portico_core::Timestamp;
use portico_core::ports::{Passkey, PasskeyAdded};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::rows;
use crate::entity::{native_passkey, native_recovery_code, native_second_factor, native_user};
use crate::failure::{Sql, retried};
use crate::sql_store::SqlStore;

impl SqlStore {
    pub(crate) async fn passkeys_of(&self, user: Uuid) -> Sql<Vec<Passkey>> {
        let found = native_passkey::Entity::find()
            .filter(native_passkey::Column::UserId.eq(user))
            .order_by_asc(native_passkey::Column::MadeAt)
            .order_by_asc(native_passkey::Column::Id);
        Ok(found.all(self.reader()?).await?.into_iter().map(passkey_of).collect())
    }

    pub(crate) async fn put_passkey(
        &self,
        passkey: &Passkey,
        recovery: &[[u8; 32]],
        limit: usize,
    ) -> Sql<PasskeyAdded> {
        retried(|| self.try_put_passkey(passkey, recovery, limit)).await
    }

    async fn try_put_passkey(
        &self,
        passkey: &Passkey,
        recovery: &[[u8; 32]],
        limit: usize,
    ) -> Sql<PasskeyAdded> {
        use native_passkey::Column::{CredentialHash, UserId};
        let txn = self.begin().await?;
        // Whoever adds or takes away a factor of this person waits here.
        let Some(user) = self.hold_native(&txn, passkey.user).await? else {
            txn.rollback().await?;
            return Ok(PasskeyAdded::NoUser);
        };
        let row = row_of(passkey);
        let hash = Sha256::digest(&passkey.credential).to_vec();
        let known = native_passkey::Entity::find().filter(CredentialHash.eq(hash)).count(&txn).await?;
        let count = native_passkey::Entity::find().filter(UserId.eq(passkey.user)).count(&txn).await?;
        if known > 0 || count >= rows(limit) {
            txn.rollback().await?;
            return Ok(if known > 0 { PasskeyAdded::Known } else { PasskeyAdded::Full });
        }
        native_passkey::Entity::insert(row).exec_without_returning(&txn).await?;
        let first = user.second_factor_at.is_none();
        if first {
            self.begin_second_factors(&txn, passkey.user, recovery, passkey.made_at).await?;
        }
        txn.commit().await?;
        Ok(if first { PasskeyAdded::First } else { PasskeyAdded::Another })
    }

    pub(crate) async fn note_passkey_use(
        &self,
        id: Uuid,
        seen: u32,
        counter: u32,
        at: Timestamp,
    ) -> Sql<bool> {
        use native_passkey::Column::{Counter, Id, UsedAt};
        // A counter that stands still at 0, used at the same millisecond, is a row that doesn't change: MySQL would say
        // that there was none, so whether it is there is asked for.
        let used = native_passkey::Entity::update_many()
            .col_expr(Counter, Expr::value(i64::from(counter)))
            .col_expr(UsedAt, Expr::value(at.as_millis()))
            .filter(Id.eq(id))
            .filter(Counter.eq(i64::from(seen)))
            .exec(self.writer()?)
            .await?;
        if used.rows_affected > 0 || counter != seen {
            return Ok(used.rows_affected > 0);
        }
        let same = native_passkey::Entity::find_by_id(id).filter(Counter.eq(i64::from(seen)));
        Ok(same.count(self.writer()?).await? > 0)
    }

    pub(crate) async fn drop_passkey(&self, user: Uuid, id: Uuid) -> Sql<bool> {
        retried(|| self.try_drop_passkey(user, id)).await
    }

    async fn try_drop_passkey(&self, user: Uuid, id: Uuid) -> Sql<bool> {
        let txn = self.begin().await?;
        self.hold_native(&txn, user).await?;
        let gone = native_passkey::Entity::delete_many()
            .filter(native_passkey::Column::Id.eq(id))
            .filter(native_passkey::Column::UserId.eq(user))
            .exec(&txn)
            .await?;
        if gone.rows_affected > 0 {
            self.end_without_factors(&txn, user).await?;
        }
        txn.commit().await?;
        Ok(gone.rows_affected > 0)
    }

    pub(crate) async fn recovery_codes_left(&self, user: Uuid) -> Sql<usize> {
        let left = native_recovery_code::Entity::find()
            .filter(native_recovery_code::Column::UserId.eq(user))
            .count(self.reader()?)
            .await?;
        Ok(usize::try_from(left).unwrap_or(usize::MAX))
    }

    pub(crate) async fn put_recovery_codes(&self, user: Uuid, recovery: &[[u8; 32]]) -> Sql<bool> {
        retried(|| self.try_put_recovery_codes(user, recovery)).await
    }

    async fn try_put_recovery_codes(&self, user: Uuid, recovery: &[[u8; 32]]) -> Sql<bool> {
        let txn = self.begin().await?;
        let held = self.hold_native(&txn, user).await?;
        let asked_for = held.is_some_and(|user| user.second_factor_at.is_some());
        if asked_for {
            replace_recovery_codes(&txn, user, recovery).await?;
        }
        txn.commit().await?;
        Ok(asked_for)
    }

    /// Takes all second factors of a user away; whether there were any.
    pub(super) async fn drop_second_factors_in(&self, txn: &DatabaseTransaction, user: Uuid) -> Sql<bool> {
        self.hold_native(txn, user).await?;
        let passkeys = native_passkey::Entity::delete_many()
            .filter(native_passkey::Column::UserId.eq(user))
            .exec(txn)
            .await?;
        let factor = native_second_factor::Entity::delete_by_id(user).exec(txn).await?;
        self.end_without_factors(txn, user).await?;
        Ok(passkeys.rows_affected + factor.rows_affected > 0)
    }

    /// The row of a user, which nobody else changes until the transaction is over.
    pub(super) async fn hold_native(
        &self,
        txn: &DatabaseTransaction,
        user: Uuid,
    ) -> Sql<Option<native_user::Model>> {
        let mut found = native_user::Entity::find_by_id(user);
        if self.serves() && self.kind() != crate::Kind::Sqlite {
            found = found.lock_exclusive();
        }
        Ok(found.one(txn).await?)
    }

    /// From now on a second factor is asked for, and these recovery codes are good.
    pub(super) async fn begin_second_factors(
        &self,
        txn: &DatabaseTransaction,
        user: Uuid,
        recovery: &[[u8; 32]],
        now: Timestamp,
    ) -> Sql<()> {
        replace_recovery_codes(txn, user, recovery).await?;
        native_user::Entity::update_many()
            .col_expr(native_user::Column::SecondFactorAt, Expr::value(now.as_millis()))
            .filter(native_user::Column::Id.eq(user))
            .exec(txn)
            .await?;
        Ok(())
    }

    /// Whoever has no second factor any more is not asked for one, and has no recovery codes.
    pub(super) async fn end_without_factors(&self, txn: &DatabaseTransaction, user: Uuid) -> Sql<()> {
        let passkeys =
            native_passkey::Entity::find().filter(native_passkey::Column::UserId.eq(user)).count(txn).await?;
        let confirmed = native_second_factor::Entity::find_by_id(user)
            .filter(native_second_factor::Column::Confirmed.eq(true))
            .count(txn)
            .await?;
        if passkeys + confirmed > 0 {
            return Ok(());
        }
        native_recovery_code::Entity::delete_many()
            .filter(native_recovery_code::Column::UserId.eq(user))
            .exec(txn)
            .await?;
        native_user::Entity::update_many()
            .col_expr(native_user::Column::SecondFactorAt, Expr::value(None::<i64>))
            .filter(native_user::Column::Id.eq(user))
            .exec(txn)
            .await?;
        Ok(())
    }
}

async fn replace_recovery_codes(txn: &DatabaseTransaction, user: Uuid, recovery: &[[u8; 32]]) -> Sql<()> {
    native_recovery_code::Entity::delete_many()
        .filter(native_recovery_code::Column::UserId.eq(user))
        .exec(txn)
        .await?;
    let codes = recovery
        .iter()
        .map(|hash| native_recovery_code::ActiveModel { user_id: Set(user), code_hash: Set(hash.to_vec()) });
    native_recovery_code::Entity::insert_many(codes).exec_without_returning(txn).await?;
    Ok(())
}

fn row_of(passkey: &Passkey) -> native_passkey::ActiveModel {
    native_passkey::ActiveModel {
        id: Set(passkey.id),
        user_id: Set(passkey.user),
        name: Set(passkey.name.clone()),
        credential_hash: Set(Sha256::digest(&passkey.credential).to_vec()),
        credential: Set(passkey.credential.clone()),
        public_key: Set(passkey.public_key.clone()),
        rp_id: Set(passkey.rp_id.clone()),
        transports: Set(passkey.transports.join(" ")),
        counter: Set(i64::from(passkey.counter)),
        made_at: Set(passkey.made_at.as_millis()),
        used_at: Set(passkey.used_at.map(Timestamp::as_millis)),
    }
}

fn passkey_of(row: native_passkey::Model) -> Passkey {
    Passkey {
        id: row.id,
        user: row.user_id,
        name: row.name,
        credential: row.credential,
        public_key: row.public_key,
        rp_id: row.rp_id,
        transports: row.transports.split_whitespace().map(str::to_owned).collect(),
        // Written as 32 bits; whatever else stands there is a counter that nothing can pass.
        counter: u32::try_from(row.counter).unwrap_or(u32::MAX),
        made_at: Timestamp::from_millis(row.made_at),
        used_at: row.used_at.map(Timestamp::from_millis),
    }
}
