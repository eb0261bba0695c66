//! What is kept once per installation.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// What is kept once per installation.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meta")]
pub(crate) struct Model {
    /// What it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) name: Key,
    /// The value.
    pub(crate) value: Vec<u8>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
