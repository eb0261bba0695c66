//! What a directory says of a person.

use sea_orm::entity::prelude::*;

/// What a directory says of a person.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "directory_people")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) account: Uuid,
    /// Whether only a directory has told of them.
    pub(crate) listed_only: bool,
    /// Since when they are absent over there.
    pub(crate) absent_since: Option<i64>,
    /// Facts by name, in JSON.
    pub(crate) details: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
