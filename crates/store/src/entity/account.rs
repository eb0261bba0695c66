//! A local person.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// A local person.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub(crate) struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    /// Where the person comes from.
    pub(crate) realm: Key,
    /// The person's key there.
    pub(crate) subject: Key,
    /// The login as shown.
    pub(crate) login: String,
    /// The login as looked up: `fold_login` of it.
    pub(crate) folded_login: Key,
    pub(crate) display_name: String,
    pub(crate) email: Option<String>,
    pub(crate) avatar: Option<String>,
    pub(crate) profile_url: Option<String>,
    pub(crate) created_at: i64,
    /// Whether the person has ever proved who they are; until then only a claimed name stands behind the account.
    pub(crate) proven: bool,
    /// When its subject was given to somebody else over there: the account is a tombstone.
    pub(crate) retired_at: Option<i64>,
    pub(crate) colour: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) timezone: Option<String>,
    /// The display name as searched: `fold_login` of it.
    pub(crate) folded_name: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
