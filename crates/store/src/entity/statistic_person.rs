//! Somebody who was counted at a front on a day.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// Somebody who was counted at a front on a day.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "statistics_people")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) day: Key,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) front: Key,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) account: Uuid,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
