//! A second factor, confirmed or not.

use sea_orm::entity::prelude::*;

use crate::key::SecretText;

/// A second factor, confirmed or not.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "native_second_factors")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) user_id: Uuid,
    /// In base32.
    pub(crate) secret: SecretText,
    pub(crate) confirmed: bool,
    /// The last time step that was used.
    pub(crate) last_step: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
