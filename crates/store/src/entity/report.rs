//! What somebody reported.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// What somebody reported.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reports")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) front: Key,
    pub(crate) reporter: Uuid,
    pub(crate) target: Key,
    pub(crate) waits: bool,
    pub(crate) created_at: i64,
    /// JSON.
    pub(crate) report: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
