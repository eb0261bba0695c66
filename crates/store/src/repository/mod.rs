//! The statements, one concept a file: each an `impl SqlStore` whose methods the ports are made of.

mod account_life;
mod accounts;
mod administer;
mod administer_people;
mod administered;
mod administration;
mod append;
mod beside;
mod burnt;
mod changes;
mod conferences;
mod contacts;
mod conversations;
mod directory;
mod drafts;
mod erase;
mod expiry;
mod files;
mod groups;
mod in_order;
mod installation;
mod local_groups;
mod members;
mod memberships;
mod messages;
mod native_life;
mod native_passkeys;
mod native_users;
mod own_data;
mod preferences;
mod presences;
mod reactions;
mod receipts;
mod removal;
mod roles;
mod roster;
mod search;
mod sessions;
mod short_forms;
mod shouts;
mod statistics;
mod views;

use portico_core::front::FrontId;
use portico_core::{CommunityId, Timestamp};
use sea_orm::sea_query::LikeExpr;

use crate::failure::{Failure, Sql};
use crate::key::Key;

/// Most rows, or values of an `IN (…)`, of one statement: well below the databases' limits of bound parameters
/// (SQLite 32,766, the others 65,535), and few enough different texts for their statement caches.
const CHUNK: usize = 500;

fn community_id(key: &Key) -> Sql<CommunityId> {
    CommunityId::new(&key.0).map_err(|_| Failure::broken("a row names a community that can't be one"))
}

fn front_id(key: &Key) -> Sql<FrontId> {
    FrontId::new(&key.0).map_err(|_| Failure::broken("a row names a front that can't be one"))
}

fn key_of(community: &CommunityId) -> Key {
    community.as_str().into()
}

fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// A limit as SQL takes it.
fn rows(limit: usize) -> u64 {
    u64::try_from(limit).unwrap_or(u64::MAX).min(1 << 32)
}

/// What begins with a text: `LIKE` with its own signs spelt out.
fn beginning(text: &str) -> LikeExpr {
    let escaped = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    LikeExpr::new(format!("{escaped}%")).escape('!')
}
