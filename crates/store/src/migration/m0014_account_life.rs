//! Whether accounts may be used, when they were last used; past passwords, tokens of letters.

use portico_core::ports::{Clock, SystemClock};
use sea_orm_migration::prelude::*;

use super::schema::{Schema, add_column, index, primary_key};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let s = Schema::of(manager);
        add_column(manager, "accounts", s.key("state", 16).null().take()).await?;
        add_column(manager, "accounts", s.optional_text("state_reason")).await?;
        for column in ["state_until", "active_at", "deletes_messages"] {
            add_column(manager, "accounts", s.optional_number(column)).await?;
        }
        // Nobody is known to have been away: everybody's time begins now.
        let now = SystemClock.now().as_millis();
        let begin = Query::update()
            .table("accounts")
            .value("active_at", now)
            .and_where(Expr::col("active_at").is_null())
            .take();
        manager.exec_stmt(begin).await?;
        index(manager, "accounts", "accounts_by_state", ["state"]).await?;
        index(manager, "accounts", "accounts_by_activity", ["active_at"]).await?;

        for column in ["password_changed_at", "email_verified_at", "second_factor_at"] {
            add_column(manager, "native_users", s.optional_number(column)).await?;
        }
        add_column(manager, "native_users", s.key("folded_email", 1020).null().take()).await?;
        let fold = Query::update()
            .table("native_users")
            .value("folded_email", Func::lower(Expr::col("email")))
            .and_where(Expr::col("folded_email").is_null())
            .and_where(Expr::col("email").is_not_null())
            .take();
        manager.exec_stmt(fold).await?;
        index(manager, "native_users", "native_users_by_email", ["folded_email"]).await?;
        manager.create_table(past_passwords(s)).await?;
        manager.create_table(tokens(s)).await?;
        index(manager, "native_tokens", "native_tokens_by_user", ["user_id"]).await?;
        index(manager, "native_tokens", "native_tokens_by_end", ["until"]).await?;
        index(manager, "messages", "messages_by_sender", ["sender", "sequence"]).await
    }
}

fn past_passwords(s: Schema) -> TableCreateStatement {
    s.table("native_past_passwords")
        .col(s.id("user_id"))
        .col(s.number("changed_at"))
        .col(s.text("password_hash"))
        .primary_key(&mut primary_key(["user_id", "changed_at"]))
        .take()
}

fn tokens(s: Schema) -> TableCreateStatement {
    s.table("native_tokens")
        .col(s.hash("hash", 32).primary_key())
        .col(s.id("user_id"))
        .col(s.key("purpose", 16))
        .col(s.number("until"))
        .take()
}
