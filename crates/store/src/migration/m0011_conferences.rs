//! Conferences: conversations of several people, from where each of them reads, and who is invited.

use sea_orm_migration::prelude::*;

use super::schema::{Schema, add_column, index, primary_key, refers};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let s = Schema::of(manager);
        // Nobody hosts a direct conversation or a room: the host tells conferences from them.
        add_column(manager, "conversations", s.optional_id("host")).await?;
        add_column(manager, "conversations", s.optional_text("topic")).await?;
        add_column(manager, "conversation_members", s.optional_id("invited_by")).await?;
        add_column(manager, "conversation_members", s.optional_number("joined_at")).await?;
        // Everybody so far reads everything.
        if !manager.has_column("conversation_members", "from_sequence").await? {
            let mut from = s.number("from_sequence");
            let change = Table::alter().table("conversation_members").add_column(from.default(0)).take();
            manager.alter_table(change).await?;
        }
        manager.create_table(conference_invitations(s)).await?;
        index(manager, "conference_invitations", "conference_invitations_by_account", ["account"]).await
    }
}

fn conference_invitations(s: Schema) -> TableCreateStatement {
    s.table("conference_invitations")
        .col(s.id("conversation"))
        .col(s.id("account"))
        .col(s.id("invited_by"))
        .col(s.number("since"))
        .primary_key(&mut primary_key(["conversation", "account"]))
        .foreign_key(&mut refers("conversation", "conversations", "id"))
        .foreign_key(&mut refers("account", "accounts", "id"))
        .take()
}
