//! A message.

use sea_orm::entity::prelude::*;

use crate::key::Key;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub(crate) struct Model {
    /// Given by the one writer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) sequence: i64,
    pub(crate) conversation: Uuid,
    pub(crate) sender: Uuid,
    /// The front it was written through, for audit.
    pub(crate) front: Key,
    pub(crate) text: String,
    /// Unique per sender and conversation; `NULL` any number of times.
    pub(crate) client_id: Option<Key>,
    pub(crate) sent_at: i64,
    /// The message that it answers.
    pub(crate) reply_to: Option<i64>,
    /// Who is named in it: ids, and `*` for everybody.
    pub(crate) mentions: Option<String>,
    /// How often it was changed; `NULL` = never.
    pub(crate) version: Option<i64>,
    pub(crate) edited_at: Option<i64>,
    pub(crate) deleted_at: Option<i64>,
    /// Its reactions in short, kept with those of the table `reactions`: a reader needs no look there.
    pub(crate) reactions: Option<String>,
    /// The files that it carries, as JSON.
    pub(crate) files: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
