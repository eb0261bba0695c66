//! How far people have got in conversations.

use portico_core::messaging::{Marks, Place, Sequence};
use portico_core::{AccountId, ConversationId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::CHUNK;
use crate::entity::receipt;
use crate::failure::{Sql, retried};
use crate::sql_store::{Kind, SqlStore};

impl SqlStore {
    pub(crate) async fn receipts_of(&self, id: ConversationId) -> Sql<Vec<(AccountId, Marks)>> {
        let rows = receipt::Entity::find()
            .filter(receipt::Column::Conversation.eq(id.as_uuid()))
            .all(self.reader()?)
            .await?;
        let marks = |row: receipt::Model| {
            let marks =
                Marks { delivered: Sequence::new(row.delivered_up_to), read: Sequence::new(row.read_up_to) };
            (AccountId::from_uuid(row.account), marks)
        };
        Ok(rows.into_iter().map(marks).collect())
    }

    pub(crate) async fn move_receipts(&self, marks: &[(Place, Marks)]) -> Sql<()> {
        let farther = OnConflict::columns([receipt::Column::Conversation, receipt::Column::Account])
            .value(receipt::Column::DeliveredUpTo, self.farther("delivered_up_to"))
            .value(receipt::Column::ReadUpTo, self.farther("read_up_to"))
            .to_owned();
        for some in marks.chunks(CHUNK) {
            retried(async || {
                let rows = some.iter().map(|((conversation, account), marks)| receipt::ActiveModel {
                    conversation: Set(conversation.as_uuid()),
                    account: Set(account.as_uuid()),
                    delivered_up_to: Set(marks.delivered.get()),
                    read_up_to: Set(marks.read.get()),
                });
                let insert = receipt::Entity::insert_many(rows).on_conflict(farther.clone());
                Ok(insert.exec_without_returning(self.writer()?).await?)
            })
            .await?;
        }
        Ok(())
    }

    /// The greater of what is kept in a column and what was to be inserted.
    fn farther(&self, column: &'static str) -> Expr {
        match self.kind() {
            Kind::MySql => Expr::cust(format!("GREATEST({column}, VALUES({column}))")),
            Kind::Sqlite | Kind::Postgres => Expr::cust(format!(
                "CASE WHEN excluded.{column} > receipts.{column} THEN excluded.{column} ELSE receipts.{column} END"
            )),
        }
    }
}
