//! A vote on a shout.

use sea_orm::entity::prelude::*;

/// A vote on a shout.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shout_votes")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) shout: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) voter: Uuid,
    /// For it, or against it.
    pub(crate) up: bool,
    pub(crate) at: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
