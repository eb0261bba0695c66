//! Whether a person has ever proved who they are: everybody so far has.

use sea_orm_migration::prelude::*;

use super::schema::Schema;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // It may have been interrupted between the change and the note that it was made.
        if manager.has_column("accounts", "proven").await? {
            return Ok(());
        }
        let mut proven = Schema::of(manager).flag("proven");
        let change = Table::alter().table("accounts").add_column(proven.default(true)).take();
        manager.alter_table(change).await
    }
}
