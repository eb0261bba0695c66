//! Groups, what sessions rest on, what is shown of people besides their names, and tickets that were used.

use sea_orm_migration::prelude::*;

use super::schema::{Schema, add_column, index, primary_key, refers, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let s = Schema::of(manager);
        manager.create_table(groups(s)).await?;
        unique(manager, "groups", "groups_from_outside", ["community", "realm", "external_id"]).await?;
        unique(manager, "groups", "groups_by_room", ["room"]).await?;
        manager.create_table(group_members(s)).await?;
        index(manager, "group_members", "group_members_by_account", ["account"]).await?;
        manager.create_table(burnt(s)).await?;
        index(manager, "burnt", "burnt_by_end", ["until"]).await?;
        add_column(manager, "sessions", s.optional_text("standing")).await?;
        for column in ["colour", "language", "timezone"] {
            add_column(manager, "accounts", s.optional_text(column)).await?;
        }
        Ok(())
    }
}

fn groups(s: Schema) -> TableCreateStatement {
    s.table("groups")
        .col(s.id("id").primary_key())
        .col(s.key("community", 64))
        .col(s.key("realm", 64))
        .col(s.key("external_id", 255))
        .col(s.text("name"))
        .col(s.key("kind", 16))
        .col(s.flag("managers_write"))
        .col(s.id("room"))
        .col(s.number("created_at"))
        .foreign_key(&mut refers("room", "conversations", "id"))
        .take()
}

fn group_members(s: Schema) -> TableCreateStatement {
    s.table("group_members")
        .col(s.id("group_id"))
        .col(s.id("account"))
        .col(s.flag("manager"))
        .primary_key(&mut primary_key(["group_id", "account"]))
        .foreign_key(&mut refers("group_id", "groups", "id"))
        .foreign_key(&mut refers("account", "accounts", "id"))
        .take()
}

fn burnt(s: Schema) -> TableCreateStatement {
    s.table("burnt").col(s.hash("what", 32).primary_key()).col(s.number("until")).take()
}
