//! What survives a restart of how people are.

use sea_orm_migration::prelude::*;

use super::schema::{Schema, primary_key, refers};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(presences(Schema::of(manager))).await
    }
}

fn presences(s: Schema) -> TableCreateStatement {
    let mut account = refers("account", "accounts", "id");
    // Nothing of it matters to anybody once the account is gone.
    account.on_delete(ForeignKeyAction::Cascade);
    s.table("presences")
        .col(s.key("community", 64))
        .col(s.id("account"))
        .col(s.key("state", 16))
        .col(s.optional_text("reason"))
        .col(s.optional_text("time_zone"))
        .col(s.optional_number("seen_at"))
        .col(s.key("offline_choice", 16))
        .primary_key(&mut primary_key(["community", "account"]))
        .foreign_key(&mut account)
        .take()
}
