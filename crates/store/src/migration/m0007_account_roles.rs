//! The roles that administrators have given to accounts.

use sea_orm_migration::prelude::*;

use super::schema::{Schema, index, primary_key, refers};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let s = Schema::of(manager);
        let table = s
            .table("account_roles")
            .col(s.key("community", 64))
            .col(s.id("account"))
            .col(s.key("role", 64))
            .col(s.number("granted_at"))
            .primary_key(&mut primary_key(["community", "account", "role"]))
            .foreign_key(&mut refers("account", "accounts", "id"))
            .take();
        manager.create_table(table).await?;
        index(manager, "account_roles", "account_roles_by_account", ["account"]).await
    }
}
