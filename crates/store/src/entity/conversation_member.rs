//! A person in a conversation.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// A person in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversation_members")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) conversation: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) account: Uuid,
    /// The conversation's.
    pub(crate) community: Key,
    /// Sequence of the conversation's newest message; 0 without one. Kept here, so that an index has a person's conversations in their order.
    pub(crate) last_sequence: i64,
    /// The person's read mark.
    pub(crate) read_up_to: Option<i64>,
    /// The person reads what comes after this message; 0 = everything.
    pub(crate) from_sequence: i64,
    /// Who had invited them to a conference.
    pub(crate) invited_by: Option<Uuid>,
    /// When they came into a conference.
    pub(crate) joined_at: Option<i64>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
