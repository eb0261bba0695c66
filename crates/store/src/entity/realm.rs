//! Which foreign installation a realm belongs to.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// Which foreign installation a realm belongs to.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "realms")]
pub(crate) struct Model {
    /// The realm.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) realm: Key,
    /// The installation's fingerprint.
    pub(crate) fingerprint: Key,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
