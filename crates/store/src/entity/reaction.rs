//! Somebody's reaction to a message.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// Somebody's reaction to a message.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reactions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) message: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) emoji: Key,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) account: Uuid,
    pub(crate) reacted_at: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
