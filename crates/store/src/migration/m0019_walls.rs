//! The walls of fronts and groups.

use sea_orm_migration::prelude::*;

use super::schema::{Schema, index, primary_key, refers};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let s = Schema::of(manager);
        manager.create_table(shouts(s)).await?;
        index(manager, "shouts", "shouts_by_wall", ["wall", "state", "id"]).await?;
        index(manager, "shouts", "shouts_by_author", ["author", "community"]).await?;
        manager.create_table(votes(s)).await?;
        index(manager, "shout_votes", "shout_votes_by_voter", ["voter"]).await?;
        Ok(())
    }
}

fn shouts(s: Schema) -> TableCreateStatement {
    s.table("shouts")
        .col(s.id("id").primary_key())
        .col(s.key("community", 64))
        .col(s.key("wall", 80))
        .col(s.id("author"))
        .col(s.key("front", 64))
        .col(s.text("text"))
        .col(s.key("state", 16))
        .col(s.number("at"))
        .foreign_key(&mut refers("author", "accounts", "id"))
        .take()
}

fn votes(s: Schema) -> TableCreateStatement {
    s.table("shout_votes")
        .col(s.id("shout"))
        .col(s.id("voter"))
        .col(s.flag("up"))
        .col(s.number("at"))
        .primary_key(&mut primary_key(["shout", "voter"]))
        .foreign_key(&mut refers("shout", "shouts", "id"))
        .foreign_key(&mut refers("voter", "accounts", "id"))
        .take()
}
