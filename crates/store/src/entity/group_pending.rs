//! What a person and a group are to each other besides a plain membership.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// What a person and a group are to each other besides a plain membership.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "group_pending")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) group_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) account: Uuid,
    /// `asks-to-join`, `asks-to-leave` (beside a membership), `invited`, `refused`.
    pub(crate) part: Key,
    /// The manager who invited or refused.
    pub(crate) set_by: Option<Uuid>,
    pub(crate) since: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
