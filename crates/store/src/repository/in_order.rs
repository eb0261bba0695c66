//! The messages of one conversation from some place on.
//!
//! Found by the index `messages_in_order` on every database, whatever its optimizer believes. Left alone, PostgreSQL
//! reads everybody's messages backwards by the primary key when it expects to meet a busy conversation soon, and
//! MariaDB begins at a conversation's end and passes over all that is newer than the page.

use sea_orm::sea_query::extension::mysql::{IndexHintScope, MySqlSelectStatementExt};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use uuid::Uuid;

use crate::entity::message;
use crate::entity::message::Column::{Conversation, Sequence};
use crate::sql_store::Kind;

/// The messages after `mark`, oldest first. The caller says which columns, and how many.
pub(super) fn after(kind: Kind, conversation: Uuid, mark: i64) -> SelectStatement {
    let mut query = messages(kind);
    match kind {
        Kind::Sqlite | Kind::MySql => query
            .and_where(Expr::col(Conversation).eq(conversation))
            .and_where(Expr::col(Sequence).gt(mark))
            .order_by(Sequence, Order::Asc),
        // A range over both columns, and an order that only this index has.
        Kind::Postgres => query
            .and_where(Expr::col(Conversation).lte(conversation))
            .and_where(place().gt(place_at(conversation, mark)))
            .order_by(Conversation, Order::Asc)
            .order_by(Sequence, Order::Asc),
    };
    query
}

/// The messages before `mark`, newest first. The caller says which columns, and how many.
pub(super) fn before(kind: Kind, conversation: Uuid, mark: i64) -> SelectStatement {
    let mut query = messages(kind);
    match kind {
        Kind::Sqlite | Kind::MySql => query
            .and_where(Expr::col(Conversation).eq(conversation))
            .and_where(Expr::col(Sequence).lt(mark))
            .order_by(Sequence, Order::Desc),
        Kind::Postgres => query
            .and_where(Expr::col(Conversation).gte(conversation))
            .and_where(place().lt(place_at(conversation, mark)))
            .order_by(Conversation, Order::Desc)
            .order_by(Sequence, Order::Desc),
    };
    query
}

fn messages(kind: Kind) -> SelectStatement {
    let mut query = Query::select();
    query.from(message::Entity);
    if kind == Kind::MySql {
        query.force_index("messages_in_order", IndexHintScope::All);
    }
    query
}

fn place() -> Expr {
    Expr::tuple([Expr::col(Conversation), Expr::col(Sequence)])
}

fn place_at(conversation: Uuid, mark: i64) -> Expr {
    Expr::tuple([Expr::val(conversation), Expr::val(mark)])
}
