//! The installation, accounts, their links, communities and contacts.

use sea_orm_migration::prelude::*;

use super::schema::{Schema, index, primary_key, refers, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let s = Schema::of(manager);
        manager.create_table(meta(s)).await?;
        manager.create_table(realms(s)).await?;
        manager.create_table(accounts(s)).await?;
        index(manager, "accounts", "accounts_by_login", ["folded_login"]).await?;
        manager.create_table(identities(s)).await?;
        unique(manager, "identities", "identities_one_account", ["realm", "subject", "live"]).await?;
        index(manager, "identities", "identities_by_account", ["account", "live"]).await?;
        manager.create_table(members(s)).await?;
        index(manager, "members", "members_by_account", ["account"]).await?;
        manager.create_table(entered_fronts(s)).await?;
        manager.create_table(contacts(s)).await?;
        index(manager, "contacts", "contacts_by_high", ["community", "high"]).await
    }
}

fn meta(s: Schema) -> TableCreateStatement {
    s.table("meta").col(s.key("name", 64).primary_key()).col(s.bytes("value")).take()
}

fn realms(s: Schema) -> TableCreateStatement {
    s.table("realms").col(s.key("realm", 64).primary_key()).col(s.key("fingerprint", 1024)).take()
}

fn accounts(s: Schema) -> TableCreateStatement {
    s.table("accounts")
        .col(s.id("id").primary_key())
        .col(s.key("realm", 64))
        .col(s.key("subject", 255))
        .col(s.text("login"))
        // 255 characters of at most 4 bytes.
        .col(s.key("folded_login", 1020))
        .col(s.text("display_name"))
        .col(s.optional_text("email"))
        .col(s.optional_text("avatar"))
        .col(s.optional_text("profile_url"))
        .col(s.number("created_at"))
        .col(s.optional_number("retired_at"))
        .take()
}

fn identities(s: Schema) -> TableCreateStatement {
    s.table("identities")
        .col(s.key("realm", 64))
        .col(s.key("subject", 255))
        .col(s.id("account"))
        .col(s.optional_number("registered_at"))
        .col(s.number("linked_at"))
        .col(s.optional_number("retired_at"))
        .col(ColumnDef::new("live").small_integer())
        .primary_key(&mut primary_key(["realm", "subject", "account"]))
        .foreign_key(&mut refers("account", "accounts", "id"))
        .take()
}

fn members(s: Schema) -> TableCreateStatement {
    s.table("members")
        .col(s.key("community", 64))
        .col(s.id("account"))
        .col(s.number("joined_at"))
        .primary_key(&mut primary_key(["community", "account"]))
        .foreign_key(&mut refers("account", "accounts", "id"))
        .take()
}

fn entered_fronts(s: Schema) -> TableCreateStatement {
    s.table("entered_fronts")
        .col(s.key("community", 64))
        .col(s.id("account"))
        .col(s.key("front", 64))
        .col(s.number("entered_at"))
        .primary_key(&mut primary_key(["community", "account", "front"]))
        .take()
}

fn contacts(s: Schema) -> TableCreateStatement {
    s.table("contacts")
        .col(s.key("community", 64))
        .col(s.id("low"))
        .col(s.id("high"))
        .col(s.key("link", 16))
        .col(s.flag("refused_by_low"))
        .col(s.flag("refused_by_high"))
        .col(s.number("changed_at"))
        .primary_key(&mut primary_key(["community", "low", "high"]))
        .take()
}
