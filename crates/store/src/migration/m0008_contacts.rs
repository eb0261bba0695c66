//! What each of two people keeps of the other, the text of a request, and names to search by.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm_migration::prelude::*;
use uuid::Uuid;

use super::schema::{Schema, add_column};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

/// How many names are folded at once.
const AT_ONCE: u64 = 500;

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let s = Schema::of(manager);
        for flag in ["hidden_by_low", "hidden_by_high", "favourite_of_low", "favourite_of_high"] {
            add_column(manager, "contacts", s.flag(flag).default(false).take()).await?;
        }
        for text in ["nickname_by_low", "nickname_by_high", "group_by_low", "group_by_high", "request_text"] {
            add_column(manager, "contacts", s.optional_text(text)).await?;
        }
        for rating in ["rating_by_low", "rating_by_high"] {
            add_column(manager, "contacts", ColumnDef::new(rating).small_integer().take()).await?;
        }
        add_column(manager, "accounts", s.optional_text("folded_name")).await?;
        fold_names(manager).await
    }
}

/// Folds the names of the accounts that there are. Goes on where it was interrupted.
async fn fold_names(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = manager.get_connection();
    loop {
        let some = Query::select()
            .columns(["id", "display_name"])
            .from("accounts")
            .and_where(Expr::col("folded_name").is_null())
            .order_by("id", Order::Asc)
            .limit(AT_ONCE)
            .take();
        let rows = db.query_all(&some).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let (id, name): (Uuid, String) = (row.try_get("", "id")?, row.try_get("", "display_name")?);
            let update = Query::update()
                .table("accounts")
                .value("folded_name", portico_core::account::fold_login(&name))
                .and_where(Expr::col("id").eq(id))
                .take();
            db.execute(&update).await?;
        }
    }
}
