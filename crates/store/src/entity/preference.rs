//! What somebody has chosen for themselves.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// What somebody has chosen for themselves.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "preferences")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) community: Key,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) account: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) name: Key,
    pub(crate) value: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
