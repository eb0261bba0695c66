//! One of Portico's own accounts.

use sea_orm::entity::prelude::*;

use crate::key::{Key, SecretText};

/// One of Portico's own accounts.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "native_users")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) login: String,
    pub(crate) folded_login: Key,
    pub(crate) display_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) password_hash: SecretText,
    /// `active`, `pending`, `unverified` or `disabled`.
    pub(crate) state: Key,
    pub(crate) administrator: bool,
    pub(crate) created_at: i64,
    /// `NULL` = never since it was made.
    pub(crate) password_changed_at: Option<i64>,
    pub(crate) email_verified_at: Option<i64>,
    pub(crate) second_factor_at: Option<i64>,
    /// The address as it is looked up: `fold_login` of it.
    pub(crate) folded_email: Option<Key>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
