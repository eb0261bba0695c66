//! Which message carries a file; the reactions of one person, and the people of one front.

use sea_orm::FromQueryResult;
use sea_orm_migration::prelude::*;
use uuid::Uuid;

use super::schema::{Schema, add_column, index};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

/// Messages that are looked at together.
const AT_ONCE: u64 = 500;

/// A message that carries files.
#[derive(Debug, FromQueryResult)]
struct Carrier {
    sequence: i64,
    files: String,
}

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index(manager, "reactions", "reactions_by_account", ["account"]).await?;
        index(manager, "entered_fronts", "entered_fronts_by_front", ["community", "front"]).await?;
        add_column(manager, "files", Schema::of(manager).optional_number("message")).await?;
        let db = manager.get_connection();
        let mut after = 0;
        loop {
            let carriers = carriers_after(db, after).await?;
            let Some(last) = carriers.last() else { return Ok(()) };
            after = last.sequence;
            for carrier in &carriers {
                tell_files(db, carrier).await?;
            }
        }
    }
}

async fn carriers_after(db: &impl ConnectionTrait, after: i64) -> Result<Vec<Carrier>, DbErr> {
    let query = Query::select()
        .columns(["sequence", "files"])
        .from("messages")
        .and_where(Expr::col("files").is_not_null())
        .and_where(Expr::col("sequence").gt(after))
        .order_by("sequence", Order::Asc)
        .limit(AT_ONCE)
        .take();
    let rows = db.query_all(&query).await?;
    rows.iter().map(|row| Carrier::from_query_result(row, "")).collect()
}

/// The files of a message learn which one it is. A list that can't be read names no file: only its owner reads it.
async fn tell_files(db: &impl ConnectionTrait, carrier: &Carrier) -> Result<(), DbErr> {
    let list: Vec<serde_json::Value> = serde_json::from_str(&carrier.files).unwrap_or_default();
    let ids = list.iter().filter_map(|file| Uuid::try_parse(file.get("id")?.as_str()?).ok());
    let ids: Vec<Uuid> = ids.collect();
    if ids.is_empty() {
        return Ok(());
    }
    let update = Query::update()
        .table("files")
        .value("message", carrier.sequence)
        .and_where(Expr::col("id").is_in(ids))
        .take();
    db.execute(&update).await?;
    Ok(())
}
