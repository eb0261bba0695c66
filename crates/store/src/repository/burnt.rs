//! What is good for one use.

use portico_core::Timestamp;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::entity::burnt;
use crate::failure::Sql;
use crate::sql_store::SqlStore;

impl SqlStore {
    pub(crate) async fn burn_once(&self, what: &[u8; 32], until: Timestamp) -> Sql<bool> {
        let row = burnt::ActiveModel { what: Set(what.to_vec()), until: Set(until.as_millis()) };
        self.insert_once(burnt::Entity::insert(row)).await
    }

    pub(crate) async fn forget_burnt_before(&self, now: Timestamp) -> Sql<()> {
        let over = burnt::Entity::delete_many().filter(burnt::Column::Until.lt(now.as_millis()));
        over.exec(self.writer()?).await?;
        Ok(())
    }
}
