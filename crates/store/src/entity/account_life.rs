//! Whether an account may be used: some columns of `accounts`.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// Whether an account may be used: some columns of `accounts`.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    /// `locked`, `pending`, `leaving` or `left`; `NULL` = active.
    pub(crate) state: Option<Key>,
    pub(crate) state_reason: Option<String>,
    pub(crate) state_until: Option<i64>,
    /// When the person was last here, to the day.
    pub(crate) active_at: Option<i64>,
    /// 1 while the messages of somebody who is leaving are to be deleted.
    pub(crate) deletes_messages: Option<i64>,
    pub(crate) created_at: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
