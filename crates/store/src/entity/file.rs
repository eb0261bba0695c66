//! A file that somebody has sent, without its contents.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// A file that somebody has sent, without its contents.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "files")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) owner: Uuid,
    pub(crate) community: Key,
    pub(crate) front: Key,
    /// The conversation it was given to.
    pub(crate) conversation: Option<Uuid>,
    pub(crate) name: String,
    pub(crate) size: i64,
    pub(crate) media_type: Key,
    /// Whether all of it is here.
    pub(crate) complete: bool,
    pub(crate) created_at: i64,
    /// The message that carries it: who may read that one may read the file.
    pub(crate) message: Option<i64>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
