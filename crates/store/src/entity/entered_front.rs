//! A front that a person has entered.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// A front that a person has entered.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "entered_fronts")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) community: Key,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) account: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) front: Key,
    pub(crate) entered_at: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
