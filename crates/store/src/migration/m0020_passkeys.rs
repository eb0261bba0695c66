//! Passkeys of Portico's own accounts.

use sea_orm_migration::prelude::*;

use super::schema::{Schema, index, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(passkeys(Schema::of(manager))).await?;
        index(manager, "native_passkeys", "native_passkeys_by_user", ["user_id"]).await?;
        unique(manager, "native_passkeys", "native_passkeys_by_credential", ["credential_hash"]).await
    }
}

fn passkeys(s: Schema) -> TableCreateStatement {
    s.table("native_passkeys")
        .col(s.id("id").primary_key())
        .col(s.id("user_id"))
        .col(s.text("name"))
        // Longer than an index can be on every database, so its SHA-256 is what is unique.
        .col(s.hash("credential_hash", 32))
        .col(s.bytes("credential"))
        .col(s.bytes("public_key"))
        .col(s.text("rp_id"))
        .col(s.text("transports"))
        .col(s.number("counter"))
        .col(s.number("made_at"))
        .col(s.optional_number("used_at"))
        .take()
}
