//! What administrators do about people, in the transaction that has its line of the audit log.

use portico_core::account::{AccountLife, AccountState};
use portico_core::administration::{Change, RoleGrant, native_profile_shown, native_shown, state_shown};
use portico_core::auth::Realm;
use portico_core::ports::{NativeProfile, NativeState};
use portico_core::shoutbox::ShoutState;
use portico_core::{AccountId, ShoutId, Timestamp};
use sea_orm::DatabaseTransaction;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::account_life::life;
use super::administer::Difference;
use super::erase::delete_native;
use super::native_users::insert_native;
use super::roles::{grant_in, withdraw_in};
use super::shouts::drop_in;
use crate::entity::{account, account_life, identity, native_user, shout};
use crate::failure::Sql;
use crate::key::Key;
use crate::sql_store::{Kind, SqlStore};

impl SqlStore {
    pub(super) async fn change_people(&self, txn: &DatabaseTransaction, change: &Change) -> Sql<Difference> {
        match change {
            Change::SetState { account, from, to } => self.change_state(txn, *account, from, to).await,
            Change::Leave { account, messages, now } => {
                let row = account::Entity::find_by_id(account.as_uuid()).one(txn).await?;
                let known = account_life::Entity::find_by_id(account.as_uuid()).one(txn).await?;
                let (Some(row), Some(known)) = (row, known) else { return Ok(None) };
                let before = json!({ "state": life(known)?.state.as_str(), "realm": row.realm.0 });
                let begun = self.begin_to_leave_in(txn, *account, *messages, *now).await?;
                Ok(begun.then(|| (Some(before), Some(json!({ "messages": messages.as_str() })))))
            }
            Change::MakeNative(new) => {
                insert_native(txn, new).await?;
                Ok(Some((None, Some(native_shown(new)))))
            }
            Change::SetNativeState(id, state) => self.change_native_state(txn, *id, *state).await,
            Change::SetNativeProfile(id, profile) => self.change_native_profile(txn, *id, profile).await,
            Change::RemoveNative(id) => {
                let Some(row) = self.hold_native(txn, *id).await? else { return Ok(None) };
                if has_entered(txn, *id).await? {
                    return Ok(None);
                }
                delete_native(txn, *id).await?;
                Ok(Some((Some(json!({ "login": row.login, "state": row.state.0 })), None)))
            }
            Change::RemoveSecondFactor(id) => {
                let gone = self.drop_second_factors_in(txn, *id).await?;
                Ok(gone.then(|| (Some(json!({ "second_factor": true })), None)))
            }
            Change::GrantRole(RoleGrant { community, account, role, now }) => {
                self.lock_account(txn, *account).await?;
                let fresh = grant_in(txn, community, *account, role, *now).await?;
                Ok(fresh.then(|| (None, Some(json!({ "role": role })))))
            }
            Change::WithdrawRole(RoleGrant { community, account, role, .. }) => {
                let had = withdraw_in(txn, community, *account, role).await?;
                Ok(had.then(|| (Some(json!({ "role": role })), None)))
            }
            Change::SetShoutState(id, becomes) => self.change_shout(txn, *id, *becomes).await,
            Change::RemoveShout(id) => {
                let Some(row) = self.hold_shout(txn, *id).await? else { return Ok(None) };
                drop_in(txn, &[row.id]).await?;
                let author = AccountId::from_uuid(row.author);
                let before = json!({ "state": row.state.0, "wall": row.wall.0, "author": author });
                Ok(Some((Some(before), None)))
            }
            _ => Ok(None),
        }
    }

    async fn change_state(
        &self,
        txn: &DatabaseTransaction,
        id: AccountId,
        from: &[AccountState],
        to: &AccountLife,
    ) -> Sql<Difference> {
        use account_life::Column::{ActiveAt, Id, State, StateReason, StateUntil};
        let uuid = id.as_uuid();
        if account_life::Entity::find_by_id(uuid).one(txn).await?.is_none() {
            return Ok(None);
        }
        self.lock_account(txn, id).await?;
        let Some(row) = account_life::Entity::find_by_id(uuid).one(txn).await? else { return Ok(None) };
        let before = life(row)?;
        if !from.contains(&before.state) {
            return Ok(None);
        }
        let state = (to.state != AccountState::Active).then(|| Key::from(to.state.as_str()));
        let used = before.active_at.max(to.active_at).map(Timestamp::as_millis);
        account_life::Entity::update_many()
            .col_expr(State, Expr::value(state))
            .col_expr(StateReason, Expr::value(to.reason.clone()))
            .col_expr(StateUntil, Expr::value(to.until.map(Timestamp::as_millis)))
            .col_expr(ActiveAt, Expr::value(used))
            .filter(Id.eq(uuid))
            .exec(txn)
            .await?;
        Ok(Some((Some(state_shown(&before)), Some(state_shown(to)))))
    }

    async fn change_native_state(
        &self,
        txn: &DatabaseTransaction,
        id: Uuid,
        state: NativeState,
    ) -> Sql<Difference> {
        let row = self.hold_native(txn, id).await?.filter(|row| row.state.0 != state.as_str());
        let Some(row) = row else { return Ok(None) };
        native_user::Entity::update_many()
            .col_expr(native_user::Column::State, Expr::value(Key::from(state.as_str())))
            .filter(native_user::Column::Id.eq(id))
            .exec(txn)
            .await?;
        Ok(Some((Some(json!({ "state": row.state.0 })), Some(json!({ "state": state.as_str() })))))
    }

    async fn change_native_profile(
        &self,
        txn: &DatabaseTransaction,
        id: Uuid,
        profile: &NativeProfile,
    ) -> Sql<Difference> {
        let Some(row) = self.hold_native(txn, id).await? else { return Ok(None) };
        if (&row.display_name, &row.email) == (&profile.display_name, &profile.email) {
            return Ok(None);
        }
        super::native_life::set_profile_in(txn, id, profile).await?;
        let before = native_profile_shown(row.display_name.as_deref(), row.email.as_deref());
        let after = native_profile_shown(profile.display_name.as_deref(), profile.email.as_deref());
        Ok(Some((Some(before), Some(after))))
    }

    /// Holds a shout until the end of the transaction.
    pub(super) async fn hold_shout(
        &self,
        txn: &DatabaseTransaction,
        id: ShoutId,
    ) -> Sql<Option<shout::Model>> {
        let mut query = shout::Entity::find_by_id(id.as_uuid());
        if self.kind() != Kind::Sqlite {
            query = query.lock_exclusive();
        }
        Ok(query.one(txn).await?)
    }

    async fn change_shout(
        &self,
        txn: &DatabaseTransaction,
        id: ShoutId,
        becomes: ShoutState,
    ) -> Sql<Difference> {
        let row = self.hold_shout(txn, id).await?.filter(|row| row.state.0 != becomes.as_str());
        let Some(row) = row else { return Ok(None) };
        super::shouts::set_state(txn, id, becomes).await?;
        Ok(Some((Some(json!({ "state": row.state.0 })), Some(json!({ "state": becomes.as_str() })))))
    }
}

/// Whether one of Portico's own people has an account here, so that there is more to take away than a name and a password.
async fn has_entered(txn: &DatabaseTransaction, user: Uuid) -> Sql<bool> {
    let link = identity::Entity::find()
        .filter(identity::Column::Realm.eq(Key::from(Realm::NATIVE)))
        .filter(identity::Column::Subject.eq(Key::from(user.to_string().as_str())))
        .filter(identity::Column::Live.eq(1));
    Ok(link.one(txn).await?.is_some())
}
