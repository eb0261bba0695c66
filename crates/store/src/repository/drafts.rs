//! What people have begun to write.

use portico_core::messaging::{Draft, Sequence};
use portico_core::{AccountId, ConversationId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::{CHUNK, moment};
use crate::entity::draft;
use crate::failure::{Sql, retried};
use crate::sql_store::SqlStore;

impl SqlStore {
    pub(crate) async fn keep_draft(
        &self,
        id: ConversationId,
        account: AccountId,
        draft: Option<&Draft>,
    ) -> Sql<()> {
        let key = (id.as_uuid(), account.as_uuid());
        let Some(draft) = draft else {
            retried(async || Ok(draft::Entity::delete_by_id(key).exec(self.writer()?).await?)).await?;
            return Ok(());
        };
        let replace = OnConflict::columns([draft::Column::Conversation, draft::Column::Account])
            .update_columns([draft::Column::Text, draft::Column::ReplyTo, draft::Column::SavedAt])
            .to_owned();
        retried(async || {
            let row = draft::ActiveModel {
                conversation: Set(key.0),
                account: Set(key.1),
                text: Set(draft.text.clone()),
                reply_to: Set(draft.reply_to.map(Sequence::get)),
                saved_at: Set(draft.saved_at.as_millis()),
            };
            let insert = draft::Entity::insert(row).on_conflict(replace.clone());
            Ok(insert.exec_without_returning(self.writer()?).await?)
        })
        .await?;
        Ok(())
    }

    pub(crate) async fn drafts_of(
        &self,
        account: AccountId,
        conversations: &[ConversationId],
    ) -> Sql<Vec<(ConversationId, Draft)>> {
        let mut drafts = Vec::new();
        for some in conversations.chunks(CHUNK) {
            let rows = draft::Entity::find()
                .filter(draft::Column::Account.eq(account.as_uuid()))
                .filter(draft::Column::Conversation.is_in(some.iter().map(ConversationId::as_uuid)))
                .all(self.reader()?)
                .await?;
            drafts.extend(rows.into_iter().map(|row| {
                let draft = Draft {
                    text: row.text,
                    reply_to: row.reply_to.map(Sequence::new),
                    saved_at: moment(row.saved_at),
                };
                (ConversationId::from_uuid(row.conversation), draft)
            }));
        }
        Ok(drafts)
    }
}
