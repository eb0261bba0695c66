//! The tables, one a file.

pub(crate) mod account;
pub(crate) mod account_role;
pub(crate) mod burnt;
pub(crate) mod conference_invitation;
pub(crate) mod contact;
pub(crate) mod conversation;
pub(crate) mod conversation_member;
pub(crate) mod directory_person;
pub(crate) mod entered_front;
pub(crate) mod file;
pub(crate) mod group;
pub(crate) mod group_member;
pub(crate) mod group_pending;
pub(crate) mod identity;
pub(crate) mod member;
pub(crate) mod message;
pub(crate) mod meta;
pub(crate) mod native_user;
pub(crate) mod presence;
pub(crate) mod realm;
pub(crate) mod session;
pub(crate) mod shout;
pub(crate) mod shout_vote;
