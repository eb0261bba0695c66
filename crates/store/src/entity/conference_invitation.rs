//! A person who is invited to a conference, and so reads nothing of it yet.

use sea_orm::entity::prelude::*;

/// A person who is invited to a conference, and so reads nothing of it yet.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conference_invitations")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) conversation: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) account: Uuid,
    pub(crate) invited_by: Uuid,
    pub(crate) since: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
