//! Second factors of Portico's own accounts.

use sea_orm_migration::prelude::*;

use super::schema::{Schema, primary_key};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let s = Schema::of(manager);
        manager.create_table(factors(s)).await?;
        manager.create_table(recovery_codes(s)).await
    }
}

fn factors(s: Schema) -> TableCreateStatement {
    s.table("native_second_factors")
        .col(s.id("user_id").primary_key())
        .col(s.text("secret"))
        .col(s.flag("confirmed"))
        .col(s.number("last_step"))
        .take()
}

fn recovery_codes(s: Schema) -> TableCreateStatement {
    s.table("native_recovery_codes")
        .col(s.id("user_id"))
        .col(s.hash("code_hash", 32))
        .primary_key(&mut primary_key(["user_id", "code_hash"]))
        .take()
}
