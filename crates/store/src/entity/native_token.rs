//! A token of a letter.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// A token of a letter.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "native_tokens")]
pub(crate) struct Model {
    /// SHA-256 of it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) hash: Vec<u8>,
    pub(crate) user_id: Uuid,
    /// `reset` or `verify`.
    pub(crate) purpose: Key,
    pub(crate) until: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
