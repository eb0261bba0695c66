//! Groups that people make here: what they are about, what is pinned, who made them, who waits.

use sea_orm_migration::prelude::*;

use super::schema::{Schema, add_column, index, primary_key, refers};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let s = Schema::of(manager);
        add_column(manager, "groups", s.optional_text("topic")).await?;
        add_column(manager, "groups", s.optional_number("announcement")).await?;
        add_column(manager, "groups", s.optional_id("created_by")).await?;
        index(manager, "groups", "groups_by_creator", ["created_by"]).await?;
        manager.create_table(group_pending(s)).await?;
        index(manager, "group_pending", "group_pending_by_account", ["account"]).await
    }
}

fn group_pending(s: Schema) -> TableCreateStatement {
    s.table("group_pending")
        .col(s.id("group_id"))
        .col(s.id("account"))
        .col(s.key("part", 16))
        .col(s.optional_id("set_by"))
        .col(s.number("since"))
        .primary_key(&mut primary_key(["group_id", "account"]))
        .foreign_key(&mut refers("group_id", "groups", "id"))
        .foreign_key(&mut refers("account", "accounts", "id"))
        .take()
}
