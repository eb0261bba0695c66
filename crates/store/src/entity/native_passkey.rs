//! A passkey of one of Portico's own accounts.

use sea_orm::entity::prelude::*;

/// A passkey of one of Portico's own accounts.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "native_passkeys")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) name: String,
    /// SHA-256 of the credential id.
    pub(crate) credential_hash: Vec<u8>,
    pub(crate) credential: Vec<u8>,
    /// A COSE_Key.
    pub(crate) public_key: Vec<u8>,
    pub(crate) rp_id: String,
    /// Words with spaces between them.
    pub(crate) transports: String,
    pub(crate) counter: i64,
    pub(crate) made_at: i64,
    pub(crate) used_at: Option<i64>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
