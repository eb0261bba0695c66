//! Files that people send.

use sea_orm_migration::prelude::*;

use super::schema::{Schema, add_column, index, refers};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let s = Schema::of(manager);
        manager.create_table(files(s)).await?;
        index(manager, "files", "files_by_owner", ["owner", "community"]).await?;
        index(manager, "files", "files_by_front", ["front", "created_at"]).await?;
        add_column(manager, "messages", s.optional_text("files")).await?;
        Ok(())
    }
}

fn files(s: Schema) -> TableCreateStatement {
    s.table("files")
        .col(s.id("id").primary_key())
        .col(s.id("owner"))
        .col(s.key("community", 64))
        .col(s.key("front", 64))
        .col(s.optional_id("conversation"))
        .col(s.text("name"))
        .col(s.number("size"))
        .col(s.key("media_type", 64))
        .col(s.flag("complete"))
        .col(s.number("created_at"))
        .foreign_key(&mut refers("owner", "accounts", "id"))
        .foreign_key(&mut refers("conversation", "conversations", "id"))
        .take()
}
