//! A text on a wall.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// A text on a wall.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shouts")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) community: Key,
    /// `front:ID` or `group:ID`.
    pub(crate) wall: Key,
    pub(crate) author: Uuid,
    pub(crate) front: Key,
    pub(crate) text: String,
    pub(crate) state: Key,
    pub(crate) at: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
