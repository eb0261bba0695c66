//! Messages go, with what is kept beside them.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::CHUNK;
use crate::entity::{message, message_version, reaction};
use crate::failure::Sql;

/// The number of the newest message of all.
pub(super) async fn newest(txn: &DatabaseTransaction) -> Sql<Option<i64>> {
    Ok(message::Entity::find()
        .select_only()
        .column(message::Column::Sequence)
        .order_by_desc(message::Column::Sequence)
        .limit(1)
        .into_tuple()
        .one(txn)
        .await?)
}

/// Removes messages, their earlier versions and reactions. The newest of all is only emptied: after a restart its number would be
/// given again.
pub(super) async fn remove(txn: &DatabaseTransaction, gone: &[i64], now: i64) -> Sql<()> {
    let newest = newest(txn).await?;
    for some in gone.chunks(CHUNK) {
        let some = || some.iter().copied();
        message_version::Entity::delete_many()
            .filter(message_version::Column::Message.is_in(some()))
            .exec(txn)
            .await?;
        reaction::Entity::delete_many().filter(reaction::Column::Message.is_in(some())).exec(txn).await?;
        message::Entity::delete_many()
            .filter(message::Column::Sequence.is_in(some().filter(|one| Some(*one) != newest)))
            .exec(txn)
            .await?;
    }
    if let Some(last) = newest.filter(|newest| gone.contains(newest)) {
        let none: Option<String> = None;
        message::Entity::update_many()
            .col_expr(message::Column::Text, Expr::value(""))
            .col_expr(message::Column::Mentions, Expr::value(none.clone()))
            .col_expr(message::Column::Reactions, Expr::value(none.clone()))
            .col_expr(message::Column::Files, Expr::value(none))
            .col_expr(message::Column::Version, Expr::cust("COALESCE(version, 0) + 1"))
            .col_expr(message::Column::DeletedAt, Expr::value(now))
            .filter(message::Column::Sequence.eq(last))
            .exec(txn)
            .await?;
    }
    Ok(())
}
