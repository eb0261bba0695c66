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
    pub(crate) hidden_by_low: bool,
    pub(crate) hidden_by_high: bool,
    pub(crate) favourite_of_low: bool,
    pub(crate) favourite_of_high: bool,
    pub(crate) nickname_by_low: Option<String>,
    pub(crate) nickname_by_high: Option<String>,
    pub(crate) group_by_low: Option<String>,
    pub(crate) group_by_high: Option<String>,
    pub(crate) request_text: Option<String>,
    pub(crate) rating_by_low: Option<i16>,
    pub(crate) rating_by_high: Option<i16>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
