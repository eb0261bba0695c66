//! What becomes of messages after they were sent, and what is kept beside them.

use sea_orm_migration::prelude::*;

use super::schema::{Schema, add_column, index, primary_key, refers, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let s = Schema::of(manager);
        for column in ["reply_to", "version", "edited_at", "deleted_at"] {
            add_column(manager, "messages", s.optional_number(column)).await?;
        }
        for column in ["mentions", "reactions"] {
            add_column(manager, "messages", s.optional_text(column)).await?;
        }
        manager.create_table(message_versions(s)).await?;
        unique(manager, "message_versions", "message_versions_once", ["message", "client_id"]).await?;
        manager.create_table(reactions(s)).await?;
        manager.create_table(drafts(s)).await?;
        index(manager, "drafts", "drafts_by_account", ["account"]).await?;
        manager.create_table(receipts(s)).await?;
        manager.create_table(preferences(s)).await
    }
}

// The tables of a message have no foreign key to it: it would lock the message's row against its readers' reactions.
fn message_versions(s: Schema) -> TableCreateStatement {
    s.table("message_versions")
        .col(s.number("message"))
        .col(s.number("version"))
        .col(s.text("text"))
        .col(s.number("replaced_at"))
        .col(s.id("replaced_by"))
        .col(s.key("client_id", 64).null())
        .primary_key(&mut primary_key(["message", "version"]))
        .take()
}

fn reactions(s: Schema) -> TableCreateStatement {
    s.table("reactions")
        .col(s.number("message"))
        .col(s.key("emoji", 32))
        .col(s.id("account"))
        .col(s.number("reacted_at"))
        .primary_key(&mut primary_key(["message", "emoji", "account"]))
        .take()
}

fn drafts(s: Schema) -> TableCreateStatement {
    s.table("drafts")
        .col(s.id("conversation"))
        .col(s.id("account"))
        .col(s.text("text"))
        .col(s.optional_number("reply_to"))
        .col(s.number("saved_at"))
        .primary_key(&mut primary_key(["conversation", "account"]))
        .foreign_key(&mut refers("conversation", "conversations", "id"))
        .take()
}

fn receipts(s: Schema) -> TableCreateStatement {
    s.table("receipts")
        .col(s.id("conversation"))
        .col(s.id("account"))
        .col(s.number("delivered_up_to"))
        .col(s.number("read_up_to"))
        .primary_key(&mut primary_key(["conversation", "account"]))
        .take()
}

fn preferences(s: Schema) -> TableCreateStatement {
    s.table("preferences")
        .col(s.key("community", 64))
        .col(s.id("account"))
        .col(s.key("name", 64))
        .col(s.text("value"))
        .primary_key(&mut primary_key(["community", "account", "name"]))
        .take()
}
