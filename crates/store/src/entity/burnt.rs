//! What is good for one use, and was used.

use sea_orm::entity::prelude::*;

/// What is good for one use, and was used.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "burnt")]
pub(crate) struct Model {
    /// A digest of it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) what: Vec<u8>,
    /// When it could not be used any more anyway.
    pub(crate) until: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
