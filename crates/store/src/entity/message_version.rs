//! A text that a message had.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// A text that a message had.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_versions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) message: i64,
    /// The message's version when it had this text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) version: i64,
    pub(crate) text: String,
    pub(crate) replaced_at: i64,
    pub(crate) replaced_by: Uuid,
    /// Of the edit that replaced it; unique per message.
    pub(crate) client_id: Option<Key>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
