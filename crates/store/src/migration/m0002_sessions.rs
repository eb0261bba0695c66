//! Sessions.

use sea_orm_migration::prelude::*;

use super::schema::{Schema, index, refers, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(sessions(Schema::of(manager))).await?;
        unique(manager, "sessions", "sessions_by_token", ["token_hash"]).await?;
        index(manager, "sessions", "sessions_by_account", ["account"]).await?;
        index(manager, "sessions", "sessions_by_front", ["front", "seen_at"]).await?;
        index(manager, "sessions", "sessions_by_expiry", ["expires_at"]).await
    }
}

fn sessions(s: Schema) -> TableCreateStatement {
    s.table("sessions")
        .col(s.id("id").primary_key())
        .col(s.hash("token_hash", 32))
        .col(s.id("account"))
        .col(s.key("front", 64))
        .col(s.key("community", 64))
        .col(s.text("restrictions"))
        .col(s.number("created_at"))
        .col(s.number("seen_at"))
        .col(s.number("expires_at"))
        .foreign_key(&mut refers("account", "accounts", "id"))
        .take()
}
