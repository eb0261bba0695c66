//! Everything between two people in a community.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// Everything between two people in a community.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contacts")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) community: Key,
    /// The smaller account id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) low: Uuid,
    /// The greater account id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) high: Uuid,
    /// `none`, `asked-by-low`, `asked-by-high` or `accepted`.
    pub(crate) link: Key,
    pub(crate) refused_by_low: bool,
    pub(crate) refused_by_high: bool,
    pub(crate) changed_at: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
