//! People together.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// People together.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "groups")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) community: Key,
    /// Where its memberships come from.
    pub(crate) realm: Key,
    /// Its id there.
    pub(crate) external_id: Key,
    pub(crate) name: String,
    pub(crate) kind: Key,
    pub(crate) managers_write: bool,
    /// The conversation of its members.
    pub(crate) room: Uuid,
    pub(crate) topic: Option<String>,
    /// Sequence of the message that is pinned.
    pub(crate) announcement: Option<i64>,
    pub(crate) created_by: Option<Uuid>,
    pub(crate) created_at: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
