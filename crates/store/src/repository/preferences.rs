//! What people have chosen for themselves.

use portico_core::{AccountId, CommunityId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::{CHUNK, key_of};
use crate::entity::preference;
use crate::failure::{Sql, retried};
use crate::sql_store::SqlStore;

impl SqlStore {
    pub(crate) async fn preferences_kept(
        &self,
        community: &CommunityId,
        accounts: &[AccountId],
    ) -> Sql<Vec<(AccountId, String, String)>> {
        let mut kept = Vec::new();
        for some in accounts.chunks(CHUNK) {
            let rows = preference::Entity::find()
                .filter(preference::Column::Community.eq(key_of(community)))
                .filter(preference::Column::Account.is_in(some.iter().map(AccountId::as_uuid)))
                .all(self.reader()?)
                .await?;
            let choice = |row: preference::Model| (AccountId::from_uuid(row.account), row.name.0, row.value);
            kept.extend(rows.into_iter().map(choice));
        }
        Ok(kept)
    }

    pub(crate) async fn keep_preferences(
        &self,
        community: &CommunityId,
        account: AccountId,
        choices: &[(&'static str, String)],
    ) -> Sql<()> {
        if choices.is_empty() {
            return Ok(());
        }
        use preference::Column::{Account, Community, Name, Value};
        let replace = OnConflict::columns([Community, Account, Name]).update_column(Value).to_owned();
        retried(async || {
            let rows = choices.iter().map(|(name, value)| preference::ActiveModel {
                community: Set(key_of(community)),
                account: Set(account.as_uuid()),
                name: Set((*name).into()),
                value: Set(value.clone()),
            });
            let insert = preference::Entity::insert_many(rows).on_conflict(replace.clone());
            Ok(insert.exec_without_returning(self.writer()?).await?)
        })
        .await?;
        Ok(())
    }
}
