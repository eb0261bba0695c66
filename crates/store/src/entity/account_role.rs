//! A role that an administrator has given to an account.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// A role that an administrator has given to an account.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_roles")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) community: Key,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) account: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) role: Key,
    pub(crate) granted_at: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
