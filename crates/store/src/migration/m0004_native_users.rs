//! Portico's own accounts.

use sea_orm_migration::prelude::*;

use super::schema::{Schema, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(native_users(Schema::of(manager))).await?;
        unique(manager, "native_users", "native_users_one_login", ["folded_login"]).await
    }
}

fn native_users(s: Schema) -> TableCreateStatement {
    s.table("native_users")
        .col(s.id("id").primary_key())
        .col(s.text("login"))
        .col(s.key("folded_login", 1020))
        .col(s.optional_text("display_name"))
        .col(s.optional_text("email"))
        .col(s.text("password_hash"))
        .col(s.key("state", 16))
        .col(s.flag("administrator"))
        .col(s.number("created_at"))
        .take()
}
