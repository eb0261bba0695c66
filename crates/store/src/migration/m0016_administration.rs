//! Administrators, the audit log, bans, mutes, reports, texts to many, statistics.

use sea_orm_migration::prelude::*;

use super::schema::{Schema, index, primary_key, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let s = Schema::of(manager);
        manager.create_table(administrators(s)).await?;
        manager.create_table(admin_sessions(s)).await?;
        manager.create_table(audit(s)).await?;
        index(manager, "audit", "audit_by_time", ["at"]).await?;
        index(manager, "audit", "audit_by_target", ["target_id"]).await?;
        manager.create_table(bans(s)).await?;
        manager.create_table(mutes(s)).await?;
        unique(manager, "mutes", "mutes_one_a_place", ["account", "place"]).await?;
        manager.create_table(reports(s)).await?;
        unique(manager, "reports", "reports_once", ["reporter", "target"]).await?;
        index(manager, "reports", "reports_by_front", ["front", "waits"]).await?;
        manager.create_table(broadcasts(s)).await?;
        manager.create_table(statistics(s)).await?;
        manager.create_table(statistics_people(s)).await
    }
}

fn administrators(s: Schema) -> TableCreateStatement {
    s.table("administrators").col(s.id("account").primary_key()).col(s.text("rights")).take()
}

fn admin_sessions(s: Schema) -> TableCreateStatement {
    s.table("admin_sessions")
        .col(s.hash("token_hash", 32).primary_key())
        .col(s.id("account"))
        .col(s.key("stamp", 64))
        .col(s.number("created_at"))
        .col(s.number("expires_at"))
        .take()
}

fn audit(s: Schema) -> TableCreateStatement {
    s.table("audit")
        .col(s.id("id").primary_key())
        .col(s.number("at"))
        .col(s.key("actor_kind", 16))
        .col(s.optional_id("actor_id"))
        .col(s.key("actor_name", 1020))
        .col(s.optional_text("address"))
        .col(s.key("action", 64))
        .col(s.optional_text("target_kind"))
        .col(s.key("target_id", 255))
        .col(s.optional_text("front"))
        .col(s.optional_text("community"))
        .col(s.optional_text("was"))
        .col(s.optional_text("became"))
        .take()
}

fn bans(s: Schema) -> TableCreateStatement {
    s.table("bans").col(s.id("id").primary_key()).col(s.text("ban")).take()
}

fn mutes(s: Schema) -> TableCreateStatement {
    s.table("mutes")
        .col(s.id("id").primary_key())
        .col(s.id("account"))
        .col(s.key("place", 80))
        .col(s.text("mute"))
        .take()
}

fn reports(s: Schema) -> TableCreateStatement {
    s.table("reports")
        .col(s.id("id").primary_key())
        .col(s.key("front", 64))
        .col(s.id("reporter"))
        .col(s.key("target", 64))
        .col(s.flag("waits"))
        .col(s.number("created_at"))
        .col(s.text("report"))
        .take()
}

fn broadcasts(s: Schema) -> TableCreateStatement {
    s.table("broadcasts").col(s.id("id").primary_key()).col(s.flag("done")).col(s.text("broadcast")).take()
}

fn statistics(s: Schema) -> TableCreateStatement {
    s.table("statistics")
        .col(s.key("day", 10))
        .col(s.key("front", 64))
        .col(s.number("messages"))
        .col(s.number("sessions"))
        .col(s.number("people"))
        .col(s.number("new_accounts"))
        .col(s.number("files"))
        .col(s.number("bytes"))
        .primary_key(&mut primary_key(["day", "front"]))
        .take()
}

fn statistics_people(s: Schema) -> TableCreateStatement {
    s.table("statistics_people")
        .col(s.key("day", 10))
        .col(s.key("front", 64))
        .col(s.id("account"))
        .primary_key(&mut primary_key(["day", "front", "account"]))
        .take()
}
