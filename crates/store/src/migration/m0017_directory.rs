//! What directories say of people.

use sea_orm_migration::prelude::*;

use super::schema::{Schema, refers};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let s = Schema::of(manager);
        let people = s
            .table("directory_people")
            .col(s.id("account").primary_key())
            .col(s.flag("listed_only"))
            .col(s.optional_number("absent_since"))
            .col(s.text("details"))
            .foreign_key(&mut refers("account", "accounts", "id"))
            .take();
        manager.create_table(people).await
    }
}
