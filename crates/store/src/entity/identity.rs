//! A link of `(realm, subject)` to an account; tombstones are kept.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// A link of `(realm, subject)` to an account; tombstones are kept.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identities")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) realm: Key,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) subject: Key,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) account: Uuid,
    /// When the person registered over there.
    pub(crate) registered_at: Option<i64>,
    pub(crate) linked_at: i64,
    pub(crate) retired_at: Option<i64>,
    /// 1, or `NULL` for a tombstone: `(realm, subject, live)` is unique, and `NULL` never equals `NULL`.
    pub(crate) live: Option<i16>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
