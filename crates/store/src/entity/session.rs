//! A login of an account at a front.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// A login of an account at a front.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    /// SHA-256 of the token.
    pub(crate) token_hash: Vec<u8>,
    pub(crate) account: Uuid,
    pub(crate) front: Key,
    pub(crate) community: Key,
    /// JSON of what the person may not do.
    pub(crate) restrictions: String,
    pub(crate) created_at: i64,
    pub(crate) seen_at: i64,
    pub(crate) expires_at: i64,
    /// JSON of what it rests on; `NULL` for sessions from before that was kept.
    pub(crate) standing: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
