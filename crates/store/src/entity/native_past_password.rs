//! A password that somebody had before.

use sea_orm::entity::prelude::*;

use crate::key::SecretText;

/// A password that somebody had before.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "native_past_passwords")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) user_id: Uuid,
    /// When it was replaced.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) changed_at: i64,
    pub(crate) password_hash: SecretText,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
