//! What survives a restart of how a person is in a community.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// What survives a restart of how a person is in a community.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "presences")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) community: Key,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) account: Uuid,
    /// What they chose: `online` (nothing), `away`, `busy`, `do-not-disturb`, `invisible`.
    pub(crate) state: Key,
    pub(crate) reason: Option<String>,
    /// An IANA name.
    pub(crate) time_zone: Option<String>,
    /// When others could last see them here.
    pub(crate) seen_at: Option<i64>,
    /// Whose messages they take while they are not here: `all`, `favourites`, `none`.
    pub(crate) offline_choice: Key,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
