//! A line of the audit log.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) at: i64,
    pub(crate) actor_kind: Key,
    pub(crate) actor_id: Option<Uuid>,
    pub(crate) actor_name: Key,
    pub(crate) address: Option<String>,
    pub(crate) action: Key,
    pub(crate) target_kind: Option<String>,
    /// Empty without a target.
    pub(crate) target_id: Key,
    pub(crate) front: Option<String>,
    pub(crate) community: Option<String>,
    /// JSON.
    pub(crate) was: Option<String>,
    /// JSON.
    pub(crate) became: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
