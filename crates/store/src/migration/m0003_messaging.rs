//! Conversations and messages.

use sea_orm_migration::prelude::*;

use super::schema::{Schema, index, primary_key, refers, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let s = Schema::of(manager);
        manager.create_table(conversations(s)).await?;
        unique(manager, "conversations", "conversations_one_pair", ["community", "low", "high"]).await?;
        manager.create_table(conversation_members(s)).await?;
        let newest_first = ["account", "community", "last_sequence", "conversation"];
        index(manager, "conversation_members", "conversation_members_newest", newest_first).await?;
        manager.create_table(messages(s)).await?;
        unique(manager, "messages", "messages_once", ["conversation", "sender", "client_id"]).await?;
        // The sender is in it so that unread messages are counted without looking at them.
        index(manager, "messages", "messages_in_order", ["conversation", "sequence", "sender"]).await
    }
}

fn conversations(s: Schema) -> TableCreateStatement {
    s.table("conversations")
        .col(s.id("id").primary_key())
        .col(s.key("community", 64))
        .col(s.optional_id("low"))
        .col(s.optional_id("high"))
        .col(s.number("created_at"))
        .take()
}

fn conversation_members(s: Schema) -> TableCreateStatement {
    s.table("conversation_members")
        .col(s.id("conversation"))
        .col(s.id("account"))
        .col(s.key("community", 64))
        .col(s.number("last_sequence"))
        .col(s.optional_number("read_up_to"))
        .primary_key(&mut primary_key(["conversation", "account"]))
        .foreign_key(&mut refers("conversation", "conversations", "id"))
        .foreign_key(&mut refers("account", "accounts", "id"))
        .take()
}

// The sender has no foreign key: it would lock the account against writers of contacts at every send.
fn messages(s: Schema) -> TableCreateStatement {
    s.table("messages")
        .col(s.sequence("sequence"))
        .col(s.id("conversation"))
        .col(s.id("sender"))
        .col(s.key("front", 64))
        .col(s.text("text"))
        .col(s.key("client_id", 64).null())
        .col(s.number("sent_at"))
        .foreign_key(&mut refers("conversation", "conversations", "id"))
        .take()
}
