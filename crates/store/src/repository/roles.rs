//! The roles that administrators have given to accounts.

use async_trait::async_trait;
use portico_core::ports::{RoleStore, StoreResult};
use portico_core::{AccountId, CommunityId, Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{community_id, key_of};
use crate::entity::account_role;
use crate::failure::Sql;
use crate::sql_store::SqlStore;

#[async_trait]
impl RoleStore for SqlStore {
    async fn all_granted_roles(&self) -> StoreResult<Vec<(CommunityId, AccountId, String)>> {
        Ok(self.every_role_granted().await?)
    }

    async fn granted_roles(&self, community: &CommunityId, account: AccountId) -> StoreResult<Vec<String>> {
        Ok(self.roles_granted(community, account).await?)
    }
}

impl SqlStore {
    async fn every_role_granted(&self) -> Sql<Vec<(CommunityId, AccountId, String)>> {
        let rows = account_role::Entity::find()
            .order_by_asc(account_role::Column::GrantedAt)
            .order_by_asc(account_role::Column::Role)
            .all(self.reader()?)
            .await?;
        let grant = |row: account_role::Model| {
            Ok((community_id(&row.community)?, AccountId::from_uuid(row.account), row.role.0))
        };
        rows.into_iter().map(grant).collect()
    }

    async fn roles_granted(&self, community: &CommunityId, account: AccountId) -> Sql<Vec<String>> {
        let rows = account_role::Entity::find()
            .filter(account_role::Column::Community.eq(key_of(community)))
            .filter(account_role::Column::Account.eq(account.as_uuid()))
            .order_by_asc(account_role::Column::GrantedAt)
            .order_by_asc(account_role::Column::Role)
            .all(self.reader()?)
            .await?;
        Ok(rows.into_iter().map(|row| row.role.0).collect())
    }
}

/// Gives a role; `false` when they have it. The account is held by the transaction.
pub(super) async fn grant_in(
    db: &impl ConnectionTrait,
    community: &CommunityId,
    account: AccountId,
    role: &str,
    now: Timestamp,
) -> Sql<bool> {
    let key = (key_of(community), account.as_uuid(), role.into());
    if account_role::Entity::find_by_id(key).one(db).await?.is_some() {
        return Ok(false);
    }
    let row = account_role::ActiveModel {
        community: Set(key_of(community)),
        account: Set(account.as_uuid()),
        role: Set(role.into()),
        granted_at: Set(now.as_millis()),
    };
    account_role::Entity::insert(row).exec_without_returning(db).await?;
    Ok(true)
}

/// Takes a role; `false` when they don't have it.
pub(super) async fn withdraw_in(
    db: &impl ConnectionTrait,
    community: &CommunityId,
    account: AccountId,
    role: &str,
) -> Sql<bool> {
    let key = (key_of(community), account.as_uuid(), role.into());
    Ok(account_role::Entity::delete_by_id(key).exec(db).await?.rows_affected > 0)
}
