//! Somebody who may not write.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// Somebody who may not write.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mutes")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) account: Uuid,
    pub(crate) place: Key,
    /// JSON.
    pub(crate) mute: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
