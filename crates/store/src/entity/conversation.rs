//! People and their messages.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// People and their messages.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversations")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) community: Key,
    /// The smaller account id of a direct conversation; unique with `high` in a community.
    pub(crate) low: Option<Uuid>,
    pub(crate) high: Option<Uuid>,
    /// The host of a conference; `NULL` makes it none.
    pub(crate) host: Option<Uuid>,
    /// What a conference is about.
    pub(crate) topic: Option<String>,
    pub(crate) created_at: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
