//! What was counted at a front on a day.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// What was counted at a front on a day.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "statistics")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) day: Key,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) front: Key,
    pub(crate) messages: i64,
    pub(crate) sessions: i64,
    pub(crate) people: i64,
    pub(crate) new_accounts: i64,
    pub(crate) files: i64,
    pub(crate) bytes: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
